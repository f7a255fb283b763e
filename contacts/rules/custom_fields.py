"""Custom fields as an import knows them: what each is called there, and what it takes.

Source: CC reference, sections 14 and 15. How an import takes a choice is not documented, neither whether case matters,
nor how several are written, nor what becomes of an unknown one. So a choice is sent as Constant Contact spells it, and
whatever else needs a person.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Final

SELECTS: Final = frozenset({"single_select", "multi_select"})
# The forms the reference lists for an anniversary and a date of consent.
_DATES: Final = (
    (re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})"), (3, 1, 2)),
    (re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})"), (3, 1, 2)),
)
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(\.\d{1,10})?")
_MONEY: Final = re.compile(r"[+-]?[$€£]?\s?\d{1,3}(,?\d{3}){0,4}(\.\d{1,4})?")
_BOOLEANS: Final = frozenset({"true", "false", "yes", "no", "1", "0"})
_BETWEEN: Final = re.compile(r"[,;|/\n]")


@dataclass(frozen=True)
class Custom:
    """A custom field: ``name`` stands behind ``cf:`` in an import, ``choices`` are id to label."""

    name: str = ""
    kind: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)

    def as_sent(self, text: str) -> str:
        """A text that fits, as it is sent: a choice in Constant Contact's own spelling."""
        return self._choice(text) or text

    def wrong(self, text: str) -> str:
        """Why the text does not fit, without repeating it; nothing when it does."""
        if self.kind in SELECTS:
            return self._wrong_choice(text)
        if self.kind == "date":
            return "" if is_date(text) else "this field holds dates, for example 2026-11-17"
        if self.kind == "datetime":
            return "" if is_date(text) or _is_moment(text) else "this field holds a date and a time"
        if self.kind == "number":
            return "" if _NUMBER.fullmatch(text) else "this field holds numbers"
        if self.kind == "currency":
            return "" if _MONEY.fullmatch(text) else "this field holds amounts of money"
        if self.kind == "boolean":
            return "" if text.lower() in _BOOLEANS else "this field holds yes or no"
        return ""

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(self.choices.values())

    @cached_property
    def _by_plain(self) -> Mapping[str, str]:
        """Labels by what is left of them without case and blanks, where that is one label's alone."""
        plain = Counter(map(_plain, self._labels))
        return {key: label for label in self._labels if plain[key := _plain(label)] == 1}

    def _choice(self, text: str) -> str:
        return text if text in self._labels else self._by_plain.get(_plain(text), "")

    def _wrong_choice(self, text: str) -> str:
        if self._choice(text):
            return ""
        number = len(self._labels)
        if not number:
            return "this field takes choices, and our copy knows none of them"
        if self.kind == "multi_select" and all(map(self._choice, _BETWEEN.split(text))):
            return f"more than one of its {number} choices; how an import takes several, nobody has documented"
        choices = f"{number} choices" if number > 1 else "one choice"
        return f"none of its {choices}; whether Constant Contact refuses, drops or adds it, nobody has documented"


def is_date(text: str) -> bool:
    """Whether it is a day in one of the forms of the reference, section 8."""
    for form, (year, month, day) in _DATES:
        if text.isascii() and (found := form.fullmatch(text)):
            return _is_day(int(found[year]), int(found[month]), int(found[day]))
    return False


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        return bool(date(year, month, day))
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def _plain(text: str) -> str:
    """A choice without what two people write differently: case, and how many blanks."""
    return " ".join(text.casefold().split())
