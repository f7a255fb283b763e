"""Deletions per day: was it a trickle or a blow?"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count
from django.utils import timezone

from contacts.models import LinkedAccount
from contacts.models.mirror import ContactQuerySet
from contacts.rules.spikes import named_day
from contacts.rules.words import count
from contacts.selectors.check import zone
from contacts.selectors.windows import Window, day_of

RANGES = {"30": "30 days", "90": "90 days", "all": "All since linking"}
# With more deleted contacts than this the days are counted once a sync: it takes a tenth of a second (measured
# 2026-11-21 with 300,000 on SQLite).
MANY = 20_000
# Shortly after midnight today is not unseen, only young.
A_WHILE = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Bar:
    """One day; ``number`` is None when we have not looked at it yet."""

    day: date
    number: int | None

    @property
    def window(self) -> str:
        """The window that holds exactly the people of this bar, as a URL says it."""
        return f"from={self.day}T00:00&to={self.day}T23:59"


@dataclass(frozen=True)
class Histogram:
    """The days from ``first`` to ``last`` on which somebody was deleted who is hidden still, and the unseen ones.

    ``counted_at`` is when a large account was counted; None when it was just now.
    """

    days: str
    first: date
    last: date
    bars: list[Bar]
    sentence: str
    counted_at: datetime | None

    @property
    def largest(self) -> Bar | None:
        """The day with the most deletions."""
        return max((bar for bar in self.bars if bar.number), key=lambda bar: bar.number or 0, default=None)

    @property
    def unseen(self) -> int:
        """How many days nobody has looked at yet."""
        return sum(bar.number is None for bar in self.bars)

    @property
    def dwarfs(self) -> bool:
        """Whether one day is so large that the others cannot be seen beside it."""
        numbers = sorted((bar.number for bar in self.bars if bar.number), reverse=True)
        return len(numbers) > 1 and numbers[0] > 50 * numbers[1]


def histogram(account: LinkedAccount, hidden: ContactQuerySet, *, days: str) -> Histogram:
    """The days of these deleted contacts, all of one account. One query, or two for a very large account."""
    here = zone(account)
    last = timezone.now().astimezone(here).date()
    first = _first(account, days, last=last)
    numbers, counted_at = _numbers(account, hidden, first)
    unseen = _unseen(account, first, last)
    bars = [Bar(day, numbers[day]) for day in numbers if day not in unseen and day <= last]
    bars += [Bar(day, None) for day in unseen]
    bars.sort(key=lambda bar: bar.day)
    return Histogram(days, first, last, bars, _sentence(bars, days, today=last), counted_at)


def _first(account: LinkedAccount, days: str, *, last: date) -> date:
    """Nothing is known of the days before the account was linked."""
    linked = account.known_since.astimezone(zone(account)).date() if account.known_since else last
    return linked if days == "all" else max(linked, last - (int(days) - 1) * DAY)


def _numbers(account: LinkedAccount, hidden: ContactQuerySet, first: date) -> tuple[dict[date, int], datetime | None]:
    if account.counts.get("deleted", 0) <= MANY:
        return _counted(account, hidden, first), None
    key = f"deleted-per-day-{account.pk}-{first}-{account.synced_at and account.synced_at.timestamp()}"
    kept: Any = cache.get(key)
    if kept is None:
        kept = _counted(account, hidden, first), timezone.now()
        cache.set(key, kept, timeout=DAY.total_seconds())
    return kept


def _counted(account: LinkedAccount, hidden: ContactQuerySet, first: date) -> dict[date, int]:
    here = zone(account)
    start = datetime.combine(first, datetime.min.time(), tzinfo=here)
    looks = hidden.filter(Window(start).condition).order_by().values_list("deleted_from", "deleted_to", "deleted_on")
    numbers: Counter[date] = Counter()
    for noticed_from, noticed_to, deleted_on, number in looks.annotate(number=Count("pk")):
        numbers[day_of(noticed_from, noticed_to, deleted_on, here)] += number
    return dict(numbers)


def _unseen(account: LinkedAccount, first: date, last: date) -> list[date]:
    """The whole days since the last look: nobody knows yet, which is not the same as nobody.

    Days of an earlier stop are known by now, because Constant Contact gives every deletion its date.
    """
    if account.watermark is None or timezone.now() - account.watermark < A_WHILE:
        return []
    looked = max(account.watermark.astimezone(zone(account)).date() + DAY, first)
    return [looked + number * DAY for number in range((last - looked).days + 1)]


def _sentence(bars: list[Bar], days: str, *, today: date) -> str:
    numbers = {bar.day: bar.number for bar in bars if bar.number}
    total = sum(numbers.values())
    when = "since the account was linked" if days == "all" else f"in the last {days} days"
    unseen = sum(bar.number is None for bar in bars)
    gap = f" {count(unseen, 'day has', 'days have')} not been looked at yet." if unseen else ""
    if not total:
        return f"Nobody who is hidden now was deleted {when}.{gap}"
    who = count(total, "contact that is hidden now was", "contacts that are hidden now were")
    told = f"{who} deleted {when}"
    day, most = max(numbers.items(), key=lambda each: each[1])
    if most < total:
        return f"{told}, {most:,} of them on {named_day(day, today=today)}.{gap}"
    return f"{told}, on {named_day(day, today=today)}.{gap}"
