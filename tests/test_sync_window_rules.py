"""Windows over the time of creation: nobody falls between two of them, and none is far larger than the others."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts import mirror
from contacts.sync import windows
from contacts.sync.windows import Window
from tests.rows import make_account, make_remote

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def takes(window, moment, *, inclusive):
    """As Constant Contact may read the bounds; a moment is a whole second there."""
    after, before = (window.bounds.get(name) for name in ("created_after", "created_before"))
    if inclusive:
        return (after is None or moment >= after) and (before is None or moment <= before)
    return (after is None or moment > after) and (before is None or moment < before)


@given(moment=MOMENTS, borders=st.lists(MOMENTS, max_size=6), inclusive=st.booleans())
def test_every_moment_is_in_a_window_however_the_bounds_are_read(moment, borders, inclusive):
    ends = [None, *(each.replace(microsecond=0).isoformat() for each in sorted(borders)), None]
    parts = [Window(after=after, before=before) for after, before in itertools.pairwise(ends)]
    assert any(takes(each, moment.replace(microsecond=0), inclusive=inclusive) for each in parts)


@given(moment=MOMENTS, number=st.integers(0, 2), count=st.integers(10_000, 200_000), inclusive=st.booleans())
def test_a_window_in_pieces_takes_whom_it_took_as_a_whole(moment, number, count, inclusive):
    ends = [None, "2012-01-01T00:00:00+00:00", "2020-06-01T00:00:00+00:00", None]
    parts = [Window(after=after, before=before) for after, before in itertools.pairwise(ends)]
    parts[number].count, moment = count, moment.replace(microsecond=0)
    shared = windows.shared_out(parts, number, expected=count)
    assert len(shared) > 3 and shared[number].ended
    if takes(parts[number], moment, inclusive=inclusive):
        assert any(takes(each, moment, inclusive=inclusive) for each in shared[3:])


@pytest.mark.parametrize(("count", "pieces"), [(5_000, 0), (24_000, 0), (26_000, 3), (100_000, 8)])
def test_only_a_window_that_is_far_too_large_is_parted(count, pieces):
    parts = windows.shared_out([Window(after=None, before=None, count=count)], 0, expected=100_000)
    assert len(parts) - 1 == pieces


def test_everybody_created_in_one_hour_is_not_parted_for_ever():
    window = Window(after=NOON.isoformat(), before=(NOON + timedelta(hours=1)).isoformat(), count=90_000)
    assert windows.shared_out([window], 0, expected=100_000) == [window]


@pytest.mark.django_db
def test_there_are_never_more_windows_than_the_account_is_worth():
    parts = windows.split(make_unread())
    for _ in range(20):
        number = windows.in_turn(parts)[-1]
        parts[number].count = 100_000
        parts = windows.shared_out(parts, number, expected=100_000)
    assert len(parts) <= windows.NUMBER + 100_000 // windows.EACH


def test_unread_windows_come_first_and_then_those_with_most_left():
    parts = [
        Window(after=None, before=None, count=900, seen=500),
        Window(after=None, before=None, count=800, seen=100),
        Window(after=None, before=None),
        Window(after=None, before=None, count=9000, ended=True),
    ]
    assert windows.in_turn(parts) == [2, 1, 0]


@pytest.mark.parametrize(
    ("expected", "ms", "rate", "result"),
    [
        (100_000, 400, 4, True),
        (100_000, 250, 4, False),
        (100_000, 100, 4, False),
        (19_999, 800, 4, False),
        (None, 800, 4, False),
        (100_000, 101, 10, True),
        (100_000, 90, 1000, False),
    ],
)
def test_a_walk_is_split_when_answers_are_slower_than_turns_and_the_account_is_large(
    settings, expected, ms, rate, result
):
    settings.CC_CALLS_PER_SECOND = rate
    assert windows.pay(expected=expected, ms=ms) is result


def make_unread():
    return make_account(watermark=None)


@pytest.mark.django_db
def test_borders_part_the_contacts_we_hold_into_equal_numbers():
    account = make_account(watermark=NOON)
    # Most of them young: the square of their age is what is even.
    born = [NOON - timedelta(minutes=number * number) for number in range(400)]
    remotes = [make_remote(f"{number}@example.org", created_at=f"{at:%FT%TZ}") for number, at in enumerate(born)]
    mirror.store_page(account, remotes, fetched_at=NOON, seen_at=NOON, since=None)
    parts = windows.split(account)
    held = [sum(takes(part, each, inclusive=False) for each in born) for part in parts]
    assert len(parts) == windows.NUMBER and 400 <= sum(held) <= 410 and max(held) <= 60


@pytest.mark.django_db
def test_an_account_that_was_never_read_is_parted_by_time():
    parts = windows.split(make_unread())
    spans = [high - low for low, high in (each.span for each in parts)]
    assert len(parts) == windows.NUMBER and (parts[0].after, parts[-1].before) == (None, None)
    assert max(spans) - min(spans) < timedelta(minutes=1)
