"""Opting in and out, and the alarms that watch it (CC reference, sections 8, 11, 12 and 18)."""

import pytest

from tests.emulator.people import delete, error, make_contact, make_list, put, whole


@pytest.fixture
def opted_out(cc):
    """Somebody on a list who opted out; the id."""
    contact_id = make_contact(cc, list_memberships=[make_list(cc, "Old")])
    cc.control("clock", advance=60)
    cc.control("contact/unsubscribe", id=contact_id, reason="Too many")
    return contact_id


def permission(cc, contact_id):
    return whole(cc, contact_id)["email_address"]["permission_to_send"]


def kinds(cc):
    return [each["kind"] for each in cc.alarms()]


def test_an_opt_out_leaves_opt_out_fields_and_moves_only_the_address(cc, opted_out):
    contact = whole(cc, opted_out)

    email = contact["email_address"]
    assert email["permission_to_send"] == "unsubscribed"
    assert (email["opt_out_source"], email["opt_out_reason"]) == ("Contact", "Too many")
    assert email["opt_out_date"] == email["updated_at"] > contact["updated_at"]
    assert not {"opt_in_source", "opt_in_date"} & set(email)


@pytest.mark.parametrize("asked", ["implicit", "explicit", "pending_confirmation"])
def test_a_put_cannot_opt_in_who_opted_out_and_says_200(cc, opted_out, asked):
    answer = put(cc, opted_out, permission=asked)

    assert answer.status_code == 200
    assert permission(cc, opted_out) == "unsubscribed"
    assert kinds(cc) == ["permission_widened"]
    assert cc.alarms()[0]["details"] == {"had": "unsubscribed", "asked": asked, "got": "unsubscribed"}


def test_by_switch_such_a_put_is_accepted(cc, opted_out):
    cc.control("switches", optout_put="accepted")

    put(cc, opted_out, permission="explicit")

    email = whole(cc, opted_out)["email_address"]
    assert (email["permission_to_send"], email["opt_in_source"]) == ("explicit", "Account")
    assert "opt_out_date" not in email
    assert kinds(cc) == ["permission_widened"]


def test_by_switch_such_a_put_is_refused_and_changes_nothing(cc, opted_out):
    cc.control("switches", optout_put="refused")
    before = whole(cc, opted_out)

    answer = put(cc, opted_out, permission="explicit")

    assert error(answer)[:2] == (400, "contacts.api.validation.error")
    assert whole(cc, opted_out) == before


def test_who_was_opted_out_by_the_account_may_be_opted_in_by_it(cc):
    contact_id = make_contact(cc)
    put(cc, contact_id, permission="unsubscribed")
    assert whole(cc, contact_id)["email_address"]["opt_out_source"] == "Account"

    put(cc, contact_id, permission="implicit")

    assert permission(cc, contact_id) == "implicit"


@pytest.mark.parametrize(("switch", "lists"), [("ignored", ["Old"]), ("kept", ["Old", "New"])])
def test_lists_that_a_put_adds_to_an_unsubscribed_contact(cc, opted_out, switch, lists):
    cc.control("switches", lists_on_unsubscribed=switch)
    old, new = whole(cc, opted_out)["list_memberships"][0], make_list(cc, "New")

    answer = put(cc, opted_out, permission="unsubscribed", list_memberships=[old, new])

    names = {old: "Old", new: "New"}
    assert answer.status_code == 200
    assert [names[each] for each in whole(cc, opted_out)["list_memberships"]] == lists
    assert kinds(cc) == ["opted_out_added_to_lists"]


def test_restoring_is_not_consent(cc, opted_out):
    delete(cc, opted_out)

    put(cc, opted_out, permission="implicit", list_memberships=[make_list(cc, "New")])

    contact = whole(cc, opted_out)
    assert "deleted_at" not in contact
    assert (contact["email_address"]["permission_to_send"], contact["list_memberships"]) == ("unsubscribed", [])
    assert kinds(cc) == ["permission_widened", "opted_out_reactivated", "opted_out_added_to_lists"]


@pytest.mark.parametrize(
    ("had", "asked", "alarm"),
    [
        ("implicit", "implicit", False),
        ("implicit", "explicit", True),
        ("explicit", "implicit", False),
        ("explicit", "unsubscribed", False),
        ("not_set", "implicit", True),
        ("temp_hold", "not_set", True),
        ("pending_confirmation", "explicit", True),
    ],
)
def test_a_put_that_claims_more_consent_than_was_given_raises_an_alarm(cc, had, asked, alarm):
    contact_id = make_contact(cc, permission=had)

    put(cc, contact_id, permission=asked)

    assert kinds(cc) == ["permission_widened"] * alarm
    assert permission(cc, contact_id) == asked


def test_bringing_back_a_clean_contact_raises_no_alarm(cc):
    contact_id = make_contact(cc)
    delete(cc, contact_id)

    put(cc, contact_id, list_memberships=[make_list(cc)])

    assert kinds(cc) == []


def test_an_opt_out_between_get_and_put_raises_an_alarm(cc):
    contact_id = make_contact(cc)
    cc.fault("unsubscribe", method="GET", path=f"/contacts/{contact_id}")

    assert permission(cc, contact_id) == "implicit"
    cc.call(
        "PUT",
        f"/contacts/{contact_id}",
        json={
            "update_source": "Account",
            "email_address": {"address": "maeve@example.net", "permission_to_send": "implicit"},
        },
    )

    assert kinds(cc) == ["permission_widened"]
    assert permission(cc, contact_id) == "unsubscribed"


def sign_up(cc, **body):
    return cc.call("POST", "/contacts/sign_up_form", json=body)


def test_a_sign_up_makes_an_explicit_contact_by_its_own_act(cc):
    list_id = make_list(cc)

    answer = sign_up(cc, email_address="new@example.org", list_memberships=[list_id], first_name="Ann", extra=1)

    contact = whole(cc, answer.json()["contact_id"])
    assert (answer.status_code, answer.json()["action"], len(answer.json())) == (201, "created", 2)
    email = contact["email_address"]
    assert (email["permission_to_send"], email["opt_in_source"]) == ("explicit", "Contact")
    assert contact["list_memberships"] == [list_id]
    assert kinds(cc) == []


def test_a_sign_up_awaits_its_confirmation_where_the_account_asks_for_that(cc):
    cc.state.db.execute("UPDATE accounts SET confirmed_opt_in = 1")

    answer = sign_up(cc, email_address="new@example.org", list_memberships=[make_list(cc)])

    email = whole(cc, answer.json()["contact_id"])["email_address"]
    assert (email["permission_to_send"], email["confirm_status"]) == ("pending_confirmation", "pending")


def test_a_sign_up_adds_to_what_is_there_and_changes_only_what_is_sent(cc):
    old, new = make_list(cc, "Old"), make_list(cc, "New")
    contact_id = make_contact(cc, first_name="Maeve", last_name="Doyle", list_memberships=[old])

    answer = sign_up(cc, email_address="MAEVE@example.net", list_memberships=[new], last_name="Daly", phone_number="1")

    contact = whole(cc, contact_id)
    assert (answer.status_code, answer.json()) == (200, {"contact_id": contact_id, "action": "updated"})
    assert (contact["first_name"], contact["last_name"]) == ("Maeve", "Daly")
    assert contact["list_memberships"] == [old, new]
    assert contact["phone_numbers"][0]["phone_number"] == "1"
    assert contact["email_address"]["permission_to_send"] == "explicit"


def test_a_sign_up_restores_and_opts_in_anybody_and_the_alarm_notices(cc, opted_out):
    delete(cc, opted_out)

    sign_up(cc, email_address="maeve@example.net", list_memberships=[make_list(cc, "New")])

    contact = whole(cc, opted_out)
    assert "deleted_at" not in contact
    assert contact["email_address"]["permission_to_send"] == "explicit"
    assert kinds(cc) == ["signed_up_again"]


def test_a_sign_up_without_lists_is_refused(cc):
    answer = sign_up(cc, email_address="new@example.org")

    assert error(answer)[2] == "list_memberships is missing, list_memberships does not have a valid value"


def test_the_resubscribe_mail_is_sent_once_and_changes_nothing_until_it_is_confirmed(cc, opted_out):
    new = make_list(cc, "New")

    first = cc.call("PUT", f"/contacts/resubscribe/{opted_out}", json={"list_ids": [new]})
    assert (first.status_code, permission(cc, opted_out)) == (200, "unsubscribed")
    again = cc.call("PUT", f"/contacts/resubscribe/{opted_out}", json={"list_ids": [new]})
    assert error(again)[:2] == (409, "contacts.api.conflict")

    cc.control("contact/confirm", id=opted_out)

    contact = whole(cc, opted_out)
    assert contact["email_address"]["permission_to_send"] == "explicit"
    assert contact["email_address"]["confirm_status"] == "confirmed"
    assert new in contact["list_memberships"]


def test_who_is_not_unsubscribed_gets_no_resubscribe_mail(cc):
    answer = cc.call("PUT", f"/contacts/resubscribe/{make_contact(cc)}", json={"list_ids": [make_list(cc)]})

    assert answer.status_code == 400


def test_the_counts_leave_deleted_contacts_out(cc):
    make_contact(cc, "a@example.org", permission="explicit")
    make_contact(cc, "b@example.org", permission="pending_confirmation")
    delete(cc, make_contact(cc, "c@example.org"))

    counts = cc.get("/contacts/counts").json()
    assert counts == {"total": 2, "explicit": 1, "implicit": 0, "pending": 1, "unsubscribed": 0}
    assert cc.get("/contacts/counts", include="new_subscriber").json()["new_subscriber"] == 1


def test_a_sign_up_by_sms_finds_its_contact_by_the_number(cc):
    consent = {"sms_consent_permission": "explicit", "consent_type": "promotional_sms"}
    sms = {"sms_address": "7815551212", "dial_code": "1", "country_code": "US", "sms_channel_consents": [consent]}
    news = make_list(cc)

    first = sign_up(cc, sms_channel=sms, list_memberships=[news])
    again = sign_up(cc, sms_channel=sms, list_memberships=[news], email_address="late@example.org")
    make_contact(cc)
    both = sign_up(cc, sms_channel=sms, list_memberships=[news], email_address="maeve@example.net")

    assert (first.status_code, again.status_code, both.status_code) == (201, 200, 409)
    assert first.json()["contact_id"] == again.json()["contact_id"]
    assert permission(cc, first.json()["contact_id"]) == "explicit"


@pytest.mark.parametrize(("name", "most"), [("list_memberships", 50), ("custom_fields", 25)])
def test_a_sign_up_cannot_add_more_than_a_contact_holds(cc, name, most):
    fields = [f"{place:08x}-0000-11f1-8000-fa163e000000" for place in range(most + 1)]
    cc.state.load(
        lists=[{"account": cc.account_id, "list_id": each, "name": each} for each in fields],
        custom_fields=[
            {"account": cc.account_id, "custom_field_id": each, "label": each, "type": "string"} for each in fields
        ],
    )
    made = {"list_memberships": fields[:1]}
    values = {"list_memberships": fields, "custom_fields": [{"custom_field_id": each} for each in fields]}
    for place in range(0, most, 25):
        part = made | {name: values[name][place : place + 25]}
        assert sign_up(cc, email_address="new@example.org", **part).status_code in (200, 201)

    assert sign_up(cc, email_address="new@example.org", **(made | {name: values[name][-1:]})).status_code == 400
