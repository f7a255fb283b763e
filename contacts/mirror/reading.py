"""What a contact, as Constant Contact sent it, becomes in our columns. Nothing here raises for odd data.

Everything that was sent is kept in ``raw``; a column holds what could be understood of it.
"""

import json
import math
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from contacts.models import Contact

JSON = dict[str, Any]
Status = Contact.Status

BY_PERMISSION = {
    "explicit": Status.ACTIVE,
    "implicit": Status.ACTIVE,
    "not_set": Status.NO_PERMISSION,
    "pending_confirmation": Status.AWAITING,
    "temp_hold": Status.HOLD,
    "unsubscribed": Status.UNSUBSCRIBED,
}


@dataclass(frozen=True, slots=True)
class Copy:
    """One contact as it was sent. ``text`` is its canonical JSON, ``digest`` that text's BLAKE2b in 16 bytes."""

    remote_id: UUID
    remote: JSON
    text: bytes
    digest: bytes


def read(sent: object) -> Copy | None:
    """The contact that was sent; None when it has no id or no JSON of its own, so that it cannot be kept."""
    remote_id = identifier(sent.get("contact_id")) if isinstance(sent, dict) else None
    if remote_id is None or not isinstance(sent, dict):
        return None
    try:
        # Pure ASCII, so that NUL and lone surrogates survive as escapes.
        text = json.dumps(sent, sort_keys=True, separators=(",", ":")).encode("ascii")
    except RecursionError:
        return None
    return Copy(remote_id, sent, text, blake2b(text, digest_size=16).digest())


def identifier(value: object) -> UUID | None:
    """A UUID from its text, or None."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def moment(value: object) -> datetime | None:
    """An ISO 8601 date-time in UTC; one without a zone is taken as UTC. None for anything else."""
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
        if parsed is None:
            return None
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def clean(value: str) -> str:
    """Text that both databases can hold: no NUL (PostgreSQL refuses it), no half of a surrogate pair."""
    if value.isascii():
        return value.replace("\x00", "") if "\x00" in value else value
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def clean_json(value: Any) -> Any:
    """The same for everything inside a JSON value; a number that is no JSON becomes its name."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(name)): clean_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def folded(text: str) -> str:
    """Lower case without accents, for searching."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


class Reading:
    """What was understood of one copy. ``odd`` names the values that were not."""

    def __init__(self, remote: JSON) -> None:
        self._remote = remote
        self.odd: list[str] = []
        email = remote.get("email_address")
        self._email: JSON = email if isinstance(email, dict) else {}
        if email is not None and not isinstance(email, dict):
            self.odd.append("email_address")
        self.deleted = bool(remote.get("deleted_at"))
        self.list_ids = frozenset() if self.deleted else self._ids("list_memberships")
        self.tag_ids = self._ids("taggings")
        self.updated_at = self._moment(remote, "updated_at")

    def columns(self, *, seen_on: date) -> JSON:
        """The columns of the contact's row, without those that are our own memory."""
        address = self._text(self._email, "address", 254)
        first, last = self._text(self._remote, "first_name", 255), self._text(self._remote, "last_name", 255)
        permission = self._text(self._email, "permission_to_send", 32)
        return {
            "address": address,
            "address_key": address.lower()[:254],
            "first_name": first,
            "last_name": last,
            "search": folded(f"{address} {first} {last}"),
            "permission": permission,
            "status": self._status(address, permission),
            "confirm_status": self._text(self._email, "confirm_status", 32),
            "opt_in_source": self._text(self._email, "opt_in_source", 16),
            "opt_in_at": self._moment(self._email, "opt_in_date"),
            "opt_out_source": self._text(self._email, "opt_out_source", 16),
            "opt_out_at": self._moment(self._email, "opt_out_date"),
            "deleted_on": self._deleted_on(seen_on),
            "created_at": self._moment(self._remote, "created_at"),
        }

    def _status(self, address: str, permission: str) -> Status:
        if self.deleted:
            return Status.DELETED
        if not address and not permission:
            return Status.NO_ADDRESS
        if permission not in BY_PERMISSION:
            self.odd.append("permission_to_send")
        return BY_PERMISSION.get(permission, Status.UNKNOWN)

    def _deleted_on(self, seen_on: date) -> date | None:
        """CC's own date. A deleted contact whose date cannot be read is deleted all the same."""
        if not self.deleted:
            return None
        value = self._remote["deleted_at"]
        try:
            return date.fromisoformat(str(value)[:10])
        except ValueError:
            self.odd.append("deleted_at")
            return seen_on

    def _text(self, source: JSON, name: str, length: int) -> str:
        value = source.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.odd.append(name)
            return ""
        if len(value) > length:
            self.odd.append(name)
        return clean(value)[:length]

    def _moment(self, source: JSON, name: str) -> datetime | None:
        value = source.get(name)
        if value is None:
            return None
        parsed = moment(value)
        if parsed is None:
            self.odd.append(name)
        return parsed

    def _ids(self, name: str) -> frozenset[UUID]:
        value = self._remote.get(name)
        if value is None:
            return frozenset()
        found = [identifier(each) for each in value] if isinstance(value, list) else [None]
        if None in found:
            self.odd.append(name)
        return frozenset(each for each in found if each)
