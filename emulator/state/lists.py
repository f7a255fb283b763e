"""Contact lists (CC reference, section 13)."""

import sqlite3
from datetime import datetime
from typing import Any

from emulator.clock import Clock, stamp
from emulator.database import Database
from emulator.errors import JSON, conflict, invalid, not_found, not_valid
from emulator.state.checks import Check
from emulator.state.ids import new_id

COUNTS = ("all", "active", "unsubscribed")
_MEMBERS = {
    "all": "contacts.deleted_at IS NULL",
    "active": "contacts.deleted_at IS NULL AND contacts.permission IN ('explicit', 'implicit')",
    "unsubscribed": "contacts.deleted_at IS NULL AND contacts.permission = 'unsubscribed'",
}
_COUNT_MEMBERS = (
    "SELECT count(*) AS found FROM memberships JOIN contacts ON contacts.number = memberships.contact"
    " WHERE memberships.list_id = ? AND "
)
_STATUSES = {"all": "1", "active": "deleted_at IS NULL", "deleted": "deleted_at IS NOT NULL"}
MOST_LISTS = 1000


class Lists:
    """The lists of every account. A deleted list can still be read; its name is free again."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def page(
        self, account_id: str, *, statuses: list[str], name: str | None, counting: str | None, limit: int, number: int
    ) -> tuple[list[JSON], bool]:
        """Page ``number`` (from 1), oldest list first, and whether another follows. Default: lists not deleted."""
        where, values = self._where(account_id, statuses, name)
        sql = f"SELECT * FROM lists WHERE {where} ORDER BY number LIMIT ? OFFSET ?"  # noqa: S608
        rows = self._db.rows(sql, (*values, limit + 1, limit * (number - 1)))
        return [self._shown(row, counting) for row in rows[:limit]], len(rows) > limit

    def count(self, account_id: str, *, statuses: list[str], name: str | None) -> int:
        where, values = self._where(account_id, statuses, name)
        row = self._db.row(f"SELECT count(*) AS found FROM lists WHERE {where}", values)  # noqa: S608
        return int(row["found"]) if row else 0

    def get(self, account_id: str, list_id: str, *, counting: str | None = None) -> JSON:
        """Raises 404."""
        return self._shown(self._row(account_id, list_id), counting)

    def create(self, account_id: str, body: Any) -> JSON:
        """Raises 400, or 409 for a name in use."""
        wanted = _read(body)
        if self.count(account_id, statuses=["active"], name=None) >= MOST_LISTS:
            raise invalid("the account has 1000 lists")
        self._check_free(account_id, wanted["name"], but=None)
        now = self._clock.stamp()
        list_id = new_id()
        sql = (
            "INSERT INTO lists (account_id, list_id, name, description, favorite, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        self._db.execute(sql, (account_id, list_id, *wanted.values(), now, now))
        return self.get(account_id, list_id)

    def replace(self, account_id: str, list_id: str, body: Any) -> JSON:
        """PUT replaces: a description left out is gone. Raises 400, 404, 409."""
        row = self._row(account_id, list_id)
        wanted = _read(body)
        if row["deleted_at"]:
            raise not_found()
        self._check_free(account_id, wanted["name"], but=list_id)
        sql = "UPDATE lists SET name = ?, description = ?, favorite = ?, updated_at = ? WHERE list_id = ?"
        self._db.execute(sql, (*wanted.values(), self._clock.stamp(), list_id))
        return self.get(account_id, list_id)

    def check_deletable(self, account_id: str, list_id: str) -> None:
        """Raises 404 for a list that is unknown or deleted already."""
        if self._row(account_id, list_id)["deleted_at"]:
            raise not_found()

    def is_alive(self, account_id: str, list_id: str) -> bool:
        """Whether there is such a list and it is not deleted."""
        sql = "SELECT 1 FROM lists WHERE account_id = ? AND list_id = ? AND deleted_at IS NULL"
        return self._db.row(sql, (account_id, list_id)) is not None

    def delete(self, account_id: str, list_id: str, *, at: datetime | None = None) -> None:
        """Delete the list and its memberships, now or as of ``at``; the contacts stay (section 13)."""
        now = stamp(at or self._clock.now())
        with self._db.transaction() as cursor:
            cursor.execute("DELETE FROM memberships WHERE list_id = ?", (list_id,))
            sql = "UPDATE lists SET deleted_at = ?, updated_at = ? WHERE account_id = ? AND list_id = ?"
            cursor.execute(sql, (now, now, account_id, list_id))

    def xrefs(self, account_id: str, sequence_ids: list[int]) -> list[JSON]:
        """V2 numbers and V3 ids, ascending."""
        marks = ", ".join("?" * len(sequence_ids))
        sql = f"SELECT number, list_id FROM lists WHERE account_id = ? AND number IN ({marks}) ORDER BY number"  # noqa: S608
        rows = self._db.rows(sql, (account_id, *sequence_ids))
        return [{"sequence_id": str(row["number"]), "list_id": row["list_id"]} for row in rows]

    def load(self, account_id: str, lists: list[JSON]) -> None:
        """Add lists in GET shape."""
        sql = (
            "INSERT INTO lists (account_id, list_id, name, description, favorite, created_at, updated_at, deleted_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        names = ("list_id", "name", "description", "favorite", "created_at", "updated_at", "deleted_at")
        with self._db.transaction() as cursor:
            for each in lists:
                made = {"favorite": False, "created_at": self._clock.stamp()} | each
                made.setdefault("updated_at", made["created_at"])
                cursor.execute(sql, (account_id, *(made.get(name) for name in names)))

    def _where(self, account_id: str, statuses: list[str], name: str | None) -> tuple[str, list[str]]:
        wanted = " OR ".join(_STATUSES[each] for each in statuses or ["active"])
        where, values = f"account_id = ? AND ({wanted})", [account_id]
        return (f"{where} AND name = ?", [*values, name]) if name is not None else (where, values)

    def _row(self, account_id: str, list_id: str) -> sqlite3.Row:
        row = self._db.row("SELECT * FROM lists WHERE account_id = ? AND list_id = ?", (account_id, list_id))
        if row is None:
            raise not_found()
        return row

    def _check_free(self, account_id: str, name: str, *, but: str | None) -> None:
        sql = "SELECT list_id FROM lists WHERE account_id = ? AND name = ? AND deleted_at IS NULL"
        owner = self._db.row(sql, (account_id, name))
        if owner is not None and owner["list_id"] != but:
            raise conflict(f"Validation failed: list with name {name} already exists")

    def _shown(self, row: sqlite3.Row, counting: str | None) -> JSON:
        shown: JSON = {name: row[name] for name in ("list_id", "name", "description") if row[name] is not None}
        shown["favorite"] = bool(row["favorite"])
        shown |= {name: row[name] for name in ("created_at", "updated_at", "deleted_at") if row[name]}
        if counting:
            found = self._db.row(_COUNT_MEMBERS + _MEMBERS[counting], (row["list_id"],))
            shown["membership_count"] = found["found"] if found else 0
        return shown


def _read(body: Any) -> JSON:
    check = Check(body)
    wanted: JSON = {"name": check.text("name", 255, required=True), "description": check.text("description", 255)}
    favorite = body.get("favorite")
    if favorite not in (None, True, False):
        check.problems.append(not_valid("favorite"))
    check.done()
    return wanted | {"favorite": bool(favorite)}
