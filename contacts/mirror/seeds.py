"""Former lists that an old export names: stays like those we saw, each with the export that says so and its day."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from operator import attrgetter

from contacts.mirror import bulk
from contacts.models import Contact, How, Membership, Seed

NAMES = ("contact", "list", "began_at", "began_how", "ended_at", "ended_how", "seed", "told_on")
VALUES = attrgetter(
    *("contact_id", "list_id", "began_at", "began_how", "ended_at", "ended_how", "seed_id", "told_on"),
)


def told_stay(seed: Seed, contact: Contact, list_pk: int, *, first: date, last: date | None) -> Membership:
    """A stay that a file speaks of, not saved yet. Without a ``last`` day it ended with the contact's deletion."""
    ended_at = _noon(last) if last else contact.deleted_to
    began_at = min(_noon(first), ended_at) if ended_at else _noon(first)
    return Membership(
        contact=contact,
        list_id=list_pk,
        began_at=began_at,
        began_how=How.FILE.value,
        ended_at=ended_at,
        ended_how=How.FILE.value if last else How.DELETED.value,
        seed=seed,
        told_on=seed.day,
    )


def learn(stays: Iterable[Membership]) -> None:
    """Keep such stays. The contacts' rows must be held, and the caller knows that the stays are new."""
    bulk.insert(Membership, NAMES, [VALUES(each) for each in stays])


def _noon(day: date) -> datetime:
    """A moment that is on this day in nearly every zone."""
    return datetime.combine(day, time(12), UTC)
