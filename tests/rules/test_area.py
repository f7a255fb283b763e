"""Contacts by status over time: steps and gaps, names that do not lie over one another, and the same in words."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from contacts.rules import area, bars, months
from contacts.rules.area import HEIGHT, NAME, STATUSES, Counted

LAST = date(2026, 11, 20)
DAY = timedelta(days=1)


def counted(day, *, exact=True, **counts):
    return Counted(day, counts, exact)


def drawn(*counts, days="30", first=None):
    first = first or area.first_day(days, last=LAST, earliest=min(each.day for each in counts))
    return area.area(area.cells_of(counts, days=days, first=first, last=LAST), days=days)


def test_a_day_without_a_count_ends_the_path_and_the_next_one_begins_another():
    picture = drawn(counted(LAST - 2 * DAY, active=4), counted(LAST, active=4))
    [active] = picture.bands
    assert active.paths == ["M0.0 208.0 V0.0 H333.3 V208.0 H0.0 Z", "M666.7 208.0 V0.0 H1000.0 V208.0 H666.7 Z"]


def test_nothing_is_drawn_between_two_counts_but_steps():
    picture = drawn(counted(LAST - DAY, active=2), counted(LAST, active=4))
    assert picture.bands[0].paths == ["M0.0 208.0 V104.0 H500.0 V0.0 H1000.0 V208.0 H500.0 V208.0 H0.0 Z"]


def test_where_our_own_counts_begin_is_marked_when_both_kinds_are_there():
    assert drawn(counted(LAST - DAY, exact=False, active=2), counted(LAST, active=2)).begins == 500
    assert drawn(counted(LAST - DAY, active=2), counted(LAST, active=2)).begins is None


@pytest.mark.parametrize(("days", "number"), [("30", 30), ("90", 90), ("365", 53), ("all", 24)])
def test_a_range_has_a_scale_that_can_be_read(days, number):
    earliest = date(2024, 12, 3)
    first = area.first_day(days, last=LAST, earliest=earliest)
    cells = area.cells_of([counted(LAST, active=1)], days=days, first=first, last=LAST)
    assert len(cells) == number
    assert cells[-1].last == LAST
    assert all(one.last + DAY == other.first for one, other in itertools.pairwise(cells))


def test_a_week_shows_its_last_count():
    picture = drawn(counted(LAST - 3 * DAY, active=1), counted(LAST - DAY, active=7), days="365")
    assert picture.bands[0].number == 7


def test_the_sentence_says_how_many_days_nobody_counted():
    words = drawn(counted(LAST - 3 * DAY, active=1_500), counted(LAST - DAY, active=1_501)).sentence
    assert words == (
        "On 19 Nov 2026: 1,501 active. Since 17 Nov 2026 the active ones went from 1,500 to 1,501 and the deleted ones "
        "stayed 0. 2 days were not counted, because no sync ran."
    )


COUNTS = some.dictionaries(some.sampled_from(list(STATUSES)), some.integers(0, 10**6))


@settings(max_examples=200)
@given(some.lists(some.none() | COUNTS, min_size=1, max_size=30))
def test_any_numbers_make_a_picture_with_names_apart(numbers):
    days = [LAST - place * DAY for place in range(len(numbers))]
    counts = [Counted(day, each, True) for day, each in zip(days, numbers, strict=True) if each is not None]
    picture = area.area(area.cells_of(counts, days="30", first=days[-1], last=LAST), days="30")
    places = [band.y for band in picture.bands]
    assert all(upper + NAME <= lower + 0.2 for lower, upper in itertools.pairwise(places))
    assert all(0 <= y <= HEIGHT for y in places)
    assert len(picture.cells) == len(numbers)


def test_a_small_number_beside_a_large_one_can_be_seen_on_both_scales():
    for log in (False, True):
        assert bars.height(1, most=3_012, tall=100, log=log) >= 2
        assert bars.height(3_012, most=3_012, tall=100, log=log) == 100
        assert bars.height(0, most=3_012, tall=100, log=log) == 0


def test_months_are_counted_over_the_turn_of_a_year():
    assert months.months_back(12, last=date(2026, 11, 20)) == date(2025, 12, 1)
    assert months.months_back(1, last=date(2026, 1, 31)) == date(2026, 1, 1)
    found = list(months.months_between(date(2025, 11, 30), date(2026, 2, 1)))
    assert found == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
