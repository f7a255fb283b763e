"""Dates, windows and counts as the pages say them (product guide 5.6). Times must be in the reader's zone already."""

from collections.abc import Sequence
from datetime import date, datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(when: date) -> str:
    """``17 Nov 2026``, whatever the machine's language."""
    return f"{when.day} {month(when)}"


def month(when: date) -> str:
    """``Nov 2026``."""
    return f"{MONTHS[when.month - 1]} {when.year}"


def clock(when: datetime) -> str:
    """``14:05``."""
    return f"{when:%H:%M}"


def window(start: datetime, end: datetime, *, about: date | None = None) -> str:
    """Between which two looks something happened; the day is left out when it is ``about``, which was just said.

    ``between 14:00 and 14:15``, ``between 14:00 and 14:15 on 18 Nov 2026``, ``between 16 Nov 22:00 and 17 Nov 14:15``.
    """
    if start.date() == end.date():
        on = "" if end.date() == about else f" on {day(end)}"
        return f"between {clock(start)} and {clock(end)}{on}"
    year = start.year != end.year or (about is not None and about.year != end.year)
    return f"between {_short(start, year=year)} {clock(start)} and {_short(end, year=year)} {clock(end)}"


def count(number: int, one: str, many: str = "") -> str:
    """``1 list``, ``1,204 lists``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(items: Sequence[str], *, last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``; ``last`` is the word before the last one."""
    return f" {last} ".join(part for part in (", ".join(items[:-1]), items[-1] if items else "") if part)


def _short(when: date, *, year: bool) -> str:
    return day(when) if year else f"{when.day} {MONTHS[when.month - 1]}"
