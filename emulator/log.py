"""The log of requests: the oracle of every test that kills somebody.

Each request is written and committed before anything is applied, and completed when it has been answered. Tokens and
secrets are never written.
"""

import json
import time
from typing import Any

from emulator.clock import Clock
from emulator.database import Database
from emulator.errors import JSON

SCHEMA = """
CREATE TABLE IF NOT EXISTS request_log (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, real REAL NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    query TEXT NOT NULL, account_id TEXT, api_key TEXT, body TEXT, status INTEGER, applied INTEGER NOT NULL DEFAULT 0,
    fault TEXT, ms REAL);
CREATE TABLE IF NOT EXISTS alarms (
    number INTEGER PRIMARY KEY, request INTEGER NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL,
    account_id TEXT NOT NULL, contact_id TEXT NOT NULL, details TEXT NOT NULL);
"""


class RequestLog:
    """Rows of ``request_log``. ``status`` null means: never answered. ``applied`` 1 means: a write took effect."""

    def __init__(self, db: Database, clock: Clock) -> None:
        db.create(SCHEMA)
        self._db = db
        self._clock = clock

    def begin(self, *, method: str, path: str, query: str, body: str) -> int:
        """Write the request down; its number. ``real`` is seconds since 1970 on the machine's own clock."""
        sql = "INSERT INTO request_log (at, real, method, path, query, body) VALUES (?, ?, ?, ?, ?, ?)"
        with self._db.transaction() as cursor:
            cursor.execute(sql, (self._clock.now().isoformat(), time.time(), method, path, query, body or None))
            return cursor.lastrowid or 0

    def name(self, number: int, *, account_id: str, api_key: str) -> None:
        """Who sent it, once that is known."""
        self._db.execute(
            "UPDATE request_log SET account_id = ?, api_key = ? WHERE number = ?", (account_id, api_key, number)
        )

    def applied(self, number: int) -> None:
        """The write took effect. Called inside the transaction of that write, so the two cannot disagree."""
        self._db.execute("UPDATE request_log SET applied = 1 WHERE number = ?", (number,))

    def end(self, number: int, *, status: int | None, fault: str) -> None:
        """How it was answered; None when the answer was withheld."""
        sql = "UPDATE request_log SET status = ?, fault = ?, ms = (? - real) * 1000 WHERE number = ?"
        self._db.execute(sql, (status, fault or None, time.time(), number))

    def alarm(self, number: int, kind: str, *, account_id: str, contact_id: str, details: JSON) -> None:
        """A write that claims more consent than the contact had given."""
        sql = "INSERT INTO alarms (request, at, kind, account_id, contact_id, details) VALUES (?, ?, ?, ?, ?, ?)"
        values = (number, self._clock.now().isoformat(), kind, account_id, contact_id, json.dumps(details))
        self._db.execute(sql, values)

    def entries(self, *, after: int = 0, limit: int = 10_000) -> list[dict[str, Any]]:
        """Requests in the order they came, as dicts."""
        sql = "SELECT * FROM request_log WHERE number > ? ORDER BY number LIMIT ?"
        return [dict(row) for row in self._db.rows(sql, (after, limit))]

    def alarms(self) -> list[dict[str, Any]]:
        """Alarms in the order they came; ``details`` says what was asked and what came of it."""
        rows = self._db.rows("SELECT * FROM alarms ORDER BY number")
        return [{**dict(row), "details": json.loads(row["details"])} for row in rows]

    def clear(self) -> None:
        with self._db.transaction() as cursor:
            cursor.execute("DELETE FROM request_log")
            cursor.execute("DELETE FROM alarms")
