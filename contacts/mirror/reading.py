"""What a contact, as Constant Contact sent it, becomes in our columns. Nothing here raises for odd data.

Everything that was sent is kept in ``raw``; a column holds what could be understood of it.
"""

import json
import marshal
import math
import unicodedata
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import filterfalse
from typing import Any, NamedTuple
from uuid import UUID

from contacts.models import Contact
from contacts.rules.standing import Standing, moment_of
from contacts.rules.state import State, state_of

JSON = dict[str, Any]
Status = Contact.Status
DEEPEST = 30

# Pure ASCII, so that NUL and lone surrogates survive as escapes. What was read from JSON holds no circle.
AS_SENT = json.JSONEncoder(separators=(",", ":"), check_circular=False)
CANONICAL = json.JSONEncoder(separators=(",", ":"), check_circular=False, sort_keys=True)
BY_STATE = {
    State.ACTIVE: Status.ACTIVE,
    State.ON_NO_LIST: Status.ACTIVE,
    State.UNSUBSCRIBED: Status.UNSUBSCRIBED,
    State.UNSUBSCRIBED_BY_ACCOUNT: Status.UNSUBSCRIBED,
    State.AWAITING: Status.AWAITING,
    State.NO_PERMISSION: Status.NO_PERMISSION,
    State.HOLD: Status.HOLD,
    State.NO_ADDRESS: Status.NO_ADDRESS,
}


# Written by Python itself, which takes half the time of JSON. The second form knows no references, so the same
# content in the same order always gives the same bytes. Should a later Python write others, a row is compared once.
PLAIN_FORM = 2


class Copy(NamedTuple):
    """One contact as it was sent. ``digest`` is BLAKE2b in 16 bytes of all of it, in the order in which it came."""

    remote_id: UUID
    remote: JSON
    digest: bytes

    @property
    def text(self) -> bytes:
        """Its JSON, in that order."""
        return AS_SENT.encode(self.remote).encode("ascii")


def read(sent: object) -> Copy | None:
    """The contact that was sent; None when it has no id or is nested too deeply for JSON, so that it cannot be kept."""
    remote_id = identifier(sent.get("contact_id")) if isinstance(sent, dict) else None
    if remote_id is None or not isinstance(sent, dict):
        return None
    try:
        return Copy(remote_id, sent, blake2b(_in_full(sent), digest_size=16).digest())
    except RecursionError:
        return None


def _in_full(sent: JSON) -> bytes:
    try:
        return marshal.dumps(sent, PLAIN_FORM)
    except ValueError:
        # Nested deeper than that form goes, as nobody's contact is.
        return AS_SENT.encode(sent).encode("ascii")


def canonical(remote: JSON) -> str:
    """The same text for the same contact, in whatever order its properties were sent."""
    return CANONICAL.encode(remote)


def identifier(value: object) -> UUID | None:
    """A UUID from its text, or None."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


# An account has few lists and tags, and each contact names some of them.
_known = lru_cache(maxsize=4096)(identifier)


def moment(value: object) -> datetime | None:
    """An ISO 8601 date-time in UTC; None for anything else, and for one that no clock can show in UTC."""
    return in_utc(moment_of(value))


def in_utc(value: datetime | None) -> datetime | None:
    """The moment in UTC. A zone can push the first and the last day of all over the edge: None then."""
    if value is None or value.tzinfo is UTC:
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return None


def clean(value: str) -> str:
    """Text that both databases can hold: no NUL (PostgreSQL refuses it), no half of a surrogate pair."""
    if value.isascii():
        return value.replace("\x00", "") if "\x00" in value else value
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def clean_json(value: Any, *, depth: int = DEEPEST) -> Any:
    """The same for everything inside a JSON value; a number that is no JSON becomes its name.

    What is nested deeper than anybody reads ends in an ellipsis, before Python's own limit is met.
    """
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict | list | tuple) and not depth:
        return "…"
    if isinstance(value, dict):
        return {clean(str(name)): clean_json(each, depth=depth - 1) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(each, depth=depth - 1) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def folded(text: str) -> str:
    """Lower case without accents, for searching."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(filterfalse(unicodedata.combining, apart))


class Reading:
    """What was understood of one copy. ``odd`` names the values that were not."""

    def __init__(self, remote: JSON) -> None:
        self._remote = remote
        self._standing = Standing.of(remote)
        self.odd = list(self._standing.odd)
        self.deleted = bool(remote.get("deleted_at"))
        self.list_ids = frozenset() if self.deleted else self._ids("list_memberships")
        self.tag_ids = self._ids("taggings")
        self.updated_at = self._moment("updated_at")

    def columns(self, *, seen_on: date) -> JSON:
        """The columns of the contact's row, without those that are our own memory.

        ``seen_on`` stands in for a date of deletion that cannot be read: such a contact is deleted all the same.
        """
        standing = self._standing
        address = self._cut("address", standing.address, 254)
        first, last = self._text("first_name", 255), self._text("last_name", 255)
        return {
            "address": address,
            "address_key": address.lower()[:254],
            "first_name": first,
            "last_name": last,
            "search": folded(f"{address} {first} {last}"),
            "permission": self._cut("permission_to_send", standing.permission, 32),
            "status": str(self._status()),
            "confirm_status": self._cut("confirm_status", standing.confirm_status, 32),
            "opt_in_source": self._cut("opt_in_source", standing.opt_in_source, 16),
            "opt_in_at": in_utc(standing.opt_in_date),
            "opt_out_source": self._cut("opt_out_source", standing.opt_out_source, 16),
            "opt_out_at": in_utc(standing.opt_out_date),
            "deleted_on": (standing.deleted_on or seen_on) if self.deleted else None,
            "created_at": self._moment("created_at"),
        }

    def _status(self) -> Status:
        if self.deleted:
            return Status.DELETED
        status = BY_STATE.get(state_of(self._standing), Status.UNKNOWN)
        if status == Status.UNKNOWN:
            self.odd.append("permission_to_send")
        return status

    def _text(self, name: str, length: int) -> str:
        value = self._remote.get(name)
        if value is not None and not isinstance(value, str):
            self.odd.append(name)
            return ""
        return self._cut(name, value or "", length)

    def _cut(self, name: str, value: str, length: int) -> str:
        if len(value) > length:
            self.odd.append(name)
        return clean(value)[:length]

    def _moment(self, name: str) -> datetime | None:
        value = self._remote.get(name)
        parsed = moment(value)
        if value is not None and parsed is None:
            self.odd.append(name)
        return parsed

    def _ids(self, name: str) -> frozenset[UUID]:
        value = self._remote.get(name)
        if value is None:
            return frozenset()
        found = (
            [_known(each) if isinstance(each, str) else None for each in value] if isinstance(value, list) else [None]
        )
        if None in found:
            self.odd.append(name)
        return frozenset(each for each in found if each)
