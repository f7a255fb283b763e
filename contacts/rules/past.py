"""How many contacts had which status on a day before anybody counted, as far as Constant Contact's dates tell.

A contact's dates say when it was made, when it opted out and when it was deleted, each the last time. What happened and
was taken back before we looked left no date: a contact that was deleted once and is active again was always active
here, and one that awaited confirmation then counts as what it is now.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from contacts.rules.state import State

DAY = timedelta(days=1)
#: Older dates are taken for the first day of these years: nobody looks there, and some of them are mistakes.
YEARS = 20
ACTIVE, UNSUBSCRIBED, DELETED = str(State.ACTIVE), str(State.UNSUBSCRIBED), str(State.DELETED)
BY_PERMISSION = {
    "unsubscribed": UNSUBSCRIBED,
    "pending_confirmation": str(State.AWAITING),
    "temp_hold": str(State.HOLD),
    "not_set": str(State.NO_PERMISSION),
}

type Turns = Counter[tuple[date, str]]


@dataclass(frozen=True)
class Dates:
    """One contact: its status now, ``before`` its deletion, and its days, None where there is none."""

    status: str
    before: str
    made: date | None
    opted_out: date | None
    deleted: date | None


def before_deletion(permission: str) -> str:
    """The status of a deleted contact, were it not deleted: its permission survives (CC reference, section 8)."""
    return BY_PERMISSION.get(permission, ACTIVE)


def turns(contact: Dates, *, first: date) -> Iterator[tuple[date, str, int]]:
    """On which day the contact adds one to a status or takes one away; nothing is earlier than ``first``."""
    made = max(contact.made or first, first)
    shown = contact.before if contact.status == DELETED else contact.status
    deleted = max(contact.deleted, made) if contact.status == DELETED and contact.deleted else None
    if shown == UNSUBSCRIBED and contact.opted_out and contact.opted_out > made:
        yield made, ACTIVE, 1
        if deleted is None or contact.opted_out < deleted:
            yield contact.opted_out, ACTIVE, -1
            yield contact.opted_out, UNSUBSCRIBED, 1
        else:
            shown = ACTIVE
    else:
        yield made, shown, 1
    if deleted:
        yield deleted, shown, -1
        yield deleted, DELETED, 1


def days(found: Turns, *, first: date, last: date) -> Iterator[tuple[date, dict[str, int]]]:
    """Each day from ``first`` to ``last`` with the contacts of each status, from the turns of all of them."""
    by_day: dict[date, dict[str, int]] = {}
    for (when, status), number in found.items():
        by_day.setdefault(max(when, first), {}).setdefault(status, 0)
        by_day[max(when, first)][status] += number
    standing: Counter[str] = Counter()
    for number in range((last - first).days + 1):
        when = first + number * DAY
        _add(standing, by_day.get(when, {}))
        yield when, {status: many for status, many in standing.items() if many}


def earliest(found: Turns, *, last: date) -> date:
    """The first day that has anything to tell; ``last`` when there is nothing."""
    return min((when for when, _ in found), default=last)


def packed(found: Turns) -> list[tuple[str, str, int]]:
    """The turns as JSON keeps them."""
    return [(day.isoformat(), status, number) for (day, status), number in found.items() if number]


def unpacked(rows: Iterable[tuple[str, str, int]]) -> Turns:
    """What ``packed`` made."""
    return Counter({(date.fromisoformat(day), status): number for day, status, number in rows})


def _add(standing: Counter[str], changes: Mapping[str, int]) -> None:
    for status, number in changes.items():
        standing[status] += number
