"""How bulk work is started and followed. Shapes are those of the CC reference, section 15."""

import json

import pytest
import responses

from contacts.api.activities import KINDS
from contacts.api.client import Call, Client
from contacts.api.errors import APIError, NotFound, QueueFull, Unreadable

API = "https://api.example.com/v3"
ID = "06a11820-f016-11eb-be8d-fa163e5bc304"
OTHER = "16a11820-f016-11eb-be8d-fa163e5bc304"
BODY = {"source": {"contact_ids": [ID]}, "list_ids": [OTHER]}
ADD = f"{API}/activities/add_list_memberships"


def client(**options) -> Client:
    return Client(lambda: "token-of-a-test", base_url=API, **options)


def activity(activity_id: str = ID, state: str = "initialized") -> dict:
    href = {"self": {"href": f"/v3/activities/{activity_id}"}}
    return {"activity_id": activity_id, "state": state, "percent_done": 1, "activity_errors": [], "_links": href}


@responses.activate
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_activity_of_each_kind_is_started_by_one_call(kind):
    responses.post(f"{API}/activities/{kind}", status=201, json=activity())
    calls: list[Call] = []
    assert client(log=calls.append).start_activity(kind, BODY) == activity()
    assert json.loads(responses.calls[0].request.body) == BODY
    assert [(each.method, each.path_template) for each in calls] == [("POST", f"/activities/{kind}")]


@pytest.mark.parametrize("kind", ["contacts_file_import", "", "../contacts", "add_list_memberships/"])
def test_an_unknown_kind_of_activity_is_never_sent(kind):
    with pytest.raises(ValueError, match="No activity"):
        client().start_activity(kind, BODY)


@responses.activate
@pytest.mark.parametrize("content", [{}, [], "text", {"activity_id": None}, {"activity_id": 7}, {"activity_id": ""}])
def test_an_activity_that_nobody_could_follow_may_run_all_the_same(content):
    responses.post(ADD, status=201, json=content)
    with pytest.raises(Unreadable) as caught:
        client().start_activity("add_list_memberships", BODY)
    assert caught.value.may_have_happened


@responses.activate
@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 302])
def test_a_start_without_a_clear_answer_leaves_doubt_and_is_sent_once(status):
    responses.post(ADD, status=status)
    with pytest.raises(APIError) as caught:
        client(renew=lambda token: "fresh").start_activity("add_list_memberships", BODY)
    assert caught.value.may_have_happened
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_a_refused_start_surely_did_nothing_and_is_sent_once(status):
    responses.post(ADD, status=status)
    with pytest.raises(APIError) as caught:
        client(renew=lambda token: "fresh").start_activity("add_list_memberships", BODY)
    assert not caught.value.may_have_happened
    assert len(responses.calls) == 1


@responses.activate
def test_a_full_queue_has_its_own_name():
    said = {"error_key": "contacts.api.too_many", "error_message": "More than 1,000 queued activities."}
    responses.post(ADD, status=429, json=[said])
    with pytest.raises(QueueFull):
        client().start_activity("add_list_memberships", BODY)


@responses.activate
def test_an_activity_is_followed_by_its_id():
    responses.get(f"{API}/activities/{ID}", json=activity(state="completed"))
    assert client().activity(ID)["state"] == "completed"


@responses.activate
def test_another_activity_is_not_taken_for_the_one_asked_for():
    responses.get(f"{API}/activities/{ID}", json=activity(OTHER))
    with pytest.raises(Unreadable):
        client().activity(ID)


@responses.activate
def test_an_activity_that_is_gone_is_not_found():
    responses.get(f"{API}/activities/{ID}", status=404)
    with pytest.raises(NotFound):
        client().activity(ID)


@responses.activate
def test_the_last_activities_come_by_pages_and_by_state():
    following = {"next": {"href": "/v3/activities?cursor=abc"}}
    responses.get(f"{API}/activities", json={"activities": [activity()], "_links": following})
    page = client().activities_page(state="processing")
    assert ([each["activity_id"] for each in page.items], page.cursor) == ([ID], "abc")
    client().activities_page(cursor=page.cursor, state="processing")
    assert responses.calls[0].request.params == {"limit": "500", "state": "processing"}
    assert responses.calls[1].request.params == {"cursor": "abc"}
