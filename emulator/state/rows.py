"""Contacts as rows: from a GET-shaped dict to columns and back, one by one, by the page, by the thousand."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from emulator.database import Database
from emulator.errors import JSON
from emulator.state.shapes import CORE, SUBRESOURCES

_ORDER = (
    "contact_id",
    "email_address",
    *CORE,
    "create_source",
    "update_source",
    "created_at",
    "updated_at",
    "deleted_at",
    *SUBRESOURCES,
    "sms_channel",
)
_OWN_TABLES = ("list_memberships", "taggings")
_COLUMNS = (
    "account_id, contact_id, address, permission, created_at, updated_at, deleted_at, opt_out_date, opt_in_date,"
    " sms_number, sms_permission, body"
)
_INSERT = f"INSERT INTO contacts ({_COLUMNS}) VALUES ({', '.join('?' * 12)})"  # noqa: S608
_UPDATE = f"UPDATE contacts SET ({_COLUMNS}) = ({', '.join('?' * 12)}) WHERE number = ?"  # noqa: S608


@dataclass(frozen=True)
class Held:
    """A contact as stored: ``number`` of its row and the dict GET would show with every subresource."""

    number: int
    contact: JSON


class ContactRows:
    """The only reader and writer of contact rows."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def find(self, account_id: str, contact_id: str) -> Held | None:
        return self._one("contact_id = ?", account_id, contact_id)

    def find_address(self, account_id: str, address: str) -> Held | None:
        """By address, whatever its case and whatever the state, deleted included (section 10)."""
        return self._one("address = ?", account_id, fold(address))

    def held_by_address(self, account_id: str, addresses: Sequence[str]) -> dict[str, Held]:
        """What is stored under these folded addresses, deleted ones included."""
        marks = ", ".join("?" * len(addresses))
        sql = f"SELECT number, address FROM contacts WHERE account_id = ? AND address IN ({marks})"  # noqa: S608
        names = {row["number"]: row["address"] for row in self._db.rows(sql, (account_id, *addresses))}
        return {names[each.number]: each for each in self.held(list(names))}

    def find_sms(self, account_id: str, sms: JSON) -> Held | None:
        return self._one("sms_number = ?", account_id, sms_number(sms) or "")

    def insert(self, account_id: str, contact: JSON) -> None:
        self.insert_many(account_id, [contact])

    def insert_many(self, account_id: str, contacts: Iterable[JSON]) -> int:
        """Add contacts in GET shape; the number added. Raises sqlite3.IntegrityError on a double address or id."""
        count = 0
        with self._db.transaction() as cursor:
            for contact in contacts:
                cursor.execute(_INSERT, _columns(account_id, contact))
                number = cursor.lastrowid or 0
                _add_all(cursor, "memberships", number, contact.get("list_memberships") or ())
                _add_all(cursor, "taggings", number, contact.get("taggings") or ())
                count += 1
        return count

    def update(self, account_id: str, held: Held, contact: JSON) -> None:
        """Replace what is stored under ``held.number``; lists and tags only when they changed."""
        with self._db.transaction() as cursor:
            cursor.execute(_UPDATE, (*_columns(account_id, contact), held.number))
            for table, name in (("memberships", "list_memberships"), ("taggings", "taggings")):
                if contact.get(name) != held.contact.get(name):
                    cursor.execute(f"DELETE FROM {table} WHERE contact = ?", (held.number,))  # noqa: S608
                    _add_all(cursor, table, held.number, contact.get(name) or ())

    def page(self, where: str, values: Sequence[str | int], *, limit: int, offset: int) -> list[JSON]:
        """One page: newest first, then by id (section 20, question 9). Two steps, so that skipping stays cheap."""
        order = "ORDER BY created_at DESC, contact_id LIMIT ? OFFSET ?"
        numbers = self._db.rows(f"SELECT number FROM contacts WHERE {where} {order}", (*values, limit, offset))  # noqa: S608
        return self.by_number([row["number"] for row in numbers])

    def by_number(self, numbers: Sequence[int]) -> list[JSON]:
        """The contacts of these rows, in this order."""
        return [each.contact for each in self.held(numbers)]

    def held(self, numbers: Sequence[int]) -> list[Held]:
        """What is stored under these numbers, in this order."""
        marks = ", ".join("?" * len(numbers))
        rows = self._db.rows(f"SELECT number, body FROM contacts WHERE number IN ({marks})", numbers)  # noqa: S608
        bodies = {row["number"]: row["body"] for row in rows}
        lists = self._attached("memberships", "list_id", numbers)
        tags = self._attached("taggings", "tag_id", numbers)
        return [
            Held(each, _whole(bodies[each], lists.get(each, []), tags.get(each, [])))
            for each in numbers
            if each in bodies
        ]

    def opted_out(self, numbers: Sequence[int]) -> list[Held]:
        """Those of these rows who are unsubscribed or have ever left an opt-out date."""
        marks = ", ".join("?" * len(numbers))
        where = f"number IN ({marks}) AND (permission = 'unsubscribed' OR opt_out_date IS NOT NULL)"
        rows = self._db.rows(f"SELECT number FROM contacts WHERE {where} ORDER BY number", numbers)  # noqa: S608
        return self.held([row["number"] for row in rows])

    def count(self, where: str, values: Sequence[str | int]) -> int:
        row = self._db.row(f"SELECT count(*) AS found FROM contacts WHERE {where}", values)  # noqa: S608
        return int(row["found"]) if row else 0

    def _one(self, where: str, account_id: str, value: str) -> Held | None:
        row = self._db.row(f"SELECT number FROM contacts WHERE account_id = ? AND {where}", (account_id, value))  # noqa: S608
        return Held(row["number"], self.by_number([row["number"]])[0]) if row else None

    def _attached(self, table: str, column: str, numbers: Sequence[int]) -> dict[int, list[str]]:
        marks = ", ".join("?" * len(numbers))
        sql = f"SELECT contact, {column} AS id FROM {table} WHERE contact IN ({marks}) ORDER BY rowid"  # noqa: S608
        found: dict[int, list[str]] = {}
        for row in self._db.rows(sql, numbers):
            found.setdefault(row["contact"], []).append(row["id"])
        return found


def fold(address: str) -> str:
    """The form in which addresses are compared (section 20, question 10). Half a character matches nobody."""
    return address.casefold().encode("utf-8", "replace").decode()


def sms_number(sms: JSON | None) -> str | None:
    """The whole number of an SMS channel in answer form, or None."""
    return f"{sms.get('dial_code', '')}{sms.get('sms_address', '')}" or None if sms else None


def _whole(body: str, lists: list[str], tags: list[str]) -> JSON:
    contact: JSON = json.loads(body)
    contact["list_memberships"] = lists
    contact["taggings"] = tags
    return {name: contact[name] for name in _ORDER if name in contact} | {
        name: value for name, value in contact.items() if name not in _ORDER
    }


def _columns(account_id: str, contact: JSON) -> tuple[str | None, ...]:
    email = contact.get("email_address") or {}
    sms = contact.get("sms_channel")
    consents = (sms or {}).get("sms_channel_consents") or [{}]
    body = {name: value for name, value in contact.items() if name not in _OWN_TABLES}
    return (
        account_id,
        contact["contact_id"],
        fold(email["address"]) if email.get("address") else None,
        email.get("permission_to_send"),
        contact["created_at"],
        contact["updated_at"],
        contact.get("deleted_at"),
        email.get("opt_out_date"),
        email.get("opt_in_date"),
        sms_number(sms),
        consents[0].get("sms_consent_permission"),
        json.dumps(body),
    )


def _add_all(cursor: sqlite3.Cursor, table: str, number: int, ids: Iterable[str]) -> None:
    cursor.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", ((number, each) for each in ids))  # noqa: S608
