"""The emulator against the vendor's own description of the API, where that file is at hand beside the checkout.

Its known slips are listed in the README beside it. Answers are held to more than it says: a key it does not know is a
failure too.
"""

import json
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft4Validator, FormatChecker

from emulator.endpoints import ROUTES
from emulator.state.orders import KINDS
from tests.emulation import running_emulator
from tests.emulator.people import ALL, UNKNOWN, make_contact, make_list, make_tag

DOCUMENT = Path(__file__).resolve().parents[3] / "shared" / "openapi" / "constant-contact-v3.yaml"
pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason=f"the vendor's description is not at {DOCUMENT}")


@cache
def document():
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return _closed(yaml.load(DOCUMENT.read_text("utf-8"), Loader=loader))


def _closed(node):
    """The same document, in which objects with named properties have no others."""
    if isinstance(node, dict):
        if "properties" in node and "additionalProperties" not in node:
            node["additionalProperties"] = False
        for each in node.values():
            _closed(each)
    elif isinstance(node, list):
        for each in node:
            _closed(each)
    return node


def described(method, path):
    """The description of one operation; ``path`` has its parameters in Werkzeug's form."""
    found = document()["paths"][path.replace("<", "{").replace(">", "}")]
    return found[method.lower()]


def problems(answer, method, path):
    """What the described schema of this answer's status finds wrong with it."""
    schema = described(method, path)["responses"][str(answer.status_code)].get("schema")
    if schema is None:
        return [] if answer.status_code in (200, 204) else ["no schema"]
    whole = {**schema, "definitions": document()["definitions"]}
    checker = Draft4Validator(whole, format_checker=FormatChecker())
    body = answer.text if answer.headers["Content-Type"].startswith("text/csv") else answer.json()
    return [f"{'/'.join(map(str, each.absolute_path))}: {each.message}" for each in checker.iter_errors(body)]


@pytest.fixture(scope="module")
def lived_in():
    """An account in which every kind of answer has something to show."""
    with running_emulator() as cc:
        cc.ids = {"list_id": make_list(cc), "tag_id": make_tag(cc)}
        cc.spare = {"list_id": make_list(cc, "Spare"), "tag_id": make_tag(cc, "Spare")}
        field = cc.call("POST", "/contact_custom_fields", json={"label": "Diet", "type": "string"}).json()
        cc.ids["custom_field_id"] = field["custom_field_id"]
        cc.ids["contact_id"] = make_contact(
            cc,
            first_name="Maeve",
            anniversary="2006-11-15",
            birthday_month=1,
            birthday_day=2,
            list_memberships=[cc.ids["list_id"]],
            taggings=[cc.ids["tag_id"]],
            notes=[{"content": "Likes mussels"}],
            phone_numbers=[{"phone_number": "1", "kind": "home"}],
            street_addresses=[{"kind": "home", "street": "1 Quay"}],
            custom_fields=[{"custom_field_id": field["custom_field_id"], "value": "vegan"}],
            sms_channel={
                "full_sms_address": "17815551212",
                "sms_channel_consents": [{"sms_consent_permission": "explicit", "consent_type": "promotional_sms"}],
            },
        )
        gone = make_contact(cc, "gone@example.org")
        cc.control("contact/unsubscribe", id=gone, reason="Too many")
        cc.call("DELETE", f"/contacts/{gone}")
        activity = cc.call("DELETE", f"/contact_lists/{cc.spare['list_id']}")
        cc.ids["file_export_id"] = cc.call("POST", "/activities/contact_exports", json={}).json()["activity_id"]
        cc.control("clock", advance=2)
        cc.ids["activity_id"] = activity.json()["activity_id"]
        cc.deleted = activity
        yield cc


GETS = {
    "/contacts": {"status": "all", "include": ALL, "include_count": "true", "limit": 1},
    "/contacts/<contact_id>": {"include": ALL},
    "/contacts/counts": {"include": "new_subscriber"},
    "/contacts/contact_id_xrefs": {"sequence_ids": "1,2"},
    "/contact_lists": {"status": "all", "include_count": "true", "include_membership_count": "all", "limit": 1},
    "/contact_lists/<list_id>": {"include_membership_count": "active"},
    "/contact_lists/list_id_xrefs": {"sequence_ids": "1,2"},
    "/contact_tags": {"include_count": "true", "limit": 1},
    "/contact_tags/<tag_id>": {"include_count": "true"},
    "/contact_custom_fields": {},
    "/contact_custom_fields/<custom_field_id>": {},
    "/account/summary": {"extra_fields": "physical_address,company_logo"},
    "/account/user/privileges": {},
    "/activities": {},
    "/activities/<activity_id>": {},
    "/contact_exports/<file_export_id>": {},
}


def filled(path, ids):
    for name, value in ids.items():
        path = path.replace(f"<{name}>", value)
    return path


def test_every_get_that_is_served_is_checked_here():
    assert {each.path for each in ROUTES if each.method == "GET"} == set(GETS)


@pytest.mark.parametrize("path", GETS)
def test_a_get_is_as_described(lived_in, path):
    answer = lived_in.get(filled(path, lived_in.ids), **GETS[path])

    assert answer.status_code == 200
    assert problems(answer, "GET", path) == []


def test_the_second_page_is_as_described(lived_in):
    for path in ("/contacts", "/contact_lists", "/contact_tags", "/activities"):
        first = lived_in.get(path, **(GETS[path] | {"limit": 1})).json()
        second = lived_in.call("GET", first["_links"]["next"]["href"].removeprefix("/v3"))
        assert problems(second, "GET", path) == []


_EVERYBODY = {"all_active_contacts": True}
WRITES = [
    ("POST", "/contacts", {"create_source": "Account", "first_name": "Ann"}, 201),
    (
        "PUT",
        "/contacts/<contact_id>",
        {"update_source": "Account", "email_address": {"address": "maeve@example.net"}},
        200,
    ),
    ("POST", "/contacts/sign_up_form", {"email_address": "new@example.org", "list_memberships": ["<list_id>"]}, 201),
    ("POST", "/contact_lists", {"name": "Another"}, 201),
    ("PUT", "/contact_lists/<list_id>", {"name": "Renamed", "description": "d"}, 200),
    ("POST", "/contact_tags", {"name": "Another", "tag_source": "web"}, 201),
    ("PUT", "/contact_tags/<tag_id>", {"name": "Renamed"}, 200),
    ("POST", "/contact_custom_fields", {"label": "Another", "type": "date"}, 201),
    ("PUT", "/contact_custom_fields/<custom_field_id>", {"label": "Renamed"}, 200),
    ("POST", "/activities/add_list_memberships", {"source": _EVERYBODY, "list_ids": ["<list_id>"]}, 201),
    ("POST", "/activities/remove_list_memberships", {"source": _EVERYBODY, "list_ids": ["<list_id>"]}, 201),
    ("POST", "/activities/contact_delete", {"contact_ids": [UNKNOWN]}, 201),
    ("POST", "/activities/list_delete", {"list_ids": [UNKNOWN]}, 201),
    ("POST", "/activities/contacts_taggings_add", {"source": _EVERYBODY, "tag_ids": ["<tag_id>"]}, 201),
    ("POST", "/activities/contacts_taggings_remove", {"source": _EVERYBODY, "tag_ids": ["<tag_id>"]}, 201),
    ("POST", "/activities/contacts_tags_delete", {"tag_ids": [UNKNOWN]}, 201),
    ("POST", "/activities/custom_fields_delete", {"custom_field_ids": [UNKNOWN]}, 201),
    ("POST", "/activities/contact_exports", {"fields": ["email_address"]}, 201),
    (
        "POST",
        "/activities/contacts_json_import",
        {"import_data": [{"email": "ann@example.org"}], "list_ids": ["<list_id>"]},
        201,
    ),
]


def test_every_activity_that_can_be_started_is_checked_here():
    assert {path for _method, path, _body, _status in WRITES} >= {f"/activities/{kind}" for kind in KINDS}


@pytest.mark.parametrize(("method", "path", "body", "status"), WRITES)
def test_a_write_answers_as_described(lived_in, method, path, body, status):
    body = json.loads(filled(json.dumps(body), lived_in.ids))
    answer = lived_in.call(method, filled(path, lived_in.ids), json=body)

    assert answer.status_code == status
    assert problems(answer, method, path) == []


@pytest.mark.parametrize("kind", ["contacts_file_import", "contacts_json_import", "custom_fields_delete"])
def test_an_activity_is_as_described_when_it_has_ended(lived_in, kind):
    list_id = lived_in.ids["list_id"]
    if kind == "contacts_file_import":
        sent = {"files": {"file": ("people.csv", "email\nnone\nann@example.org\n")}, "data": {"list_ids": list_id}}
    else:
        sent = {"json": {"import_data": [{"email": "none"}], "list_ids": [list_id], "custom_field_ids": [UNKNOWN]}}
    answer = lived_in.call("POST", f"/activities/{kind}", **sent)
    lived_in.control("clock", advance=2)
    ended = lived_in.get(f"/activities/{answer.json()['activity_id']}").json()

    assert (answer.status_code, ended["state"], len(ended["activity_errors"])) == (201, "completed", 1)
    assert problems(answer, "POST", f"/activities/{kind}") == []
    schema = described("POST", f"/activities/{kind}")["responses"]["201"]["schema"]
    whole = {**schema, "definitions": document()["definitions"]}
    assert list(Draft4Validator(whole, format_checker=FormatChecker()).iter_errors(ended)) == []


def test_a_deletion_answers_as_described(lived_in):
    tag = lived_in.call("DELETE", f"/contact_tags/{lived_in.spare['tag_id']}")

    assert problems(lived_in.deleted, "DELETE", "/contact_lists/<list_id>") == []
    assert problems(tag, "DELETE", "/contact_tags/<tag_id>") == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda each: f"{each.method} {each.path}")
def test_scope_and_privilege_are_as_described(route):
    operation = described(route.method, route.path)

    wanted = operation.get("x-authorization-privileges") or []
    scopes = {scope for each in operation.get("security") or [] for found in each.values() for scope in found}
    assert [route.privilege] == wanted if wanted else route.privilege == ""
    assert {route.scope} == scopes if scopes else route.scope == ""


@pytest.mark.parametrize(
    "name",
    [each["name"] for each in document()["paths"]["/contacts"]["get"]["parameters"]] if DOCUMENT.exists() else [],
)
def test_every_described_parameter_of_get_contacts_is_known(lived_in, name):
    if name == "Authorization":
        return
    assert lived_in.get("/contacts", **{name: "no such value"}).status_code == (200 if name == "email" else 400)
