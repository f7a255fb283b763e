"""Bulk activities that end otherwise, vanish, never end, or are answered by nothing (emulator/README.md)."""

import pytest
import requests

from tests.emulation import emulator_process
from tests.emulator.bulk import activity, done, post, reasons, start
from tests.emulator.people import UNKNOWN, make_contact, make_list, make_tag, whole

POST = {"method": "POST", "path": "^/v3/activities/"}


@pytest.fixture(autouse=True)
def frozen(cc):
    cc.control("clock", freeze=True)


@pytest.fixture
def four(cc):
    return [make_contact(cc, f"{place}@example.org") for place in range(4)]


def on_lists(cc, contact_ids):
    return [len(whole(cc, each)["list_memberships"]) for each in contact_ids]


def add(cc, contact_ids):
    """The body that puts them on a new list."""
    return {"source": {"contact_ids": contact_ids}, "list_ids": [make_list(cc)]}


@pytest.mark.parametrize("end", ["failed", "timed_out", "cancelled"])
@pytest.mark.parametrize(("options", "reached"), [({}, 0), ({"most": 3}, 3)])
def test_an_activity_ends_otherwise_after_the_first_few(cc, four, end, options, reached):
    cc.fault(f"activity_{end}", **POST, errors=["The job was stopped."], **options)

    shown = done(cc, "add_list_memberships", **add(cc, four))

    assert (shown["state"], shown["percent_done"]) == (end, reached * 25)
    assert shown["activity_errors"] == ["The job was stopped."]
    assert shown["status"] == {"items_total_count": 4, "items_completed_count": reached, "list_count": 1}
    assert "completed_at" in shown
    assert on_lists(cc, four) == [1] * reached + [0] * (4 - reached)
    assert cc.get("/activities", state=end).json()["activities"] == [shown]


def test_an_activity_completes_with_errors(cc, four):
    cc.fault("activity_errors", **POST, errors=["Two could not be read."], most=2)

    shown = done(cc, "add_list_memberships", **add(cc, [*four, UNKNOWN]))

    assert (shown["state"], shown["percent_done"]) == ("completed", 100)
    assert shown["activity_errors"][1:] == ["Two could not be read."]
    assert on_lists(cc, four) == [1, 1, 0, 0]


@pytest.mark.parametrize(("options", "reached"), [({}, 1), ({"most": 0}, 0)])
def test_an_activity_disappears_and_may_have_been_done(cc, four, options, reached):
    cc.fault("activity_vanishes", **POST, **options)

    activity_id = start(cc, "add_list_memberships", **add(cc, four))
    cc.control("clock", advance=2)

    assert cc.get(f"/activities/{activity_id}").status_code == 404
    assert cc.get("/activities").json()["activities"] == []
    assert on_lists(cc, four) == [reached] * 4
    (behind,) = cc.look("activities")["activities"]
    assert (behind["activity_id"], behind["kind"]) == (activity_id, "add_list_memberships")
    assert behind["wish"]["source"] == {"contact_ids": four}


def test_an_activity_never_ends(cc, four):
    cc.fault("activity_stuck", **POST, most=1)

    activity_id = start(cc, "add_list_memberships", **add(cc, four))
    cc.control("clock", advance=7 * 3600)

    shown = activity(cc, activity_id)
    assert (shown["state"], shown["percent_done"]) == ("processing", 25)
    assert "completed_at" not in shown
    assert on_lists(cc, four) == [1, 0, 0, 0]


def test_one_activity_takes_longer_than_the_others(cc, four):
    cc.fault("activity_slow", **POST, seconds=90)
    slow, quick = (start(cc, "contact_delete", contact_ids=[each]) for each in four[:2])

    cc.control("clock", advance=89)

    assert [activity(cc, each)["state"] for each in (slow, quick)] == ["processing", "completed"]
    cc.control("clock", advance=1)
    assert activity(cc, slow)["state"] == "completed"


def test_a_fate_waits_for_a_request_that_starts_an_activity(cc, four):
    cc.fault("activity_failed")
    tag = make_tag(cc)
    assert cc.get("/activities").json()["activities"] == []

    cc.call("DELETE", f"/contact_tags/{tag}")
    cc.control("clock", advance=2)

    assert [each["state"] for each in cc.get("/activities").json()["activities"]] == ["failed"]
    assert cc.get(f"/contact_tags/{tag}").status_code == 200
    assert cc.look("faults")["faults"] == []


def test_the_deletion_of_a_list_can_fail_and_leaves_the_list(cc, four):
    lists = [make_list(cc, each) for each in "ab"]
    cc.fault("activity_failed", method="DELETE", path="contact_lists")

    failed = cc.call("DELETE", f"/contact_lists/{lists[0]}").json()["activity_id"]
    cc.control("clock", advance=2)

    assert (activity(cc, failed)["state"], activity(cc, failed)["status"]) == ("failed", {"list_count": 0})
    assert [each["name"] for each in cc.get("/contact_lists").json()["lists"]] == ["a", "b"]


@pytest.mark.parametrize(("kind", "options"), [("answer_lost", {}), ("error_after", {"status": 500}), ("cut_json", {})])
def test_an_activity_runs_although_its_answer_was_lost_and_can_bear_a_fate_too(cc, four, kind, options):
    cc.fault(kind, **POST, **options)
    cc.fault("activity_failed", **POST, most=2)

    if kind == "answer_lost":
        with pytest.raises(requests.ConnectionError):
            post(cc, "contact_delete", contact_ids=four)
    else:
        assert post(cc, "contact_delete", contact_ids=four).status_code in (500, 201)
    (logged,) = cc.requests("POST", "contact_delete")
    assert (logged["applied"], logged["fault"]) == (1, f"{kind}, activity_failed")
    cc.control("clock", advance=2)

    (shown,) = cc.get("/activities").json()["activities"]
    assert (shown["state"], shown["status"]["items_completed_count"]) == ("failed", 2)
    assert ["deleted_at" in whole(cc, each) for each in four] == [True, True, False, False]


@pytest.mark.parametrize("kind", ["drop", "status", "silent"])
def test_an_activity_whose_request_was_not_handled_never_was(cc, four, kind):
    cc.fault(kind, **POST, seconds=0.05)

    try:
        assert post(cc, "contact_delete", contact_ids=four).status_code == 503
    except requests.ConnectionError:
        assert kind != "status"

    assert cc.requests("POST", "contact_delete")[0]["applied"] == 0
    assert cc.look("activities")["activities"] == []


def test_a_post_can_be_applied_long_after_its_answer_was_given_up(cc, four):
    cc.fault("later", **POST)
    with pytest.raises(requests.ConnectionError):
        post(cc, "contact_delete", contact_ids=four)
    assert cc.get("/activities").json()["activities"] == []

    assert cc.control("release") == {"applied": 1}
    cc.control("clock", advance=2)

    assert all("deleted_at" in whole(cc, each) for each in four)


def test_somebody_opts_out_between_the_post_and_the_run(cc, four):
    cc.fault("unsubscribe", **POST, id=four[1])

    shown = done(cc, "add_list_memberships", **add(cc, four))

    assert reasons(shown) == ["unsubscribed, not added"]
    assert on_lists(cc, four) == [1, 0, 1, 1]
    assert cc.alarms() == []


def test_a_list_is_deleted_between_the_post_and_the_run(cc, four):
    body = add(cc, four)
    cc.fault("delete_list", **POST, id=body["list_ids"][0])

    shown = done(cc, "add_list_memberships", **body)

    assert (shown["state"], reasons(shown)) == ("failed", ["the list does not exist"])
    assert on_lists(cc, four) == [0] * 4


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "activity_failed", "most": -1},
        {"kind": "activity_failed", "most": "two"},
        {"kind": "activity_errors", "errors": "a line"},
        {"kind": "activity_slow", "seconds": -1},
        {"kind": "activity_slow", "seconds": "nan"},
    ],
    ids=str,
)
def test_a_fate_that_makes_no_sense_is_refused(cc, order):
    assert requests.post(f"{cc.base}/_control/faults", json=order, timeout=10).status_code == 400
    assert requests.post(f"{cc.base}/_control/activities", json={"seconds": -1}, timeout=10).status_code == 400


def test_a_fate_survives_a_kill(tmp_path):
    with emulator_process(tmp_path / "cc.db", "--calls-per-second", "0") as cc:
        cc.control("clock", freeze=True)
        contact_ids = [make_contact(cc, f"{place}@example.org") for place in range(3)]
        cc.fault("activity_timed_out", **POST, most=1)
        activity_id, token = start(cc, "contact_delete", contact_ids=contact_ids), cc.bearer
        cc.kill()

    with emulator_process(tmp_path / "cc.db", "--calls-per-second", "0") as again:
        again.bearer = token
        again.control("clock", advance=2)
        assert activity(again, activity_id)["state"] == "timed_out"
        assert ["deleted_at" in whole(again, each) for each in contact_ids] == [True, False, False]
