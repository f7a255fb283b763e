"""Weeks on an account's own clock, also where the clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.rules.weeks import told_last, window

ZONES = ["UTC", "Europe/Dublin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Pago_Pago"]


def test_the_week_is_told_on_monday_at_seven_on_the_account_s_clock():
    dublin = ZoneInfo("Europe/Dublin")
    before, after = (datetime(2026, 6, 15, 5, 59, tzinfo=UTC), datetime(2026, 6, 15, 6, 0, tzinfo=UTC))
    assert told_last(before, dublin) == datetime(2026, 6, 8, 7, tzinfo=dublin)
    assert told_last(after, dublin) == datetime(2026, 6, 15, 7, tzinfo=dublin)


@pytest.mark.parametrize(
    ("zone", "ended", "hours"),
    [
        ("Europe/Dublin", date(2026, 3, 30), 167),
        ("Europe/Dublin", date(2026, 10, 26), 169),
        ("America/New_York", date(2026, 3, 9), 167),
        ("America/New_York", date(2026, 11, 2), 169),
        ("Europe/Dublin", date(2026, 11, 23), 168),
    ],
)
def test_a_week_with_a_change_of_the_clock_is_an_hour_shorter_or_longer(zone, ended, hours):
    began, end = (each.astimezone(UTC) for each in window(ended, ZoneInfo(zone)))
    assert end - began == timedelta(hours=hours)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.sampled_from(ZONES))
def test_every_moment_has_one_monday_that_was_told_last(now, name):
    zone = ZoneInfo(name)
    told = told_last(now, zone)
    assert (told.weekday(), told.hour, told.minute) == (0, 7, 0)
    # On the wall, so an hour more or less where the clock changed.
    assert timedelta(0) <= now - told.astimezone(UTC) < timedelta(days=7, hours=1)


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.sampled_from(ZONES))
def test_weeks_follow_each_other_without_a_gap(day, name):
    ended = day - timedelta(days=day.weekday())
    assert window(ended, ZoneInfo(name))[1] == window(ended + timedelta(days=7), ZoneInfo(name))[0]
