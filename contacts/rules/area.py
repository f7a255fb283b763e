"""Contacts by status over time as a picture: stacked areas in steps, so that nothing is drawn between two counts.

Measures are those of the picture: ``WIDTH`` by ``HEIGHT``, y from the top.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter

from contacts.rules.months import months_between, next_month
from contacts.rules.words import count, day, listed

WIDTH, HEIGHT, NAME = 1000, 208, 18
DAY = timedelta(days=1)
RANGES = {"30": "30 days", "90": "90 days", "365": "365 days", "all": "All"}
#: From the bottom to the top; the word on the picture, and its pattern.
STATUSES = {
    "active": ("Active", "active"),
    "unsubscribed": ("Unsubscribed", "unsubscribed"),
    "awaiting": ("Awaiting", "awaiting"),
    "no_permission": ("No permission", "no-permission"),
    "hold": ("On hold", "hold"),
    "no_address": ("No address", "no-address"),
    "unknown": ("Not understood", "unknown"),
    "deleted": ("Deleted", "deleted"),
}


@dataclass(frozen=True)
class Counted:
    """One day's count. ``exact``: we counted, at ``at``; else it is from Constant Contact's dates."""

    day: date
    counts: Mapping[str, int]
    exact: bool
    at: datetime | None = None

    @property
    def total(self) -> int:
        """Everybody."""
        return sum(self.counts.values())

    @property
    def numbers(self) -> list[tuple[str, int]]:
        """Each status that occurs, with its number."""
        return [(status, self.counts[status]) for status in STATUSES if self.counts.get(status)]

    @property
    def words(self) -> str:
        """``17 Nov 2026: 3,390 active and 3,130 deleted``."""
        numbers = [f"{number:,} {STATUSES[status][0].lower()}" for status, number in self.numbers]
        return f"{day(self.day)}: {listed(numbers) or 'no contacts'}"


@dataclass(frozen=True)
class Cell:
    """A piece of the scale, a day or several: the last count in it, or None, which leaves a gap."""

    first: date
    last: date
    counted: Counted | None

    @property
    def words(self) -> str:
        """``17 Nov 2026`` or ``17 Nov 2026 to 23 Nov 2026``."""
        return day(self.first) if self.first == self.last else f"{day(self.first)} to {day(self.last)}"


@dataclass(frozen=True)
class Band:
    """One status: its paths, the number it ends with, and where its name stands at the right edge."""

    status: str
    label: str
    look: str
    paths: list[str]
    number: int
    y: float

    @property
    def box_y(self) -> float:
        """Where the little box beside the name begins."""
        return self.y - 7

    @property
    def text_y(self) -> float:
        """The line on which the name stands."""
        return self.y + 4


@dataclass(frozen=True)
class Area:
    """The picture. ``begins`` is where our own counts begin, None when they are everywhere or nowhere in it."""

    days: str
    cells: list[Cell]
    bands: list[Band]
    begins: float | None
    sentence: str

    @property
    def width(self) -> float:
        """Of one cell."""
        return WIDTH / max(len(self.cells), 1)

    @property
    def places(self) -> list[tuple[float, Cell]]:
        """Each cell and where it begins."""
        return [(round(number * self.width, 2), cell) for number, cell in enumerate(self.cells)]

    @property
    def rows(self) -> list[tuple[Cell, list[int]]]:
        """The table twin: each cell with a number for every band, newest first."""
        return [(cell, [numbers_of(cell).get(each.status, 0) for each in self.bands]) for cell in reversed(self.cells)]

    @property
    def marks(self) -> list[date]:
        """The days named below: the first, one in the middle, the last."""
        return [self.cells[0].first, self.cells[len(self.cells) // 2].first, self.cells[-1].last]


def first_day(days: str, *, last: date, earliest: date) -> date:
    """Where a range begins: no earlier than anything is known."""
    return earliest if days == "all" else max(last - (int(days) - 1) * DAY, earliest)


def cells_of(counts: Iterable[Counted], *, days: str, first: date, last: date) -> list[Cell]:
    """The scale: by day, for a year by week, for all by month. A cell shows the last count in it."""
    pieces = list(_pieces(days, first, last))
    found: dict[date, Counted] = {}
    by_day = sorted(counts, key=lambda each: each.day)
    place = 0
    for each in by_day:
        while place < len(pieces) - 1 and each.day > pieces[place][1]:
            place += 1
        if pieces[place][0] <= each.day <= pieces[place][1]:
            found[pieces[place][0]] = each
    return [Cell(start, end, found.get(start)) for start, end in pieces]


def area(cells: Sequence[Cell], *, days: str) -> Area:
    """The picture of these cells."""
    present = [status for status in STATUSES if any(numbers_of(cell).get(status) for cell in cells)]
    top = max((cell.counted.total for cell in cells if cell.counted), default=0) or 1
    at = max((place for place, cell in enumerate(cells) if cell.counted), default=0)
    ends = numbers_of(cells[at])
    below, middles, paths = [0] * len(cells), [], []
    for status in present:
        above = [low + numbers_of(cell).get(status, 0) for low, cell in zip(below, cells, strict=True)]
        paths.append(list(_paths(cells, below, above, top)))
        middles.append(_y((below[at] + above[at]) / 2, top))
        below = above
    bands = [
        Band(status, *STATUSES[status], path, ends.get(status, 0), y)
        for status, path, y in zip(present, paths, _apart(middles), strict=True)
    ]
    return Area(days, list(cells), bands, _begins(cells), sentence(cells, days=days))


def sentence(cells: Sequence[Cell], *, days: str) -> str:
    """The picture in words: how it stands, how it moved, what is not known."""
    known = [cell.counted for cell in cells if cell.counted]
    if not known:
        return "Nothing has been counted yet: the first count comes with the first sync."
    first, last = known[0], known[-1]
    told = [f"On {last.words}."]
    if first is not last and (first.total or last.total):
        moved = [_moved(first, last, status) for status in ("active", "deleted")]
        told.append(f"Since {day(first.day)} {listed(moved)}.")
    gaps = sum(cell.counted is None for cell in cells[cells.index(_cell(cells, first)) :])
    unit = {"365": "week was", "all": "month was"}.get(days, "day was")
    if gaps:
        told.append(f"{count(gaps, unit, unit.replace(' was', 's were'))} not counted, because no sync ran.")
    return " ".join(told)


def numbers_of(cell: Cell) -> Mapping[str, int]:
    """Status to number; nothing in a gap."""
    return cell.counted.counts if cell.counted else {}


def _pieces(days: str, first: date, last: date) -> Iterator[tuple[date, date]]:
    if days == "all":
        for month in months_between(first, last):
            yield month, min(next_month(month) - DAY, last)
        return
    step = 7 if days == "365" else 1
    # Whole weeks from the last day back.
    number = -(-((last - first).days + 1) // step)
    for place in range(number, 0, -1):
        end = last - (place - 1) * step * DAY
        yield end - (step - 1) * DAY, end


def _paths(cells: Sequence[Cell], below: Sequence[int], above: Sequence[int], top: int) -> Iterator[str]:
    """One closed path for each stretch without a gap."""
    wide = WIDTH / len(cells)
    stretches = groupby(enumerate(cells), key=lambda each: each[1].counted is not None)
    for is_known, stretch in stretches:
        places = [place for place, _ in stretch]
        if not is_known or all(above[place] == below[place] for place in places):
            continue
        forth = " ".join(f"V{_y(above[place], top)} H{_text((place + 1) * wide)}" for place in places)
        back = " ".join(f"V{_y(below[place], top)} H{_text(place * wide)}" for place in reversed(places))
        yield f"M{_text(places[0] * wide)} {_y(below[places[0]], top)} {forth} {back} Z"


def _y(number: float, top: int) -> float:
    return round(HEIGHT * (1 - number / top), 1)


def _text(x: float) -> str:
    return f"{x:.1f}"


def _apart(middles: Sequence[float]) -> list[float]:
    """Where names stand, in the order of the bands from the bottom up: near their bands, never over one another."""
    order = sorted(enumerate(reversed(middles)), key=itemgetter(0))
    places: list[float] = []
    for number, y in order:
        places.append(max(y, places[-1] + NAME if places else NAME / 2, NAME / 2 + number * NAME))
    lowest = HEIGHT - NAME / 2
    for number in range(len(places) - 1, -1, -1):
        places[number] = min(places[number], lowest)
        lowest = places[number] - NAME
    return [round(y, 1) for y in reversed(places)]


def _begins(cells: Sequence[Cell]) -> float | None:
    exact = [place for place, cell in enumerate(cells) if cell.counted and cell.counted.exact]
    is_mixed = any(cell.counted and not cell.counted.exact for cell in cells)
    return round(exact[0] * WIDTH / len(cells), 1) if exact and is_mixed else None


def _moved(first: Counted, last: Counted, status: str) -> str:
    before, now = first.counts.get(status, 0), last.counts.get(status, 0)
    name = STATUSES[status][0].lower()
    if before == now:
        return f"the {name} ones stayed {now:,}"
    return f"the {name} ones went from {before:,} to {now:,}"


def _cell(cells: Sequence[Cell], counted: Counted) -> Cell:
    return next(cell for cell in cells if cell.counted is counted)
