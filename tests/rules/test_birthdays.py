"""A birthday in one column: what people write, and which of two numbers is the month."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.rules import columns
from contacts.rules.birthdays import NoBirthday, Order, month_and_day, order_of

DAY, MONTH, UNKNOWN = Order.DAY, Order.MONTH, Order.UNKNOWN


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("17/04", DAY),
        ("17.4.", DAY),
        (" 17-04-1980 ", DAY),
        ("04/17", MONTH),
        ("4/17/80", MONTH),
        ("17/04", UNKNOWN),
        ("04/17", UNKNOWN),
        ("1980-04-17", UNKNOWN),
        ("1980-04-17 00:00:00", MONTH),
        ("17 April", UNKNOWN),
        ("17th of April 1980", DAY),
        ("April 17, 1980", DAY),
        ("Apr 17", DAY),
        ("17-Apr-1980", MONTH),
        ("17. April 1980", MONTH),
        ("17 avril 1980", UNKNOWN),
        ("17 de abril de 1980", UNKNOWN),
    ],
)
def test_a_birthday_is_read_however_people_write_it(text, order):
    assert month_and_day(text, order) == (4, 17)


@pytest.mark.parametrize(("text", "month"), [("3. März", 3), ("3 août", 8), ("3 déc.", 12), ("3 Jänner", 1)])
def test_months_have_their_names_in_other_languages_with_and_without_accents(text, month):
    assert month_and_day(text, UNKNOWN) == (month, 3)


@pytest.mark.parametrize(
    "text",
    [
        "31/02",
        "30 February",
        "29/02/1981",
        "31.04.",
        "00/05",
        "17/04/1980/1",
        "13/13",
        "spring",
        "17 jui",
        "9",
        "0000",
    ],
)
def test_what_is_no_day_of_any_year_is_told_without_repeating_it(text):
    with pytest.raises(NoBirthday) as problem:
        month_and_day(text, DAY)
    assert text not in str(problem.value)


def test_the_leap_day_is_a_birthday():
    assert month_and_day("29/02", DAY) == month_and_day("Feb 29, 1980", DAY) == (2, 29)


def test_nobody_guesses_what_can_be_read_in_two_ways():
    with pytest.raises(NoBirthday, match="two ways"):
        month_and_day("04/05", UNKNOWN)
    assert month_and_day("05/05", UNKNOWN) == (5, 5)


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["01/02", "", "17/04", "nobody knows"], DAY),
        (["01/02", "04/17/1980"], MONTH),
        (["01/02", "03/04"], UNKNOWN),
        (["17/04", "04/17"], UNKNOWN),
        (["31/13", "45/12", "2026-04-17", "17 April"], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_a_part_over_twelve_decides_for_the_whole_column(texts, order):
    assert order_of(texts) == order


@given(st.dates(), st.sampled_from([DAY, MONTH]))
def test_every_day_comes_back_as_it_was_written(day, order):
    form = "{0:02}/{1:02}" if order == DAY else "{1:02}/{0:02}"
    if (day.month, day.day) != (2, 29):
        assert month_and_day(form.format(day.day, day.month), order) == (day.month, day.day)
    assert month_and_day(f"{day.day} {day:%B}", order) == (day.month, day.day)
    assert month_and_day(day.isoformat(), order) == (day.month, day.day)


@given(st.text(max_size=70), st.sampled_from(Order))
def test_any_text_is_a_birthday_or_none(text, order):
    try:
        month, day = month_and_day(text, order)
    except NoBirthday:
        return
    assert 1 <= month <= 12 and 1 <= day <= 31


@pytest.mark.parametrize("heading", ["Birthday", "Date of birth", "Geburtstag", "Date de naissance", "Cumpleaños"])
def test_one_column_fills_both_that_constant_contact_takes(heading):
    assert columns.guess([heading], []) == {0: "birthday"}
    assert columns.birthday_of(["17/04"]) == "birthday_day_first"
    assert columns.values("birthday_day_first", " 17/04 ", custom={}) == {"birthday_month": "4", "birthday_day": "17"}
    assert columns.values("birthday", "", custom={}) == {}


def test_a_birthday_in_two_columns_comes_before_one_in_a_third():
    header = ["Birthday", "Birthday month", "Birthday day"]
    assert columns.guess(header, []) == {1: "birthday_month", 2: "birthday_day"}


def test_a_bad_birthday_is_told_as_one():
    with pytest.raises(columns.Problem, match=r"^Birthday: this month has no such day"):
        columns.values("birthday_day_first", "31/02", custom={})
