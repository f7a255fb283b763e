"""Routing, authentication, rights, errors and headers (CC reference, sections 2 to 5)."""

from datetime import UTC, datetime

import pytest
import requests

from emulator.assembly import bearer
from emulator.people import Role, User
from tests.emulator.people import UNKNOWN, error, make_contact, make_list

TOKENS = [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic YTpi", "bearer.wrong"]


def raw(cc, method, path, **options):
    return requests.request(method, f"{cc.base}{path}", timeout=10, **options)


@pytest.mark.parametrize("path", ["/", "/v2/contacts", "/v3", "/favicon.ico"])
def test_outside_v3_the_gateway_forbids(cc, path):
    answer = raw(cc, "GET", path)

    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("PATCH", f"/contacts/{UNKNOWN}"),
        ("PUT", "/contacts"),
        ("HEAD", "/contacts"),
        ("POST", "/contacts/counts"),
        ("GET", "/contacts/"),
        ("GET", "//contacts"),
    ],
)
def test_an_unknown_path_or_method_is_404_even_without_a_token(cc, method, path):
    for answer in (raw(cc, method, f"/v3{path}"), cc.call(method, path)):
        assert answer.status_code == 404
        assert "Allow" not in answer.headers
        if method != "HEAD":
            assert error(answer) == (404, "not_found", "The requested resource was not found.")


def test_options_answers_without_a_credential(cc):
    answer = raw(cc, "OPTIONS", "/v3/contacts")

    assert (answer.status_code, answer.json()) == (200, {})


@pytest.mark.parametrize("header", TOKENS)
def test_every_way_to_be_nobody_gets_the_same_bytes(cc, header):
    answer = raw(cc, "GET", "/v3/contacts", headers={"Authorization": header} if header is not None else {})

    assert answer.status_code == 401
    assert answer.content == b'{"error_key":"unauthorized","error_message":"Unauthorized"}'
    assert answer.headers["WWW-Authenticate"] == "Bearer realm=api.cc.email"


def test_a_revoked_token_is_nobodys(cc):
    cc.control("tokens")

    assert cc.get("/contacts").status_code == 401


def test_a_token_without_the_scope_reaches_only_what_needs_none(cc):
    cc.bearer = bearer(cc.app, cc.account_id, scopes=("account_read",))

    answer = cc.get("/contacts")

    text = "Request forbidden due to insufficient user privileges."
    assert (answer.status_code, answer.json()) == (403, {"error_key": "access_denied", "error_message": text})
    assert cc.get("/account/summary").status_code == 200
    assert cc.get("/account/user/privileges").status_code == 200


def test_a_campaign_creator_sees_lists_and_no_contacts(cc):
    creator = User(
        login="cian@harbour.example.com",
        name="Cian",
        role=Role.CREATOR,
        account_id=cc.account_id,
        account_name="Harbour",
        number=2,
    )
    cc.app.oauth.add_user(creator)
    cc.bearer = cc.app.oauth.issue(cc.account_id, creator.login, ("contact_data",))["access_token"]

    assert cc.get("/contact_lists").status_code == 200
    assert cc.get("/contacts").status_code == 403
    assert cc.call("POST", "/contact_lists", json={"name": "New"}).status_code == 403
    names = {each["privilege_name"] for each in cc.get("/account/user/privileges").json()}
    assert "contacts:read" not in names


def test_an_id_that_is_no_uuid_is_told_from_one_that_is_unknown(cc):
    assert error(cc.get("/contacts/12")) == (404, "contacts.api.not_found", "contact_id is in an invalid format.")
    assert error(cc.get(f"/contacts/{UNKNOWN}"))[2] == "The requested resource was not found."
    assert cc.call("PUT", f"/contacts/{UNKNOWN}", json={"update_source": "Account"}).status_code == 404


def test_an_id_in_capitals_is_the_same_id(cc):
    contact_id = make_contact(cc)

    assert cc.get(f"/contacts/{contact_id.upper()}").json()["contact_id"] == contact_id


@pytest.mark.parametrize(
    ("path", "method"), [("/contacts", "POST"), ("/contacts/{}", "PUT"), ("/contact_lists", "POST")]
)
def test_a_body_that_is_not_declared_as_json_is_415(cc, path, method):
    target = path.format(make_contact(cc))

    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        assert cc.call(method, target, data="{}", headers={"Content-Type": kind}).status_code == 415


@pytest.mark.parametrize(
    "body", ['{"name": "News",}', "{", "", "NaN", '{"name": NaN}', b"\xff\xfe", "[" * 100_000, "null", "[]", '"x"']
)
def test_a_body_that_is_not_strict_json_is_400_and_applied_nowhere(cc, body):
    answer = cc.call("POST", "/contact_lists", data=body, headers={"Content-Type": "application/json"})

    assert error(answer)[:2] == (400, "contacts.api.validation.error")
    assert cc.get("/contact_lists").json()["lists"] == []


@pytest.mark.parametrize("value", [{"name": 5}, {"name": ["a"]}, {"name": "\ud800"}, {"name": "a", "favorite": "no"}])
def test_a_value_of_the_wrong_kind_is_400(cc, value):
    assert cc.call("POST", "/contact_lists", json=value).status_code == 400


def test_every_answer_carries_the_infrastructures_headers_and_the_emulators_time(cc):
    cc.control("clock", set="2026-09-02T11:00:00+01:00", freeze=True)

    good, bad = cc.get("/contacts"), cc.get("/contacts/12")

    for answer in (good, bad):
        assert answer.headers["Date"] == "Wed, 02 Sep 2026 10:00:00 GMT"
        assert answer.headers["x-amz-apigw-id"]
    assert good.headers["x-amzn-RequestId"] != bad.headers["x-amzn-RequestId"]
    assert "x-amzn-ErrorType" in bad.headers
    assert "x-amzn-ErrorType" not in good.headers
    assert "Server" not in good.headers


def test_times_are_whole_seconds_in_utc(cc):
    cc.control("clock", set="2026-09-02T10:00:00.750000+00:00", freeze=True)

    shown = cc.get(f"/contacts/{make_contact(cc)}").json()

    assert shown["created_at"] == shown["email_address"]["opt_in_date"] == "2026-09-02T10:00:00Z"
    assert datetime.fromisoformat(shown["updated_at"]) == datetime(2026, 9, 2, 10, tzinfo=UTC)


def test_every_request_is_in_the_log_with_its_end_and_without_a_token(cc):
    list_id = make_list(cc)
    cc.get("/nothing")
    token = requests.post(
        cc.token_url,
        data={"grant_type": "refresh_token", "refresh_token": "a-secret-token"},
        auth=(cc.client_id, cc.client_secret),
        timeout=10,
    )

    made, unknown, refused = cc.requests()
    assert (made["method"], made["path"], made["status"], made["applied"]) == ("POST", "/v3/contact_lists", 201, 1)
    assert (made["account_id"], made["body"]) == (cc.account_id, '{"name": "Newsletter"}')
    assert (unknown["status"], unknown["account_id"], unknown["applied"]) == (404, None, 0)
    assert (refused["status"], refused["body"]) == (token.status_code, "grant_type=refresh_token")
    assert cc.bearer not in str(cc.requests())
    assert list_id
