"""Deletions per day: was it a trickle or a blow?"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, QuerySet
from django.utils import timezone

from contacts.models import LinkedAccount
from contacts.models.mirror import ContactQuerySet
from contacts.rules.spikes import named_day
from contacts.rules.words import count
from contacts.rules.zones import day_of_deletion
from contacts.selectors.check import zone
from contacts.selectors.windows import Window

RANGES = {"30": "30 days", "90": "90 days", "all": "All since linking"}
# With more deleted contacts than this the days are counted once a sync: it takes a tenth of a second (measured
# 2026-11-21 with 300,000 on SQLite).
MANY = 20_000
# Shortly after midnight today is not unseen, only young.
A_WHILE = timedelta(hours=1)
DAY = timedelta(days=1)
# What this process read from the cache. A key names the sync, so what it stands for never changes.
AT_HAND = 100
_at_hand: dict[str, tuple[dict[date, int], datetime]] = {}


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


class Days:
    """The days of these deleted contacts, all of one account.

    ``asked`` has to be asked first, together with other things. Of a very large account it is nothing: its days are
    counted once a sync, and kept in the cache. One query then, or three.
    """

    def __init__(self, account: LinkedAccount, hidden: ContactQuerySet, days: str) -> None:
        self.account, self.days = account, days
        self.last = timezone.now().astimezone(zone(account)).date()
        self.first = _first(account, days, last=self.last)
        self.looks = _looks(account, hidden, self.first)
        self.are_many = account.counts.get("deleted", 0) > MANY

    @property
    def asked(self) -> dict[str, QuerySet[Any, Any]]:
        """How many were deleted between which two looks."""
        return {} if self.are_many else {"looks": self.looks}

    def histogram(self, found: Mapping[str, Any]) -> Histogram:
        """The picture, from what was ``asked``."""
        numbers, counted_at = self._kept() if self.are_many else (_per_day(self.account, found["looks"]), None)
        unseen = _unseen(self.account, self.first, self.last)
        bars = [Bar(day, numbers[day]) for day in numbers if day not in unseen and day <= self.last]
        bars += [Bar(day, None) for day in unseen]
        bars.sort(key=lambda bar: bar.day)
        sentence = _sentence(bars, self.days, today=self.last)
        return Histogram(self.days, self.first, self.last, bars, sentence, counted_at)

    def _kept(self) -> tuple[dict[date, int], datetime]:
        synced_at = self.account.synced_at and self.account.synced_at.timestamp()
        key = f"deleted-per-day-{self.account.encoded_account_id}-{self.account.pk}-{self.first}-{synced_at}"
        if key not in _at_hand:
            kept: Any = cache.get(key)
            if kept is None:
                kept = _per_day(self.account, self.looks), timezone.now()
                cache.set(key, kept, timeout=DAY.total_seconds())
            if len(_at_hand) >= AT_HAND:
                _at_hand.clear()
            _at_hand[key] = kept
        return _at_hand[key]


def _first(account: LinkedAccount, days: str, *, last: date) -> date:
    """Nothing is known of the days before the account was linked."""
    linked = account.known_since.astimezone(zone(account)).date() if account.known_since else last
    return linked if days == "all" else max(linked, last - (int(days) - 1) * DAY)


def _looks(account: LinkedAccount, hidden: ContactQuerySet, first: date) -> QuerySet[Any, Any]:
    start = datetime.combine(first, datetime.min.time(), tzinfo=zone(account))
    looks = hidden.filter(Window(start).condition).order_by().values_list("deleted_from", "deleted_to", "deleted_on")
    return looks.annotate(number=Count("pk"))


def _per_day(account: LinkedAccount, looks: Iterable[tuple[Any, ...]]) -> dict[date, int]:
    here = zone(account)
    numbers: Counter[date] = Counter()
    for noticed_from, noticed_to, deleted_on, number in looks:
        numbers[day_of_deletion(noticed_from, noticed_to, deleted_on, here)] += number
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
