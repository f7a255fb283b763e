"""When deletions are a spike, and the one sentence about it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contacts.rules.spikes import Surge, is_alarming, is_spike, sentence

TODAY = date(2026, 11, 21)
START = datetime(2026, 11, 17, 14, 0, tzinfo=UTC)
END = datetime(2026, 11, 17, 14, 15, 20, tzinfo=UTC)


def told(number=3012, *, start=START, end=END, normal=75.3, by_us=0, known_for=timedelta(days=300), today=TODAY):
    surge = Surge(number, start, end, normal=normal, by_us=by_us, known_for=known_for)
    return sentence(surge, today=today)


@pytest.mark.parametrize(
    ("number", "normal", "days", "answer"),
    [
        (20, 0.0, 0.01, True),
        (19, 0.0, 0.01, False),
        (20, 4.0, 0.01, True),
        (20, 4.1, 0.01, False),
        (3012, 75.0, 0.01, True),
        (374, 75.0, 0.01, False),
        # Away for ten days: what came together in them is held against ten usual days.
        (300, 10.0, 10.0, False),
        (500, 10.0, 10.0, True),
    ],
)
def test_a_spike_is_at_least_twenty_people_and_five_usual_days(number, normal, days, answer):
    assert is_spike(number, normal=normal, days=days) is answer


def test_our_own_work_alarms_nobody():
    assert is_alarming(3012, by_us=0)
    assert not is_alarming(3012, by_us=3012)
    assert not is_alarming(3012, by_us=2993)


def test_the_sentence_says_how_many_when_how_unusual_and_by_whom():
    assert told() == (
        "3,012 contacts were deleted on Tuesday 17 Nov between 14:00 and 14:15, about 40 times a normal day. "
        "Not done from ccadmin."
    )


def test_a_large_ratio_is_said_in_two_digits():
    assert "about 8,200 times a normal day" in told(9003, normal=1.1)


def test_below_one_a_day_there_is_no_ratio():
    assert "14:15. A normal day has fewer than one. Not done" in told(normal=0.3667)
    assert "about 3,000 times a normal day" in told(normal=1.0)


def test_a_normal_day_may_have_none():
    assert "14:15. A normal day has none. Not done" in told(normal=0.0)


def test_who_has_just_begun_to_look_does_not_say_what_is_normal():
    assert "14:15. It is too early to say what is normal here. Not done" in told(known_for=timedelta(days=2))


@pytest.mark.parametrize(
    ("by_us", "words"),
    [
        (3012, "Done from ccadmin."),
        (40, "40 of them were deleted from ccadmin, the others not."),
        (1, "1 of them was deleted from ccadmin, the others not."),
    ],
)
def test_what_we_did_ourselves_is_said(by_us, words):
    assert told(by_us=by_us).endswith(words)


def test_a_window_over_several_days_names_both_ends_and_counts_all_its_days():
    words = told(500, start=START - timedelta(days=10), normal=10.0)
    assert words.startswith("500 contacts were deleted between Saturday 7 Nov 14:00 and Tuesday 17 Nov 14:15, about 5")


def test_another_year_is_said():
    assert "on Tuesday 17 Nov 2026 between" in told(today=date(2027, 1, 4))
