"""Which change outside ccadmin undid one of ours: the story of one contact, told from its beginning.

A later wish of ours replaces an earlier one, so taking our own change back is never "outside", and what somebody else
does then is held against the later one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How one of our changes was undone."""

    DELETED_AGAIN = "deleted_again"
    CAME_BACK = "came_back"
    ADDED_AGAIN = "added_again"
    TAKEN_OFF = "taken_off"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True)
class Turn:
    """One change of a contact: ``what`` is the kind of its ``event``, ``added`` and ``removed`` are lists it moved.

    ``act`` is the change of ours that made it; None when it was made outside.
    """

    event: int
    what: str
    act: int | None = None
    added: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Undone:
    """The act that ``event`` undid, and the lists it is about."""

    kind: Kind
    act: int
    event: int
    lists: frozenset[int] = frozenset()


def undone(turns: Iterable[Turn]) -> Iterator[Undone]:
    """What was undone from outside among these turns of one contact, the oldest turn first."""
    wishes = _Wishes()
    for turn in turns:
        if turn.act is None:
            yield from wishes.broken_by(turn)
        else:
            wishes.follow(turn, act=turn.act)


@dataclass
class _Wishes:
    """What we last wanted of a contact, each with the act that said so."""

    living: int | None = None
    hidden: int | None = None
    on: dict[int, int] = field(default_factory=dict)
    off: dict[int, int] = field(default_factory=dict)

    def follow(self, turn: Turn, *, act: int) -> None:
        """An act of ours: what it says replaces what was said before."""
        if turn.what == "deleted":
            self.living, self.hidden, self.on, self.off = None, act, {}, {}
            return
        if turn.what == "revived":
            self.living, self.hidden = act, None
        for each in turn.added:
            self.on[each] = act
            self.off.pop(each, None)
        for each in turn.removed:
            self.off[each] = act
            self.on.pop(each, None)

    def broken_by(self, turn: Turn) -> Iterator[Undone]:
        """Somebody else's change: the wishes that it goes against."""
        if turn.what == "deleted":
            if self.living is not None:
                yield Undone(Kind.DELETED_AGAIN, self.living, turn.event)
        elif turn.what == "revived" and self.hidden is not None:
            yield Undone(Kind.CAME_BACK, self.hidden, turn.event, turn.added)
        elif turn.what == "unsubscribed":
            # It takes them off every list as well, and that is said by it.
            wished = self.living if self.living is not None else next(reversed(self.on.values()), None)
            if wished is not None:
                yield Undone(Kind.UNSUBSCRIBED, wished, turn.event)
        else:
            yield from _against(Kind.ADDED_AGAIN, turn, self.off, turn.added)
            yield from _against(Kind.TAKEN_OFF, turn, self.on, turn.removed)


def _against(kind: Kind, turn: Turn, wished: dict[int, int], moved: frozenset[int]) -> Iterator[Undone]:
    """One for each act of ours, with the lists of it that were moved back."""
    lists: dict[int, set[int]] = defaultdict(set)
    for each in sorted(moved & wished.keys()):
        lists[wished[each]].add(each)
    for act, about in lists.items():
        yield Undone(kind, act, turn.event, frozenset(about))
