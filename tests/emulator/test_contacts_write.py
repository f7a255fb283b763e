"""POST, PUT and DELETE of contacts (CC reference, sections 8, 10 and 11; section 20 for the open questions)."""

import pytest

from tests.emulation import running_emulator
from tests.emulator.people import UNKNOWN, delete, error, make_contact, make_list, make_tag, put, whole

HOME = {"kind": "home", "street": "1 Quay", "city": "Cobh", "country": "Ireland"}
CORE = {"first_name": "Maeve", "last_name": "Doyle", "job_title": "Cook", "company_name": "Harbour"}
DATES = {"birthday_month": 11, "birthday_day": 24, "anniversary": "2006-11-15"}


@pytest.fixture
def full(cc):
    """A contact with something in every property; its id."""
    field = cc.call("POST", "/contact_custom_fields", json={"label": "Diet", "type": "string"}).json()
    return make_contact(
        cc,
        **CORE,
        **DATES,
        list_memberships=[make_list(cc)],
        taggings=[make_tag(cc)],
        notes=[{"content": "Likes mussels"}],
        phone_numbers=[{"phone_number": "020 910 0001", "kind": "mobile"}],
        street_addresses=[HOME],
        custom_fields=[{"custom_field_id": field["custom_field_id"], "value": "vegan"}],
    )


SUBRESOURCES = ("custom_fields", "list_memberships", "phone_numbers", "street_addresses", "taggings", "notes")


def test_a_new_contact_is_implicit_by_the_account_unless_told_otherwise(cc):
    answer = cc.call("POST", "/contacts", json={"create_source": "Account", "email_address": {"address": "a@b.org"}})

    email = answer.json()["email_address"]
    assert answer.status_code == 201
    assert (email["permission_to_send"], email["opt_in_source"], email["confirm_status"]) == (
        "implicit",
        "Account",
        "off",
    )
    assert "update_source" not in answer.json()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"first_name": "Ann"}, "create_source is missing, create_source does not have a valid value"),
        ({"create_source": "Shop", "first_name": "Ann"}, "create_source does not have a valid value"),
        ({"create_source": "Account"}, "email_address is missing, email_address does not have a valid value"),
        (
            {"create_source": "Account", "email_address": {"address": "nobody"}},
            "email_address.address does not have a valid value",
        ),
        ({"create_source": "Account", "first_name": "x" * 51}, "first_name does not have a valid value"),
        (
            {"create_source": "Account", "first_name": "Ann", "birthday_month": 2},
            "birthday_day does not have a valid value",
        ),
        (
            {"create_source": "Account", "first_name": "Ann", "anniversary": "soon"},
            "anniversary does not have a valid value",
        ),
        (
            {"create_source": "Account", "first_name": "Ann", "list_memberships": [UNKNOWN] * 51},
            "list_memberships does not have a valid value",
        ),
        (
            {"create_source": "Account", "first_name": "Ann", "list_memberships": [UNKNOWN]},
            "list_memberships does not have a valid value",
        ),
        (
            {"create_source": "Account", "first_name": "Ann", "phone_numbers": [{"phone_number": "1"}] * 4},
            "phone_numbers does not have a valid value",
        ),
        (
            {"create_source": "Account", "first_name": "Ann", "street_addresses": [{"street": "1 Quay"}]},
            "street_addresses.kind is missing, street_addresses.kind does not have a valid value",
        ),
        (["create_source"], "body does not have a valid value"),
    ],
)
def test_a_body_that_breaks_a_rule_is_refused_by_name(cc, body, text):
    assert error(cc.call("POST", "/contacts", json=body)) == (400, "contacts.api.validation.error", text)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("11/15/2006", "2006-11-15"),
        ("1/5/2006", "2006-01-05"),
        ("2006/11/15", "2006-11-15"),
        ("2006-1-5", "2006-01-05"),
        ("1-15-2006", "2006-01-15"),
    ],
)
def test_an_anniversary_is_taken_in_many_forms_and_shown_in_one(cc, written, shown):
    assert whole(cc, make_contact(cc, anniversary=written))["anniversary"] == shown


@pytest.mark.parametrize(
    ("switch", "text"),
    [
        ("with_id", "Email already exists for contact {}"),
        ("validation_with_id", "Validation failed: Email already exists for contact {}"),
        ("not_unique", "Validation failed: EmailAddress is not unique"),
    ],
)
def test_an_address_is_taken_in_any_state_and_the_409_comes_in_three_texts(cc, switch, text):
    contact_id = make_contact(cc)
    delete(cc, contact_id)
    cc.control("switches", conflict_text=switch)

    answer = cc.call(
        "POST", "/contacts", json={"create_source": "Account", "email_address": {"address": "MAEVE@example.net"}}
    )

    assert error(answer) == (409, "contacts.api.conflict", text.format(contact_id))


def test_a_put_to_an_address_of_somebody_else_is_a_conflict_and_changes_nothing(cc):
    taken, other = make_contact(cc), make_contact(cc, "other@example.org")
    delete(cc, taken)
    before = whole(cc, other)

    answer = put(cc, other, email_address={"address": "maeve@example.net"})

    assert error(answer)[0] == 409
    assert whole(cc, other) == before


def test_a_put_nulls_what_is_left_out_of_the_core_and_keeps_subresources(cc, full):
    before = whole(cc, full)

    answer = put(cc, full, first_name="Maeve")

    after = whole(cc, full)
    assert answer.status_code == 200
    assert not {"last_name", "job_title", "company_name", *DATES} & set(after)
    assert {name: after[name] for name in SUBRESOURCES} == {name: before[name] for name in SUBRESOURCES}
    assert after["update_source"] == "Account"


def test_a_strict_put_nulls_whatever_is_left_out(cc, full):
    cc.control("switches", put_mode="strict")

    put(cc, full, first_name="Maeve")

    after = whole(cc, full)
    assert {name: after[name] for name in SUBRESOURCES} == {name: [] for name in SUBRESOURCES}
    cc.call("PUT", f"/contacts/{full}", json={"update_source": "Account", "first_name": "Maeve"})
    assert "email_address" not in whole(cc, full)


@pytest.mark.parametrize("mode", ["documented", "strict"])
def test_a_put_of_everything_as_it_was_changes_nothing_but_who_and_when(cc, full, mode):
    cc.control("switches", put_mode=mode)
    before = whole(cc, full)
    sent = {name: before[name] for name in (*CORE, *DATES, *SUBRESOURCES, "email_address")}

    cc.control("clock", advance=60)
    answer = cc.call("PUT", f"/contacts/{full}", json=sent | {"update_source": "Account"})

    after = whole(cc, full)
    moved = {name for name in after if after[name] != before.get(name)}
    assert answer.status_code == 200
    assert moved == {"update_source", "updated_at"}


def test_a_sent_subresource_replaces_the_whole_array(cc, full):
    before = whole(cc, full)["phone_numbers"][0]
    kept = {"phone_number": before["phone_number"], "kind": before["kind"]}

    put(cc, full, phone_numbers=[{"phone_number": "1", "kind": "home"}, kept], list_memberships=[], notes=[])

    after = whole(cc, full)
    assert [each["phone_number"] for each in after["phone_numbers"]] == ["1", "020 910 0001"]
    assert after["phone_numbers"][1]["phone_number_id"] == before["phone_number_id"]
    assert (after["list_memberships"], after["notes"]) == ([], [])


def test_read_only_and_unknown_keys_in_a_put_are_ignored(cc, full):
    before = whole(cc, full)

    answer = put(cc, full, **CORE, **DATES, contact_id=UNKNOWN, created_at="2001-01-01T00:00:00Z", colour="red")

    after = whole(cc, full)
    assert answer.status_code == 200
    assert (after["contact_id"], after["created_at"]) == (before["contact_id"], before["created_at"])
    assert "colour" not in after


def test_a_new_address_keeps_the_id_and_the_consent(cc, full):
    before = whole(cc, full)

    answer = put(cc, full, email_address={"address": "new@example.net", "permission_to_send": "implicit"})

    email = answer.json()["email_address"]
    assert (answer.json()["contact_id"], email["address"]) == (full, "new@example.net")
    assert email["opt_in_date"] == before["email_address"]["opt_in_date"]


def test_deleting_takes_off_every_list_hides_and_keeps_the_rest(cc, full):
    before = whole(cc, full)

    answer = cc.call("DELETE", f"/contacts/{full}")

    after = whole(cc, full)
    assert (answer.status_code, answer.content) == (204, b"")
    assert after["list_memberships"] == []
    assert after["deleted_at"] == cc.state.clock.today().isoformat()
    assert after["email_address"] == before["email_address"]
    assert after["taggings"] == before["taggings"]


def test_deleting_twice_is_not_found(cc, full):
    delete(cc, full)

    assert error(cc.call("DELETE", f"/contacts/{full}")) == (
        404,
        "contacts.api.not_found",
        "The requested resource was not found.",
    )


def test_a_put_by_the_account_with_a_list_revives(cc, full):
    delete(cc, full)

    answer = put(cc, full, list_memberships=[make_list(cc, "Back")])

    assert answer.status_code == 200
    assert "deleted_at" not in answer.json()
    assert len(answer.json()["list_memberships"]) == 1
    assert answer.json()["email_address"]["permission_to_send"] == "implicit"


def test_a_put_that_names_the_contact_as_its_source_cannot_revive(cc, full):
    delete(cc, full)

    answer = put(cc, full, update_source="Contact", list_memberships=[])

    assert error(answer) == (400, "contacts.api.validation.error", "update_source does not have a valid value")
    assert "deleted_at" in whole(cc, full)


@pytest.mark.parametrize(("switch", "revived"), [(True, True), (False, False)])
def test_whether_a_put_without_lists_revives_is_a_switch(cc, full, switch, revived):
    cc.control("switches", revive_without_lists=switch)
    delete(cc, full)

    put(cc, full)

    assert ("deleted_at" not in whole(cc, full)) == revived


@pytest.mark.parametrize("moves", [True, False])
def test_whether_deleting_and_restoring_move_updated_at_is_a_switch(cc, full, moves):
    cc.control("switches", delete_moves_updated_at=moves)
    before = whole(cc, full)["updated_at"]

    cc.control("clock", advance=3600)
    delete(cc, full)
    deleted = whole(cc, full)["updated_at"]
    cc.control("clock", advance=3600)
    put(cc, full, list_memberships=[make_list(cc, "Back")])
    restored = whole(cc, full)["updated_at"]

    assert (before < deleted < restored) == moves
    assert (before == deleted == restored) != moves


def test_an_address_left_out_of_a_put_is_kept_and_its_permission_becomes_implicit(cc):
    contact_id = make_contact(cc, permission="explicit")

    cc.call("PUT", f"/contacts/{contact_id}", json={"update_source": "Account", "first_name": "Maeve"})

    email = whole(cc, contact_id)["email_address"]
    assert (email["address"], email["permission_to_send"]) == ("maeve@example.net", "implicit")


def test_a_permission_left_out_of_a_put_becomes_implicit(cc):
    contact_id = make_contact(cc, permission="explicit")

    put(cc, contact_id, email_address={"address": "maeve@example.net"})

    assert whole(cc, contact_id)["email_address"]["permission_to_send"] == "implicit"


def test_a_deleted_list_in_a_put_is_refused(cc, full):
    list_id = make_list(cc, "Gone")
    cc.control("list/delete", id=list_id)

    answer = put(cc, full, list_memberships=[list_id])

    assert error(answer)[2] == "list_memberships does not have a valid value"


def test_fifty_lists_are_the_most(cc, full):
    lists = [make_list(cc, f"List {place}") for place in range(51)]

    assert put(cc, full, list_memberships=lists[:50]).status_code == 200
    assert put(cc, full, list_memberships=lists).status_code == 400


@pytest.mark.parametrize(
    ("switch", "shown"),
    [("filled", {"list_memberships"}), ("whole", set(SUBRESOURCES)), ("core", set())],
)
def test_which_subresources_the_answer_of_a_write_shows_is_a_switch(cc, switch, shown):
    cc.control("switches", write_answer=switch)
    list_id = make_list(cc)

    answer = put(cc, make_contact(cc), list_memberships=[list_id])

    assert set(answer.json()) & set(SUBRESOURCES) == shown


def test_sms_is_written_in_one_form_and_read_in_another(cc):
    consent = {"sms_consent_permission": "explicit", "consent_type": "promotional_sms"}

    answer = put(
        cc, make_contact(cc), sms_channel={"full_sms_address": "+17815551212", "sms_channel_consents": [consent]}
    )

    sms = answer.json()["sms_channel"]
    assert (sms["dial_code"], sms["sms_address"], sms["country_code"]) == ("1", "7815551212", "US")
    assert sms["sms_channel_consents"][0]["sms_consent_permission"] == "explicit"
    twice = {"full_sms_address": "17815551212", "sms_channel_consents": [consent]}
    other = cc.call("POST", "/contacts", json={"create_source": "Account", "sms_channel": twice})
    assert other.status_code == 409


def test_odd_characters_come_back_as_they_went_in(cc):
    names = {"first_name": "Ma\u0000eve 🦀", "last_name": "Ó Dubhghaill 李"}

    contact_id = make_contact(cc, **names)

    shown = whole(cc, contact_id)
    assert {name: shown[name] for name in names} == names


def test_a_data_file_keeps_everything(tmp_path):
    with running_emulator(data=str(tmp_path / "cc.db")) as cc:
        before = whole(cc, make_contact(cc, first_name="Maeve", list_memberships=[make_list(cc)]))

    with running_emulator(data=str(tmp_path / "cc.db"), empty=True) as again:
        assert again.state.contacts.get("a07e1l8cdif9dl", before["contact_id"]) == before
