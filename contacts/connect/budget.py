"""The budget of calls that one API key has, over all accounts and processes (CC reference, section 6).

One row per key is locked, read and moved on. The time is taken only after the lock is held: somebody who had to
wait for it would otherwise decide by an old clock, and several calls would leave at once.

The design (section 6) keeps the last call of every second from work in the background, so that people need not wait.
That cost the sync a quarter of the limit at night too. What a person feels is the line in front of them, so the line
is what is kept short instead: background work takes its turn at most ``AHEAD`` before it leaves and waits outside the
line until then, however many processes there are, and leaves the last call of a second alone while people call.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contacts import alerts
from contacts.api.errors import QuotaSpent, Throttled
from contacts.models import Alert, CallBudget, LinkedAccount

SECOND = 1_000_000
# Calls that left evenly spaced arrive a little unevenly, so they leave two per cent further apart: any five of them
# span a second even when the first is 20 ms later than the last.
EASE = 1.02
# Where that was not enough, because the network or the machine is uneven, it is more for a while.
MORE_EASE = 1.05
UNEVEN = 600 * SECOND
# The token endpoint is called seldom, and a refusal there costs a link: it keeps more distance.
TOKEN_EASE = 1.05
# A call that leaves later than this moves the turns after it.
LATE = 5_000
AHEAD = SECOND // 2
# For so long after a person's call the next one is likely.
PEOPLE_ARE_ABOUT = 10 * SECOND
PERSON_WAITS = 5 * SECOND
BACKGROUND_WAITS = 60 * SECOND
# No turn is ever further away than a full line after a pause; a later one was given before our clock was put back.
FURTHEST = 150 * SECOND
# The share of a day that is kept for people.
KEPT = 0.1


class LongLine(Throttled):
    """The line is as long as background work may make it; ``retry_after`` is when to ask again. Nothing was counted."""


@dataclass(frozen=True)
class Turn:
    """One call taken out of the budget: when it may leave, in microseconds since 1970."""

    leaves: int

    @property
    def seconds(self) -> float:
        """How long it is until then; 0 or less once it may leave."""
        return (self.leaves - _microseconds(timezone.now())) / SECOND


#: A turn, and how many seconds after it the call left.
type Delay = tuple[Turn, float]


def wait_for_call(*, person: bool) -> None:
    """Take one call out of the budget and wait until it may leave.

    Work in the background leaves a tenth of the day to people. Raises QuotaSpent when the day is used up, Throttled
    when the wait is longer than a person should have (5 seconds; 60 in the background). Must not run inside a
    transaction: nothing stays locked while we wait.
    """
    turn = take_turn(person=True) if person else _patient_turn()
    _sleep(turn.seconds)
    left(turn, late=-turn.seconds)


def take_turn(*, person: bool, late: Iterable[Delay] = ()) -> Turn:
    """Take one call out of the budget; who takes it waits until it may leave, and then says so (``left``).

    What is to be said of turns before, ``late``, can be said with it; it is not when this raises. Raises as
    ``wait_for_call``, and LongLine in the background.
    """
    with _budget() as (budget, now):
        for turn, seconds in late:
            _move_on(budget, turn, late=seconds)
        _begin_day(budget, now)
        _check_day(budget, now, person=person)
        turn = Turn(_next_turn(budget, _microseconds(now), person=person))
        budget.used += 1
        if budget.used == _limit(person=False):
            _tell(budget, now, used=budget.used)
    return turn


def left(turn: Turn, *, late: float) -> None:
    """The call left so many seconds after its turn. When that was too late, the turns after it move as far.

    Else the fifth call after it, being on time, would fall into the same second.
    """
    if int(late * SECOND) > LATE:
        with _budget() as (budget, _):
            _move_on(budget, turn, late=late)


def wait_for_token_call() -> None:
    """The token endpoint takes one call a second, counted apart from the others (CC reference, section 3.11)."""
    with _budget() as (budget, now):
        leaves = max(_microseconds(now), budget.next_token_at)
        budget.next_token_at = leaves + int(SECOND * TOKEN_EASE)
    _sleep(Turn(leaves).seconds)


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
        budget.throttled_at = _microseconds(now)
        budget.next_at = max(budget.next_at, budget.throttled_at + pause)


@contextmanager
def _budget() -> Iterator[tuple[CallBudget, datetime]]:
    """The key's row, locked, and the time once it is; what the caller changes is saved."""
    key = hashlib.sha256(settings.CC_CLIENT_ID.encode()).hexdigest()
    # Durable: Django refuses it inside another transaction, which is the rule that nobody waits with one open.
    rows = CallBudget.objects.select_for_update().filter(key=key)
    with transaction.atomic(durable=True):
        budget = rows.first()
        if budget is None:
            CallBudget.objects.bulk_create([CallBudget(key=key, day=_today(timezone.now()))], ignore_conflicts=True)
            budget = rows.get()
        now = timezone.now()
        _mend(budget, _microseconds(now))
        yield budget, now
        budget.save(force_update=True)


def _mend(budget: CallBudget, now: int) -> None:
    """Forget turns that a clock which was put back has moved far into the future."""
    for name in ("next_at", "next_background_at", "next_token_at", "person_at", "throttled_at"):
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


def _patient_turn() -> Turn:
    """A turn for work in the background, waited for outside the line as long as that is too long."""
    waited = 0.0
    while True:
        try:
            return take_turn(person=False)
        except LongLine as line:
            pause = line.retry_after or 0.0
            waited += pause
            if waited * SECOND > BACKGROUND_WAITS:
                raise
            _sleep(pause)


def _move_on(budget: CallBudget, turn: Turn, *, late: float) -> None:
    behind = int(late * SECOND)
    if behind > LATE and turn.leaves < budget.next_at <= turn.leaves + int(SECOND * MORE_EASE):
        budget.next_at += min(behind, SECOND)


def _next_turn(budget: CallBudget, now: int, *, person: bool) -> int:
    """The moment this call may leave; those after it leave later."""
    ease = MORE_EASE if now - budget.throttled_at < UNEVEN else EASE
    rate = settings.CC_CALLS_PER_SECOND / ease
    space = _space(rate)
    leaves = max(now, budget.next_at)
    if person:
        budget.person_at = now
        _check_line(leaves - now, longest=PERSON_WAITS)
    elif now - budget.person_at < PEOPLE_ARE_ABOUT:
        leaves = max(leaves, budget.next_background_at)
        budget.next_background_at = leaves + _space(max(rate - 1, 0.5))
        _check_line(leaves - now, longest=BACKGROUND_WAITS, ahead=space)
    else:
        _check_line(leaves - now, longest=BACKGROUND_WAITS, ahead=AHEAD)
    budget.next_at = leaves + space
    return leaves


def _check_line(wait: int, *, longest: int, ahead: int | None = None) -> None:
    """Raises Throttled for a wait that is too long, LongLine for one that is not to be spent in the line."""
    if wait > longest:
        raise Throttled("too many calls are waiting", retry_after=wait / SECOND)
    if ahead is not None and wait > ahead:
        raise LongLine("others are waiting", retry_after=(wait - ahead) / SECOND)


def _space(rate: float) -> int:
    """Microseconds between two calls, at so many a second."""
    return int(SECOND / rate)


def _sleep(seconds: float) -> None:
    if seconds > 0:
        time.sleep(seconds)


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * SECOND)


def _midnight(now: datetime) -> datetime:
    """When the next day of the budget begins."""
    return datetime.combine(_today(now) + timedelta(days=1), datetime.min.time(), UTC)


def _today(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
