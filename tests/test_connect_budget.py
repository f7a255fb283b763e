"""The budget of one API key: spacing, the day, and the share that is kept for people. Time is ours here."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.api.errors import QuotaSpent, Throttled
from contacts.connect import budget
from contacts.models import Alert, CallBudget
from tests.rows import make_account

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Clock:
    """Stands still unless somebody sleeps."""

    def __init__(self):
        self.now = NOON

    def sleep(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch, settings):
    settings.CC_CALLS_PER_SECOND, settings.CC_CALLS_PER_DAY = 4, 100
    ours = Clock()
    monkeypatch.setattr(timezone, "now", lambda: ours.now)
    monkeypatch.setattr(budget.time, "sleep", ours.sleep)
    return ours


def departures(clock, count, *, person):
    left = []
    for _ in range(count):
        budget.wait_for_call(person=person)
        left.append((clock.now - NOON).total_seconds())
    return left


def most_in_any_second(moments):
    return max(sum(start <= each < start + 1 for each in moments) for start in moments)


def test_people_get_at_most_four_calls_in_any_second(clock):
    assert most_in_any_second(departures(clock, 20, person=True)) == 4


def test_background_work_uses_all_four_calls_of_a_second_while_nobody_calls(clock):
    left = departures(clock, 40, person=False)
    assert most_in_any_second(left) == 4
    assert 39 / left[-1] > 0.97 * 4


def test_background_work_leaves_one_call_of_every_second_while_people_are_about(clock):
    departures(clock, 1, person=True)
    clock.sleep(9)
    left = departures(clock, 4, person=False)
    assert 3 / (left[-1] - left[0]) < 3
    clock.sleep(1)
    quiet = departures(clock, 20, person=False)
    assert 19 / (quiet[-1] - quiet[0]) > 0.97 * 4


def test_background_work_waits_outside_the_line_however_many_ask(clock):
    with pytest.raises(budget.LongLine) as caught:
        for _ in range(20):
            budget.take_turn(person=False)
    assert CallBudget.objects.get().used == 2
    assert 0 < caught.value.retry_after < 0.3
    assert budget.take_turn(person=True).seconds < 0.6


def test_while_people_call_the_background_stands_before_them_with_one_call_at_most(clock):
    departures(clock, 1, person=True)
    budget.take_turn(person=False)
    with pytest.raises(budget.LongLine):
        budget.take_turn(person=False)
    assert budget.take_turn(person=True).seconds <= 0.52


def test_a_person_who_goes_on_calling_waits_for_nobody_else(clock):
    """Somebody clicks once a second while four workers take whatever they can get."""
    waited = []
    for _ in range(20):
        turn = budget.take_turn(person=True)
        waited.append(turn.seconds)
        clock.sleep(max(turn.seconds, 0))
        for _ in range(40):
            with suppress(budget.LongLine):
                budget.take_turn(person=False)
            clock.sleep(0.025)
    assert max(waited) <= 0.27


def test_calls_keep_more_distance_for_a_while_after_constant_contact_asked_us_to_slow_down(clock):
    budget.slow_down(1)
    clock.sleep(1)
    assert departures(clock, 41, person=False)[-1] == pytest.approx(1 + 40 * 0.2625, abs=0.01)
    clock.sleep(600)
    before = (clock.now - NOON).total_seconds()
    assert departures(clock, 41, person=False)[-1] - before == pytest.approx(40 * 0.255, abs=0.01)


def test_a_call_that_leaves_late_moves_the_turns_after_it(clock):
    turn = budget.take_turn(person=False)
    clock.sleep(0.2)
    budget.left(turn, late=0.2)
    assert 0.25 < budget.take_turn(person=False).seconds < 0.26


def test_a_call_that_leaves_a_little_late_moves_nothing(clock):
    turn = budget.take_turn(person=False)
    with CaptureQueriesContext(connection) as queries:
        budget.left(turn, late=0.004)
    assert not queries.captured_queries


@pytest.mark.parametrize("person", [True, False])
def test_a_clock_that_is_put_back_holds_nobody_up(clock, person):
    departures(clock, 4, person=person)
    clock.now -= timedelta(hours=1)
    before = clock.now
    budget.wait_for_call(person=person)
    assert clock.now == before


def test_a_person_does_not_wait_behind_the_whole_background(clock):
    departures(clock, 4, person=False)
    before = clock.now
    budget.wait_for_call(person=True)
    assert clock.now - before <= timedelta(seconds=0.27)


def test_a_call_after_a_quiet_time_leaves_at_once(clock):
    departures(clock, 3, person=True)
    clock.sleep(10)
    before = clock.now
    budget.wait_for_call(person=True)
    assert clock.now == before


def test_the_last_tenth_of_a_day_is_kept_for_people(clock):
    departures(clock, 90, person=False)
    with pytest.raises(QuotaSpent):
        budget.wait_for_call(person=False)
    departures(clock, 10, person=True)
    with pytest.raises(QuotaSpent) as caught:
        budget.wait_for_call(person=True)
    assert "00:00 UTC" in caught.value.advice
    assert CallBudget.objects.get().used == 100


def test_a_new_day_begins_at_midnight_utc(clock):
    departures(clock, 100, person=True)
    clock.now = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    budget.wait_for_call(person=False)
    assert CallBudget.objects.get().used == 1


def test_when_constant_contact_says_the_day_is_spent_it_is(clock):
    budget.day_is_spent()
    for person in (True, False):
        with pytest.raises(QuotaSpent):
            budget.wait_for_call(person=person)
    clock.now = datetime(2026, 11, 22, 0, 0, 1, tzinfo=UTC)
    budget.wait_for_call(person=True)


def test_every_linked_account_is_told_once_that_the_day_is_nearly_spent_until_the_next_day(clock):
    accounts = [make_account(), make_account()]
    make_account(state="unlinked")
    departures(clock, 89, person=False)
    assert not Alert.objects.exists()
    departures(clock, 11, person=True)
    told = Alert.objects.filter(kind="budget")
    assert {each.account_id for each in told} == {each.pk for each in accounts} and told.count() == 2
    assert told[0].detail == {"used": 90, "limit": 100, "until": "2026-11-22T00:00:00+00:00"}
    clock.now = datetime(2026, 11, 22, 0, 0, 1, tzinfo=UTC)
    budget.wait_for_call(person=True)
    assert not told.filter(closed_at=None).exists()


def test_when_constant_contact_says_so_the_alert_counts_the_whole_day(clock):
    make_account()
    budget.day_is_spent()
    budget.day_is_spent()
    assert Alert.objects.get().detail["used"] == 100


def test_a_usual_call_costs_no_query_for_the_alert(clock):
    make_account()
    departures(clock, 1, person=True)
    with CaptureQueriesContext(connection) as queries:
        departures(clock, 1, person=True)
    assert not any("alert" in each["sql"] or "linkedaccount" in each["sql"] for each in queries)


def test_a_line_that_is_too_long_is_refused_and_not_joined(clock):
    budget.slow_down(30)
    with pytest.raises(Throttled) as caught:
        budget.wait_for_call(person=True)
    assert 29 < caught.value.retry_after <= 30
    assert CallBudget.objects.get().used == 0
    assert departures(clock, 1, person=False) == [30.0]


def test_token_calls_keep_a_second_apart_and_do_not_count_for_the_day(clock):
    left = []
    for _ in range(3):
        budget.wait_for_token_call()
        left.append((clock.now - NOON).total_seconds())
    assert left == [0.0, 1.05, 2.1]
    assert CallBudget.objects.get().used == 0


def test_each_api_key_has_its_own_budget(clock, settings):
    departures(clock, 100, person=True)
    settings.CC_CLIENT_ID = "another"
    budget.wait_for_call(person=True)
    assert not CallBudget.objects.filter(key__contains="another").exists()
