"""Who of many gets what, who is left alone and why, and what it costs: decided from our copy, before any call.

The run judges everybody again by a fresh reading; a plan only promises what it knew. Source: product guide 4b and 5.4.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from contacts.rules.merge import MOST_LISTS, MOST_TAGS
from contacts.rules.standing import Standing
from contacts.rules.state import State, state_of
from contacts.rules.verdict import may_reactivate

PER_PAGE = 500
PER_CALL = 500
#: Up to so many people one PUT each is quicker to a proved end (performance guide, section 7).
FEW = 20
TRIAL = 5


class Reason(StrEnum):
    """Why a person is left alone. The value is stored; label and sentence are read."""

    label: str
    sentence: str

    OPTED_OUT = ("opted_out", "Opted out", "They opted out themselves. Only they can come back.")
    BY_ACCOUNT = ("by_account", "Opted out by your account", "Your account opted them out. Look at each one by itself.")
    AWAITING = ("awaiting", "Awaiting confirmation", "They never answered the confirmation email. Only they can.")
    HOLD = ("hold", "Temporary hold", "Constant Contact holds mail to them back.")
    UNKNOWN_LISTS = (
        "unknown_lists",
        "Former lists unknown",
        "We never saw which lists they were on. Choose a list for them, or leave them as they are.",
    )
    LISTS_GONE = (
        "lists_gone",
        "Former lists no longer exist",
        "Every list they were on has been deleted. Choose a list for them, or leave them as they are.",
    )
    NO_LISTS = (
        "no_lists",
        "Was on no list",
        "They were on no list when they were deleted. Choose a list for them, or leave them as they are.",
    )
    FULL = ("full", "No room", f"They would be on more than {MOST_LISTS} lists, or have more than {MOST_TAGS} tags.")
    NOT_DELETED = ("not_deleted", "Not deleted", "They are not deleted, so there is nothing to reactivate.")
    DELETED = ("deleted", "Deleted", "They are deleted. Any change would bring them back, so they are left alone.")
    NOTHING = ("nothing", "Nothing to do", "They are already as you want them.")
    MISSING = ("missing", "Not known any more", "Constant Contact does not know them any more.")
    BUSY = ("busy", "Being changed", "Another change to them is under way.")
    NO_ADDRESS = ("no_address", "No address", "They have no email address.")
    ODD = ("odd", "Not understood", "Constant Contact says something about them that ccadmin cannot read.")

    def __new__(cls, value: str, label: str, sentence: str) -> "Reason":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label, member.sentence = label, sentence
        return member


#: Those a choice of lists would bring into a reactivation.
NEEDS_CHOICE = (Reason.UNKNOWN_LISTS, Reason.LISTS_GONE, Reason.NO_LISTS)
_BY_STATE = {
    State.UNSUBSCRIBED: Reason.OPTED_OUT,
    State.DELETED_OPTED_OUT: Reason.OPTED_OUT,
    State.UNSUBSCRIBED_BY_ACCOUNT: Reason.BY_ACCOUNT,
    State.DELETED_BY_ACCOUNT_OPTOUT: Reason.BY_ACCOUNT,
    State.AWAITING: Reason.AWAITING,
    State.DELETED_AWAITING: Reason.AWAITING,
    State.HOLD: Reason.HOLD,
    State.DELETED_HOLD: Reason.HOLD,
    State.NO_ADDRESS: Reason.NO_ADDRESS,
    State.NOT_UNDERSTOOD: Reason.ODD,
}


@dataclass(frozen=True)
class Subject:
    """One person as our copy shows them. Ids are Constant Contact's.

    ``former`` are the lists that ended with the deletion and still exist, ``gone`` counts those that do not.
    """

    standing: Standing
    lists: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()
    gone: int = 0
    lists_known: bool = True
    missing: bool = False
    busy: bool = False


@dataclass(frozen=True)
class Wish:
    """What a person chose: lists or tags, as Constant Contact names them."""

    lists: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Place:
    """Where a person lands: the lists and tags they will be given or lose, or the reason to leave them alone."""

    lists: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    reason: Reason | None = None
    fewer: bool = False


def place(kind: str, subject: Subject, wish: Wish) -> Place:
    """The place of one person in a job of this kind. Never raises; a kind nobody knows is a KeyError."""
    if subject.missing:
        return Place(reason=Reason.MISSING)
    if subject.busy:
        return Place(reason=Reason.BUSY)
    return _PLACES[kind](subject, wish)


def _reactivate(subject: Subject, wish: Wish) -> Place:
    standing = subject.standing
    if not standing.deleted:
        return Place(reason=Reason.NOT_DELETED)
    if not may_reactivate(standing):
        return Place(reason=_BY_STATE.get(state_of(standing), Reason.ODD))
    if subject.former:
        return _fitting(subject.former, fewer=subject.gone > 0)
    if wish.lists:
        return _fitting(wish.lists)
    if not subject.lists_known:
        return Place(reason=Reason.UNKNOWN_LISTS)
    return Place(reason=Reason.LISTS_GONE if subject.gone else Reason.NO_LISTS)


def _fitting(lists: frozenset[str], *, fewer: bool = False) -> Place:
    return Place(reason=Reason.FULL) if len(lists) > MOST_LISTS else Place(lists=lists, fewer=fewer)


def _add_lists(subject: Subject, wish: Wish) -> Place:
    new = wish.lists - subject.lists
    if subject.standing.deleted:
        return Place(reason=Reason.DELETED)
    blocked = _BY_STATE.get(state_of(subject.standing))
    if blocked or not new:
        return Place(reason=blocked or Reason.NOTHING)
    return Place(reason=Reason.FULL) if len(subject.lists | new) > MOST_LISTS else Place(lists=new)


def _remove_lists(subject: Subject, wish: Wish) -> Place:
    if subject.standing.deleted:
        return Place(reason=Reason.DELETED)
    fewer = wish.lists & subject.lists
    return Place(lists=fewer) if fewer else Place(reason=Reason.NOTHING)


def _add_tags(subject: Subject, wish: Wish) -> Place:
    new = wish.tags - subject.tags
    if subject.standing.deleted or not new:
        return Place(reason=Reason.DELETED if subject.standing.deleted else Reason.NOTHING)
    return Place(reason=Reason.FULL) if len(subject.tags | new) > MOST_TAGS else Place(tags=new)


def _remove_tags(subject: Subject, wish: Wish) -> Place:
    if subject.standing.deleted:
        return Place(reason=Reason.DELETED)
    fewer = wish.tags & subject.tags
    return Place(tags=fewer) if fewer else Place(reason=Reason.NOTHING)


def _delete(subject: Subject, wish: Wish) -> Place:
    return Place(reason=Reason.NOTHING) if subject.standing.deleted else Place()


_PLACES = {
    "reactivate": _reactivate,
    "add_lists": _add_lists,
    "remove_lists": _remove_lists,
    "add_tags": _add_tags,
    "remove_tags": _remove_tags,
    "delete": _delete,
}

#: Calls to send one activity and to see its end; 4 for the kinds that are not named.
_CALLS_EACH = {"reactivate": 3, "add_lists": 5}


@dataclass(frozen=True)
class Cost:
    """Calls to Constant Contact, one by one and in bulk, to a proved end."""

    put: int
    activity: int

    @property
    def way(self) -> str:
        """The cheaper way. For a few people one by one is quicker, whatever it costs."""
        return "put" if self.put <= FEW * 2 or self.put <= self.activity else "activity"


def cost(kind: str, groups: Iterable[int], *, pool: int) -> Cost:
    """What a plan costs. ``groups`` are numbers of people; ``pool`` is how many contacts a reading by pages goes
    through: the deleted ones for a reactivation, everybody else otherwise.

    In bulk: everybody is read by pages; each call of 500 is preceded by a look for new opt-outs, for an edit by one
    for other changes and, before somebody is added to a list, for deletions as well, and followed by a look how far
    it is; then those that changed are read by pages. One by one: read and write, and read again after a
    deletion, whose answer is empty.
    """
    sizes = [size for size in groups if size]
    people = sum(sizes)
    if not people:
        return Cost(0, 0)
    calls = sum(ceil(size / PER_CALL) for size in sizes)
    reading = min(people, ceil(pool / PER_PAGE))
    proving = min(people, ceil(people / PER_PAGE) + 1)
    each = _CALLS_EACH.get(kind, 4)
    return Cost(people * (3 if kind == "delete" else 2), reading + each * calls + proving + 2)


def minutes(calls: int, *, per_second: float) -> int:
    """How long so many calls take at least, in whole minutes, at least one."""
    return max(1, ceil(calls / per_second / 60))


def largest_first(groups: Sequence[tuple[frozenset[str], frozenset[str]]], sizes: Sequence[int]) -> list[int]:
    """The places of the groups in the order a plan shows them: the largest first, steady for equal sizes."""
    return sorted(range(len(groups)), key=lambda at: (-sizes[at], sorted(groups[at][0]), sorted(groups[at][1])))
