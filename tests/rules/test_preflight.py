"""The verdict on a row."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.rules.custom_fields import Custom
from contacts.rules.preflight import (
    LEAVE,
    PERSON,
    SAFE,
    SENDABLE,
    Finding,
    Verdict,
    judge,
    of_address,
    of_person,
    of_values,
    over_fifty,
)
from contacts.rules.standing import Standing

CUSTOM = {name: Custom(name) for name in ("x", *map(str, range(26)))}
THERE = {"address": "maeve@example.org", "permission": "implicit"}
DELETED = date(2026, 11, 17)
OUT = datetime(2026, 9, 2, tzinfo=UTC)


def stands(**facts):
    return of_person(Standing(**THERE | facts)).verdict


def test_the_way_somebody_stands_gives_the_verdict():
    assert of_person(None).verdict == Verdict.NEW
    assert stands() == Verdict.UPDATE
    assert stands(permission="not_set") == Verdict.UPDATE
    assert stands(deleted_on=DELETED) == Verdict.DELETED
    assert stands(permission="unsubscribed") == Verdict.OPTED_OUT
    assert stands(deleted_on=DELETED, opt_out_date=OUT) == Verdict.OPTED_OUT
    assert stands(once_opted_out=DELETED) == Verdict.OPTED_OUT
    assert stands(permission="pending_confirmation", once_opted_out=DELETED) == Verdict.AWAITING
    assert stands(permission="temp_hold", deleted_on=DELETED) == Verdict.ON_HOLD
    assert stands(permission="something new") == Verdict.ON_HOLD


PERMISSIONS = ["explicit", "implicit", "not_set", "pending_confirmation", "temp_hold", "unsubscribed", "", "odd"]
STANDINGS = st.builds(
    Standing,
    address=st.sampled_from(["", "maeve@example.org"]),
    permission=st.sampled_from(PERMISSIONS),
    confirm_status=st.sampled_from(["", "off", "pending"]),
    opt_out_source=st.sampled_from(["", "Contact", "Account"]),
    opt_out_date=st.sampled_from([None, OUT]),
    deleted_on=st.sampled_from([None, DELETED]),
    once_opted_out=st.sampled_from([None, DELETED]),
    odd=st.sampled_from([(), ("deleted_at",)]),
)


@given(STANDINGS, st.booleans(), st.integers(0, 60))
def test_nobody_with_any_trace_of_an_opt_out_is_ever_sendable(standing, is_missing, lists):
    verdict = of_person(standing, is_missing=is_missing, lists=lists).verdict
    if standing.opted_out or standing.once_opted_out:
        assert verdict not in SENDABLE
    if standing.awaiting or standing.permission == "temp_hold":
        assert verdict not in SENDABLE


FINDINGS = st.one_of(st.none(), st.builds(Finding, st.sampled_from(Verdict)))


@given(FINDINGS, st.builds(Finding, st.sampled_from(Verdict)), FINDINGS, st.booleans(), st.sampled_from([None, 7]))
def test_whoever_was_erased_or_opted_out_is_left_alone_whatever_else_is_so(row, person, values, is_erased, wins):
    verdict = judge(row=row, person=person, values=lambda: values, is_erased=is_erased, wins=wins).verdict
    if row is None and is_erased:
        assert verdict == Verdict.ERASED
    elif row is None and person.verdict == Verdict.OPTED_OUT:
        assert verdict == Verdict.OPTED_OUT
    if row is None and person.verdict not in SENDABLE:
        assert verdict not in SENDABLE


def test_every_verdict_has_its_words_and_one_download():
    assert sorted([*SAFE, *LEAVE, *PERSON]) == sorted(Verdict)
    for each in Verdict:
        assert each.words.means.endswith(".")
        assert each.words.next.endswith(".")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"birthday_month": "2"}, "month and a day"),
        ({"birthday_month": "2", "birthday_day": "30"}, "no such day"),
        ({"birthday_month": "4", "birthday_day": "31"}, "no such day"),
        ({f"cf:{number}": "x" for number in range(26)}, "25 custom fields"),
        ({"phone": "1", "home_phone": "2", "work_phone": "3", "mobile_phone": "4"}, "3 phone numbers"),
        ({"city": "a", "home_city": "b", "work_zip": "c", "other_street2": "d"}, "3 street addresses"),
    ],
)
def test_values_that_are_right_one_by_one_can_be_wrong_together(values, words):
    fields = dict(enumerate(values))
    finding = of_values(list(values.values()), fields, custom=CUSTOM)
    assert finding.verdict == Verdict.BAD_VALUE
    assert words in finding.problem


def test_values_that_fit_together_are_nothing_to_speak_of():
    values = {"birthday_month": "2", "birthday_day": "29", "phone": "1", "city": "a", "home_city": "b", "cf:x": "y"}
    assert of_values([*values.values(), "more than the header"], dict(enumerate(values)), custom=CUSTOM) is None
    assert of_values([], dict(enumerate(values)), custom=CUSTOM) is None


def test_a_custom_field_that_is_gone_needs_a_person_where_the_row_fills_it():
    fields = {0: "cf:Gone"}
    assert of_values([" "], fields, custom=CUSTOM) is None
    finding = of_values(["a value"], fields, custom=CUSTOM)
    assert finding == Finding(Verdict.BAD_VALUE, "Custom field “Gone” is not in our copy of the account any more.")


def test_a_cell_without_an_address_and_one_with_something_else_are_told_apart():
    assert of_address("  ")[1].verdict == Verdict.NO_ADDRESS
    assert of_address("nobody")[1].verdict == Verdict.BAD_ADDRESS
    assert of_address("a" * 60 + "@example.org")[1].verdict == Verdict.TOO_LONG
    assert of_address(" A@Example.org ") == ("A@example.org", None)


def test_fifty_lists_are_as_many_as_there_can_be():
    has = [str(number) for number in range(49)]
    assert not over_fifty(has, {"48", "49"})
    assert over_fifty(has, {"49", "50"})
