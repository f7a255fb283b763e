"""Contacts taken away through the pages: who is in the file, who may have it, and what is said and written down."""

import csv
import io
import re

import pytest

from contacts import mirror
from contacts.models import AuditEntry
from tests.rows import make_remote
from tests.views.jobs_rig import LINKED, Office, text

pytestmark = pytest.mark.django_db
GROUPS = ["address", "status"]


@pytest.fixture
def office():
    return Office(role="marketer")


def ask(office, **fields):
    wish = {"source": "contacts", "all": "1", "make": "1", "groups": GROUPS, "reason": "A letter", **fields}
    return office.post("contact_export", wish)


def addresses(answer):
    assert answer.status_code == 200
    assert answer.streaming, answer.content.decode()
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return [row["Email address"] for row in csv.DictReader(io.StringIO(content, newline=""))]


def entries(office):
    return list(AuditEntry.objects.filter(account=office.account, action="export").order_by("sequence"))


def test_everybody_shown_leaves_by_default_and_the_deleted_do_not(office):
    office.people(3)
    office.ghosts(2)
    page = text(office.get("contact_export"))
    assert "Everyone shown in Constant Contact" in page and "3 contacts" in page
    assert addresses(ask(office)) == [f"guest{number}@example.org" for number in range(3)]


def test_the_deleted_are_a_source_of_their_own(office):
    office.people(3)
    office.ghosts(2)
    assert "Deleted contacts" in text(office.get("contact_export", {"source": "deleted"}))
    assert addresses(ask(office, source="deleted")) == ["ghost0@example.org", "ghost1@example.org"]


def test_former_members_of_a_list_are_a_view_too(office):
    office.people(2, on=[office.newsletter])
    office.ghosts(2, was_on=[office.newsletter])
    answer = ask(office, source="list", list=str(office.newsletter.remote_id), tab="former")
    assert addresses(answer) == ["ghost0@example.org", "ghost1@example.org"]
    assert entries(office)[0].detail["lists"] == [str(office.newsletter.remote_id)]


def test_ticked_rows_alone_leave(office):
    ticked = office.people(5)[1:3]
    wish = {"source": "contacts", "who": [each["contact_id"] for each in ticked]}
    page = text(office.post("contact_export", wish))
    assert "2 ticked contacts" in page and ticked[0]["contact_id"] in page
    answer = office.post("contact_export", {**wish, "make": "1", "groups": GROUPS, "reason": "x"})
    assert addresses(answer) == ["guest1@example.org", "guest2@example.org"]


def test_a_search_narrows_the_file_and_stands_in_no_address_nor_in_the_history(office):
    office.people(2)
    office.people(1, prefix="maeve.doyle")
    answer = ask(office, text="maeve.doyle", reason="For Maeve")
    assert addresses(answer) == ["maeve.doyle0@example.org"]
    asked, done = entries(office)
    assert asked.detail["search"] is True
    assert "maeve" not in f"{asked.detail}{done.detail}{done.reason}".lower()
    assert "maeve" not in answer["Content-Disposition"]


def test_the_file_has_a_name_without_anybody_in_it_and_its_number_in_the_history(office):
    office.people(1)
    answer = ask(office)
    addresses(answer)
    asked, done = entries(office)
    name = f"contacts-{office.account.slug}-{asked.sequence}.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "no-store" in answer["Cache-Control"]
    assert (asked.outcome, done.outcome, done.detail["rows"]) == ("intended", "done", 1)


def test_a_connection_that_breaks_is_written_down(office):
    office.people(1)
    answer = ask(office)
    next(answer.streaming_content)
    # What the client wraps around the stream keeps this test's own connection from being closed with it.
    answer._iterator.close()
    assert [each.outcome for each in entries(office)] == ["intended", "failed"]
    assert entries(office)[1].reason.startswith("Stopped after 0 rows")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": ""}, "Say what the file is for"),
        ({"groups": []}, "Choose at least one column"),
        ({"groups": ["password"]}, "Choose among these columns"),
        ({"source": "everybody"}, "This form is incomplete, so nothing was exported"),
        ({"all": None, "who": "odd"}, "nothing was exported"),
        ({"all": None}, "Nobody was ticked, so nothing was exported"),
        ({"status": "nobody"}, "Nobody fits, so nothing was exported"),
    ],
)
def test_what_cannot_be_exported_is_said_and_not_written_down(office, fields, said):
    office.people(1)
    wish = {"source": "contacts", "all": "1", "make": "1", "groups": GROUPS, "reason": "A letter", **fields}
    answer = office.post("contact_export", {name: value for name, value in wish.items() if value is not None})
    assert said in text(answer)
    assert entries(office) == []


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_who_may_not_export_sees_why_and_gets_nothing(role):
    office = Office(role=role)
    office.people(1)
    assert office.get("contact_export").status_code == ask(office).status_code == 403
    page = text(office.get("contact_list"))
    assert "Only marketers, managers and admins can export people." in page


@pytest.mark.parametrize("page", ["contact_list", "deleted_list"])
def test_the_lists_of_people_lead_to_the_export(office, page):
    office.people(1)
    office.ghosts(1)
    shown = text(office.get(page))
    assert re.search(rf'formaction="{office.url("contact_export")}"[^>]*>.*?Export …', shown)


def test_a_contact_without_an_address_is_in_it(office):
    remote = make_remote()
    remote["email_address"] = None
    mirror.store_page(office.account, [remote], fetched_at=LINKED, seen_at=LINKED, since=None)
    assert addresses(ask(office)) == [""]
