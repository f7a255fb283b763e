"""Bars for numbers that differ a thousandfold, months side by side on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import log10

from contacts.rules.words import MONTHS


@dataclass(frozen=True)
class Bar:
    """One bar: its place and width in hundredths of the picture, its height in pixels; a number that is none has 0."""

    look: str
    number: int
    x: float
    width: float
    height: float
    y: float


@dataclass(frozen=True)
class Month:
    """The bars of one month; ``known`` is false for a month that nobody looked at."""

    month: date
    bars: list[Bar]
    x: float
    width: float
    known: bool = True

    @property
    def middle(self) -> float:
        """Where its name stands."""
        return round(self.x + self.width / 2, 2)

    @property
    def letter(self) -> str:
        """``N`` for November: as much as a phone has room for."""
        return MONTHS[self.month.month - 1][0]

    @property
    def short(self) -> str:
        """``Nov``."""
        return MONTHS[self.month.month - 1]


def height(number: int, *, most: int, tall: float, log: bool = False) -> float:
    """How high a bar is, in pixels: whatever is there can be seen, and nothing is drawn where nothing is."""
    if not number:
        return 0
    part = log10(number + 1) / log10(most + 1) if log else number / most
    return round(max(part * tall, 2), 1)


def side_by_side(
    months: Sequence[tuple[date, Sequence[tuple[str, int]], bool]], *, most: int, tall: float, log: bool
) -> list[Month]:
    """Each month with its bars (a look and a number each) standing on one line, ``tall`` pixels below the top."""
    wide = 100 / max(len(months), 1)
    made = []
    for place, (month, numbers, known) in enumerate(months):
        each = wide * 0.8 / max(len(numbers), 1)
        left = place * wide + wide * 0.1
        bars = []
        for number, (look, value) in enumerate(numbers):
            high = height(value, most=most, tall=tall, log=log)
            x = round(left + number * each, 2)
            bars.append(Bar(look, value, x, round(each * 0.9, 2), high, round(tall - high, 1)))
        made.append(Month(month, bars, round(place * wide, 2), round(wide, 2), known))
    return made


def dwarfs(numbers: Sequence[int]) -> bool:
    """Whether one number is so large that the others cannot be seen beside it."""
    there = sorted((each for each in numbers if each), reverse=True)
    return len(there) > 1 and there[0] > 50 * there[1]
