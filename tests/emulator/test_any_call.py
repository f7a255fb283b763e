"""Any call with anything in it gets an answer that is JSON, and none is a crash."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from emulator.endpoints import ROUTES
from tests.emulation import running_emulator
from tests.emulator.people import UNKNOWN, make_contact, make_list, make_tag

PROPERTIES = (
    "create_source update_source email_address first_name birthday_month birthday_day anniversary list_memberships"
    " taggings notes phone_numbers street_addresses custom_fields sms_channel name favorite description tag_source"
    " label type choices metadata list_ids phone_number street_address source exclude contact_ids tag_ids fields"
    " status all_active_contacts new_subscriber segment_id engagement_level"
)
PARAMETERS = (
    "status email lists segment_id tags updated_after created_before optout_after include sms_status include_count"
    " limit cursor name include_membership_count channel_type sequence_ids extra_fields state next"
)
INNER = "address kind content phone_number custom_field_id contact_ids list_ids tag_ids all_active_contacts segment_id"
TEXTS = ["", "x", "\ud800", "a\x00b", "2026-01-01", "a@b.org", UNKNOWN, "😀" * 30, "Account", "Contact", "string"]

simple = st.sampled_from([*TEXTS, None, 0, -1, 10**30, 1.5, True])
values = st.recursive(
    simple,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(INNER.split()), inner),
    max_leaves=5,
)
bodies = st.dictionaries(st.sampled_from(PROPERTIES.split()), values, max_size=6) | values
sources = st.just({"create_source": "Account", "update_source": "Account"})
queries = st.dictionaries(
    st.sampled_from(PARAMETERS.split()),
    st.sampled_from(["", "all", "1", "500", "x", "9999-12-31T23:59:59-23:00", "%", "é", "\x00", ",,", "true", "１２"])
    | st.text(max_size=8),
    max_size=3,
)
odd_ids = st.sampled_from(["x", "%00", "%ff%fe", "a b", "..", "é", UNKNOWN])


@pytest.fixture(scope="module")
def world():
    """A client, its header, and an id of each kind."""
    with running_emulator() as cc:
        field = cc.call("POST", "/contact_custom_fields", json={"label": "Diet", "type": "string"}).json()
        ids = {
            "contact_id": make_contact(cc),
            "list_id": make_list(cc),
            "tag_id": make_tag(cc),
            "custom_field_id": field["custom_field_id"],
        }
        yield Client(cc.app), {"Authorization": f"Bearer {cc.bearer}"}, ids


@given(route=st.sampled_from(ROUTES), odd_id=st.none() | odd_ids, query=queries, body=bodies, named=st.none() | sources)
@settings(max_examples=400, deadline=None)
def test_any_call_is_answered_with_json_and_none_is_a_crash(world, route, odd_id, query, body, named):
    client, headers, ids = world
    path = route.path
    for name in ("contact_id", "list_id", "tag_id", "custom_field_id", "activity_id"):
        path = path.replace(f"<{name}>", odd_id or ids.get(name, UNKNOWN))
    if named and isinstance(body, dict):
        body = body | named
    sent = {"json": body} if route.method in ("POST", "PUT") else {}

    answer = client.open(f"/v3{path}", method=route.method, query_string=query, headers=headers, **sent)

    assert answer.status_code in (200, 201, 202, 204, 400, 404, 409, 415)
    if answer.status_code != 204:
        json.loads(answer.data)


def test_half_a_character_that_cannot_be_sent_is_escaped(world):
    client, headers, _ = world

    body = {"label": "Odd", "type": "string", "metadata": {"display_type": "\ud800"}}
    answer = client.post("/v3/contact_custom_fields", json=body, headers=headers)

    assert answer.json["metadata"] == {"display_type": "\ud800"}
