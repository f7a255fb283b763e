"""Taking one person out: unsubscribing and deleting, in words before the click (product guide 4a, S4; 4b, M9)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from contacts.rules.standing import Standing
from contacts.rules.state import State, state_of
from contacts.rules.undo import NO_WAY_BACK
from contacts.rules.verdict import judge
from contacts.rules.words import count, listed

WHY_NOT_DELETE = (
    "Unsubscribing is what somebody asks for who wants no more mail. Deleting is not: a deleted person can be put back "
    "by mistake, an unsubscribed one cannot."
)
COUNTED = ("explicit", "implicit")


def may_not_unsubscribe(standing: Standing) -> str:
    """Why this contact is not unsubscribed from here; empty when it may be."""
    if standing.deleted:
        return (
            "This contact is deleted, so nothing is mailed to it. Any change would bring it back, so it cannot be "
            "unsubscribed while it is deleted."
        )
    if standing.permission == "unsubscribed":
        return "This contact is unsubscribed already."
    if state_of(standing) == State.NO_ADDRESS:
        return "This contact has no email address, so there is nothing to unsubscribe."
    return _not_understood(standing)


def may_not_delete(standing: Standing) -> str:
    """Why this contact is not deleted from here; empty when it may be."""
    return "This contact is deleted already." if standing.deleted else _not_understood(standing)


def unsubscribing(standing: Standing, *, lists: Sequence[str], active: int | None) -> list[str]:
    """What follows, one sentence each. ``lists`` are names; ``active`` the active contacts of now, None: not known."""
    return list(_unsubscribing(standing, lists, active))


def deleting(standing: Standing, *, lists: Sequence[str], tags: Sequence[str], active: int | None) -> list[str]:
    """What follows, one sentence each, the way back last. ``lists`` and ``tags`` are names."""
    return list(_deleting(standing, lists, tags, active))


def _unsubscribing(standing: Standing, lists: Sequence[str], active: int | None) -> Iterator[str]:
    yield "It counts for the whole account, not for one list: nothing is mailed to them any more."
    if lists:
        yield (
            f"Their place on {count(len(lists), 'list')} ({listed(lists)}) is sent back as it is. Constant Contact "
            "may take them off; no list reaches them either way."
        )
    yield from _count(standing, active)
    yield "No email comes from the change itself."
    yield NO_WAY_BACK["unsubscribe"]


def _deleting(standing: Standing, lists: Sequence[str], tags: Sequence[str], active: int | None) -> Iterator[str]:
    yield (
        "Constant Contact hides them and erases nothing: the record stays, and a form that tries to add the address "
        "again is refused."
    )
    if lists:
        yield (
            f"It takes them off {count(len(lists), 'list')} ({listed(lists)}) and forgets that. We keep which they "
            "were, so that they can be offered again."
        )
    if tags:
        yield f"Their tags may be lost ({listed(tags)}). We keep which they were."
    yield from _count(standing, active)
    yield _way_back(standing)


def _way_back(standing: Standing) -> str:
    verdict = judge(replace(standing, deleted_on=date.max, list_ids=()))
    if verdict.may_reactivate:
        return "The way back: Undo on the next page while nobody changed the contact, and Reactivate at any time."
    return f"There is no way back from here. {verdict.refusal}"


def _count(standing: Standing, active: int | None) -> Iterator[str]:
    if active and standing.permission in COUNTED:
        yield (
            f"They no longer count as active: {active:,} → {active - 1:,}. The tier stays where the highest count was."
        )


def _not_understood(standing: Standing) -> str:
    return judge(standing).refusal if state_of(standing) == State.NOT_UNDERSTOOD else ""
