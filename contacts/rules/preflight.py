"""What Constant Contact would do with a row of a file, and what should become of it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from contacts.rules import columns
from contacts.rules.custom_fields import Custom
from contacts.rules.merge import MOST_LISTS
from contacts.rules.standing import Standing
from contacts.rules.state import State, state_of


class Verdict(StrEnum):
    """What a row is. The first three may be imported, each by a choice of its own; nobody else is ever sent."""

    NEW = "new"
    UPDATE = "update"
    DELETED = "deleted"
    OPTED_OUT = "opted_out"
    AWAITING = "awaiting"
    ON_HOLD = "on_hold"
    ERASED = "erased"
    DUPLICATE = "duplicate"
    NO_ADDRESS = "no_address"
    BAD_ADDRESS = "bad_address"
    BAD_VALUE = "bad_value"
    TOO_LONG = "too_long"
    TOO_MANY_LISTS = "too_many_lists"

    @property
    def words(self) -> "Words":
        """How a page speaks of it."""
        return WORDS[self]


#: Which download a row is in.
SAFE = (Verdict.NEW, Verdict.UPDATE)
LEAVE = (Verdict.OPTED_OUT, Verdict.ERASED, Verdict.DUPLICATE)
PERSON = tuple(each for each in Verdict if each not in (*SAFE, *LEAVE))
#: What may be sent at all.
SENDABLE = (*SAFE, Verdict.DELETED)


@dataclass(frozen=True)
class Words:
    """``label`` for a table, ``said`` after a number, what it ``means``, and what to do ``next``."""

    label: str
    said: str
    means: str
    next: str


@dataclass(frozen=True)
class Finding:
    """The verdict on one row, and what is wrong with it, without the value itself."""

    verdict: Verdict
    problem: str = ""


WORDS: Mapping[Verdict, Words] = {
    Verdict.NEW: Words(
        "New",
        "new",
        "Nobody in this account has this address, not even deleted. An import makes a contact with implied permission.",
        "Safe to import.",
    ),
    Verdict.UPDATE: Words(
        "Update",
        "updates",
        "The contact is there. An import changes the fields that the file has, and nothing else.",
        "Safe to import.",
    ),
    Verdict.DELETED: Words(
        "Deleted: would be reactivated",
        "deleted, would be reactivated",
        "Hidden in Constant Contact, and never opted out. An import brings the contact back.",
        "Decide: leave them deleted, or bring them back by a choice of its own in the import.",
    ),
    Verdict.OPTED_OUT: Words(
        "Opted out: stays out",
        "opted out",
        "They opted out, now or before they were deleted. Only they can come back, and no import sends them.",
        "Leave alone. Who asks to be back uses your sign-up form.",
    ),
    Verdict.AWAITING: Words(
        "Awaiting confirmation",
        "awaiting confirmation",
        "They were asked to confirm and have not answered. An import is no answer.",
        "Wait, or ask them to sign up again.",
    ),
    Verdict.ON_HOLD: Words(
        "On hold",
        "on hold or not understood",
        "Held back from mailing in your account, or in a state that ccadmin does not understand.",
        "Look at the contact first.",
    ),
    Verdict.ERASED: Words(
        "Erased on request",
        "erased on request",
        "Our copy was erased on this person's request. The values of the row were not kept.",
        "Leave alone, and take them out of your own file too.",
    ),
    Verdict.DUPLICATE: Words(
        "Repeated address",
        "repeated",
        "A later row has the same address. The last one wins, as if the rows were applied in their order.",
        "Nothing to do: the row that wins has its own verdict.",
    ),
    Verdict.NO_ADDRESS: Words(
        "No address",
        "without an address",
        "The column with the addresses is empty in this row.",
        "Find the address, or leave the row out.",
    ),
    Verdict.BAD_ADDRESS: Words(
        "Not an address",
        "with something that is no address",
        "Constant Contact would turn the row down.",
        "Correct the address in your file.",
    ),
    Verdict.BAD_VALUE: Words(
        "A value does not fit",
        "with a value that does not fit",
        "Constant Contact would turn the row down or drop the value, or nobody has documented what it would do.",
        "Correct the value in your file, or do not import that column.",
    ),
    Verdict.TOO_LONG: Words(
        "Too long",
        "with a value that is too long",
        "A value is longer than Constant Contact takes in an import.",
        "Shorten it in your file, or do not import that column.",
    ),
    Verdict.TOO_MANY_LISTS: Words(
        "On 50 lists already",
        "on 50 lists already",
        f"The contact is on {MOST_LISTS} lists, which is the most. An import into one more would be refused.",
        "Take them off a list first.",
    ),
}
_ON_HOLD = frozenset({State.HOLD, State.DELETED_HOLD, State.NOT_UNDERSTOOD, State.NO_ADDRESS})
_OF_A_PLACE = frozenset({"street", "street2", "city", "state", "zip", "country"})


def of_address(text: str) -> tuple[str, Finding | None]:
    """The address of a cell as it may be sent, or what is wrong with it."""
    if not text.strip():
        return "", Finding(Verdict.NO_ADDRESS)
    try:
        return columns.address(text), None
    except columns.Problem as problem:
        return "", _finding(problem, Verdict.BAD_ADDRESS)


def of_values(cells: Sequence[str], fields: Mapping[int, str], *, custom: Mapping[str, Custom]) -> Finding | None:
    """The first thing that is wrong with the other values of a row; None when all fit.

    ``fields`` has the field of each column that is imported, ``custom`` the account's custom fields by their labels.
    """
    filled: dict[str, str] = {}
    for place, field in fields.items():
        if field != columns.EMAIL and place < len(cells):
            try:
                filled |= columns.values(field, cells[place], custom=custom)
            except columns.Problem as problem:
                return _finding(problem, Verdict.BAD_VALUE)
    wrong = _wrong_together(filled)
    return Finding(Verdict.BAD_VALUE, wrong) if wrong else None


def of_person(standing: Standing | None, *, is_missing: bool = False, lists: int = 0) -> Finding:
    """What becomes of somebody's address; ``standing`` None when our copy has nobody with it.

    ``is_missing``: Constant Contact did not know them any more when we last looked. A deleted one may still block
    the address then, one that was shown does not. Any memory of an opt-out holds.
    """
    if standing is None:
        return Finding(Verdict.NEW)
    state = state_of(standing)
    # Our memory of an opt-out also holds those who wait or are held back, so what they are now is told first.
    if standing.awaiting and not standing.opted_out:
        return Finding(Verdict.AWAITING)
    if state in _ON_HOLD and not standing.opted_out:
        return Finding(Verdict.ON_HOLD)
    if standing.opted_out or standing.once_opted_out:
        return Finding(Verdict.OPTED_OUT)
    if standing.deleted:
        return Finding(Verdict.DELETED)
    if is_missing:
        return Finding(Verdict.NEW, "Was here before; Constant Contact did not know them any more when we last looked.")
    return Finding(Verdict.TOO_MANY_LISTS if lists >= MOST_LISTS else Verdict.UPDATE)


def over_fifty(has: Iterable[str], chosen: Collection[str]) -> bool:
    """Whether somebody who is on these lists would be on more than 50 with the chosen ones."""
    return len({*has, *chosen}) > MOST_LISTS


def judge(
    *,
    row: Finding | None,
    person: Finding,
    values: Callable[[], Finding | None],
    is_erased: bool,
    wins: int | None,
) -> Finding:
    """The one verdict on a row, from what was found about its address, its person and its other values.

    Who must be left alone comes first, whatever else is wrong; then who cannot be sent; then the values, which are
    asked for only then.
    """
    if row is not None:
        return row
    if is_erased:
        return Finding(Verdict.ERASED)
    if person.verdict == Verdict.OPTED_OUT:
        return person
    if wins is not None:
        return Finding(Verdict.DUPLICATE, f"Row {wins:,} has the same address and wins.")
    if person.verdict not in SENDABLE:
        return person
    return values() or person


def _finding(problem: columns.Problem, otherwise: Verdict) -> Finding:
    return Finding(Verdict.TOO_LONG if problem.is_length else otherwise, problem.sentence[:200])


def _wrong_together(filled: Mapping[str, str]) -> str:
    """What is wrong with values that are right one by one. Source: CC reference, section 8."""
    month, day = filled.get("birthday_month"), filled.get("birthday_day")
    if bool(month) != bool(day):
        return "A birthday takes a month and a day."
    if month and day and int(day) > (29, 31, 30)[0 if int(month) == 2 else 1 + (int(month) in (4, 6, 9, 11))]:
        return "Birthday: this month has no such day."
    if sum(field.startswith(columns.CUSTOM) for field in filled) > columns.MOST_CUSTOM:
        return f"More than {columns.MOST_CUSTOM} custom fields; a contact has no more."
    if sum(field in filled for field in columns.PHONES) > columns.MOST_PHONES:
        return f"More than {columns.MOST_PHONES} phone numbers; a contact has no more."
    places = {field.rpartition("_")[0] for field in filled if field.rpartition("_")[2] in _OF_A_PLACE}
    if len(places) > columns.MOST_PLACES:
        return f"More than {columns.MOST_PLACES} street addresses; a contact has no more."
    return ""
