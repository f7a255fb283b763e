"""Dates, windows and counts as the pages say them."""

from datetime import date, datetime

import pytest

from contacts.rules.words import count, day, listed, month, window

TWO, QUARTER = datetime(2026, 11, 17, 14, 0), datetime(2026, 11, 17, 14, 15)


def test_a_day_is_said_the_same_in_every_language_of_the_machine():
    assert (day(date(2026, 11, 7)), month(date(2023, 3, 1))) == ("7 Nov 2026", "Mar 2023")


@pytest.mark.parametrize(
    ("start", "end", "about", "said"),
    [
        (TWO, QUARTER, date(2026, 11, 17), "between 14:00 and 14:15"),
        (TWO, QUARTER, date(2026, 11, 16), "between 14:00 and 14:15 on 17 Nov 2026"),
        (TWO, QUARTER, None, "between 14:00 and 14:15 on 17 Nov 2026"),
        (datetime(2026, 11, 16, 22), QUARTER, date(2026, 11, 17), "between 16 Nov 22:00 and 17 Nov 14:15"),
        (datetime(2025, 12, 31, 22), datetime(2026, 1, 1), None, "between 31 Dec 2025 22:00 and 1 Jan 2026 00:00"),
        (
            datetime(2026, 1, 1),
            datetime(2026, 1, 2),
            date(2025, 12, 31),
            "between 1 Jan 2026 00:00 and 2 Jan 2026 00:00",
        ),
    ],
)
def test_a_window_leaves_out_what_was_just_said(start, end, about, said):
    assert window(start, end, about=about) == said


def test_counts_agree_with_their_noun():
    assert [count(each, "list") for each in (0, 1, 1204)] == ["0 lists", "1 list", "1,204 lists"]
    assert count(2, "person", "people") == "2 people"


def test_things_are_listed_as_one_speaks():
    assert [listed(each) for each in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert [listed(each, last="or") for each in (["a"], ["a", "b", "c"])] == ["a", "a, b or c"]
