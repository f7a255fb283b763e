"""One SQLite database for everything the emulator remembers: contacts, tokens, the log of requests.

A single connection behind a lock: the emulator imitates a service, it need not be one. Committed rows survive
``kill -9`` when the database is a file (write-ahead log); with ":memory:" nothing outlives the process.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

Value = str | int | float | bytes | None


class Database:
    """A thread-safe SQLite connection. ``path`` is a file name or ":memory:"."""

    def __init__(self, path: str = ":memory:") -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=20)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA foreign_keys=ON")

    def create(self, schema: str) -> None:
        """Run the CREATE ... IF NOT EXISTS statements of one part of the emulator."""
        with self._lock:
            self._connection.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Cursor]:
        """All or nothing; other threads wait. A transaction inside a transaction joins the outer one."""
        with self._lock:
            cursor = self._connection.cursor()
            if self._depth:
                yield cursor
                return
            cursor.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            else:
                cursor.execute("COMMIT")
            finally:
                self._depth -= 1

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[sqlite3.Row]:
        """Every row of one SELECT."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Value] = ()) -> sqlite3.Row | None:
        """The first row of one SELECT, or None."""
        with self._lock:
            found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return found

    def execute(self, sql: str, values: Sequence[Value] = ()) -> int:
        """One statement in its own transaction (or the open one); the number of rows it changed."""
        with self.transaction() as cursor:
            return cursor.execute(sql, values).rowcount

    def close(self) -> None:
        with self._lock:
            self._connection.close()
