"""The past of the reports, worked out in turns: whole or not at all, whoever is killed on the way."""

from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest
from django.utils import timezone

from contacts import leases, mirror
from contacts.models import DayCount, LookBack
from contacts.services import past
from tests.deleted_rig import Place
from tests.statements import killed_after, number_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 19)


@pytest.fixture
def place(monkeypatch):
    """Nine contacts, made one a day, of whom two were deleted, read two at a time."""
    monkeypatch.setattr(past, "PORTION", 2)
    monkeypatch.setattr(past, "AT_ONCE", 10)
    found = Place()
    made = [found.store(1, created_at=f"2026-11-0{number}T10:00:00Z")[0] for number in range(1, 10)]
    found.delete(made[:2], on=date(2026, 11, 15))
    mirror.keep_day(found.account, {"active": 7, "deleted": 2}, at=NOON)
    return found


def written():
    """The days that came from dates."""
    return dict(DayCount.objects.filter(how=DayCount.How.DATES).values_list("day", "counts"))


def is_whole(days):
    return (
        sorted(days) == [FIRST + timedelta(days=number) for number in range(19)]
        and days[FIRST] == {"active": 1}
        and days[date(2026, 11, 14)] == {"active": 9}
        and days[LAST] == {"active": 7, "deleted": 2}
    )


def test_a_worker_killed_at_any_statement_leaves_the_past_whole_or_not_there(place):
    number = number_of(lambda: past.carry_on(place.account))
    assert is_whole(written())
    assert number > 20
    for at in range(number):
        DayCount.objects.filter(how=DayCount.How.DATES).delete()
        with killed_after(at):
            past.carry_on(place.account)
        assert not written() or is_whole(written())
        LookBack.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        past.carry_on(place.account)
        assert is_whole(written())
        assert not LookBack.objects.exists()


def test_turns_of_no_time_at_all_end_the_same_way_and_show_nothing_before_the_last(place):
    turns = 0
    while past.due().exists():
        assert not written()
        past.carry_on(place.account, seconds=-1)
        turns += 1
    assert turns == 6
    assert is_whole(written())


def test_a_worker_that_is_told_to_end_leaves_the_rest_to_the_next_one(place):
    stop = Event()
    stop.set()
    past.carry_on(place.account, stop=stop)
    assert not written()
    assert list(past.due()) == [place.account]


def test_nobody_carries_on_what_somebody_else_has(place):
    held = LookBack.objects.create(
        account=place.account, lease_owner="x", lease_until=timezone.now() + leases.LEASE, after=3
    )
    assert list(past.due()) == []
    past.carry_on(place.account)
    held.refresh_from_db()
    assert (held.lease_owner, held.after, written()) == ("x", 3, {})


def test_a_copy_that_is_erased_meanwhile_has_no_past_afterwards(place):
    past.carry_on(place.account, seconds=-1)
    mirror.forgetting.erase(place.account)
    past.carry_on(place.account)
    assert not DayCount.objects.exists()
    assert not LookBack.objects.exists()
