"""Segments, only as far as GET /contacts?segment_id= needs them (CC reference, sections 9 and 14)."""

import json

from emulator.database import Database
from emulator.errors import JSON, not_found


class Segments:
    """Named sets of contacts. The first look finds them still being computed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def members(self, account_id: str, segment_id: int) -> list[str] | None:
        """The contact ids, or None while they are being computed: ask again. Raises 404."""
        values = (account_id, segment_id)
        with self._db.transaction() as cursor:
            row = self._db.row("SELECT * FROM segments WHERE account_id = ? AND segment_id = ?", values)
            if row is None:
                raise not_found()
            if not row["computed"]:
                cursor.execute("UPDATE segments SET computed = 1 WHERE account_id = ? AND segment_id = ?", values)
                return None
        members: list[str] = json.loads(row["contact_ids"])
        return members

    def known(self, account_id: str, segment_id: int) -> list[str] | None:
        """The contact ids as an activity finds them, computed or not; None for an unknown segment."""
        sql = "SELECT contact_ids FROM segments WHERE account_id = ? AND segment_id = ?"
        row = self._db.row(sql, (account_id, segment_id))
        return json.loads(row["contact_ids"]) if row else None

    def load(self, account_id: str, segments: list[JSON]) -> None:
        """Add segments: ``segment_id`` (an integer) and ``contact_ids``."""
        for each in segments:
            values = (account_id, each["segment_id"], json.dumps(each["contact_ids"]))
            self._db.execute("INSERT INTO segments (account_id, segment_id, contact_ids) VALUES (?, ?, ?)", values)
