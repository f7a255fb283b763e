"""The facts a verdict rests on, as Constant Contact sends them and as it should not."""

from datetime import date

import pytest

from contacts.rules.standing import Standing, moment_of

RECORDED = {
    "contact_id": "af73e650-96f0-11ef-b2a0-fa163eafb85e",
    "email_address": {
        "address": "a@example.com",
        "permission_to_send": "implicit",
        "opt_in_source": "Account",
        "opt_in_date": "2024-10-30T18:56:35Z",
        "confirm_status": "off",
    },
    "first_name": "Debora",
    "last_name": "Lang",
    "list_memberships": ["a", "b"],
}


def test_a_recorded_contact_is_read_whole():
    standing = Standing.of(RECORDED, once_opted_out=date(2026, 9, 2))
    assert (standing.address, standing.name, standing.permission) == ("a@example.com", "Debora Lang", "implicit")
    assert standing.opt_in_date.isoformat() == "2024-10-30T18:56:35+00:00"
    assert standing.list_ids == ("a", "b")
    assert standing.once_opted_out == date(2026, 9, 2)
    assert standing.odd == ()


@pytest.mark.parametrize("told", ["2026-11-17", "2026-11-17T14:07:00Z", "2026-11-17T14:07:00.123+01:00"])
def test_a_deletion_is_a_date_also_when_a_time_is_sent(told):
    assert Standing.of({"deleted_at": told}).deleted_on == date(2026, 11, 17)


@pytest.mark.parametrize(
    ("raw", "odd"),
    [
        ({"deleted_at": "yesterday"}, "deleted_at"),
        ({"deleted_at": True}, "deleted_at"),
        ({"deleted_at": 0}, "deleted_at"),
        ({"email_address": ["a@example.com"]}, "email_address"),
        ({"email_address": {"permission_to_send": 1}}, "permission_to_send"),
        ({"email_address": {"opt_out_date": "2026-13-40"}}, "opt_out_date"),
        ({"list_memberships": [1]}, "list_memberships"),
    ],
)
def test_what_cannot_be_read_is_named(raw, odd):
    assert Standing.of(raw).odd == (odd,)


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_a_contact_that_says_nothing_is_not_odd(nothing):
    assert Standing.of({"email_address": nothing, "deleted_at": None}).odd == ()


@pytest.mark.parametrize("text", ["2026-02-05T07:32:49.766+0000", "2026-02-05T07:32:49Z", "2026-02-05T07:32:49"])
def test_every_spelling_of_a_time_has_a_zone(text):
    assert moment_of(text).isoformat(timespec="seconds") == "2026-02-05T07:32:49+00:00"


@pytest.mark.parametrize("value", ["", "now", None, 5, ["2026-02-05"]])
def test_what_is_no_time_is_none(value):
    assert moment_of(value) is None
