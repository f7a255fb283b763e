"""What is said of somebody new, and when nothing is said at all."""

import itertools
from datetime import UTC, date, datetime

import pytest

from contacts.rules.newcomers import create_body, may_not_sign_up, remembered, sign_up_form, signed_up, taken
from contacts.rules.standing import Standing
from tests.rows import make_remote

PERMISSIONS = ("explicit", "implicit", "not_set", "pending_confirmation", "temp_hold", "unsubscribed", "odd", "")
SOURCES, DELETED, MEMORY = ("", "Contact", "Account"), (None, date(2026, 11, 17)), (None, date(2026, 9, 2))


def standings():
    for permission, source, deleted, memory in itertools.product(PERMISSIONS, SOURCES, DELETED, MEMORY):
        yield Standing(
            address="a@example.org",
            permission=permission,
            opt_out_source=source,
            opt_out_date=datetime(2026, 9, 2, tzinfo=UTC) if source else None,
            deleted_on=deleted,
            once_opted_out=memory,
        )


@pytest.mark.parametrize("typed", [{}, {"first_name": "Nuala", "permission_to_send": "explicit", "job_title": ""}])
def test_whoever_we_create_is_implicit_whatever_is_typed(typed):
    body = create_body("a@example.org", typed, [])
    assert body["email_address"] == {"address": "a@example.org", "permission_to_send": "implicit"}
    assert body["create_source"] == "Account"
    assert set(body) <= {"email_address", "create_source", "first_name"}


def test_the_form_says_nothing_that_was_not_typed():
    assert sign_up_form("a@example.org", {"first_name": ""}, ["l1"]) == {
        "email_address": "a@example.org",
        "list_memberships": ["l1"],
    }


def test_a_sign_up_adds_lists_keeps_the_rest_and_makes_it_express():
    remote = make_remote("a@example.org", list_memberships=["l1"], job_title="Baker")
    after = signed_up(remote, "a@example.org", {"last_name": "Byrne"}, ["l2", "l1"])
    assert after["email_address"] == remote["email_address"] | {"permission_to_send": "explicit"}
    assert (after["list_memberships"], after["last_name"], after["job_title"]) == (["l1", "l2"], "Byrne", "Baker")


def test_only_who_is_there_and_never_refused_may_be_signed_up_by_us():
    for standing in standings():
        agreed = standing.permission in ("explicit", "implicit", "not_set")
        clean = not (standing.deleted or standing.opted_out or standing.once_opted_out)
        assert (may_not_sign_up(standing) == "") is (agreed and clean), standing


def test_every_holder_of_an_address_is_told_with_what_can_be_done():
    for standing in standings():
        told = taken(standing)
        assert "Nothing was changed." in told
        assert ("you can reactivate it" in told) is (may_be_back(standing)), standing


def may_be_back(standing):
    agreed = standing.permission in ("explicit", "implicit", "not_set")
    return bool(agreed and standing.deleted and not standing.opted_out and not standing.once_opted_out)


def test_what_only_we_remember_is_told_with_its_day():
    assert "2 Sep 2026" in remembered(date(2026, 9, 2))
