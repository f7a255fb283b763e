"""Two reports by month, as numbers for a picture and rows for its table: fates of the deleted, moves of lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from contacts.rules import bars
from contacts.rules.bars import Month
from contacts.rules.months import next_month
from contacts.rules.words import count, month

TALL, SMALL = 150, 44
NOT_YET = "Not known yet: the first sync has not ended."


class Fate(NamedTuple):
    """What became of those who were deleted in one month."""

    month: date
    hidden: int
    reactivated: int
    returned: int

    @property
    def deleted(self) -> int:
        """All of them."""
        return self.hidden + self.reactivated + self.returned

    @property
    def window(self) -> str:
        """Those who are hidden still, as the page of the deleted is asked for them."""
        last = month_end(self.month)
        return f"from={self.month}T00:00&to={last}T23:59"


@dataclass(frozen=True)
class Fates:
    """The months, their bars and a sentence."""

    rows: list[Fate]
    months: list[tuple[Fate, Month]]
    sentence: str
    dwarfs: bool


class Moves(NamedTuple):
    """How one list moved in the months that are shown."""

    pk: int
    remote_id: UUID
    name: str
    joined: int
    left: int
    deleted: int

    @property
    def lost(self) -> int:
        """Everybody who went."""
        return self.left + self.deleted


@dataclass(frozen=True)
class Leak:
    """One list with its months: ``up`` those who joined, ``down`` those who left or were deleted."""

    moves: Moves
    up: list[Month]
    down: list[Month]

    @property
    def rows(self) -> list[tuple[date, int, int, int]]:
        """The table twin: each month that somebody looked at, newest first, with who joined, left and was deleted."""
        both = [
            (up, [bar.number for bar in (*up.bars, *down.bars)]) for up, down in zip(self.up, self.down, strict=True)
        ]
        return [(up.month, joined, left, deleted) for up, (joined, left, deleted) in reversed(both) if up.known]


@dataclass(frozen=True)
class Leaks:
    """The lists, who lost most first; the first of them have pictures, all on one scale up to ``most``."""

    rows: list[Moves]
    pictures: list[Leak]
    months: list[date]
    most: int
    sentence: str
    dwarfs: bool
    more: bool


def fates(rows: list[Fate], *, seen: bool, log: bool) -> Fates:
    """The report of these months; ``seen`` is whether anybody has looked at all."""
    most = max((each.deleted for each in rows), default=0) or 1
    drawn = bars.side_by_side([(each.month, _of(each), True) for each in rows], most=most, tall=TALL, log=log)
    told = _fates_in_words(rows, rows[0].month) if seen else NOT_YET
    return Fates(rows, list(zip(rows, drawn, strict=True)), told, bars.dwarfs([each.deleted for each in rows]))


def leaks(
    rows: Sequence[Moves],
    moves: Iterable[tuple[int, date, int, int, int]],
    *,
    months: Sequence[date],
    known: date | None,
    log: bool,
    pictured: int,
    more: bool,
) -> Leaks:
    """The report of these lists; what happened before the month ``known`` nobody saw."""
    numbers = {(pk, when): tuple(each) for pk, when, *each in moves}
    most = max((max(each) for each in numbers.values()), default=0)
    pictures = []
    for row in rows[:pictured]:
        each = [(when, numbers.get((row.pk, when), (0, 0, 0)), known is not None and when >= known) for when in months]
        up = [(when, [("joined", moved[0])], seen) for when, moved, seen in each]
        down = [(when, [("left", moved[1]), ("gone", moved[2])], seen) for when, moved, seen in each]
        pictures.append(
            Leak(row, *(bars.side_by_side(part, most=most or 1, tall=SMALL, log=log) for part in (up, down)))
        )
    lost = [number for joined, left, deleted in numbers.values() for number in (joined, left, deleted)]
    told = _leaks_in_words(rows, max(months[0], known)) if known else NOT_YET
    return Leaks(list(rows), pictures, list(months), most, told, bars.dwarfs(lost), more)


def month_end(first: date) -> date:
    """The last day of the month."""
    return date.fromordinal(next_month(first).toordinal() - 1)


def _of(fate: Fate) -> list[tuple[str, int]]:
    back = fate.reactivated + fate.returned
    return [("gone", fate.deleted), ("back", back), ("hidden", fate.hidden)]


def _fates_in_words(rows: Sequence[Fate], first: date) -> str:
    total = sum(each.deleted for each in rows)
    if not total:
        return f"Nobody was deleted since {month(first)}, as far as Constant Contact's dates tell."
    back, returned = (sum(getattr(each, name) for each in rows) for name in ("reactivated", "returned"))
    hidden = sum(each.hidden for each in rows)
    most = max(rows, key=lambda each: each.deleted)
    part = f"{most.deleted:,} of them in" if most.deleted < total else "all in" if total > 1 else "in"
    also = f", {returned:,} came back otherwise" if returned else ""
    told = f"{count(total, 'deletion', 'deletions')} since {month(first)}, {part} {month(most.month)}."
    return f"{told} {back:,} reactivated from here{also}, {hidden:,} hidden still."


def _leaks_in_words(rows: Sequence[Moves], first: date) -> str:
    if not any(each.lost for each in rows):
        return f"No list has lost anybody that we saw since {month(first)}."
    worst = rows[0]
    moved = f"{worst.left:,} left and {worst.deleted:,} were deleted, while {worst.joined:,} joined"
    if any(each.lost == worst.lost for each in rows[1:]):
        return f"No list lost more since {month(first)} than {worst.name}: {moved}."
    return f"{worst.name} lost most since {month(first)}: {moved}."
