"""Reading a request body property by property, collecting every complaint into one 400.

The wording is the recorded one: "create_source is missing, create_source does not have a valid value" (CC
reference, section 5).
"""

import re
import uuid
from collections.abc import Collection
from datetime import date
from typing import Any

from emulator.errors import JSON, bad_id, invalid, not_valid

_ADDRESS = re.compile(r"[^@\s\x00\ud800-\udfff]+@[^@\s\x00\ud800-\udfff]+\.[^@\s\x00\ud800-\udfff]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})|(\d{1,2})-(\d{1,2})-(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})|(\d{4})-(\d{1,2})-(\d{1,2})")


class Check:
    """The properties of one JSON object. A blank counts as left out; call ``done`` at the end."""

    def __init__(self, body: Any, *, within: str = "") -> None:
        if not isinstance(body, dict):
            raise invalid(not_valid(within or "body"))
        self.body: JSON = body
        self.problems: list[str] = []
        self._prefix = f"{within}." if within else ""

    def wrong(self, name: str) -> None:
        self.problems.append(not_valid(self._prefix + name))

    def missing(self, name: str) -> None:
        """The recorded pair of complaints about a required property."""
        self.problems.append(f"{self._prefix}{name} is missing")
        self.wrong(name)

    def text(self, name: str, limit: int, *, required: bool = False) -> str | None:
        """A string of at most ``limit`` characters, or None when it is left out, null or blank."""
        value = self.body.get(name)
        if value is None or value == "":
            if required:
                self.missing(name)
            return None
        if not isinstance(value, str) or len(value) > limit or _SURROGATE.search(value):
            self.wrong(name)
            return None
        return value

    def choice(self, name: str, allowed: Collection[str], *, required: bool = False) -> str | None:
        value = self.text(name, 255, required=required)
        if value is not None and value not in allowed:
            self.wrong(name)
        return value

    def address(self, name: str, limit: int, *, required: bool = False) -> str | None:
        """An email address, kept as written."""
        value = self.text(name, limit, required=required)
        if value is not None and not is_address(value):
            self.wrong(name)
        return value

    def number(self, name: str, lowest: int, highest: int) -> int | None:
        value = self.body.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self.wrong(name)
            return None
        return value

    def flag(self, name: str) -> bool:
        value = self.body.get(name)
        if value is not None and not isinstance(value, bool):
            self.wrong(name)
        return value is True

    def day(self, name: str) -> str | None:
        """A date in one of the accepted forms, returned as YYYY-MM-DD (section 8, anniversary)."""
        value = self.text(name, 10)
        parsed = parse_day(value) if value else None
        if value and parsed is None:
            self.wrong(name)
        return parsed

    def array(self, name: str, limit: int, *, required: bool = False) -> list[Any] | None:
        """At most ``limit`` elements, or None when it is left out or null."""
        value = self.body.get(name)
        if value is None:
            if required:
                self.missing(name)
            return None
        if not isinstance(value, list) or len(value) > limit or (required and not value):
            self.wrong(name)
            return None
        return value

    def ids(self, name: str, limit: int, *, required: bool = False) -> list[str] | None:
        """UUIDs in small letters, each once."""
        value = self.array(name, limit, required=required)
        if value is None:
            return None
        if not all(isinstance(each, str) and is_id(each) for each in value):
            self.wrong(name)
            return None
        return list(dict.fromkeys(each.lower() for each in value))

    def done(self) -> None:
        """Raises the 400 when anything was wrong."""
        if self.problems:
            raise invalid(*self.problems)


def is_id(text: str) -> bool:
    """A UUID in its 36-character form (section 4)."""
    if len(text) != 36:
        return False
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def is_address(text: str) -> bool:
    """Something, an @, and something with a dot in it; the service's own rule is not known."""
    return _ADDRESS.fullmatch(text) is not None


def checked_id(name: str, text: str) -> str:
    """The id of a path. Raises 404 "<name> is in an invalid format." (section 5)."""
    if not is_id(text):
        raise bad_id(name)
    return text.lower()


def parse_day(text: str) -> str | None:
    """YYYY-MM-DD from any of the forms of section 8, or None."""
    if found := _MONTH_FIRST.fullmatch(text):
        month, day, year = (int(each) for each in found.groups() if each is not None)
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(each) for each in found.groups() if each is not None)
    else:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
