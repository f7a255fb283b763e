"""Work that Constant Contact does later (CC reference, section 15).

Now: deleting a list or a tag. A bulk activity is one more entry in ``doers`` and one more POST endpoint. An activity
is ``initialized`` until its time has come; at the next call to the emulator it takes effect and is ``completed``.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import timedelta

from emulator.clock import Clock, stamp
from emulator.database import Database
from emulator.errors import JSON, in_object, not_found
from emulator.state.ids import new_id

STATES = ("processing", "completed", "cancelled", "failed", "timed_out")
MOST_QUEUED = 1000
_KEPT = timedelta(days=10)

Doer = Callable[[str, JSON], JSON]


class Activities:
    """Queued work of every account. ``doers`` maps a kind to what does it: (account_id, wish) -> counters."""

    def __init__(self, db: Database, clock: Clock, doers: Mapping[str, Doer], *, seconds: float = 1.0) -> None:
        self._db = db
        self._clock = clock
        self._doers = doers
        self.seconds = seconds

    def start(self, account_id: str, kind: str, wish: JSON) -> JSON:
        """Queue one activity. Raises 429 when a thousand are queued already."""
        queued = self._db.row(
            "SELECT count(*) AS found FROM activities WHERE account_id = ? AND state = 'initialized'", (account_id,)
        )
        if queued and queued["found"] >= MOST_QUEUED:
            raise in_object(429, "too_many_activities", "Too many queued activities")
        activity_id, now = new_id(), self._clock.now()
        sql = (
            "INSERT INTO activities (account_id, activity_id, kind, wish, state, created_at, due_at)"
            " VALUES (?, ?, ?, ?, 'initialized', ?, ?)"
        )
        due = (now + timedelta(seconds=self.seconds)).isoformat()
        self._db.execute(sql, (account_id, activity_id, kind, json.dumps(wish), stamp(now), due))
        return self.get(account_id, activity_id)

    def settle(self) -> None:
        """Do what is due. Called before every request, so the effect is there when anybody looks."""
        now = self._clock.now().isoformat()
        for row in self._db.rows("SELECT * FROM activities WHERE state = 'initialized' AND due_at <= ?", (now,)):
            with self._db.transaction() as cursor:
                result = self._doers[row["kind"]](row["account_id"], json.loads(row["wish"]))
                sql = "UPDATE activities SET state = 'completed', completed_at = ?, result = ? WHERE number = ?"
                cursor.execute(sql, (self._clock.stamp(), json.dumps(result), row["number"]))

    def get(self, account_id: str, activity_id: str) -> JSON:
        """Raises 404."""
        sql = "SELECT * FROM activities WHERE account_id = ? AND activity_id = ?"
        row = self._db.row(sql, (account_id, activity_id))
        if row is None:
            raise not_found()
        return self._shown(row)

    def page(self, account_id: str, *, state: str | None, limit: int, number: int) -> tuple[list[JSON], bool]:
        """The last 10 days, newest first, and whether another page follows."""
        since = stamp(self._clock.now() - _KEPT)
        sql = "SELECT * FROM activities WHERE account_id = ? AND created_at > ? ORDER BY number DESC"
        shown = [self._shown(row) for row in self._db.rows(sql, (account_id, since))]
        wanted = [each for each in shown if state is None or each["state"] == state]
        first = limit * (number - 1)
        return wanted[first : first + limit], len(wanted) > first + limit

    def _shown(self, row: sqlite3.Row) -> JSON:
        state = row["state"]
        ends = row["completed_at"] or row["created_at"]
        shown: JSON = {
            "activity_id": row["activity_id"],
            "state": state,
            "created_at": row["created_at"],
            "updated_at": ends,
            "percent_done": 100 if state == "completed" else 0,
            "activity_errors": json.loads(row["result"]).get("errors", []),
            "_links": {"self": {"href": f"/v3/activities/{row['activity_id']}"}},
        }
        if state == "completed":
            shown |= {"started_at": row["created_at"], "completed_at": ends}
            shown["status"] = json.loads(row["result"]).get("status", {})
        return shown
