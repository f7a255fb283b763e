"""What we remember of a contact that Constant Contact has forgotten. Every time is in the reader's zone already."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class FormerList:
    """A list the contact was on until it was deleted. No ``since``: it was on it when we first looked.

    ``told_on`` is the day of the old export that says so; None when we saw it ourselves.
    """

    name: str
    since: date | None = None
    until: date | None = None
    alive: bool = True
    list_id: str = ""
    told_on: date | None = None


@dataclass(frozen=True)
class Memory:
    """Between which looks the deletion was noticed, and the lists before it.

    ``lists_known`` is false when the contact was deleted already before we first looked at ``known_since``: then
    ``former`` says nothing. ``asked_on`` is the day the confirmation email was sent, where it is known.
    """

    former: tuple[FormerList, ...] = ()
    noticed_from: datetime | None = None
    noticed_to: datetime | None = None
    known_since: datetime | None = None
    lists_known: bool = False
    asked_on: date | None = None

    @property
    def watched(self) -> bool:
        """Whether we saw the contact ourselves before the deletion: what only a file says is no watching."""
        return self.lists_known and not any(each.told_on for each in self.former)
