"""The limits per API key, over all accounts linked through it (CC reference, section 6)."""

import threading
import time
from collections import deque

from emulator import errors
from emulator.clock import Clock
from emulator.database import Database
from emulator.switches import Switches

SCHEMA = "CREATE TABLE IF NOT EXISTS quota (api_key TEXT, day TEXT, calls INTEGER NOT NULL, PRIMARY KEY (api_key, day))"


class Limits:
    """At most ``per_second`` calls in any sliding second and ``per_day`` calls a UTC day; 0 means no limit.

    The second is real time, so that a set clock does not lock anybody out; the day is the emulator's.
    """

    def __init__(
        self, db: Database, clock: Clock, switches: Switches, *, per_second: int = 4, per_day: int = 10_000
    ) -> None:
        db.create(SCHEMA)
        self._db = db
        self._clock = clock
        self._switches = switches
        self._lock = threading.Lock()
        self._recent: dict[str, deque[float]] = {}
        self.per_second = per_second
        self.per_day = per_day

    def check(self, api_key: str) -> None:
        """Count one call. Raises 429 ``throttled`` or ``quota_exceeded``.

        A call refused in its second still counts against the day (section 20, question 18).
        """
        with self._lock:
            fits = self._fits_second(api_key)
            spent = self.used_today(api_key)
            if fits or self._switches.refused_calls_count:
                self.spend(api_key)
        if self.per_day and spent >= self.per_day:
            raise errors.quota_exceeded(self._switches.retry_after_header)
        if not fits:
            raise errors.throttled(self._switches.retry_after_header)

    def used_today(self, api_key: str) -> int:
        """Calls counted since 00:00 UTC."""
        row = self._db.row("SELECT calls FROM quota WHERE api_key = ? AND day = ?", (api_key, self._day()))
        return int(row["calls"]) if row else 0

    def spend(self, api_key: str, calls: int = 1) -> None:
        """Add to the day's count."""
        sql = "INSERT INTO quota VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + excluded.calls"
        self._db.execute(sql, (api_key, self._day(), calls))

    def forget(self) -> None:
        """Nobody has called today, nor in this second."""
        with self._lock:
            self._recent.clear()
            self._db.execute("DELETE FROM quota")

    def _fits_second(self, api_key: str) -> bool:
        if not self.per_second:
            return True
        now = self._clock.now().timestamp() if self._switches.limits_by_clock else time.monotonic()
        recent = self._recent.setdefault(api_key, deque())
        while recent and now - recent[0] >= 1:
            recent.popleft()
        if len(recent) >= self.per_second:
            return False
        recent.append(now)
        return True

    def _day(self) -> str:
        return self._clock.today().isoformat()
