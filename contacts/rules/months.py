"""Months as reports count them: each by its first day."""

from collections.abc import Iterator
from datetime import date, timedelta


def month_of(day: date) -> date:
    """The first day of the day's month."""
    return date(day.year, day.month, 1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return month_of(month.replace(day=28) + timedelta(days=4))


def months_between(first: date, last: date) -> Iterator[date]:
    """The months from that of ``first`` to that of ``last``, both included."""
    month = month_of(first)
    while month <= last:
        yield month
        month = next_month(month)


def months_back(number: int, *, last: date) -> date:
    """The first of ``number`` months of which that of ``last`` is the last one."""
    years, months = divmod(last.year * 12 + last.month - number, 12)
    return date(years, months + 1, 1)
