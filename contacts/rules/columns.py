"""What the columns of a file are: which field of a contact each one holds, and whether a value fits that field.

The fields are those of Constant Contact's imports (CC reference, section 15); ``cf:`` and a name is a custom field.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from contacts.rules import headings
from contacts.rules.addresses import problem_of
from contacts.rules.birthdays import NoBirthday, Order, month_and_day, order_of
from contacts.rules.custom_fields import Custom, is_date

EMAIL: Final = "email"
CUSTOM: Final = "cf:"
#: An address is 80 characters long at most, in an import 50 (CC reference, sections 8 and 15).
LONGEST_ADDRESS: Final = 50
MOST_CUSTOM: Final = 25
MOST_PHONES: Final = 3
MOST_PLACES: Final = 3
PHONES: Final = ("phone", "home_phone", "work_phone", "mobile_phone", "other_phone")
PLACES: Final = ("", "home_", "work_", "other_")
BIRTHDAY: Final = "birthday"
#: A birthday in one column, which Constant Contact takes in two.
BIRTHDAYS: Final[Mapping[str, Order]] = {
    BIRTHDAY: Order.UNKNOWN,
    "birthday_day_first": Order.DAY,
    "birthday_month_first": Order.MONTH,
}
_PARTS_OF_BIRTHDAY: Final = ("birthday_month", "birthday_day")
_TEXTS: Final = {"first_name": 50, "last_name": 50, "job_title": 50, "company_name": 50}
_PLACE: Final = {"street": 255, "street2": 255, "city": 50, "state": 50, "zip": 50, "country": 50}
#: Field to the most characters it takes.
LENGTHS: Final[Mapping[str, int]] = {
    EMAIL: LONGEST_ADDRESS,
    **_TEXTS,
    "birthday": 40,
    "birthday_day_first": 40,
    "birthday_month_first": 40,
    "birthday_month": 2,
    "birthday_day": 2,
    "anniversary": 10,
    **dict.fromkeys(PHONES, 25),
    **{kind + part: longest for kind in PLACES for part, longest in _PLACE.items()},
    "sms_number": 16,
    "sms_consent_date": 16,
}
LONGEST_CUSTOM: Final = 255
#: Field to what a page calls it.
FIELDS: Final[Mapping[str, str]] = {
    field: field.replace("_", " ").replace("street2", "street, line 2").capitalize().replace("Sms", "SMS")
    for field in LENGTHS
} | {
    EMAIL: "Email address",
    "birthday": "Birthday in one column (17 April, or a full date)",
    "birthday_day_first": "Birthday in one column, day first (17/04)",
    "birthday_month_first": "Birthday in one column, month first (04/17)",
}
_SMS: Final = re.compile(r"\d{10}|\d{3}-\d{3}-\d{4}")
_OUTSIDE: Final = re.compile(r"[\s()<>\[\],;:\"\\\x00-\x1f\x7f-\x9f]")


class Problem(Exception):
    """Why a value does not fit: a sentence without the value itself."""

    def __init__(self, sentence: str, *, is_length: bool = False) -> None:
        super().__init__(sentence)
        self.sentence, self.is_length = sentence, is_length


def guess(header: Sequence[str], sample: Sequence[Sequence[str]], *, custom: Iterable[str] = ()) -> dict[int, str]:
    """Place of a column, from 0, to its field; a column that nobody knows is left out. Each field has one column.

    ``custom`` are the names of the account's custom fields. Without a telling header the column with addresses is
    found by its values.
    """
    named = {key(name): CUSTOM + name for name in custom}
    found: dict[int, str] = {}
    for place, text in enumerate(header):
        field = headings.FIELD_OF.get(key(text)) or _custom(text, named)
        if field and field not in found.values():
            found[place] = field
    if EMAIL not in found.values():
        by_values = _by_values(sample)
        if by_values is not None:
            found[by_values] = EMAIL
    if set(_PARTS_OF_BIRTHDAY) & set(found.values()):
        return {place: field for place, field in found.items() if field not in BIRTHDAYS}
    return found


def birthday_of(texts: Iterable[str]) -> str:
    """Which of the birthdays in one column this is, by its values; ``birthday`` when they do not tell."""
    order = order_of(texts)
    return next(field for field, each in BIRTHDAYS.items() if each == order)


def targets(field: str) -> tuple[str, ...]:
    """The columns of an import that a field fills: two for a birthday, else one."""
    return _PARTS_OF_BIRTHDAY if field in BIRTHDAYS else (field,)


def key(text: str) -> str:
    """A heading without what two people write differently: case, accents, blanks and signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = (each if each.isalnum() else " " for each in plain if not unicodedata.combining(each))
    return " ".join("".join(letters).split())


def label(field: str) -> str:
    """What a page calls a field."""
    return f"Custom field “{field.removeprefix(CUSTOM)}”" if field.startswith(CUSTOM) else FIELDS.get(field, field)


def address(text: str) -> str:
    """The address of a cell: the domain in lower case, the rest as it stands, no blanks around it.

    Raises Problem when it is none, or too long for an import.
    """
    bare = text.strip()
    name, at, domain = bare.partition("@")
    problem = problem_of(bare[:320])
    if len(bare) <= 320 and problem.startswith("This is longer"):
        problem = ""
    if problem:
        raise Problem(problem.replace(f"{domain[:40]} is", "what follows the @ is") if domain else problem)
    if _OUTSIDE.search(bare) or ".." in bare or name.startswith(".") or name.endswith("."):
        raise Problem("This is not an email address: it has a sign or a blank that no address has.")
    if len(bare) > LONGEST_ADDRESS:
        most = f"An import takes addresses of {LONGEST_ADDRESS} characters at most; this one has {len(bare):,}."
        raise Problem(most, is_length=True)
    return name + at + domain.lower()


def values(field: str, text: str, *, custom: Mapping[str, Custom]) -> dict[str, str]:
    """What may be sent for the text, by the columns of an import; nothing for nothing. Raises Problem.

    ``custom`` are the account's custom fields by their labels.
    """
    if field.startswith(CUSTOM):
        return _of_custom(field, text, custom.get(field.removeprefix(CUSTOM)))
    bare = value(field, text)
    if not bare:
        return {}
    if field not in BIRTHDAYS:
        return {field: bare}
    return dict(zip(_PARTS_OF_BIRTHDAY, map(str, month_and_day(bare, BIRTHDAYS[field])), strict=True))


def value(field: str, text: str) -> str:
    """The value as it may be sent for a field of every account, without blanks around it; nothing for nothing.

    Raises Problem when Constant Contact would not take it. Source: CC reference, sections 8 and 15.
    """
    bare = text.strip()
    if not bare:
        return ""
    if field == EMAIL:
        return address(bare)
    _need_length(field, bare, LENGTHS[field])
    if wrong := _wrong(field, bare):
        raise Problem(f"{'Birthday' if field in BIRTHDAYS else label(field)}: {wrong}.")
    return bare


def _of_custom(field: str, text: str, custom: Custom | None) -> dict[str, str]:
    """The value under the name that an import knows, or nothing for nothing. Raises Problem."""
    bare = text.strip()
    if not bare:
        return {}
    if custom is None:
        raise Problem(f"{label(field)} is not in our copy of the account any more.")
    _need_length(field, bare, LONGEST_CUSTOM)
    if wrong := custom.wrong(bare):
        raise Problem(f"{label(field)}: {wrong}.")
    return {CUSTOM + custom.name: custom.as_sent(bare)}


def _need_length(field: str, text: str, longest: int) -> None:
    if len(text) > longest:
        most = f"{label(field)}: {longest:,} characters are the most, here are {len(text):,}."
        raise Problem(most, is_length=True)


def _custom(text: str, named: Mapping[str, str]) -> str:
    """The custom field a heading names, also with Constant Contact's own ``cf:`` in front."""
    bare = text.strip()
    return named.get(key(bare[3:] if bare.lower().startswith(CUSTOM) else bare), "")


def _by_values(sample: Sequence[Sequence[str]]) -> int | None:
    """The column with the most addresses in it; None when none has any."""
    width = max(map(len, sample), default=0)
    counts = [sum(_is_address(row[place]) for row in sample if place < len(row)) for place in range(width)]
    best = max(counts, default=0)
    return counts.index(best) if best else None


def _is_address(text: str) -> bool:
    return "@" in text and not problem_of(text.strip()) and not _OUTSIDE.search(text.strip())


def _wrong(field: str, text: str) -> str:
    if field in BIRTHDAYS:
        return _wrong_birthday(field, text)
    if field == "birthday_month":
        return "" if _is_between(text, 12) else "a month is a number from 1 to 12"
    if field == "birthday_day":
        return "" if _is_between(text, 31) else "a day is a number from 1 to 31"
    if field in ("anniversary", "sms_consent_date"):
        return "" if is_date(text) else "this is no date as Constant Contact takes it, for example 2026-11-17"
    if field == "sms_number":
        return "" if _SMS.fullmatch(text) else "ten digits of a US number are asked for"
    return ""


def _wrong_birthday(field: str, text: str) -> str:
    try:
        month_and_day(text, BIRTHDAYS[field])
    except NoBirthday as problem:
        return str(problem)
    return ""


def _is_between(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and 1 <= int(text) <= most
