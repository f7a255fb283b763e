"""Query parameters and cursors (CC reference, sections 7 and 9)."""

import base64
import binascii
import re
from collections.abc import Collection
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlencode

from werkzeug.datastructures import MultiDict

from emulator.clock import stamp
from emulator.errors import invalid, not_valid
from emulator.state.checks import is_id

_NUMBER = re.compile("[0-9]{1,18}")
_ARRAYS = ("status", "include", "lists", "tags", "sms_status")


class Params:
    """The parameters of one call, its cursor unfolded. Every complaint is collected; ``done`` raises the 400."""

    def __init__(self, query: MultiDict[str, str]) -> None:
        self.problems: list[str] = []
        cursor = query.get("cursor")
        self._values = _without_next(query) if cursor is None else self._unfolded(cursor)

    def done(self) -> None:
        if self.problems:
            raise invalid(*self.problems)

    def one(self, name: str) -> str | None:
        return self._values.get(name)

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        value = self.one(name)
        if value is not None and value not in allowed:
            self._wrong(name)
            return None
        return value

    def words(self, name: str, allowed: Collection[str]) -> list[str]:
        """A comma list of known words."""
        found = self._listed(name)
        if any(each not in allowed for each in found):
            self._wrong(name)
        return [each for each in found if each in allowed]

    def ids(self, name: str, most: int) -> list[str]:
        """A comma list of at most ``most`` UUIDs."""
        found = self._listed(name)
        if len(found) > most or not all(is_id(each) for each in found):
            self._wrong(name)
        return [each.lower() for each in found]

    def numbers(self, name: str, most: int) -> list[int]:
        """A required comma list of at most ``most`` V2 numbers."""
        found = self._listed(name)
        if not found or len(found) > most or not all(_NUMBER.fullmatch(each) for each in found):
            self._wrong(name)
            return []
        return [int(each) for each in found]

    def flag(self, name: str) -> bool:
        return self.choice(name, ("true", "false")) == "true"

    def number(self, name: str, *, lowest: int, highest: int, default: int) -> int:
        text = self.one(name)
        if text is None:
            return default
        if not (_NUMBER.fullmatch(text) and lowest <= int(text) <= highest):
            self._wrong(name)
            return default
        return int(text)

    def limit(self, *, default: int = 50, highest: int = 500) -> int:
        return self.number("limit", lowest=1, highest=highest, default=default)

    def page(self) -> int:
        """The page number that the cursor carries; 1 without a cursor."""
        return self.number("next", lowest=1, highest=10_000_000, default=1)

    def moment(self, name: str) -> str | None:
        """An ISO-8601 time as a UTC stamp; without a zone it is taken as UTC."""
        text = self.one(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
            return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            self._wrong(name)
            return None

    def link(self, path: str, following: int | str) -> str:
        """The next page as recorded: base64 of the original parameters and ``next``, in the order of their names."""
        pairs = [("next", str(following))]
        for name, value in self._values.items(multi=True):
            if name in _ARRAYS:
                pairs.extend((f"{name}[]", each) for each in value.split(","))
            elif name != "next":
                pairs.append((name, value))
        cursor = base64.b64encode(urlencode(sorted(pairs)).encode()).decode()
        return f"{path}?cursor={quote(cursor, safe='=')}"

    def _listed(self, name: str) -> list[str]:
        return [each.strip() for value in self._values.getlist(name) for each in value.split(",") if each.strip()]

    def _wrong(self, name: str) -> None:
        self.problems.append(not_valid(name))

    def _unfolded(self, cursor: str) -> MultiDict[str, str]:
        """What a cursor stands for. Raises 400; other parameters beside a cursor are ignored (section 7)."""
        try:
            text = base64.b64decode(cursor, validate=True).decode("ascii")
            pairs = parse_qsl(text, strict_parsing=True)
        except (binascii.Error, ValueError) as exc:
            raise invalid(not_valid("cursor")) from exc
        if "next" not in dict(pairs):
            raise invalid(not_valid("cursor"))
        return MultiDict([(name.removesuffix("[]"), value) for name, value in pairs])


def _without_next(query: MultiDict[str, str]) -> MultiDict[str, str]:
    """``next`` counts only inside a cursor."""
    return MultiDict([(name, value) for name, value in query.items(multi=True) if name != "next"])
