"""What a row of an old export may teach: lists of people whom we never saw before they were deleted (guide, M7).

What we saw ourselves always wins: about everybody else our own record stands, whatever a file says.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import NAMESPACE_OID, uuid5

from contacts.rules.columns import key

MOST_NAMES: Final = 200
LONGEST_NAME: Final = 255
_STRONG: Final = re.compile(r"[;|\n\r]+")
_FIRST: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_HEADINGS: Final[Mapping[str, str]] = {
    "lists": """email lists, email list, lists, list, list name, list names, list membership, list memberships,
        member of, liste, listen, listes, listas, lista, verteiler""",
    "from": """from, since, list from, added, added on, date added, joined, joined on, von, seit, depuis, du,
        desde""",
    "to": "to, until, list to, removed, removed on, date removed, left, left on, bis, jusqu a, au, hasta",
}
FIELDS: Final = {
    "lists": "Column with the names of the lists",
    "from": "Column with the day they joined",
    "to": "Column with the day they left",
}


class Fate(StrEnum):
    """What becomes of a row. The value is stored; label and sentence are read."""

    label: str
    sentence: str

    LEARN = (
        "learn",
        "Lists to learn",
        "Deleted before we first saw them, so their lists were unknown. The file says which they were.",
    )
    KNOWN = ("known", "Learned already", "A file that you gave us before says the same. Nothing is added twice.")
    OURS = ("ours", "Our own record stands", "We saw them ourselves, so the file has nothing to teach about them.")
    DIFFERS = (
        "differs",
        "The file says something else",
        "We saw which lists they were on, and the file names others. What we saw ourselves stands.",
    )
    LATER = (
        "later",
        "Deleted before that day",
        "They were deleted before the day the file speaks of, so it cannot be right about them.",
    )
    NO_LIST = ("no_list", "No list that we know", "The row names no list, or only lists that nobody matched yet.")
    NOBODY = ("nobody", "Not in our copy", "Constant Contact showed us nobody with this address.")
    NO_ADDRESS = ("no_address", "No address", "The row has no address that can be read.")
    BAD_DAY = ("bad_day", "Days not understood", "A day cannot be read, or the end comes before the beginning.")
    ERASED = ("erased", "Erased on request", "Somebody whose copy was erased: nothing of the row was kept.")

    def __new__(cls, value: str, label: str, sentence: str) -> "Fate":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label, member.sentence = label, sentence
        return member


@dataclass(frozen=True)
class Person:
    """What we hold of somebody. ``seen``: we saw them before the deletion, so their lists are known.

    ``held`` are our keys of the lists that ended with the deletion, ``taught`` those of them that only files name;
    ``past`` are stays that files say were over before, as list and last day.
    """

    deleted_on: date | None
    seen: bool
    held: frozenset[int] = frozenset()
    taught: frozenset[int] = frozenset()
    past: frozenset[tuple[int, date]] = frozenset()


@dataclass(frozen=True)
class Saying:
    """What a row says: on these lists (our keys), from and to; without a ``last`` day still on the file's ``day``."""

    lists: frozenset[int]
    day: date
    first: date | None = None
    last: date | None = None


def judge(person: Person | None, saying: Saying) -> tuple[Fate, frozenset[int]]:
    """The fate of a row, and which lists it teaches; none unless it is to be learned."""
    nothing: frozenset[int] = frozenset()
    if person is None:
        return Fate.NOBODY, nothing
    if not saying.lists:
        return Fate.NO_LIST, nothing
    if saying.first and saying.first > (saying.last or saying.day):
        return Fate.BAD_DAY, nothing
    if person.deleted_on is None or person.seen:
        other = person.deleted_on and saying.last is None and saying.lists - person.held
        return (Fate.DIFFERS if other else Fate.OURS), nothing
    if (saying.last or saying.day) > person.deleted_on:
        return Fate.LATER, nothing
    last = saying.last
    new = frozenset(each for each in saying.lists if (each, last) not in person.past) if last else None
    new = saying.lists - person.taught if new is None else new
    return (Fate.LEARN if new else Fate.KNOWN), new


def guess(header: Sequence[str]) -> dict[str, int]:
    """Which columns name the lists and the days, by their headings: field to place, from 0."""
    found: dict[str, int] = {}
    for field, words in _HEADINGS.items():
        known = {each.strip() for each in " ".join(words.split()).split(",")}
        place = next((place for place, text in enumerate(header) if key(text) in known), None)
        if place is not None:
            found[field] = place
    return found


def name_key(name: str) -> str:
    """A list's name without what two people write differently: case and blanks."""
    return " ".join(name.casefold().split())


def mark_of(name: str) -> str:
    """What a form calls a name: it says nothing to others, and is the same whatever other names there are."""
    return uuid5(NAMESPACE_OID, name).hex


def names_in(cell: str, known: Collection[str]) -> list[str]:
    """The list names in a cell, separated by comma, semicolon, bar or line.

    ``known`` are keys of names: where a name has a comma in it, the longest that is known is taken.
    """
    if name_key(cell) in known:
        return [cell.strip()]
    found = [name for part in _STRONG.split(cell) for name in _by_comma(part, known)]
    return list(dict.fromkeys(name for name in found if name))


def day_in(text: str) -> date | None:
    """The day a cell names, None for an empty one: 2026-03-03 and whatever follows, 3.3.2026, or 03/03/2026.

    With slashes the month comes first, as Constant Contact writes it. Raises ValueError for anything else.
    """
    bare = text.strip()
    if not bare:
        return None
    for form, order in ((_FIRST, (1, 2, 3)), (_DOTTED, (3, 2, 1)), (_SLASHED, (3, 1, 2))):
        found = form.match(bare)
        if found:
            year, month, day = (int(found.group(place)) for place in order)
            return date(year, month, day)
    raise ValueError("not a day")


def day_of_name(name: str) -> date | None:
    """The day that a file's own name has in it, as exports often do."""
    found = re.search(r"(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)", name)
    try:
        return date(*(int(each) for each in found.groups())) if found else None
    except ValueError:
        return None


def not_names(names: Iterable[str]) -> str:
    """Why these cannot be the names of lists; empty when they can."""
    told = list(names)
    if any("@" in each for each in told):
        return "The column chosen for the lists has addresses in it. Choose another column."
    if any(len(each) > LONGEST_NAME for each in told):
        return "The column chosen for the lists has texts that are too long for a list's name. Choose another column."
    if len(told) > MOST_NAMES:
        return f"The file names more than {MOST_NAMES} lists that this account does not have. Is it the right column?"
    return ""


def _by_comma(part: str, known: Collection[str]) -> list[str]:
    pieces, found, at = part.split(","), [], 0
    while at < len(pieces):
        ends = range(len(pieces), at, -1)
        end = next((end for end in ends if name_key(",".join(pieces[at:end])) in known), at + 1)
        found.append(",".join(pieces[at:end]).strip())
        at = end
    return found
