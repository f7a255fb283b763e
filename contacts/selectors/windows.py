"""The window of time a reader chose, and the deletions that fall into it."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.db.models import Q
from django.http import QueryDict

from contacts.rules.words import clock, day, window

EARLIEST, LATEST = 2000, 2100
EXAMPLE = "Example: 2026-11-17 14:00"
# As a browser's field for a date and a time has it.
FIELD = "%Y-%m-%dT%H:%M"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """From ``start`` until just before ``end``, in the account's zone; None leaves that side open.

    ``first`` and ``last`` are the two fields, as they came when they cannot be read: then ``problems`` says so.
    """

    start: datetime | None = None
    end: datetime | None = None
    first: str = ""
    last: str = ""
    problems: tuple[str, ...] = ()

    @property
    def is_set(self) -> bool:
        """Whether a window was asked for at all."""
        return bool(self.start or self.end or self.problems)

    @property
    def words(self) -> str:
        """``on 17 Nov 2026 between 14:00 and 14:15``, ``on 17 Nov 2026``, ``between 1 Nov 2026 and 5 Nov 2026``."""
        if self.start and self.end:
            return _both(self.start, self.end - MINUTE)
        if self.start:
            return f"since {day(self.start)} {clock(self.start)}"
        return f"until {day(self.end - MINUTE)} {clock(self.end - MINUTE)}" if self.end else ""

    @property
    def condition(self) -> Q:
        """The deleted contacts of this window; nobody while a field cannot be read.

        A deletion is taken as late as it can have been: within the two looks between which we noticed it, and not
        after the date that Constant Contact gives. So one that was noticed days later counts on its own day.
        """
        if self.problems:
            return Q(pk__in=[])
        condition = Q()
        if self.start:
            late = Q(deleted_from__gte=self.start) | Q(deleted_on__gte=self.start.date())
            condition &= Q(deleted_to__gte=self.start) & late
        if self.end:
            before = Q(deleted_from=None) | Q(deleted_from__lt=self.end)
            condition &= Q(deleted_to__lt=self.end) | (Q(deleted_on__lt=self.end.date()) & before)
        return condition


def chosen(query: QueryDict, here: tzinfo) -> Window:
    """The window that ``from`` and ``to`` name; both minutes, or both days, belong to it."""
    first, last = query.get("from", "").strip()[:40], query.get("to", "").strip()[:40]
    start, from_problem = _read("From", first, here)
    until, to_problem = _read("To", last, here)
    end = until + (DAY if _is_date(last) else MINUTE) if until else None
    problems = [problem for problem in (from_problem, to_problem) if problem]
    if start and end and start >= end:
        problems.append("The window ends before it begins.")
    return Window(start, end, _field(start) or first, _field(end and end - MINUTE) or last, tuple(problems))


def _both(first: datetime, last: datetime) -> str:
    one_day = first.date() == last.date()
    if (clock(first), clock(last)) == ("00:00", "23:59"):
        return f"on {day(first)}" if one_day else f"between {day(first)} and {day(last)}"
    return f"on {day(last)} {window(first, last, about=last.date())}" if one_day else window(first, last)


def _read(name: str, text: str, here: tzinfo) -> tuple[datetime | None, str]:
    if not text:
        return None, ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None, f"{name}: “{text}” is not a date with a time. {EXAMPLE}."
    if not EARLIEST <= moment.year < LATEST:
        return None, f"{name}: choose a year between {EARLIEST} and {LATEST}."
    local = moment.astimezone(here) if moment.tzinfo else moment.replace(tzinfo=here)
    return local.replace(second=0, microsecond=0), ""


def _is_date(text: str) -> bool:
    return len(text) <= len("2026-11-17")


def _field(moment: datetime | None) -> str:
    return f"{moment:{FIELD}}" if moment else ""
