"""Tags (CC reference, section 14)."""

import sqlite3
from typing import Any

from emulator.clock import Clock
from emulator.database import Database
from emulator.errors import JSON, conflict, not_found
from emulator.state.checks import Check
from emulator.state.ids import new_id


class Tags:
    """The tags of every account, in the order of their ids, by which the cursor pages (section 7)."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def page(self, account_id: str, *, start: str, counting: bool, limit: int) -> tuple[list[JSON], str | None]:
        """At most ``limit`` tags from the id ``start`` on, and the id at which the next page starts."""
        sql = "SELECT * FROM tags WHERE account_id = ? AND tag_id >= ? ORDER BY tag_id LIMIT ?"
        rows = self._db.rows(sql, (account_id, start, limit + 1))
        following = rows[limit]["tag_id"] if len(rows) > limit else None
        return [self._shown(row, counting) for row in rows[:limit]], following

    def get(self, account_id: str, tag_id: str, *, counting: bool = False) -> JSON:
        """Raises 404."""
        row = self._db.row("SELECT * FROM tags WHERE account_id = ? AND tag_id = ?", (account_id, tag_id))
        if row is None:
            raise not_found()
        return self._shown(row, counting)

    def create(self, account_id: str, body: Any) -> JSON:
        """Raises 400, or 409 for a name in use."""
        check = Check(body)
        name, source = check.text("name", 255, required=True), check.text("tag_source", 255)
        check.done()
        self._check_free(account_id, name or "", but=None)
        tag = {"tag_id": new_id(), "name": name, "tag_source": source}
        self.load(account_id, [tag])
        return self.get(account_id, tag["tag_id"] or "")

    def replace(self, account_id: str, tag_id: str, body: Any) -> JSON:
        """A new name. Raises 400, 404, 409."""
        self.get(account_id, tag_id)
        check = Check(body)
        name = check.text("name", 255, required=True)
        check.done()
        self._check_free(account_id, name or "", but=tag_id)
        sql = "UPDATE tags SET name = ?, updated_at = ? WHERE tag_id = ?"
        self._db.execute(sql, (name, self._clock.stamp(), tag_id))
        return self.get(account_id, tag_id)

    def delete(self, account_id: str, tag_id: str) -> None:
        """Take the tag off every contact and delete it, at once."""
        with self._db.transaction() as cursor:
            cursor.execute("DELETE FROM taggings WHERE tag_id = ?", (tag_id,))
            cursor.execute("DELETE FROM tags WHERE account_id = ? AND tag_id = ?", (account_id, tag_id))

    def load(self, account_id: str, tags: list[JSON]) -> None:
        """Add tags in GET shape."""
        sql = (
            "INSERT INTO tags (account_id, tag_id, name, tag_source, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)"
        )
        with self._db.transaction() as cursor:
            for each in tags:
                made = each.get("created_at") or self._clock.stamp()
                values = (each["tag_id"], each["name"], each.get("tag_source"), made, each.get("updated_at") or made)
                cursor.execute(sql, (account_id, *values))

    def _check_free(self, account_id: str, name: str, *, but: str | None) -> None:
        owner = self._db.row("SELECT tag_id FROM tags WHERE account_id = ? AND name = ?", (account_id, name))
        if owner is not None and owner["tag_id"] != but:
            raise conflict(f"Validation failed: tag with name {name} already exists")

    def _shown(self, row: sqlite3.Row, counting: bool) -> JSON:
        names = ("tag_id", "name", "created_at", "updated_at", "tag_source")
        shown: JSON = {name: row[name] for name in names if row[name] is not None}
        if counting:
            sql = (
                "SELECT count(*) AS found FROM taggings JOIN contacts ON contacts.number = taggings.contact"
                " WHERE taggings.tag_id = ? AND contacts.deleted_at IS NULL"
            )
            found = self._db.row(sql, (row["tag_id"],))
            shown["contacts_count"] = found["found"] if found else 0
        return shown
