"""The control door, and the emulator behind ``responses``."""

import pytest
import requests
import responses

from emulator.switches import Switches
from tests.emulation import Emulation, answering, running_emulator
from tests.emulator.people import make_contact, make_list, whole


def refused(cc, path, order):
    answer = requests.post(f"{cc.base}/_control/{path}", json=order, timeout=10)
    assert answer.status_code in (400, 404)
    return answer.json()["problem"]


def test_the_control_door_is_closed_unless_it_is_opened():
    with running_emulator(control=False) as cc:
        answer = requests.get(f"{cc.base}/_control", timeout=10)

    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize(
    ("path", "order", "problem"),
    [
        ("nothing", {}, "There is no such order."),
        ("faults", {"kind": "flood"}, "kind is one of"),
        ("faults", {"kind": "status", "when": "soon"}, "when is before or after"),
        ("faults", {"kind": "status", "path": "("}, "missing ), unterminated subpattern"),
        ("switches", {"put_mode": "odd"}, "put_mode is one of documented, strict"),
        ("switches", {"unknown": "odd"}, "There is no switch 'unknown'"),
        ("clock", {"set": "2026-01-01T00:00:00"}, "set needs a time with its zone"),
        ("clock", {"advance": "soon"}, "could not convert"),
        ("contact/change", {"id": "x"}, "404"),
        ("contact/unsubscribe", {}, "id is missing"),
        ("story", {}, "chapter is missing"),
        ("story", {"chapter": "never"}, "cannot be told now"),
        ("limits", [], "list"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_the_reason(cc, path, order, problem):
    if path == "contact/change":
        order = order | {"values": {}}
    assert problem in refused(cc, path, order)


def test_the_summary_tells_what_is_there(cc):
    make_contact(cc, list_memberships=[make_list(cc)])

    summary = cc.look()

    assert summary["accounts"][cc.account_id] == {
        "contacts": 1,
        "lists": 1,
        "tags": 0,
        "custom_fields": 0,
        "activities": 0,
        "contacts_by_standing": {"implicit": 1},
    }
    assert summary["switches"] == Switches().as_dict()
    assert summary["used_today"] == 2


def test_a_contact_is_shown_as_it_is_stored_and_can_be_edited_behind_the_api(cc):
    contact_id = make_contact(cc)

    cc.control("contact/change", id=contact_id, values={"nickname": "M", "birthday_month": "odd"})

    assert cc.look("contact", id=contact_id) == cc.look("contact", email="MAEVE@example.net")
    assert cc.get(f"/contacts/{contact_id}").json()["nickname"] == "M"
    assert whole(cc, contact_id)["birthday_month"] == "odd"


def test_another_program_s_sign_up_brings_a_deleted_contact_back(cc):
    form = {"email_address": "till@example.org", "list_memberships": [make_list(cc)]}
    made = cc.control("contact/sign-up", form=form)
    cc.control("contact/delete", id=made["contact_id"])

    assert cc.control("contact/sign-up", form=form) == {"contact_id": made["contact_id"], "is_new": False}
    assert "deleted_at" not in cc.look("contact", email="till@example.org")


def test_the_clock_can_be_set_frozen_advanced_and_let_go(cc):
    frozen = cc.control("clock", set="2026-02-03T04:05:06+00:00", freeze=True)
    assert frozen["frozen"]
    assert cc.control("clock", advance=60)["now"].startswith("2026-02-03T04:06:06")
    assert not cc.control("clock", thaw=True)["frozen"]
    assert cc.look()["now"].startswith("2026-02-03T04:06")
    cc.control("clock", reset=True)
    assert not cc.look()["now"].startswith("2026-02-03")


def test_log_and_alarms_can_be_emptied(cc):
    make_list(cc)

    assert requests.delete(f"{cc.base}/_control/log", timeout=10).ok

    assert cc.requests() == []


def test_a_second_account_is_loaded_with_everything_in_it(cc):
    list_id = "11111111-0000-11f1-8000-fa163e000000"
    email = {"address": "ruth@example.org", "permission_to_send": "explicit"}
    cc.control(
        "load",
        accounts=[{"encoded_account_id": "quay", "organization_name": "Quay Side Theatre"}],
        lists=[{"account": "quay", "list_id": list_id, "name": "News"}],
        contacts=[
            {
                "account": "quay",
                "contact_id": "22222222-0000-11f1-8000-fa163e000000",
                "email_address": email,
                "created_at": "2026-01-01T00:00:00Z",
                "updated_at": "2026-01-01T00:00:00Z",
                "list_memberships": [list_id],
            }
        ],
    )

    found = cc.look("contact", account="quay", email="ruth@example.org")
    assert found["list_memberships"] == [list_id]
    assert cc.get("/contacts", status="all").json()["contacts"] == []
    assert "account is needed" in refused(cc, "contact/unsubscribe", {"id": found["contact_id"]})


def test_loading_is_all_or_nothing(cc):
    twice = [{"account": cc.account_id, "list_id": f"1111111{place}-0000", "name": "News"} for place in range(2)]

    assert "UNIQUE" in refused(cc, "load", {"lists": twice})
    assert cc.get("/contact_lists").json()["lists"] == []


@responses.activate
def test_the_same_app_answers_behind_responses():
    with answering(responses.mock) as cc:
        contact_id = make_contact(cc, "ann+b@example.org", list_memberships=[make_list(cc)])
        found = cc.call("GET", "/contacts?email=ann%2Bb@example.org&include=list_memberships").json()["contacts"]
        missing = cc.get("/contacts/12")

    assert [each["contact_id"] for each in found] == [contact_id]
    assert len(found[0]["list_memberships"]) == 1
    assert (missing.status_code, missing.headers["Content-Type"]) == (404, "application/json;charset=UTF-8")


@responses.activate
@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("silent", requests.ReadTimeout),
        ("drop", requests.ConnectionError),
        ("cut_body", requests.exceptions.ChunkedEncodingError),
    ],
)
def test_behind_responses_a_withheld_answer_is_the_exception_that_requests_would_raise(kind, problem):
    with answering(responses.mock) as cc, pytest.raises(problem):
        cc.fault(kind)
        cc.get("/contacts")


def test_an_emulation_of_another_process_has_no_state_to_look_into():
    with pytest.raises(AssertionError, match="another process"):
        Emulation("http://127.0.0.1:1", bearer="").state.accounts.ids()
