"""A birthday in one column, as people write it, and the month and the day that Constant Contact asks for.

Constant Contact keeps no year of a birthday (CC reference, section 8). Which of two numbers is the month nobody can
tell from one row; a number over 12 anywhere in the column tells it for all of them.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final

#: A leap year, for a birthday whose year nobody wrote.
_LEAP: Final = 2000
_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ][\d:.z+]*)?")
_NUMBERS: Final = re.compile(r"(\d{1,2})\s?[-/. ]\s?(\d{1,2})(?:\s?[-/. ]\s?(\d{4}|\d{2}))?\.?")
_DAY_FIRST: Final = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er)?[-/. ]*(?:de |of )?([^\W\d_]{3,})[-/., ]*(?:de |del )?(\d{4})?"
)
_MONTH_FIRST: Final = re.compile(r"([^\W\d_]{3,})[-/. ]*(\d{1,2})(?:st|nd|rd|th)?(?:[-/., ]+(\d{4}))?")
_MONTHS: Final = (
    "january januar janner janvier enero",
    "february februar feber fevrier febrero",
    "march marz maerz mars marzo",
    "april avril abril",
    "may mai mayo",
    "june juni juin junio",
    "july juli juillet julio",
    "august aout agosto",
    "september septembre septiembre setiembre",
    "october oktober octobre octubre",
    "november novembre noviembre",
    "december dezember decembre diciembre",
)


class Order(StrEnum):
    """Which of two numbers comes first, as far as it is known."""

    UNKNOWN = ""
    DAY = "day"
    MONTH = "month"


class NoBirthday(Exception):
    """Why a text is none: a sentence without the text itself."""


def _names() -> dict[str, int]:
    """Names of months in four languages, whole or as their first letters, to their numbers; none that means two."""
    found: dict[str, int] = {}
    for number, names in enumerate(_MONTHS, start=1):
        for name in names.split():
            for longest in range(3, len(name) + 1):
                begun = name[:longest]
                found[begun] = number if found.get(begun, number) == number else 0
    return {name: number for name, number in found.items() if number}


_NUMBER_OF: Final[Mapping[str, int]] = _names()


def month_and_day(text: str, order: Order) -> tuple[int, int]:
    """``17/04``, ``17 April``, ``2026-04-17`` ... as (4, 17). Raises NoBirthday."""
    plain = _plain(text)
    if found := _ISO.fullmatch(plain):
        return _checked(int(found[2]), int(found[3]), found[1])
    if found := _NUMBERS.fullmatch(plain):
        first, second = int(found[1]), int(found[2])
        return _checked(*_ordered(first, second, order), found[3] or "")
    if (found := _DAY_FIRST.fullmatch(plain)) and found[2] in _NUMBER_OF:
        return _checked(_NUMBER_OF[found[2]], int(found[1]), found[3] or "")
    if (found := _MONTH_FIRST.fullmatch(plain)) and found[1] in _NUMBER_OF:
        return _checked(_NUMBER_OF[found[1]], int(found[2]), found[3] or "")
    raise NoBirthday("this is no day of a year, for example 17 April")


def order_of(texts: Iterable[str]) -> Order:
    """Which number comes first in a column: a part over 12 decides. Unknown when none does, or two disagree."""
    found = set()
    for text in texts:
        numbers = _NUMBERS.fullmatch(_plain(text))
        if numbers and 12 < int(numbers[1]) <= 31 and int(numbers[2]) <= 12:
            found.add(Order.DAY)
        elif numbers and 12 < int(numbers[2]) <= 31 and int(numbers[1]) <= 12:
            found.add(Order.MONTH)
    return found.pop() if len(found) == 1 else Order.UNKNOWN


def _ordered(first: int, second: int, order: Order) -> tuple[int, int]:
    """Month and day. A number over 12 is no month, so nobody has to say which it is where the order is unknown."""
    if order == Order.UNKNOWN and first != second and first <= 12 and second <= 12:
        raise NoBirthday("this can be read in two ways; say at its column whether the day or the month comes first")
    if order == Order.UNKNOWN:
        return (second, first) if first > 12 else (first, second)
    return (second, first) if order == Order.DAY else (first, second)


def _checked(month: int, day: int, year: str) -> tuple[int, int]:
    if not 1 <= month <= 12:
        raise NoBirthday("a month is a number from 1 to 12")
    try:
        # Of a year in two digits nobody knows the century.
        date(int(year) if len(year) == 4 and int(year) else _LEAP, month, day)
    except ValueError:
        raise NoBirthday("this month has no such day") from None
    return month, day


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.strip()[:60].casefold())
    return " ".join("".join(each for each in letters if not unicodedata.combining(each)).split())
