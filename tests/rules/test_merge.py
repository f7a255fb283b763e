"""The body of a change: nothing lost in either reading of PUT, nothing said that was not read or asked for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.rules.guard import guard
from contacts.rules.merge import body_for
from contacts.rules.refusal import CannotKeep, Refused
from tests.rules.putting import foreign_keys, put, told
from tests.rules.shapes import AGREED, AT, PERMISSIONS, remotes, wishes

LIST, OTHER = "3fa85f64-5717-4562-b3fc-000000000001", "3fa85f64-5717-4562-b3fc-000000000002"
MAEVE = {
    "contact_id": OTHER,
    "email_address": {"address": "maeve@example.net", "permission_to_send": "implicit", "confirm_status": "off"},
    "first_name": "Maeve",
    "deleted_at": "2026-11-17",
    "list_memberships": [],
    "create_source": "Account",
    "updated_at": AT,
}
CHANNEL = {
    "dial_code": "353",
    "sms_address": "871234567",
    "sms_channel_consents": [{"sms_consent_permission": "explicit", "consent_type": "promotional_sms"}],
}


@given(remote=remotes(), lists=wishes, strict=st.booleans())
@settings(max_examples=2500, deadline=None)
def test_only_the_lists_change_in_both_readings_of_put(remote, lists, strict):
    body = body_for(remote, lists=lists)
    guard(remote, body, lists=lists, revive=True)
    assert told(put(remote, body, strict=strict)) == told(remote) | {"list_memberships": lists}


@given(remote=remotes(deleted=False, permissions=PERMISSIONS), tags=wishes)
@settings(max_examples=1000, deadline=None)
def test_a_wish_for_tags_changes_the_tags_alone(remote, tags):
    body = body_for(remote, lists=None, tags=tags)
    guard(remote, body, lists=None, tags=tags)
    for strict in (True, False):
        assert told(put(remote, body, strict=strict)) == told(remote) | {"taggings": tags}


@given(remote=remotes(deleted=False, permissions=PERMISSIONS))
@settings(max_examples=1000, deadline=None)
def test_the_permission_is_copied_and_no_read_only_key_is_sent(remote):
    body = body_for(remote, lists=None)
    assert foreign_keys(body) == set()
    assert body["update_source"] == "Account"
    had, says = (each.get("email_address", {}).get("permission_to_send") for each in (remote, body))
    assert says == had


@pytest.mark.parametrize("permission", AGREED)
def test_a_deleted_contact_keeps_the_permission_it_had(permission):
    email = {"address": "maeve@example.net", "permission_to_send": permission}
    assert body_for(MAEVE | {"email_address": email}, lists=[LIST])["email_address"] == email


def test_a_contact_without_an_address_gets_no_address():
    body = body_for({"sms_channel": CHANNEL, "list_memberships": [LIST]}, lists=None)
    assert "email_address" not in body


def test_the_sms_channel_is_sent_in_the_other_shape_with_the_same_consent():
    assert body_for(MAEVE | {"sms_channel": CHANNEL}, lists=[LIST])["sms_channel"] == {
        "full_sms_address": "353871234567",
        "sms_channel_consents": CHANNEL["sms_channel_consents"],
    }


@pytest.mark.parametrize(
    "change",
    [
        {"dial_code": ""},
        {"sms_address": "087 123"},
        {"sms_address": None},
        {"sms_channel_consents": []},
        {"sms_channel_consents": [{"consent_type": "promotional_sms"}]},
        {"sms_channel_consents": [CHANNEL["sms_channel_consents"][0] | {"advertised_frequency": 3}]},
        {"carrier": "Example"},
    ],
)
def test_an_sms_channel_that_does_not_fit_is_a_reason_to_send_nothing(change):
    with pytest.raises(CannotKeep):
        body_for(MAEVE | {"sms_channel": CHANNEL | change}, lists=[LIST])


@pytest.mark.parametrize(
    ("odd", "named"),
    [
        ({"loyalty_tier": "gold"}, "loyalty_tier"),
        ({"email_address": MAEVE["email_address"] | {"channel": 1}}, "channel"),
        ({"email_address": {"address": "maeve@example.net"}}, "permission_to_send"),
        ({"email_address": {"permission_to_send": "implicit"}}, "address"),
        ({"email_address": "maeve@example.net"}, "email address"),
        ({"phone_numbers": [{"phone_number": "1", "extension": "2"}]}, "extension"),
        ({"phone_numbers": [{"kind": "home"}]}, "phone_number"),
        ({"phone_numbers": [{"phone_number": str(each)} for each in range(4)]}, "phone_numbers"),
        ({"phone_numbers": "1"}, "phone_numbers"),
        ({"street_addresses": [{"street": "1 Harbour St"}]}, "kind"),
        ({"custom_fields": [{"custom_field_id": OTHER, "value": {"a": 1}}]}, "value"),
        ({"custom_fields": [{"custom_field_id": str(each)} for each in range(26)]}, "custom_fields"),
        ({"custom_fields": [{"custom_field_id": OTHER, "choice_ids": ["1"] * 101}]}, "choice_ids"),
        ({"birthday_month": 3}, "birthday"),
        ({"birthday_month": "3", "birthday_day": "4"}, "birthday"),
        ({"first_name": "x" * 51}, "first_name"),
        ({"last_name": ["Doyle"]}, "last_name"),
    ],
)
def test_what_cannot_be_said_again_is_refused_by_name(odd, named):
    with pytest.raises(CannotKeep, match="nothing was sent") as refused:
        body_for(MAEVE | odd, lists=[LIST])
    assert named in refused.value.advice


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_an_unknown_property_that_says_nothing_is_no_obstacle(nothing):
    assert "loyalty_tier" not in body_for(MAEVE | {"loyalty_tier": nothing}, lists=[LIST])


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({"lists": []}, "at least one list"),
        ({"lists": None}, "at least one list"),
        ({"lists": [str(each) for each in range(51)]}, "50 lists"),
        ({"lists": [LIST], "tags": [str(each) for each in range(51)]}, "50 tags"),
    ],
)
def test_a_wish_constant_contact_cannot_fulfil_is_refused(wish, why):
    with pytest.raises(Refused, match=why):
        body_for(MAEVE, **wish)


def test_a_list_wished_twice_is_sent_once():
    assert body_for(MAEVE, lists=[LIST, OTHER, LIST])["list_memberships"] == [LIST, OTHER]


def test_text_no_keyboard_has_goes_back_as_it_came():
    odd = "\x00 O'Brien \ud800 🌱"
    assert body_for(MAEVE | {"first_name": odd}, lists=[LIST])["first_name"] == odd
