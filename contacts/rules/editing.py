"""Lists and tags given to a contact or taken off it: what that makes of it, and why it may not be (faults W5, W6, W11).

An edit never brings anybody back: any PUT on a deleted contact would revive it (CC reference, section 11), and nobody
is added to a list who opted out, has not confirmed, or is held back.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contacts.rules.refusal import CannotKeep
from contacts.rules.standing import Standing
from contacts.rules.state import State, state_of
from contacts.rules.verdict import judge


class Way(StrEnum):
    """What a wished set of ids means for the set a contact has."""

    EXACTLY = "exactly"
    ADD = "add"
    REMOVE = "remove"


class Thing(StrEnum):
    """What is given or taken; the value is Constant Contact's name of the property."""

    LISTS = "list_memberships"
    TAGS = "taggings"


@dataclass(frozen=True)
class Edited:
    """What becomes of a set of ids, in the order it was read; new ones come last."""

    kept: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def after(self) -> list[str]:
        """The whole set as it will be."""
        return [*self.kept, *self.added]

    @property
    def changes(self) -> bool:
        """Whether anything will be different."""
        return bool(self.added or self.removed)


DELETED = (
    "Deleted meanwhile: not written. Any change to a deleted contact would bring it back, so it has to be "
    "reactivated first."
)
_NOT_ADDED = "so it may be taken off lists, but not added to one."
_NO_MORE_LISTS = {
    State.UNSUBSCRIBED: f"This contact opted out, {_NOT_ADDED} Only they can come back.",
    State.UNSUBSCRIBED_BY_ACCOUNT: f"Your account opted this contact out, {_NOT_ADDED}",
    State.AWAITING: f"This contact never confirmed its sign-up, {_NOT_ADDED} Only they can confirm.",
    State.HOLD: f"Constant Contact holds mail to this contact back, {_NOT_ADDED}",
}
_TRACE = f"There is an opt-out on record for this contact, {_NOT_ADDED} Only they can come back."
_SAME = {
    (Thing.LISTS, Way.EXACTLY): "The contact is on exactly these lists already",
    (Thing.LISTS, Way.ADD): "The contact is on all of these lists already",
    (Thing.LISTS, Way.REMOVE): "The contact is on none of these lists",
    (Thing.TAGS, Way.EXACTLY): "The contact has exactly these tags already",
    (Thing.TAGS, Way.ADD): "The contact has all of these tags already",
    (Thing.TAGS, Way.REMOVE): "The contact has none of these tags",
}


def held(remote: Mapping[str, Any], thing: Thing) -> tuple[str, ...]:
    """The ids a contact in GET shape has now. Raises CannotKeep when they are no list of texts."""
    ids = remote.get(thing) or []
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise CannotKeep("Constant Contact shows the lists or tags in a way ccadmin does not know. Nothing was sent.")
    return tuple(ids)


def edited(had: Iterable[str], wish: Iterable[str], way: Way) -> Edited:
    """What the wish makes of the ids a contact has. One id in two spellings is one id."""
    before = {each.lower(): each for each in had}
    wished = {each.lower(): each for each in wish}
    gone = {Way.EXACTLY: before.keys() - wished.keys(), Way.ADD: set(), Way.REMOVE: before.keys() & wished.keys()}[way]
    return Edited(
        kept=tuple(each for key, each in before.items() if key not in gone),
        added=tuple(each for key, each in wished.items() if key not in before and way != Way.REMOVE),
        removed=tuple(each for key, each in before.items() if key in gone),
    )


def may_not_edit(standing: Standing) -> str:
    """Why nothing of this contact may be edited; empty when it may."""
    if standing.deleted:
        return DELETED
    return judge(standing).refusal if state_of(standing) == State.NOT_UNDERSTOOD else ""


def may_not_add(standing: Standing) -> str:
    """Why nobody may add this contact to a list; empty when they may. A trace of an opt-out is enough."""
    told = _NO_MORE_LISTS.get(state_of(standing), "")
    if not told and standing.awaiting:
        return _NO_MORE_LISTS[State.AWAITING]
    return told or (_TRACE if standing.opted_out else "")


def refusal(standing: Standing, edit: Edited, thing: Thing, way: Way, *, alive: Collection[str]) -> str:
    """Why this edit is not sent; empty when it may be. ``alive`` are the ids that still exist in the account."""
    blocked = may_not_edit(standing)
    if blocked:
        return blocked
    if not edit.changes:
        return f"{_SAME[thing, way]}, so there is nothing to change. Nothing was sent."
    if edit.added and thing == Thing.LISTS and (closed := may_not_add(standing)):
        return f"{closed} Nothing was sent."
    return _gone(edit.added, thing, alive)


def _gone(added: Sequence[str], thing: Thing, alive: Collection[str]) -> str:
    if all(each.lower() in alive for each in added):
        return ""
    noun = "list" if thing == Thing.LISTS else "tag"
    return f"A {noun} you chose no longer exists. Nothing was sent. Choose another."
