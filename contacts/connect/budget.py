"""The budget of calls that one API key has, over all accounts and processes (CC reference, section 6).

One row per key is locked, read and moved on. The time is taken only after the lock is held: somebody who had to
wait for it would otherwise decide by an old clock, and several calls would leave at once.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contacts import alerts
from contacts.api.errors import QuotaSpent, Throttled
from contacts.models import Alert, CallBudget, LinkedAccount

SECOND = 1_000_000
# Calls that left evenly spaced arrive a little unevenly, so they leave five per cent further apart.
EASE = 1.05
PERSON_WAITS = 5 * SECOND
BACKGROUND_WAITS = 60 * SECOND
# No turn is ever further away than a full line after a pause; a later one was given before our clock was put back.
FURTHEST = 150 * SECOND
# The share of a day that is kept for people.
KEPT = 0.1


def wait_for_call(*, person: bool) -> None:
    """Take one call out of the budget and wait until it may leave.

    Work in the background leaves one call of every second and a tenth of the day to people. Raises QuotaSpent
    when the day is used up, Throttled when the line is longer than a person should wait (5 seconds; 60 in the
    background). Must not run inside a transaction: nothing stays locked while we wait.
    """
    with _budget() as (budget, now):
        _begin_day(budget, now)
        _check_day(budget, now, person=person)
        leaves = _take_turn(budget, _microseconds(now), person=person)
        budget.used += 1
        if budget.used == _limit(person=False):
            _tell(budget, now, used=budget.used)
    _sleep_until(leaves, _microseconds(now))


def wait_for_token_call() -> None:
    """The token endpoint takes one call a second, counted apart from the others (CC reference, section 3.11)."""
    with _budget() as (budget, now):
        leaves = max(_microseconds(now), budget.next_token_at)
        budget.next_token_at = leaves + int(SECOND * EASE)
    _sleep_until(leaves, _microseconds(now))


def day_is_spent() -> None:
    """Constant Contact said ``quota_exceeded``, whatever we counted: nothing goes out before 00:00 UTC."""
    with _budget() as (budget, now):
        _begin_day(budget, now)
        budget.spent_until = _midnight(now)
        _tell(budget, now, used=settings.CC_CALLS_PER_DAY)


def slow_down(seconds: float) -> None:
    """Constant Contact said ``throttled``: nobody calls for a while, at most for a minute."""
    with _budget() as (budget, now):
        pause = int(min(max(seconds, 1.0), 60.0) * SECOND)
        budget.next_at = max(budget.next_at, _microseconds(now) + pause)


@contextmanager
def _budget() -> Iterator[tuple[CallBudget, datetime]]:
    """The key's row, locked, and the time once it is; what the caller changes is saved."""
    key = hashlib.sha256(settings.CC_CLIENT_ID.encode()).hexdigest()
    # Durable: Django refuses it inside another transaction, which is the rule that nobody waits with one open.
    with transaction.atomic(durable=True):
        CallBudget.objects.bulk_create([CallBudget(key=key, day=_today(timezone.now()))], ignore_conflicts=True)
        budget = CallBudget.objects.select_for_update().get(key=key)
        now = timezone.now()
        _mend(budget, _microseconds(now))
        yield budget, now
        budget.save()


def _mend(budget: CallBudget, now: int) -> None:
    """Forget turns that a clock which was put back has moved far into the future."""
    for name in ("next_at", "next_background_at", "next_token_at"):
        if getattr(budget, name) > now + FURTHEST:
            setattr(budget, name, now)


def _begin_day(budget: CallBudget, now: datetime) -> None:
    if budget.day != _today(now):
        budget.day, budget.used = _today(now), 0
        for account in LinkedAccount.objects.all():
            alerts.over(account, Alert.Kind.BUDGET)


def _check_day(budget: CallBudget, now: datetime, *, person: bool) -> None:
    said_so = budget.spent_until is not None and budget.spent_until > now
    if said_so or budget.used >= _limit(person=person):
        raise QuotaSpent("the day's calls are used up" if person else "the rest of the day is kept for people")


def _limit(*, person: bool) -> int:
    """How many calls of a day may be made by people, or by work in the background."""
    return settings.CC_CALLS_PER_DAY if person else int(settings.CC_CALLS_PER_DAY * (1 - KEPT))


def _tell(budget: CallBudget, now: datetime, *, used: int) -> None:
    """Every account learns once a day that at most what is kept for people is left. No other call costs a query."""
    told = {"used": used, "limit": settings.CC_CALLS_PER_DAY, "until": _midnight(now).isoformat()}
    for account in LinkedAccount.objects.linked():
        alerts.notice(account, Alert.Kind.BUDGET, key=budget.day.isoformat(), **told)


def _take_turn(budget: CallBudget, now: int, *, person: bool) -> int:
    """The moment this call may leave. The second's last call belongs to people, so background calls go one slower."""
    rate = settings.CC_CALLS_PER_SECOND
    leaves = max(now, budget.next_at) if person else max(now, budget.next_at, budget.next_background_at)
    if leaves - now > (PERSON_WAITS if person else BACKGROUND_WAITS):
        raise Throttled("too many calls are waiting", retry_after=(leaves - now) / SECOND)
    budget.next_at = leaves + int(SECOND * EASE / rate)
    if not person:
        budget.next_background_at = leaves + int(SECOND * EASE / max(rate - 1, 0.5))
    return leaves


def _sleep_until(leaves: int, now: int) -> None:
    if leaves > now:
        time.sleep((leaves - now) / SECOND)


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * SECOND)


def _midnight(now: datetime) -> datetime:
    """When the next day of the budget begins."""
    return datetime.combine(_today(now) + timedelta(days=1), datetime.min.time(), UTC)


def _today(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
