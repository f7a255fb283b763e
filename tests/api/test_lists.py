"""How lists are read and changed. Shapes are those of the CC reference, section 13."""

import json

import pytest
import responses

from contacts.api.client import Call, Client
from contacts.api.errors import Conflict, NotFound, Unreadable

API = "https://api.example.com/v3"
ID = "06a11820-f016-11eb-be8d-fa163e5bc304"
OTHER = "16a11820-f016-11eb-be8d-fa163e5bc304"
ACTIVITY = "26a11820-f016-11eb-be8d-fa163e5bc304"
BODY = {"name": "Gala 2027", "description": "Guests", "favorite": True}
WRITES = [
    ("POST", "/contact_lists", lambda cc: cc.create_list(BODY)),
    ("PUT", f"/contact_lists/{ID}", lambda cc: cc.put_list(ID, BODY)),
    ("DELETE", f"/contact_lists/{ID}", lambda cc: cc.delete_list(ID)),
]


def client(**options) -> Client:
    return Client(lambda: "token-of-a-test", base_url=API, **options)


@responses.activate
def test_a_list_is_read_with_its_member_count_and_unknown_keys():
    found = {"list_id": ID, "name": "Gala", "membership_count": 12, "brand_new": [1]}
    responses.get(f"{API}/contact_lists/{ID.upper()}", json=found)
    assert client().get_list(ID.upper()) == found
    assert responses.calls[0].request.params == {"include_membership_count": "all"}


@responses.activate
def test_a_list_is_made_and_changed_with_the_whole_body():
    responses.post(f"{API}/contact_lists", status=201, json={"list_id": ID, **BODY})
    responses.put(f"{API}/contact_lists/{ID}", json={"list_id": ID, **BODY})
    assert client().create_list(BODY)["list_id"] == ID
    assert client().put_list(ID, BODY)["name"] == "Gala 2027"
    assert [json.loads(each.request.body) for each in responses.calls] == [BODY, BODY]


@responses.activate
def test_deleting_a_list_answers_with_the_activity_that_does_it():
    started = {"activity_id": ACTIVITY, "state": "initialized", "percent_done": 0}
    responses.delete(f"{API}/contact_lists/{ID}", status=202, json=started)
    assert client().delete_list(ID) == started


@responses.activate
@pytest.mark.parametrize("content", [{}, [], {"activity_id": None}, {"activity_id": 7}, {"activity_id": "../x"}])
def test_a_deletion_whose_answer_names_no_activity_may_run_all_the_same(content):
    responses.delete(f"{API}/contact_lists/{ID}", status=202, json=content)
    with pytest.raises(Unreadable) as caught:
        client().delete_list(ID)
    assert caught.value.may_have_happened


@responses.activate
@pytest.mark.parametrize(
    ("method", "call"), [("PUT", lambda cc: cc.put_list(ID, BODY)), ("GET", lambda cc: cc.get_list(ID))]
)
def test_an_answer_about_another_list_is_not_taken(method, call):
    responses.add(method, f"{API}/contact_lists/{ID}", json={"list_id": OTHER, "name": "Other"})
    with pytest.raises(Unreadable):
        call(client())


@responses.activate
@pytest.mark.parametrize("content", [{}, [], {"list_id": None}, {"list_id": 7}])
def test_a_new_list_without_an_id_may_be_there_all_the_same(content):
    responses.post(f"{API}/contact_lists", status=201, json=content)
    with pytest.raises(Unreadable) as caught:
        client().create_list(BODY)
    assert caught.value.may_have_happened


@responses.activate
def test_a_name_in_use_is_a_conflict_and_surely_changed_nothing():
    responses.post(f"{API}/contact_lists", status=409, json=[{"error_key": "contacts.api.conflict"}])
    with pytest.raises(Conflict) as caught:
        client().create_list(BODY)
    assert not caught.value.may_have_happened


@responses.activate
@pytest.mark.parametrize(("method", "path", "write"), WRITES)
@pytest.mark.parametrize("status", [500, 503, 408, 302])
def test_a_list_change_without_a_clear_answer_leaves_doubt_and_is_sent_once(method, path, write, status):
    responses.add(method, API + path, status=status)
    with pytest.raises(Exception, match=str(status)) as caught:
        write(client())
    assert caught.value.may_have_happened
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize(("method", "path", "write"), WRITES)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_a_refused_list_change_surely_did_nothing_and_is_sent_once(method, path, write, status):
    responses.add(method, API + path, status=status)
    with pytest.raises(Exception, match=str(status)) as caught:
        write(client(renew=lambda token: "fresh"))
    assert not caught.value.may_have_happened
    assert len(responses.calls) == 1


@responses.activate
def test_the_log_names_a_list_call_without_the_id():
    responses.get(f"{API}/contact_lists/{ID}", status=404)
    calls: list[Call] = []
    with pytest.raises(NotFound):
        client(log=calls.append).get_list(ID)
    assert [each.path_template for each in calls] == ["/contact_lists/{id}"]


@pytest.mark.parametrize("call", [lambda cc, bad: cc.put_list(bad, BODY), lambda cc, bad: cc.delete_list(bad)])
def test_a_list_id_that_could_lead_elsewhere_is_refused(call):
    with pytest.raises(ValueError, match="letters, digits and hyphens"):
        call(client(), "../contacts")
