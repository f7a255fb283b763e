"""Colleagues, views, reasons, alerts and entries of the history, each called whatever somebody likes: it stays text."""

import csv
import io
import json
import re
import uuid
from datetime import UTC, datetime

import pytest
from django.urls import resolve

from contacts import audit, mirror
from contacts.models import (
    Alert,
    AuditChain,
    AuditEntry,
    Contact,
    ContactEvent,
    ContactFile,
    ContactList,
    Crossing,
    Erasure,
    FileRow,
    LinkedAccount,
    Reversal,
    SavedView,
    Seed,
    Verification,
    Write,
)
from contacts.models.cells import packed
from tests.rows import make_access, make_file, make_remote, make_user
from tests.security.pages import FILES, addresses
from tests.security.test_hostile_text import FORMULAS, MARK, PAYLOADS, assert_only_text, liar, plan_jobs, stuff
from tests.views.permissions import PAGES

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
# What a form lets through: no NUL, no half of a pair.
TYPED = [each for each in PAYLOADS if "\x00" not in each and "\ud800" not in each]
Outcome = AuditEntry.Outcome
__all__ = ["liar"]


class HostilePast:
    """Acts, views, alerts, reversals and requests of an account whose people are all called something."""

    def __init__(self, liar):
        self.account, self.contacts = liar.account, list(Contact.objects.order_by("pk")[: len(TYPED)])
        self.lists = [str(each) for each in ContactList.objects.values_list("remote_id", flat=True)[:3]]
        self.people = [make_user(name=each[:150]) for each in TYPED]
        for number, person in enumerate(self.people):
            role = ("viewer", "agent", "marketer", "manager", "admin")[number % 5]
            make_access(self.account, role, user=person, **({"expires_at": NOW} if number % 7 == 6 else {}))

    def fill(self):
        for number, (text, person) in enumerate(zip(TYPED, self.people, strict=True)):
            contact = self.contacts[number]
            entries = self.act(contact, text, by=person)
            self.undone(contact, text, by=person, entries=entries)
            query = f"list:{self.lists[0]} actor:{person.pk} contact:{contact.remote_id}"
            SavedView.objects.create(account=self.account, by=person, name=text[:80], query=query, shared=True)
        self.alerts()
        self.requests()
        self.papers()
        fault = {"fault_at": 1, "fault_kind": audit.Kind.CHANGED, "fault": TYPED[0][:300]}
        chain = AuditChain.objects.get(name=audit.chain_name(self.account))
        Verification.objects.create(chain=chain, by=self.people[0], state="broken", until=9, ended_at=NOW, **fault)

    def act(self, contact, text, *, by):
        """An act with a payload wherever the personal part has a text, and words of ours that are none."""
        told = {"address": contact.address, "name": text, "note": text, "message": text}
        sides = {"before": contact.remote, "sent": contact.remote | {"first_name": text, "list_memberships": [text]}}
        odd = {"lists": self.lists, "tags": [], "way": text, "what": text, "before": text, "view": text}
        clear = {"by": by, "account": self.account, "target": str(contact.remote_id), "basis": text[:32]}
        asked = audit.record("reactivate", Outcome.INTENDED, payload=told | sides, detail=odd, **clear)
        after = contact.remote | {"last_name": text}
        ended = audit.record(
            "reactivate",
            Outcome.REJECTED,
            payload=told | {"after": after},
            detail=odd,
            begins=asked,
            proof=text[:32],
            **clear,
        )
        for action in ("export", "people_change", "view_saved", "job_send_back", "alert_closed", text[:32]):
            audit.record(action, Outcome.DONE, payload=told, detail=odd, **clear)
        return asked, ended

    def undone(self, contact, text, *, by, entries):
        write = Write.objects.create(
            account=self.account,
            contact=contact,
            kind="reactivate",
            state="confirmed",
            by=by,
            note=text[:400],
            message=text[:500],
            lists=self.lists,
            intent=entries[0],
            outcome=entries[1],
            ended_at=NOW,
        )
        seen = {"number": 1, "from": None, "to": NOW.isoformat(), "lists": self.lists, "activities": [{"id": text}]}
        entry = audit.record(
            "seen_deleted", Outcome.SEEN, by=None, account=self.account, sure="likely", detail=seen, target=""
        )
        event = ContactEvent.objects.create(
            contact=contact, kind="deleted", noticed_to=NOW, entry=entry, told_at=NOW, changes={text: [text, text]}
        )
        Reversal.objects.create(
            account=self.account, contact=contact, write=write, event=event, kind="deleted_again", lists=self.lists
        )

    def alerts(self):
        for number, kind in enumerate(Alert.Kind):
            for over in (False, True):
                detail = dict.fromkeys(
                    ("reason", "spike", "number", "job", "chain", "sequence", "until"), TYPED[number]
                )
                closed = {"closed_at": NOW, "closed_by": TYPED[number][:200]} if over else {}
                Alert.objects.create(account=self.account, kind=kind, key=f"{over}", detail=detail, **closed)

    def requests(self):
        for number, state in enumerate(Erasure.State):
            Erasure.objects.create(
                account=self.account,
                remote_id=uuid.uuid4(),
                state=state,
                by_name=TYPED[number][:254],
                gone={"rows": {TYPED[number]: 1}, "entries": [1]},
            )

    def papers(self):
        """A file in each state, old exports in each, and V2 ids: every text in them is somebody's."""
        for number, state in enumerate(ContactFile.State):
            text, odd = TYPED[number], {"header": TYPED[:12], "columns": {"0": "email", "1": "first_name"}}
            file = make_file(self.account, *self.addresses(number), name=text[:200], state=state, **odd)
            ContactFile.objects.filter(pk=file.pk).update(message=text[:500], settings={"what": text})
            rows = FileRow.objects.filter(file=file)
            rows.update(cells=packed(TYPED[:12]), problem=text[:200], contact=self.contacts[number])
        for number, state in enumerate(Seed.State):
            text = TYPED[number]
            file = make_file(self.account, name=text[:200], purpose="seed", header=TYPED[:12])
            names = {each: {"rows": 2, "list": 0} for each in TYPED[:5]}
            Seed.objects.create(account=self.account, file=file, state=state, message=text[:500], names=names)
        for state in Crossing.State:
            Crossing.objects.create(
                account=self.account, kind="contact", state=state, sequence_ids=[7], message=TYPED[5]
            )

    def addresses(self, number):
        return [f"{each}@example.org"[:254] for each in TYPED[number : number + 3]]


@pytest.fixture
def stuffed(liar):
    stuff(liar)
    plan_jobs(liar)
    HostilePast(liar).fill()
    paused = {"writing": "paused", "writing_by": TYPED[2][:200], "writing_reason": TYPED[3][:300], "state": "broken"}
    LinkedAccount.objects.filter(pk=liar.account.pk).update(broken_reason=TYPED[4][:300], **paused)
    return liar


def test_every_page_of_the_history_and_of_the_settings_shows_it_as_text(stuffed):
    shown = set()
    for address in addresses(stuffed.account):
        name = resolve(address.partition("?")[0]).url_name
        if name.startswith(
            (
                "audit",
                "people",
                "alert",
                "erasure",
                "outside",
                "home",
                "contact_h",
                "contact_e",
                "check_file",
                "file_import",
                "seed",
                "v2",
            )
        ):
            assert_only_text(stuffed.browser.get(address))
            shown.add(name)
    assert len(shown) > 15


def test_every_page_of_an_account_is_among_those_that_are_tried(stuffed):
    tried = {resolve(address.partition("?")[0]).url_name for address in addresses(stuffed.account)}
    asked = {name for name, (methods, _) in PAGES.items() if "GET" in methods}
    # The page of one change has an address of its own only once there is one; the pack and a fragment are posts.
    assert asked - tried == FILES


@pytest.mark.parametrize("payload", TYPED[::3])
def test_whatever_is_typed_into_these_forms_stays_text(liar, payload):
    contact = mirror.store_contact(liar.account, make_remote(), fetched_at=NOW, seen_at=NOW)
    here = {"remote_id": contact.remote_id}
    person = make_access(liar.account, "agent")
    for name, form, where in (
        ("audit_list", {"q": payload}, {}),
        ("audit_list", {"q": f'actor:"{payload}" list:"{payload}" tag:{payload}'}, {}),
        ("audit_export", {"reason": payload, "form": payload}, {}),
        ("people_invite", {"email": payload, "name": payload, "role": payload, "until": payload}, {}),
        ("people_change", {"role": payload, "until": payload}, {"pk": person.pk}),
        ("erasure_retention", {"months": payload}, {}),
        ("contact_erase", {"typed": payload, "reason": payload}, here),
        ("contact_history_export", {"reason": payload, "form": payload}, here),
    ):
        assert_only_text(liar.browser.post(liar.at(name, **where), form))
    for name, form in (
        ("audit_view_save", {"name": payload[:80], "q": "action:link", "shared": "on"}),
        ("audit_view_save", {"name": "x", "q": f"actor:{payload}"}),
    ):
        assert_only_text(liar.browser.post(liar.at(name), form, follow=True))
    for name in ("audit_list", "audit_export"):
        assert_only_text(liar.browser.get(liar.at(name), {"q": payload, "after": payload, "actor": payload}))
    assert_only_text(liar.browser.get(liar.at("alert_list"), {"show": payload}))
    assert_only_text(liar.browser.get(liar.at("outside_list"), {"kind": payload}))


def test_an_export_of_a_hostile_history_begins_no_formula_and_no_header(stuffed):
    for form in ("csv", "jsonl"):
        answer = stuffed.browser.post(stuffed.at("audit_export"), {"form": form, "reason": "=1+1", "every": "on"})
        assert answer.status_code == 200
        assert re.fullmatch(r'attachment; filename="history-[-\w]+\.(csv|jsonl)"', answer["Content-Disposition"])
        assert MARK not in str(answer.headers) and answer["X-Content-Type-Options"] == "nosniff"
        assert len(b"".join(answer)) > 10_000


@pytest.mark.parametrize("text", ["\ud800 half", "half \udfff", "<script>", "\u2028", "ä"])
def test_a_pack_has_any_text_that_constant_contact_may_send(liar, text):
    remote = make_remote(first_name=text, notes=[{"note_id": "1", "content": text}])
    contact = mirror.store_contact(liar.account, remote, fetched_at=NOW, seen_at=NOW)
    assert_only_text(liar.browser.get(liar.at("contact_privacy", remote_id=contact.remote_id)))
    answer = liar.browser.post(liar.at("contact_privacy_pack", remote_id=contact.remote_id))
    held = json.loads(b"".join(answer.streaming_content))
    assert held["record"][0]["notes"][0]["content"] == text


def test_no_cell_of_an_exported_history_is_worked_out(liar):
    """Names of colleagues and lists, notes, reasons, messages, and fields that Constant Contact may invent."""
    for number, text in enumerate(FORMULAS, 1):
        each = uuid.UUID(int=number)
        ContactList.objects.create(account=liar.account, remote_id=each, name=text)
        remote = make_remote(f"{text}@example.org", first_name=text, last_name=text)
        contact = mirror.store_contact(liar.account, remote, fetched_at=NOW, seen_at=NOW)
        clear = {"by": make_user(name=text), "account": liar.account, "target": str(contact.remote_id)}
        told = {"address": contact.address, "name": text, "note": text, "message": text}
        about = {"lists": [str(each)], "added": [str(each)], "removed": [str(each)]}
        sides = {"before": remote, "sent": remote | {"list_memberships": [str(each)], text: text}}
        asked = audit.record("lists", Outcome.INTENDED, payload=told | sides, detail=about, **clear)
        facts = {"begins": asked, "basis": text, "reason": text, "proof": text, "fields": [text]}
        audit.record("lists", Outcome.CONFIRMED, payload=told, detail=about, **facts, **clear)
    form = {"form": "csv", "reason": "=1+1", "every": "on"}
    file = b"".join(liar.browser.post(liar.at("audit_export"), form)).decode().removeprefix("\ufeff")
    read = list(csv.reader(io.StringIO(file, newline="")))
    assert len(read) > 2 * len(FORMULAS)
    for value in (value for row in read for value in row):
        for part in re.split(r"[;\t\r\n]", value):
            assert not part.lstrip(' "\x0b\ufeff').startswith(("=", "+", "-", "@", "＝")), value
