"""Generated contacts: the shares, the shapes, and that a seed always tells the same."""

import unicodedata
import uuid
from itertools import islice

import pytest

from emulator.clock import Clock
from emulator.database import Database
from emulator.generator import ACCOUNT, Generated, fill, generate
from emulator.state import State

OWN = ACCOUNT["encoded_account_id"]
SUBRESOURCES = {"custom_fields", "list_memberships", "phone_numbers", "street_addresses", "taggings", "notes"}
SCRIPTS = {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HIRAGANA", "KATAKANA"}
SCRIPTS |= {"HANGUL", "DEVANAGARI", "THAI"}


@pytest.fixture(scope="module")
def contacts():
    return list(generate(5000, 7))


def permission(contact):
    return contact.get("email_address", {}).get("permission_to_send")


def share(contacts, test):
    return sum(map(bool, map(test, contacts))) / len(contacts)


def test_thirty_in_a_hundred_are_deleted_and_twenty_unsubscribed(contacts):
    assert share(contacts, lambda each: "deleted_at" in each) == pytest.approx(0.30, abs=0.03)
    assert share(contacts, lambda each: permission(each) == "unsubscribed") == pytest.approx(0.20, abs=0.03)


def test_both_the_contact_and_the_account_opt_people_out(contacts):
    sources = {each["email_address"].get("opt_out_source") for each in contacts if permission(each) == "unsubscribed"}
    assert sources == {"Contact", "Account"}


def test_every_permission_occurs(contacts):
    wanted = {"explicit", "implicit", "not_set", "pending_confirmation", "temp_hold", "unsubscribed", None}
    assert {permission(each) for each in contacts} == wanted


def test_one_in_a_hundred_has_no_address_but_a_number_for_messages(contacts):
    without = [each for each in contacts if "email_address" not in each]
    assert len(without) / len(contacts) == pytest.approx(0.01, abs=0.006)
    assert all(each["sms_channel"]["sms_channel_consents"] for each in without)


def test_names_come_in_many_scripts_and_with_emoji(contacts):
    text = "".join(each.get("first_name", "") + each.get("last_name", "") for each in contacts)
    names = {unicodedata.name(letter, "").split(" ")[0] for letter in set(text)}
    assert names >= SCRIPTS
    assert any(ord(letter) > 0xFFFF for letter in text)


def test_the_same_seed_gives_the_same_contacts_and_more_of_them_begin_alike(contacts):
    assert list(islice(generate(9000, 7), 300)) == contacts[:300]
    assert list(generate(50, 8)) != contacts[:50]


def test_every_contact_has_every_subresource_and_no_empty_core_property(contacts):
    for each in contacts:
        assert each.keys() >= SUBRESOURCES
        assert "" not in each.values()


def test_ids_are_of_version_1_and_occur_once(contacts):
    ids = [each["contact_id"] for each in contacts]
    assert len(set(ids)) == len(ids)
    assert {uuid.UUID(each).version for each in ids} == {1}
    assert all(each.startswith("fa163e", 24) for each in ids)


def test_addresses_differ_whatever_their_case_and_stay_in_the_reserved_domains(contacts):
    addresses = [each["email_address"]["address"].casefold() for each in contacts if "email_address" in each]
    assert len(set(addresses)) == len(addresses)
    assert {each.split("@")[1] for each in addresses} == {"example.org", "example.net", "example.com"}


def test_dates_follow_one_another(contacts):
    for each in contacts:
        email = each.get("email_address", {})
        left = email.get("opt_out_date", each["created_at"])
        assert each["created_at"] <= each["updated_at"]
        assert each["created_at"] <= left
        if "deleted_at" in each:
            assert left[:10] <= each["deleted_at"] == each["updated_at"][:10]


def test_what_is_deleted_is_on_no_list_and_nobody_is_on_more_than_five(contacts):
    assert not any(each["list_memberships"] for each in contacts if "deleted_at" in each)
    assert {len(each["list_memberships"]) for each in contacts} == {0, 1, 2, 3, 5}


def test_who_opted_out_has_no_opt_in_left(contacts):
    for each in contacts:
        email = each.get("email_address", {})
        opted_in = permission(each) in ("explicit", "implicit")
        assert ("opt_in_date" in email) == ("opt_in_source" in email) == opted_in
        assert ("opt_out_date" in email) == ("opt_out_source" in email) == (permission(each) == "unsubscribed")


def test_lists_tags_and_fields_of_the_contacts_are_those_of_the_account():
    made = Generated(7)
    contacts = list(made.contacts(300))
    assert {one for each in contacts for one in each["list_memberships"]} <= {each["list_id"] for each in made.lists}
    assert {one for each in contacts for one in each["taggings"]} <= {each["tag_id"] for each in made.tags}
    used = {one["custom_field_id"] for each in contacts for one in each["custom_fields"]}
    assert used <= {each["custom_field_id"] for each in made.custom_fields}


def test_some_carry_a_property_nobody_documents(contacts):
    assert any("x_source" in each for each in contacts)
    assert any("loyalty_tier" in each for each in contacts)


@pytest.fixture(scope="module")
def state():
    filled = State(Database(), Clock())
    fill(filled, 400, seed=7)
    return filled


def test_a_state_takes_them_in_as_they_are(state):
    assert state.accounts.summary(OWN)["organization_name"] == "Generated Contacts"
    assert [state.contacts.get(OWN, each["contact_id"]) for each in generate(400, 7)] == list(generate(400, 7))


def test_every_one_keeps_to_the_limits_of_a_put(state):
    moved = {"updated_at", "update_source", "deleted_at"}
    for each in generate(400, 7):
        if "email_address" in each:
            body = {name: value for name, value in each.items() if name != "sms_channel"}
            after = state.contacts.replace(OWN, each["contact_id"], body | {"update_source": "Account"})
            assert {**after, **dict.fromkeys(moved)} == {**each, **dict.fromkeys(moved)}
