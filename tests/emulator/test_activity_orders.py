"""Whom a bulk activity is about, what is refused, exports, and the cost (CC reference, section 15)."""

import csv
import io
import threading
import time
import uuid

import pytest

from emulator import generator
from emulator.clock import Clock
from emulator.database import Database
from emulator.state import State
from emulator.state.query import ContactQuery
from tests.emulator.bulk import activity, done, post, start
from tests.emulator.people import UNKNOWN, delete, error, make_contact, make_list, make_tag, whole


@pytest.fixture(autouse=True)
def frozen(cc):
    cc.control("clock", freeze=True)


def ids(count):
    return [str(uuid.UUID(int=each)) for each in range(count)]


@pytest.fixture
def crowd(cc):
    """People of each kind by name: all on one list and with one tag but ``alone``."""
    on = {"list_memberships": [make_list(cc, "Source")], "taggings": [make_tag(cc)]}
    people = {"alone": make_contact(cc, "alone@example.org")}
    people |= {name: make_contact(cc, f"{name}@example.org", **on) for name in ("active", "left", "gone")}
    cc.control("contact/unsubscribe", id=people["left"])
    delete(cc, people["gone"])
    people |= {"list": on["list_memberships"][0], "tag": on["taggings"][0]}
    return people


SOURCES = [
    ({"contact_ids": ["alone", "gone", "left"]}, ["alone", "gone"]),
    ({"list_ids": ["list"]}, ["active"]),
    ({"tag_ids": ["tag"]}, ["active"]),
    ({"all_active_contacts": True}, ["alone", "active"]),
    ({"new_subscriber": True}, ["alone", "active"]),
    ({"segment_id": 7}, ["alone"]),
    ({"engagement_level": "unqualified"}, ["alone", "active"]),
    ({"engagement_level": "high"}, []),
    ({"contact_ids": ["alone"], "list_ids": None, "all_active_contacts": False}, ["alone"]),
]


def named(value, crowd):
    return [crowd[each] for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("source", "reached"), SOURCES, ids=str)
def test_each_source_reaches_its_people(cc, crowd, source, reached):
    cc.control(
        "load",
        segments=[{"account": cc.account_id, "segment_id": 7, "contact_ids": [crowd["alone"], crowd["gone"]]}],
    )
    source = {name: named(value, crowd) for name, value in source.items()}
    target = make_list(cc, "Target")

    done(cc, "add_list_memberships", source=source, list_ids=[target])

    people = ("alone", "active", "left", "gone")
    assert [each for each in people if target in whole(cc, crowd[each])["list_memberships"]] == reached


def test_who_subscribed_longer_ago_than_thirty_days_is_not_new(cc, crowd):
    cc.control("clock", advance=20 * 3600)
    cc.control(
        "contact/change",
        id=crowd["active"],
        values={
            "email_address": {
                "address": "active@example.org",
                "permission_to_send": "implicit",
                "opt_in_date": "2020-01-01T00:00:00Z",
            }
        },
    )

    shown = done(cc, "contacts_taggings_add", source={"new_subscriber": True}, tag_ids=[crowd["tag"]])

    assert shown["status"]["items_total_count"] == 1
    assert whole(cc, crowd["alone"])["taggings"] == [crowd["tag"]]


@pytest.mark.parametrize("source", [{"list_ids": ["list"]}, {"all_active_contacts": True}], ids=str)
def test_exceptions_are_left_alone(cc, crowd, source):
    source = {name: named(value, crowd) for name, value in source.items()}

    done(
        cc,
        "remove_list_memberships",
        source=source,
        exclude={"contact_ids": [crowd["active"]]},
        list_ids=[crowd["list"]],
    )

    assert whole(cc, crowd["active"])["list_memberships"] == [crowd["list"]]


LIST, TAG = "<list>", "<tag>"
REFUSED = [
    ("add_list_memberships", {}, "source is missing"),
    ("add_list_memberships", {"source": [], "list_ids": [LIST]}, "source"),
    ("add_list_memberships", {"source": {}, "list_ids": [LIST]}, "source"),
    ("add_list_memberships", {"source": {"contact_ids": [UNKNOWN]}}, "list_ids is missing"),
    ("add_list_memberships", {"source": {"contact_ids": [UNKNOWN]}, "list_ids": []}, "list_ids"),
    ("add_list_memberships", {"source": {"contact_ids": [UNKNOWN]}, "list_ids": ids(51)}, "list_ids"),
    ("add_list_memberships", {"source": {"contact_ids": [UNKNOWN]}, "list_ids": [UNKNOWN]}, "list_ids"),
    ("add_list_memberships", {"source": {"contact_ids": []}, "list_ids": [LIST]}, "source.contact_ids"),
    ("add_list_memberships", {"source": {"contact_ids": ["x"]}, "list_ids": [LIST]}, "source.contact_ids"),
    ("add_list_memberships", {"source": {"contact_ids": ids(501)}, "list_ids": [LIST]}, "source.contact_ids"),
    ("add_list_memberships", {"source": {"list_ids": ids(51)}, "list_ids": [LIST]}, "source.list_ids"),
    ("add_list_memberships", {"source": {"list_ids": [UNKNOWN]}, "list_ids": [LIST]}, "source.list_ids"),
    ("add_list_memberships", {"source": {"tag_ids": ids(51)}, "list_ids": [LIST]}, "source.tag_ids"),
    ("add_list_memberships", {"source": {"segment_id": 9}, "list_ids": [LIST]}, "source.segment_id"),
    ("add_list_memberships", {"source": {"engagement_level": "all"}, "list_ids": [LIST]}, "source.engagement_level"),
    ("add_list_memberships", {"source": {"all_active_contacts": 1}, "list_ids": [LIST]}, "source.all_active_contacts"),
    (
        "add_list_memberships",
        {"source": {"contact_ids": [UNKNOWN], "list_ids": [LIST]}, "list_ids": [LIST]},
        "source",
    ),
    (
        "remove_list_memberships",
        {"source": {"contact_ids": [UNKNOWN]}, "exclude": {"contact_ids": [UNKNOWN]}, "list_ids": [LIST]},
        "exclude",
    ),
    ("contact_delete", {}, "contact_ids is missing"),
    ("contact_delete", {"contact_ids": ids(501)}, "contact_ids"),
    ("contact_delete", {"list_ids": ids(51)}, "list_ids"),
    ("contact_delete", {"list_ids": [UNKNOWN]}, "list_ids"),
    ("contact_delete", {"contact_ids": [UNKNOWN], "list_ids": [LIST]}, "list_ids"),
    ("list_delete", {"list_ids": ids(101)}, "list_ids"),
    ("contacts_taggings_add", {"source": {"segment_id": 7}, "tag_ids": [TAG]}, "source"),
    ("contacts_taggings_add", {"source": {"contact_ids": [UNKNOWN]}, "tag_ids": ids(51)}, "tag_ids"),
    ("contacts_taggings_remove", {"source": {"contact_ids": [UNKNOWN]}, "tag_ids": [UNKNOWN]}, "tag_ids"),
    ("contact_exports", {"fields": ["email_optin_date"]}, "fields"),
    ("contact_exports", {"fields": ["shoe_size"]}, "fields"),
    ("contact_exports", {"status": "deleted"}, "status"),
    ("contact_exports", {"contact_ids": [UNKNOWN], "list_ids": [LIST]}, "list_ids"),
    ("contact_exports", {"list_ids": ids(51)}, "list_ids"),
    ("contact_exports", {"list_ids": [UNKNOWN]}, "list_ids"),
    ("contact_exports", {"tag_ids": ids(51)}, "tag_ids"),
    ("contact_exports", {"tag_ids": [TAG], "status": "active"}, "status"),
    ("contact_exports", {"tag_ids": [TAG], "list_ids": [LIST]}, "tag_ids"),
    ("contact_exports", {"segment_id": 9}, "segment_id"),
    ("contact_exports", {"segment_id": 7, "list_ids": [LIST]}, "segment_id"),
    ("contact_exports", {"exclude": {"contact_ids": ids(51)}, "list_ids": [LIST]}, "exclude.contact_ids"),
    ("contact_exports", {"exclude": {"contact_ids": ids(1)}, "status": "active"}, "exclude"),
]


@pytest.mark.parametrize(("kind", "body", "said"), REFUSED, ids=lambda each: str(each)[:60])
def test_what_makes_no_sense_is_refused_and_starts_nothing(cc, kind, body, said):
    known = {LIST: make_list(cc), TAG: make_tag(cc)}

    def filled(value):
        if isinstance(value, dict):
            return {name: filled(each) for name, each in value.items()}
        return [filled(each) for each in value] if isinstance(value, list) else known.get(value, value)

    status, key, text = error(post(cc, kind, **filled(body)))

    assert (status, key) == (400, "contacts.api.validation.error")
    assert said in text and ("source" in body or "source." not in text)
    assert cc.get("/activities").json()["activities"] == []


def test_the_limits_themselves_are_allowed_and_a_double_id_counts_once(cc):
    list_id = make_list(cc)
    five_hundred = post(cc, "contact_delete", contact_ids=ids(500))
    double = post(cc, "add_list_memberships", source={"contact_ids": [UNKNOWN, UNKNOWN]}, list_ids=[list_id, list_id])

    assert five_hundred.json()["status"]["items_total_count"] == 500
    assert double.json()["status"] == {"items_total_count": 1, "items_completed_count": 0, "list_count": 1}
    assert cc.call("POST", "/activities/contact_delete", data="{}").status_code == 415


def rows(cc, **body):
    """The file of one export, as dicts."""
    shown = done(cc, "contact_exports", **body)
    file = cc.call("GET", shown["_links"]["results"]["href"].removeprefix("/v3"))
    assert file.headers["Content-Type"] == "text/csv;charset=UTF-8"
    found = list(csv.DictReader(io.StringIO(file.content.decode("utf-8"))))
    assert shown["status"] == {"items_total_count": len(found), "items_completed_count": len(found)}
    return found


def test_an_export_has_a_row_per_contact_and_the_columns_asked_for(cc, crowd):
    cc.control("contact/change", id=crowd["alone"], values={"first_name": 'Síle "S"', "last_name": "Ó Conaill, 晴"})

    everybody = rows(cc)
    assert [each["email_address"].split("@")[0] for each in everybody] == ["alone", "active", "left"]
    assert (everybody[0]["first_name"], everybody[0]["last_name"]) == ('Síle "S"', "Ó Conaill, 晴")
    assert everybody[2]["email_optout_source"] == "Contact"
    names = rows(cc, fields=["last_name", "first_name"], contact_ids=[crowd["alone"]])
    assert names == [{"first_name": 'Síle "S"', "last_name": "Ó Conaill, 晴"}]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"status": "active"}, ["alone", "active"]),
        ({"status": "unsubscribed"}, ["left"]),
        ({"status": "removed"}, ["gone"]),
        ({"list_ids": ["list"]}, ["active", "left"]),
        ({"list_ids": ["list"], "status": "unsubscribed"}, ["left"]),
        ({"list_ids": ["list"], "new_subscriber": True}, ["active"]),
        ({"list_ids": ["list"], "exclude": {"contact_ids": ["left"]}}, ["active"]),
        ({"tag_ids": ["tag"]}, ["active", "left"]),
        ({"segment_id": 7}, ["alone"]),
        ({"contact_ids": ["gone", "alone"]}, ["gone", "alone"]),
        ({"contact_ids": ["gone", "alone"], "status": "active"}, ["alone"]),
    ],
    ids=str,
)
def test_an_export_can_be_narrowed(cc, crowd, body, found):
    cc.control("load", segments=[{"account": cc.account_id, "segment_id": 7, "contact_ids": [crowd["alone"]]}])
    body = {name: named(value, crowd) for name, value in body.items()}
    if "exclude" in body:
        body["exclude"] = {"contact_ids": [crowd["left"]]}

    assert [each["email_address"].split("@")[0] for each in rows(cc, **body)] == found


def test_a_file_is_there_when_its_activity_is_completed_and_only_for_its_account(cc):
    activity_id = start(cc, "contact_exports")
    assert cc.get(f"/contact_exports/{activity_id}").status_code == 404
    assert "results" not in activity(cc, activity_id)["_links"]

    cc.control("clock", advance=2)

    assert cc.get(f"/contact_exports/{activity_id}").status_code == 200
    assert error(cc.get("/contact_exports/12"))[2] == "file_export_id is in an invalid format."
    cc.state.db.execute("UPDATE exports SET account_id = 'another'")
    assert cc.get(f"/contact_exports/{activity_id}").status_code == 404


@pytest.fixture(scope="module")
def thousands():
    """A state with 8,000 contacts, its account, 2,932 deleted ones and three lists."""
    state = State(Database(), Clock(), activity_seconds=0)
    generator.fill(state, 10_000, seed=5)
    (account,) = state.accounts.ids()
    gone, _ = state.contacts.page(ContactQuery(account, statuses=["deleted"]), limit=2932, number=1)
    lists, _ = state.lists.page(account, statuses=[], name=None, counting=None, limit=3, number=1)
    return state, account, [each["contact_id"] for each in gone], [each["list_id"] for each in lists]


def test_2932_people_in_20_activities_take_less_than_two_seconds(thousands):
    state, account, gone, lists = thousands
    assert len(gone) == 2932
    begun = time.process_time()
    for first in range(0, len(gone), 147):
        body = {"source": {"contact_ids": gone[first : first + 147]}, "list_ids": lists}
        state.queue(account, "add_list_memberships", state.bulk.read(account, "add_list_memberships", body))
    state.activities.settle()
    assert time.process_time() - begun < 2
    assert len(state.activities.behind(account)) == 20


def test_500_people_take_less_than_a_fifth_of_a_second(thousands):
    state, account, gone, _ = thousands
    wish = state.bulk.read(account, "contact_delete", {"contact_ids": gone[:500]})
    state.queue(account, "contact_delete", wish)
    begun = time.process_time()
    state.activities.settle()
    assert time.process_time() - begun < 0.2


def test_an_activity_runs_once_however_many_look(thousands):
    state, account, gone, _ = thousands
    wish = state.bulk.read(account, "contact_exports", {"contact_ids": gone[:50]})
    shown = [state.queue(account, "contact_exports", wish) for _ in range(5)]
    looking = [threading.Thread(target=state.activities.settle) for _ in range(8)]
    for each in looking:
        each.start()
    for each in looking:
        each.join()

    ended = [state.activities.get(account, each["activity_id"])["state"] for each in shown]
    assert ended == ["completed"] * 5
    assert state.db.row("SELECT count(*) AS found FROM exports")["found"] == 5


def test_a_file_from_before_bulk_activities_is_taken_on():
    db = Database()
    db.create(
        "CREATE TABLE activities (number INTEGER PRIMARY KEY, account_id TEXT NOT NULL, activity_id TEXT NOT NULL"
        " UNIQUE, kind TEXT NOT NULL, wish TEXT NOT NULL, state TEXT NOT NULL, created_at TEXT NOT NULL, due_at TEXT"
        " NOT NULL, completed_at TEXT, result TEXT NOT NULL DEFAULT '{}');"
        "INSERT INTO activities VALUES (1, 'a', 'old', 'list_delete', '{}', 'completed', '2026-11-20T10:00:00Z',"
        " '2026-11-20T10:00:01+00:00', '2026-11-20T10:00:01Z', '{\"status\": {\"list_count\": 1}}')"
    )

    (shown,) = State(db, Clock()).activities.behind("a")

    assert (shown["started_at"], shown["status"]) == ("2026-11-20T10:00:01Z", {"list_count": 1})
