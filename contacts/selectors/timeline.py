"""Lists over time: one lane per list, as numbers for a picture and as rows for its table twin."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from contacts.models import Contact, ContactList, How, LinkedAccount, Membership

WIDTH = 100
LANE = 28


@dataclass(frozen=True)
class Bar:
    """One stay on a list. ``x`` and ``width`` are hundredths of the picture; ``open_start``: it began earlier."""

    stay: Membership
    x: float
    width: float
    open_start: bool


@dataclass(frozen=True)
class Lane:
    """One list and the stays on it, the latest last; ``y`` is where its bar begins."""

    name: str
    bars: list[Bar]
    y: int


@dataclass(frozen=True)
class Tick:
    """A year or a month on the scale."""

    x: float
    label: str


@dataclass(frozen=True)
class Timeline:
    """The picture's lanes and scale, and where the contact was deleted: the lanes all end there."""

    lanes: list[Lane]
    ticks: list[Tick]
    deletions: list[float]
    begins: datetime
    ends: datetime
    stays: list[Membership]
    looked_since: datetime

    @property
    def height(self) -> int:
        """Of the lanes, in pixels."""
        return len(self.lanes) * LANE

    @property
    def scale_y(self) -> int:
        """Where the words of the scale stand."""
        return self.height + 16

    @property
    def now_on(self) -> int:
        """How many lists the contact is on."""
        return sum(stay.ended_at is None for stay in self.stays)

    @property
    def was_on(self) -> int:
        """How many lists it was on and is not any more."""
        now = {stay.list_id for stay in self.stays if stay.ended_at is None}
        return len({stay.list_id for stay in self.stays} - now)


def stays(contact: Contact) -> list[Membership]:
    """The stays of one contact in the order of the picture, with their lists. One query."""
    return list(Membership.objects.filter(contact=contact).select_related("list").order_by("list__name", "began_at"))


def stays_of(account: LinkedAccount, remote_id: UUID) -> QuerySet[Membership]:
    """The stays of a contact in the order of the picture, without their lists: to be asked together with those."""
    stays = Membership.objects.filter(contact__account=account, contact__remote_id=remote_id)
    return stays.order_by("list__name", "began_at")


def drawn(
    account: LinkedAccount, stays: list[Membership], *, lists: Iterable[ContactList], now: datetime
) -> Timeline | None:
    """These stays over time; ``lists`` are those that the stays do not know yet."""
    if not stays:
        return None
    known = {each.pk: each for each in lists}
    for stay in stays:
        stay.list = known.get(stay.list_id) or stay.list
    linked = [account.known_since] if account.known_since else []
    seen = [stay.began_at for stay in stays if stay.seed_id is None] + linked
    begins = min([stay.began_at for stay in stays] + linked)
    ends = max(now, *(stay.ended_at or now for stay in stays))
    scale = _Scale(begins, ends)
    by_list: dict[int, list[Membership]] = defaultdict(list)
    for stay in stays:
        by_list[stay.list_id].append(stay)
    lanes = [
        Lane(group[0].list.name, [scale.bar(stay) for stay in group], place * LANE)
        for place, group in enumerate(by_list.values())
    ]
    deletions = sorted({scale.x(stay.ended_at) for stay in stays if stay.ended_at and stay.ended_how == How.DELETED})
    return Timeline(lanes, scale.ticks(), deletions, begins, ends, stays, min(seen, default=now))


class _Scale:
    """From moments to hundredths of the picture's width."""

    def __init__(self, begins: datetime, ends: datetime) -> None:
        self.begins, self.ends = begins, ends
        self.seconds = max((ends - begins).total_seconds(), 1.0)

    def x(self, when: datetime) -> float:
        return round(max(0.0, (when - self.begins).total_seconds() / self.seconds) * WIDTH, 2)

    def bar(self, stay: Membership) -> Bar:
        start, end = self.x(stay.began_at), self.x(stay.ended_at or self.ends)
        return Bar(stay, start, max(round(end - start, 2), 0.3), stay.began_how in (How.AT_LINK, How.FILE))

    def ticks(self) -> list[Tick]:
        """The first of each month of a short span, of each year of a long one; at most twelve."""
        if self.seconds > 2 * 366 * 86_400:
            firsts = [
                self.begins.replace(year=year, month=1, day=1)
                for year in range(self.begins.year + 1, self.ends.year + 1)
            ]
            marks = [Tick(self.x(first), str(first.year)) for first in firsts]
        else:
            months = range(self.begins.year * 12 + self.begins.month, self.ends.year * 12 + self.ends.month)
            firsts = [self.begins.replace(year=month // 12, month=month % 12 + 1, day=1) for month in months]
            marks = [Tick(self.x(first), f"{first:%b %Y}") for first in firsts]
        step = -(-len(marks) // 6) or 1
        return marks[::step]
