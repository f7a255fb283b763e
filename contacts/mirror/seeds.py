"""Former lists that an old export names: stays like those we saw, each with the export that says so and its day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from contacts.mirror import bulk
from contacts.models import Contact, How, Membership, Seed

NAMES = ("contact", "list", "began_at", "began_how", "ended_at", "ended_how", "seed", "told_on")


@dataclass(frozen=True)
class Taught:
    """One stay that a file speaks of. Without a ``last`` day the contact was on the list when it was deleted."""

    contact: Contact
    list_pk: int
    first: date
    last: date | None


def learn(seed: Seed, stays: Iterable[Taught]) -> None:
    """Keep these stays. The contacts' rows must be held, and the caller knows that the stays are new."""
    bulk.insert(Membership, NAMES, [_row(seed, each) for each in stays])


def _row(seed: Seed, each: Taught) -> tuple[object, ...]:
    """As a stay that ended with the deletion, or before it on a day that only the file knows."""
    deleted_at = each.contact.deleted_to
    ended_at = _noon(each.last) if each.last else deleted_at
    began_at = min(_noon(each.first), ended_at) if ended_at else _noon(each.first)
    ended_how = How.FILE if each.last else How.DELETED
    return each.contact.pk, each.list_pk, began_at, str(How.FILE), ended_at, str(ended_how), seed.pk, seed.day


def _noon(day: date) -> datetime:
    """A moment that is on this day in nearly every zone."""
    return datetime.combine(day, time(12), UTC)
