"""Contacts as a file: the right people, values that come back, few queries, and a history that says how it ended."""

import csv
import hashlib
import io
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import audit, mirror
from contacts.audit.intents import oddities
from contacts.models import (
    AuditChain,
    AuditEntry,
    Contact,
    ContactList,
    CustomField,
    Erasure,
    Membership,
    Tag,
    Tagging,
)
from contacts.services import exporting
from contacts.services.exporting import people
from contacts.tables import look, rows
from tests.rows import make_access, make_account, make_remote

pytestmark = pytest.mark.django_db
EVERY = [each.key for each in (*exporting.GROUPS, exporting.FIELDS)]


class Desk:
    """An account with some contacts, and a marketer."""

    def __init__(self):
        self.account = make_account()
        self.marketer = make_access(self.account, "marketer").user

    def store(self, address, **parts):
        now = timezone.now()
        return mirror.store_contact(self.account, make_remote(address, **parts), fetched_at=now, seen_at=now)

    def send(self, *, groups=EVERY, contacts=None, reason="For a letter"):
        who = Contact.objects.filter(account=self.account) if contacts is None else contacts
        wish = exporting.wanted(self.account, who, groups=groups)
        return exporting.send(wish, by=self.marketer, reason=reason, detail={"source": "contacts"})

    def read(self, **wish):
        text = b"".join(self.send(**wish)).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    @property
    def entries(self):
        return list(AuditEntry.objects.filter(account=self.account, action="export").order_by("sequence"))


@pytest.fixture
def desk():
    return Desk()


def test_a_row_has_what_our_copy_and_our_memory_hold(desk):
    CustomField.objects.create(account=desk.account, remote_id="5a900000-0000-11ee-8000-000000000001", name="Shoe size")
    here, gone = (
        ContactList.objects.create(account=desk.account, remote_id=f"0a1b2c3d-0000-11ee-8000-00000000000{n}", name=name)
        for n, name in ((1, "News"), (2, "Gala"))
    )
    contact = desk.store(
        "maeve.doyle@example.net",
        phone_numbers=[{"kind": "mobile", "phone_number": "+353 1 555 0100"}],
        street_addresses=[{"kind": "home", "city": "Galway", "postal_code": "H91"}],
        custom_fields=[{"custom_field_id": "5a900000-0000-11ee-8000-000000000001", "value": "=41"}],
        job_title="Baker",
    )
    now = timezone.now()
    Membership.objects.create(contact=contact, list=here, began_at=now, began_how="at_link")
    Membership.objects.create(contact=contact, list=gone, began_at=now, began_how="at_link", ended_at=now)
    tag = Tag.objects.create(account=desk.account, remote_id=here.remote_id, name="cookery")
    Tagging.objects.create(contact=contact, tag=tag, began_at=now, began_how="at_link")
    [row] = desk.read()
    told = {
        "Email address": "maeve.doyle@example.net",
        "First name": "Maeve",
        "Status": "Active",
        "Permission": "implicit",
        "Opted in at (UTC)": "2023-03-03T10:00:00+00:00",
        "Opt-in source": "Account",
        "Lists": "News",
        "Former lists": "Gala",
        "Tags": "cookery",
        "Job title": "Baker",
        "Mobile phone": "'+353 1 555 0100",
        "Home city": "Galway",
        "Home zip": "H91",
        "cf:Shoe size": "'=41",
        "Contact id": str(contact.remote_id),
    }
    assert {name: row[name] for name in told} == told


def test_what_somebody_has_twice_stands_side_by_side_and_choices_by_their_labels(desk):
    field = "5a900000-0000-11ee-8000-000000000001"
    CustomField.objects.create(account=desk.account, remote_id=field, name="Dishes", choices={"2": "Bread"})
    desk.store(
        "maeve.doyle@example.net",
        phone_numbers=[{"kind": "work", "phone_number": "1 555 0100"}, {"kind": "work", "phone_number": "1 555 0101"}],
        street_addresses=[{"kind": "work", "city": "Galway"}, {"kind": "home", "city": None}, {"kind": ["odd"]}],
        custom_fields=[{"custom_field_id": field, "choice_ids": ["2", "3"]}],
    )
    [row] = desk.read()
    told = ("Work phone", "Work city", "Home city", "cf:Dishes", "Other phone", "Job title")
    assert [row[name] for name in told] == ["1 555 0100; 1 555 0101", "Galway", "", "Bread, 3", "", ""]


def test_a_moment_is_told_to_the_second_in_utc_and_no_moment_is_an_empty_cell(desk):
    contact = desk.store("maeve.doyle@example.net")
    read_at = datetime(2026, 3, 29, 3, 59, 59, 999_999, tzinfo=timezone.get_fixed_timezone(120))
    Contact.objects.filter(pk=contact.pk).update(fetched_at=read_at, updated_at=datetime(2026, 1, 1, tzinfo=UTC))
    [row] = desk.read(groups=["consent", "dates"])
    assert row["Read by us at (UTC)"] == "2026-03-29T01:59:59+00:00"
    assert (row["Changed at (UTC)"], row["Opted out at (UTC)"]) == ("2026-01-01T00:00:00+00:00", "")


def test_whoever_stands_between_those_who_are_asked_for_is_not_in_it(desk):
    stored = [desk.store(f"p{number}@example.org") for number in range(5)]
    some = Contact.objects.filter(pk__in=[stored[0].pk, stored[1].pk, stored[4].pk])
    assert [row["Email address"] for row in desk.read(contacts=some)] == [f"p{n}@example.org" for n in (0, 1, 4)]


def test_the_lists_of_whom_we_only_saw_deleted_are_not_known(desk):
    desk.store("late@example.org", deleted_at="2026-01-02")
    [row] = desk.read(groups=["address", "deletion", "former"])
    assert (row["Deleted on"], row["Former lists"], row["Not deleted yet at (UTC)"]) == ("2026-01-02", "not known", "")


def test_our_reader_gives_back_the_names_as_they_are(desk):
    odd = ["=cmd|' /C calc'!A0", "'=1", '"x",\r\n+1', "O'Brien", "-", "a;@b", " \tq", "Zoë"]
    for number, name in enumerate(odd):
        desk.store(f"p{number}@example.org", first_name=name)
    written = io.BytesIO(b"".join(desk.send(groups=["address", "names"])))
    assert [row.cells[1] for row in rows(written, look(written, name="a.csv"))] == odd


def test_only_the_chosen_columns_leave(desk):
    desk.store("maeve.doyle@example.net")
    assert list(desk.read(groups=["ids"])[0]) == ["Contact id"]


def test_nobody_who_was_erased_is_in_it_nor_whoever_is_erased_meanwhile(desk, monkeypatch):
    monkeypatch.setattr(people, "AT_ONCE", 2)
    stored = [desk.store(f"p{number}@example.org") for number in range(6)]
    Erasure.objects.create(account=desk.account, remote_id=stored[0].remote_id)
    sending = desk.send(groups=["address"])
    parts = [next(sending), next(sending)]
    stored[5].delete()
    text = b"".join([*parts, *sending]).decode()
    assert [f"p{n}@" in text for n in range(6)] == [False, True, True, True, True, False]
    assert desk.entries[-1].detail["rows"] == 4


def test_a_contact_of_another_account_is_never_in_it(desk):
    other = Desk()
    other.store("elsewhere@example.org")
    assert desk.read(contacts=Contact.objects.all()) == []


def test_it_is_written_down_before_the_first_byte_and_at_its_end(desk):
    desk.store("maeve.doyle@example.net")
    sending = desk.send(groups=["address"], reason="For Maeve")
    [asked] = desk.entries
    assert (asked.outcome, asked.detail["asked"]) == ("intended", 1)
    assert asked.told() == {"note": "For Maeve"}
    content = b"".join(sending)
    sending.close()
    [_, done] = desk.entries
    assert (done.outcome, done.begins, done.detail["rows"]) == ("done", asked, 1)
    assert done.detail["sha256"] == hashlib.sha256(content).hexdigest()
    assert done.detail["bytes"] == len(content)
    assert "maeve" not in str(done.detail).lower()


@pytest.mark.parametrize("portions", [0, 1, 2])
def test_a_file_that_breaks_off_is_written_down_with_its_rows(desk, monkeypatch, portions):
    monkeypatch.setattr(people, "AT_ONCE", 2)
    for number in range(5):
        desk.store(f"p{number}@example.org")
    sending = desk.send()
    for _ in range(portions):
        next(sending)
    sending.close()
    sending.close()
    [asked, end] = desk.entries
    assert (end.outcome, end.begins) == ("failed", asked)
    assert end.reason.startswith(f"Stopped after {max(0, portions - 1) * 2} rows")
    assert "sha256" not in end.detail


def test_without_an_entry_there_is_no_file(desk, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no entry")

    desk.store("maeve.doyle@example.net")
    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError):
        desk.send()


def test_a_sender_that_was_killed_is_told_of_once(desk, monkeypatch):
    desk.store("maeve.doyle@example.net")
    later = timezone.now() + timedelta(hours=25)
    desk.send()
    exporting.end_lost()
    assert [each.outcome for each in desk.entries] == ["intended"]
    monkeypatch.setattr(timezone, "now", lambda: later)
    chain = AuditChain.objects.get(name=audit.chain_name(desk.account))
    fields = ("id", "sequence", "begins_id", "begins__chain_id", "begins__sequence", "begins__outcome", "outcome", "at")
    lines = list(chain.entries.values(*fields, "action", "job", "target", "detail"))
    assert list(oddities(chain, lines))
    exporting.end_lost()
    exporting.end_lost()
    assert [each.outcome for each in desk.entries] == ["intended", "unknown"]
    lines = list(chain.entries.values(*fields, "action", "job", "target", "detail"))
    assert list(oddities(chain, lines)) == []


def test_each_portion_takes_the_same_few_queries(desk, monkeypatch):
    monkeypatch.setattr(people, "AT_ONCE", 3)
    ContactList.objects.create(account=desk.account, remote_id="0a1b2c3d-0000-11ee-8000-000000000001", name="News")
    Tag.objects.create(account=desk.account, remote_id="0a1b2c3d-0000-11ee-8000-000000000001", name="tag")
    for number in range(12):
        desk.store(f"p{number}@example.org")
    sending = desk.send()
    taken = []
    # What SQLite is told of its cache is no question.
    for _ in range(5):
        with CaptureQueriesContext(connection) as queries:
            next(sending)
        taken.append(len([each for each in queries if "PRAGMA" not in each["sql"]]))
    assert taken == [0, 6, 3, 3, 3]


def test_a_long_file_is_not_held_in_memory(desk, monkeypatch):
    monkeypatch.setattr(people, "AT_ONCE", 20)
    remote = make_remote("x@example.org", notes=[{"content": "n" * 2000}])
    for number in range(300):
        desk.store(f"p{number}@example.org", notes=remote["notes"])
    size = sum(map(len, desk.send()))
    tracemalloc.start()
    for _ in desk.send():
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 60_000
    assert peak < 600_000
