"""When so many deletions at once are worth a person's eye, and how that is said. Times are in the reader's zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contacts.rules.words import MONTHS, clock, count

FEW = 20
TIMES = 5
DAYS_BEFORE = 90
# Who has looked for less than this cannot say what is normal.
A_WHILE = timedelta(days=7)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def is_spike(number: int, *, normal: float, days: float) -> bool:
    """Whether ``number`` people deleted within ``days`` is far more than ``normal``, the deletions of a usual day.

    A window under a day is held against a whole day: many deletions of a usual day may fall into one look.
    """
    return number >= FEW and number >= TIMES * normal * max(days, 1.0)


def is_alarming(number: int, *, by_us: int) -> bool:
    """Whether enough of them were deleted by somebody else. Our own work is no surprise."""
    return number - by_us >= FEW


@dataclass(frozen=True)
class Surge:
    """So many people deleted between the looks at ``start`` and ``end``, ``by_us`` of them by ccadmin.

    ``normal`` is the number of a usual day, ``known_for`` how long we had looked before.
    """

    number: int
    start: datetime
    end: datetime
    normal: float
    by_us: int
    known_for: timedelta


def sentence(surge: Surge, *, today: date) -> str:
    """What happened, how unusual it is, and whether we did it ourselves."""
    told = count(surge.number, "contact was", "contacts were")
    when = between(surge.start, surge.end, today=today)
    return f"{told} deleted {when}{_how_unusual(surge)} {_by_whom(surge)}"


def between(start: datetime, end: datetime, *, today: date) -> str:
    """``on Tuesday 17 Nov between 14:00 and 14:15``; the year is said when it is not this one."""
    if start.date() == end.date():
        return f"on {named_day(end, today=today)} between {clock(start)} and {clock(end)}"
    first, last = (f"{named_day(each, today=today)} {clock(each)}" for each in (start, end))
    return f"between {first} and {last}"


def named_day(when: date, *, today: date) -> str:
    """``Tuesday 17 Nov``."""
    year = "" if when.year == today.year else f" {when.year}"
    return f"{WEEKDAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]}{year}"


def _how_unusual(surge: Surge) -> str:
    if surge.known_for < A_WHILE:
        return ". It is too early to say what is normal here."
    if not surge.normal:
        return ". A normal day has none."
    if surge.normal < 1:
        return ". A normal day has fewer than one."
    days = max((surge.end - surge.start) / timedelta(days=1), 1.0)
    return f", about {_times(surge.number / (surge.normal * days))} times a normal day."


def _times(ratio: float) -> str:
    """A ratio as people say it: 7, 43, and from a hundred on in two digits: 6,500."""
    whole = round(ratio)
    size = 10 ** max(len(str(whole)) - 2, 0)
    return f"{round(whole / size) * size:,}"


def _by_whom(surge: Surge) -> str:
    if surge.by_us >= surge.number:
        return "Done from ccadmin."
    if surge.by_us:
        return f"{count(surge.by_us, 'of them was', 'of them were')} deleted from ccadmin, the others not."
    return "Not done from ccadmin."
