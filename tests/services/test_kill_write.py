"""Kill -9 at every named point of the write path: one intent, one true verdict, one send at most."""

import json

import pytest

from tests.emulation import ACCOUNT, running_emulator
from tests.installation import Installation
from tests.linking import tokens
from tests.rows import make_remote

pytestmark = pytest.mark.django_db
NEWSLETTER = "0a1b2c3d-0000-11ee-8000-000000000001"

LINK = """
from django.utils import timezone
from contacts import connect, mirror
from contacts.api.oauth_token import TokenAnswer
from contacts.models import ContactList
from tests.rows import make_access, make_account
given = json.loads(sys.argv[1])
account = make_account(encoded_account_id=given["account"])
connect.keep(account, TokenAnswer(*given["tokens"]))
make_access(account, "agent")
ContactList.objects.create(account=account, remote_id=given["list"], name="Newsletter")
now = timezone.now()
for remote in given["remotes"]:
    mirror.store_contact(account, remote, fetched_at=now, seen_at=now)
"""
ACT = """
import os, signal
from contacts import audit
from contacts.models import Contact, User
from contacts.services import acts, ending, writing

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def then_die(function):
    def both(*args, **kwargs):
        function(*args, **kwargs)
        die()
    return both

point = sys.argv[1]
if point == "before the intent":
    writing._intend = die
elif point == "inside the intent":
    audit.record_all = then_die(audit.record_all)
elif point == "after the intent":
    writing._intend = then_die(writing._intend)
elif point == "after the answer":
    acts.act.Put.send = then_die(acts.act.Put.send)
elif point == "before the outcome":
    ending.end_draft = die
elif point == "inside the outcome":
    def last_then_die(drafts, record_all=audit.record_all, **kwargs):
        entries = record_all(drafts, **kwargs)
        return entries if drafts[0].outcome == "intended" else die()

    audit.record_all = last_then_die
elif point == "after the outcome":
    writing.store = die
contact = Contact.objects.get(remote_id=sys.argv[2])
kind, lists = ("reactivate", [sys.argv[3]]) if contact.deleted_on else ("lists", [])
basis = "our_mistake"
if sys.argv[3] == "unsubscribe":
    kind, basis = "unsubscribe", "they_asked"
writing.carry_out(writing.begin(contact, kind=kind, by=User.objects.get(), lists=lists, basis=basis))
"""
RECOVER = """
from django.utils import timezone
from contacts import audit
from contacts.models import AuditChain, AuditEntry, Write
from contacts.services.settling import settle_due
for _ in range(4):
    Write.objects.filter(recheck_at__isnull=False).update(recheck_at=timezone.now())
    settle_due()
write = Write.objects.get()
entries = list(AuditEntry.objects.order_by("sequence").values_list("outcome", flat=True))
print(json.dumps({"state": write.state, "entries": entries, "whole": audit.verify(AuditChain.objects.get()) is None}))
"""
POINTS = {
    "before the intent": (0, "refused", ["refused"]),
    "inside the intent": (0, "refused", ["refused"]),
    "after the intent": (0, "not_applied", ["intended", "not_applied"]),
    "after the answer": (1, "applied", ["intended", "applied"]),
    "before the outcome": (1, "applied", ["intended", "applied"]),
    "inside the outcome": (1, "applied", ["intended", "applied"]),
    "after the outcome": (1, "confirmed", ["intended", "confirmed"]),
}


@pytest.fixture(scope="module")
def linked(django_db_setup, django_db_blocker):
    """An emulator with a deleted contact and an active one, and an installation linked to it that is only copied."""
    with running_emulator() as emulation, django_db_blocker.unblock():
        times = {"created_at": "2023-01-01T09:00:00Z", "updated_at": "2023-01-01T09:00:00Z"}
        emulation.state.load(lists=[{"account": ACCOUNT, "list_id": NEWSLETTER, "name": "Newsletter", **times}])
        hidden = make_remote(deleted_at="2026-11-17")
        active = make_remote("nuala@example.org", list_memberships=[NEWSLETTER])
        emulation.state.load(contacts=[{"account": ACCOUNT, **each} for each in (hidden, active)])
        answer = tokens(emulation)
        given = {
            "account": ACCOUNT,
            "tokens": [answer.access, answer.refresh, answer.expires_in, answer.scope],
            "list": NEWSLETTER,
            "remotes": [hidden, active],
        }
        installation = Installation(emulation)
        try:
            installation.run(LINK, json.dumps(given))
            yield emulation, installation, hidden["contact_id"], active["contact_id"]
        finally:
            installation.remove()


@pytest.fixture
def place(linked):
    emulation, original, hidden, active = linked
    installation = original.copy()
    try:
        yield emulation, installation, hidden, active
    finally:
        installation.remove()
        emulation.app.faults.clear()
        if "deleted_at" not in emulation.state.contacts.get(ACCOUNT, hidden):
            emulation.state.contacts.delete(ACCOUNT, hidden)
        before = make_remote("nuala@example.org")["email_address"]
        emulation.state.contacts.change(ACCOUNT, active, {"list_memberships": [NEWSLETTER], "email_address": before})


def puts(emulation):
    return len(emulation.requests("PUT", "/contacts/"))


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_leaves_one_intent_one_true_verdict_and_no_second_send(place, point):
    emulation, installation, contact_id, _ = place
    sent, state, entries = POINTS[point]
    before = puts(emulation)
    installation.run(ACT, point, contact_id, NEWSLETTER, killed=True)
    told = installation.run(RECOVER)
    assert told == {"state": state, "entries": entries, "whole": True}
    assert puts(emulation) - before == sent
    assert ("deleted_at" not in emulation.get(f"/contacts/{contact_id}").json()) == bool(sent)


@pytest.mark.parametrize("point", ["after the intent", "after the answer", "inside the outcome"])
def test_a_kill_in_an_edit_of_lists_ends_as_truly(place, point):
    emulation, installation, _, contact_id = place
    sent, state, entries = POINTS[point]
    before = puts(emulation)
    installation.run(ACT, point, contact_id, NEWSLETTER, killed=True)
    assert installation.run(RECOVER) == {"state": state, "entries": entries, "whole": True}
    assert puts(emulation) - before == sent
    held = emulation.get(f"/contacts/{contact_id}", include="list_memberships").json()
    assert held.get("list_memberships", []) == ([] if sent else [NEWSLETTER])


@pytest.mark.parametrize("point", ["after the intent", "after the answer", "inside the outcome"])
def test_a_kill_in_an_unsubscription_ends_as_truly(place, point):
    emulation, installation, _, contact_id = place
    sent, state, entries = POINTS[point]
    before = puts(emulation)
    installation.run(ACT, point, contact_id, "unsubscribe", killed=True)
    assert installation.run(RECOVER) == {"state": state, "entries": entries, "whole": True}
    assert puts(emulation) - before == sent
    email = emulation.get(f"/contacts/{contact_id}").json()["email_address"]
    assert email["permission_to_send"] == ("unsubscribed" if sent else "implicit")


def test_a_kill_while_the_answer_is_awaited_ends_with_what_constant_contact_did(place):
    emulation, installation, contact_id, _ = place
    before = puts(emulation)
    emulation.fault("later", method="PUT", path="/contacts/", seconds=None, silence=60)
    process = installation.start(ACT, "never", contact_id, NEWSLETTER)
    while puts(emulation) == before:
        assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()
    emulation.control("release")
    assert installation.run(RECOVER) == {"state": "applied", "entries": ["intended", "applied"], "whole": True}
    assert "deleted_at" not in emulation.get(f"/contacts/{contact_id}").json()
    assert puts(emulation) - before == 1
