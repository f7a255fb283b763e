"""Faults on order, over a real socket (the list is in emulator/README.md)."""

import pytest
import requests

from tests.emulator.people import addresses, delete, error, make_contact, make_list, put, whole


def links(answer):
    return answer.json()["_links"].get("next", {}).get("href")


@pytest.fixture
def three(cc):
    """Three contacts, so that pages of two have a next link."""
    for place in range(3):
        make_contact(cc, f"{place}@example.org")
    return cc


@pytest.mark.parametrize(
    ("kind", "options", "status", "key"),
    [
        ("throttled", {}, 429, "throttled"),
        ("quota_exceeded", {}, 429, "quota_exceeded"),
        ("status", {"status": 500}, 500, "internal_server_error"),
        ("status", {"status": 502}, 502, "bad_gateway"),
        ("status", {}, 503, "service_unavailable"),
        ("unauthorized", {}, 401, "unauthorized"),
        ("forbidden", {}, 403, "access_denied"),
    ],
)
def test_the_next_n_answers_are_errors(cc, kind, options, status, key):
    cc.fault(kind, times=2, **options)

    answers = [cc.get("/contacts") for _ in range(3)]

    assert [each.status_code for each in answers] == [status, status, 200]
    assert answers[0].json()["error_key"] == key


def test_a_fault_strikes_only_what_it_matches_and_lets_the_first_pass(cc):
    cc.fault("status", method="GET", path=r"^/v3/contacts\?.*limit=7", skip=1, times=0)

    assert cc.get("/contacts", limit=6).status_code == 200
    assert [cc.get("/contacts", limit=7).status_code for _ in range(3)] == [200, 503, 503]
    assert requests.delete(f"{cc.base}/_control/faults", timeout=10).ok
    assert cc.get("/contacts", limit=7).status_code == 200


def test_html_with_200_and_any_body_at_all(cc):
    cc.fault("html")
    cc.fault("raw", body="[1, 2", status=200)

    page = cc.get("/contacts")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert cc.get("/contacts").text == "[1, 2"


def test_cut_json_ends_too_early_with_the_right_length(three):
    three.fault("cut_json")

    answer = three.get("/contacts")

    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_cut_body_ends_before_its_announced_length(three):
    three.fault("cut_body")

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        three.get("/contacts")


def test_a_missing_key_a_foreign_link_and_odd_values(three):
    three.fault("missing_key", key="contacts")
    three.fault("foreign_link", skip=1)
    three.fault("foreign_link", skip=2, href="http://127.0.0.2:1/v3/contacts?cursor=x")
    three.fault("merge", skip=3, values={"new": 1}, each={"first_name": {"odd": True}})

    assert "contacts" not in three.get("/contacts").json()
    assert links(three.get("/contacts", limit=2)).startswith("//evil.example.com/v3/contacts?cursor=")
    assert links(three.get("/contacts")) == "http://127.0.0.2:1/v3/contacts?cursor=x"
    odd = three.get("/contacts").json()
    assert (odd["new"], odd["contacts"][0]["first_name"]) == (1, {"odd": True})


def test_cursor_trouble(three):
    first = links(three.get("/contacts", limit=1)).removeprefix("/v3")

    three.fault("expired_cursor", path="cursor=")
    assert error(three.call("GET", first))[2] == "cursor does not have a valid value"
    three.fault("same_cursor", path="cursor=")
    assert links(three.call("GET", first)) == f"/v3{first}"
    three.fault("empty_page")
    empty = three.get("/contacts", limit=2)
    assert (empty.json()["contacts"], bool(links(empty))) == ([], True)
    three.fault("empty_page", last=True)
    assert three.get("/contacts", limit=2).json() == {"contacts": [], "_links": {}}


def test_a_dropped_call_was_not_applied_and_a_lost_answer_was(cc):
    cc.fault("drop", method="POST")
    cc.fault("answer_lost", method="POST", skip=1)

    for name in ("Dropped", "Lost"):
        with pytest.raises(requests.ConnectionError):
            cc.call("POST", "/contact_lists", json={"name": name})

    assert [each["name"] for each in cc.get("/contact_lists").json()["lists"]] == ["Lost"]
    dropped, lost = cc.requests("POST", "contact_lists")
    assert (dropped["applied"], dropped["status"], dropped["fault"]) == (0, None, "drop")
    assert (lost["applied"], lost["status"], lost["fault"]) == (1, None, "answer_lost")


def test_an_error_after_the_fact_hides_that_it_happened(cc):
    cc.fault("error_after", method="POST")

    assert cc.call("POST", "/contact_lists", json={"name": "There"}).status_code == 502
    assert len(cc.get("/contact_lists").json()["lists"]) == 1


def test_silence_is_neither_an_answer_nor_an_act(cc):
    cc.fault("silent", method="POST", seconds=0.05)

    with pytest.raises(requests.ConnectionError):
        cc.call("POST", "/contact_lists", json={"name": "Never"})

    assert cc.get("/contact_lists").json()["lists"] == []


def test_a_call_can_be_applied_long_after_its_answer_was_given_up(cc):
    contact_id = make_contact(cc)
    delete(cc, contact_id)
    news = make_list(cc)
    cc.fault("later", method="PUT")

    with pytest.raises(requests.ConnectionError):
        put(cc, contact_id, list_memberships=[news])
    assert "deleted_at" in whole(cc, contact_id)
    assert cc.requests("PUT")[0]["applied"] == 0

    assert cc.control("release") == {"applied": 1}
    assert whole(cc, contact_id)["list_memberships"] == [news]
    assert cc.requests("PUT")[0]["applied"] == 1
    assert cc.control("release") == {"applied": 0}


def test_delays_and_latency_are_waited_for(cc):
    waited = []
    cc.app.pause = waited.append
    cc.control("limits", latency_ms=20)
    cc.fault("delay", seconds=3)

    for _ in range(2):
        cc.get("/contacts")

    assert waited == [3.02, 0.02]


@pytest.mark.parametrize(("when", "seen"), [("before", "unsubscribed"), ("after", "implicit")])
def test_a_contact_can_change_just_before_or_just_after_it_is_read(cc, when, seen):
    contact_id = make_contact(cc)
    cc.fault("unsubscribe", method="GET", path=contact_id, when=when)

    first, second = whole(cc, contact_id), whole(cc, contact_id)

    assert first["email_address"]["permission_to_send"] == seen
    assert second["email_address"]["permission_to_send"] == "unsubscribed"


def test_a_contact_can_be_edited_or_deleted_between_get_and_put(cc):
    contact_id = make_contact(cc, first_name="Maeve", list_memberships=[make_list(cc)])
    cc.fault("change_contact", method="GET", path=contact_id, values={"first_name": "Mae", "last_name": "D"})
    cc.fault("delete_contact", method="GET", path=contact_id, skip=1)

    assert whole(cc, contact_id)["first_name"] == "Maeve"
    assert whole(cc, contact_id)["first_name"] == "Mae"
    assert "deleted_at" in whole(cc, contact_id)


def test_a_list_can_vanish_between_two_pages(three):
    list_id = make_list(three)
    three.fault("delete_list", path="^/v3/contacts", id=list_id)

    three.get("/contacts")

    assert "deleted_at" in three.get(f"/contact_lists/{list_id}").json()


def test_the_quota_can_be_spent_at_a_chosen_call(cc):
    cc.control("limits", per_day=100)
    cc.control("limits", spend=98)

    assert [cc.get("/contacts").status_code for _ in range(3)] == [200, 200, 429]
    cc.control("limits", forget=True)
    assert cc.get("/contacts").status_code == 200


def test_the_token_endpoint_can_fail_too(cc):
    cc.fault("answer_lost", path="/token")
    cc.fault("status", path="/token", skip=1)

    def refresh():
        return requests.post(cc.token_url, data={"grant_type": "refresh_token"}, timeout=10)

    with pytest.raises(requests.ConnectionError):
        refresh()
    assert refresh().status_code == 503
    assert refresh().status_code == 401


def test_two_faults_may_strike_one_call(cc):
    contact_id = make_contact(cc)
    cc.fault("answer_lost", method="GET", path=contact_id)
    cc.fault("unsubscribe", method="GET", path=contact_id)

    with pytest.raises(requests.ConnectionError):
        whole(cc, contact_id)
    assert whole(cc, contact_id)["email_address"]["permission_to_send"] == "unsubscribed"
    assert addresses(cc.get("/contacts")) == {"maeve@example.net"}


def test_a_fault_waits_for_a_call_that_is_let_in(cc):
    cc.fault("status")
    token, cc.bearer = cc.bearer, "wrong"
    assert [cc.get("/contacts").status_code, cc.get("/nothing").status_code] == [401, 404]

    cc.bearer = token

    assert cc.get("/contacts").status_code == 503
