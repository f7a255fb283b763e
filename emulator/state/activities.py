"""Work that Constant Contact does later (CC reference, section 15).

An activity is ``initialized`` for the first quarter of its time, then ``processing``; when its time is over it takes
effect, all at once, and has ended. Nothing runs in the background: whoever looks next finds done what was due, dated
when it was due, also after a kill.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from emulator.clock import Clock, stamp
from emulator.database import Database, Value
from emulator.errors import JSON, in_object, not_found
from emulator.state.bulk import Outcome, Run
from emulator.state.ids import new_id
from emulator.switches import Switches

STATES = ("processing", "completed", "cancelled", "failed", "timed_out")
MOST_QUEUED = 1000
_KEPT = timedelta(days=10)
_OPEN = "state IN ('initialized', 'processing')"
_SHOWN = "coalesce(json_extract(fate, '$.hidden'), 0) = 0"
_WITHOUT_STATUS = ("custom_fields_delete",)
_NEVER = "9999-12-31T00:00:00+00:00"
_ADDED_LATER = {"starts_at": "TEXT NOT NULL DEFAULT ''", "fate": "TEXT NOT NULL DEFAULT '{}'"}

Doer = Callable[[Run], Outcome]


class Activities:
    """Queued work of every account; ``seconds`` is how long each takes. ``doers`` maps a kind to what does it.

    A ``fate`` bends one activity (the kinds of fault are in the README): ``end``, a state in place of completed;
    ``most``, how many contacts it reaches; ``errors``, lines added; ``hidden``, ``stuck``, ``seconds``.
    """

    def __init__(
        self, db: Database, clock: Clock, switches: Switches, doers: Mapping[str, Doer], *, seconds: float = 1.0
    ) -> None:
        self._db = db
        self._clock = clock
        self._switches = switches
        self._doers = doers
        self.seconds = seconds
        held = {row["name"] for row in db.rows("PRAGMA table_info(activities)")}
        for name, kind in _ADDED_LATER.items():
            if name not in held:
                db.execute(f"ALTER TABLE activities ADD COLUMN {name} {kind}")

    def start(self, account_id: str, kind: str, wish: JSON, *, status: JSON, fate: JSON | None = None) -> JSON:
        """Queue one activity; ``status`` holds its counters. Raises 429 when a thousand are queued already."""
        sql = f"SELECT count(*) AS found FROM activities WHERE account_id = ? AND {_OPEN}"  # noqa: S608
        queued = self._db.row(sql, (account_id,))
        if queued and queued["found"] >= MOST_QUEUED:
            raise in_object(429, "too_many_activities", "Too many queued activities")
        activity_id, now, fate = new_id(), self._clock.now(), fate or {}
        time = timedelta(seconds=float(fate.get("seconds", self.seconds)))
        sql = (
            "INSERT INTO activities (account_id, activity_id, kind, wish, state, created_at, starts_at, due_at, result,"
            " fate) VALUES (?, ?, ?, ?, 'initialized', ?, ?, ?, ?, ?)"
        )
        times = (stamp(now), (now + time / 4).isoformat(), (now + time).isoformat())
        texts = (json.dumps({"status": status, "errors": []}), json.dumps(fate))
        self._db.execute(sql, (account_id, activity_id, kind, json.dumps(wish), *times, *texts))
        row = self._db.row("SELECT * FROM activities WHERE activity_id = ?", (activity_id,))
        return self._shown(row) if row else {}

    def settle(self) -> None:
        """Begin and end what is due, the earliest first. Called before every request."""
        now = self._clock.now().isoformat()
        ripe = f"{_OPEN} AND (due_at <= ? OR (state = 'initialized' AND starts_at <= ?))"
        sql = f"SELECT number, due_at FROM activities WHERE {ripe} ORDER BY due_at, number"  # noqa: S608
        for row in self._db.rows(sql, (now, now)):
            if row["due_at"] <= now:
                self._run(row["number"])
            else:
                begin = "UPDATE activities SET state = 'processing' WHERE number = ? AND state = 'initialized'"
                self._db.execute(begin, (row["number"],))

    def get(self, account_id: str, activity_id: str) -> JSON:
        """Raises 404."""
        sql = f"SELECT * FROM activities WHERE account_id = ? AND activity_id = ? AND {_SHOWN}"  # noqa: S608
        row = self._db.row(sql, (account_id, activity_id))
        if row is None:
            raise not_found()
        return self._shown(row)

    def page(self, account_id: str, *, state: str | None, limit: int, number: int) -> tuple[list[JSON], bool]:
        """The last 10 days, newest first, and whether another page follows."""
        where, values = f"account_id = ? AND created_at > ? AND {_SHOWN}", [account_id, self._since()]
        if state is not None:
            where, values = f"{where} AND state = ?", [*values, state]
        sql = f"SELECT * FROM activities WHERE {where} ORDER BY number DESC LIMIT ? OFFSET ?"  # noqa: S608
        rows = self._db.rows(sql, (*values, limit + 1, limit * (number - 1)))
        return [self._shown(row) for row in rows[:limit]], len(rows) > limit

    def export(self, account_id: str, export_id: str) -> str:
        """The file of a completed export. Raises 404."""
        values = (export_id, account_id)
        row = self._db.row("SELECT body FROM exports WHERE export_id = ? AND account_id = ?", values)
        if row is None:
            raise not_found()
        body: str = row["body"]
        return body

    def behind(self, account_id: str) -> list[JSON]:
        """Every activity with what GET does not tell: kind, wish and fate; hidden ones too."""
        rows = self._db.rows("SELECT * FROM activities WHERE account_id = ? ORDER BY number", (account_id,))
        told = ({name: json.loads(row[name]) for name in ("wish", "fate")} | {"kind": row["kind"]} for row in rows)
        return [self._shown(row) | each for row, each in zip(rows, told, strict=True)]

    def _run(self, number: int) -> None:
        """Do one activity, whole, once: another thread may have been quicker."""
        with self._db.transaction() as cursor:
            row = self._db.row(f"SELECT * FROM activities WHERE number = ? AND {_OPEN}", (number,))  # noqa: S608
            if row is None:
                return
            fate, due = json.loads(row["fate"]), datetime.fromisoformat(row["due_at"])
            names = {"activity_id": row["activity_id"], "account_id": row["account_id"]}
            outcome = self._doers[row["kind"]](
                Run(**names, wish=json.loads(row["wish"]), at=due, most=fate.get("most"))
            )
            errors = outcome.lines(self._switches.activity_error_lines) + fate.get("errors", [])
            result = json.dumps({"status": outcome.status, "errors": errors})
            state = fate.get("end") or ("failed" if outcome.failed else "completed")
            values: tuple[Value, ...] = (state, row["due_at"], stamp(due), result, number)
            if fate.get("stuck"):
                values = ("processing", _NEVER, None, result, number)
            sql = "UPDATE activities SET state = ?, due_at = ?, completed_at = ?, result = ? WHERE number = ?"
            cursor.execute(sql, values)

    def _since(self) -> str:
        return stamp(self._clock.now() - _KEPT)

    def _shown(self, row: sqlite3.Row) -> JSON:
        """In the shape of GET: counters from the beginning, ``started_at`` and ``completed_at`` once they are."""
        result = json.loads(row["result"])
        own = f"/v3/activities/{row['activity_id']}"
        links = {"self": {"href": own}}
        if row["kind"] == "contact_exports" and row["state"] == "completed":
            links["results"] = {"href": f"/v3/contact_exports/{row['activity_id']}"}
        times = {"created_at": row["created_at"]}
        if row["state"] != "initialized":
            times["started_at"] = stamp(datetime.fromisoformat(row["starts_at"] or row["due_at"]))
        if row["completed_at"]:
            times["completed_at"] = row["completed_at"]
        status = {} if row["kind"] in _WITHOUT_STATUS else {"status": result.get("status", {})}
        file = json.loads(row["wish"])["file"] if row["kind"] == "contacts_file_import" else ""
        return {
            "activity_id": row["activity_id"],
            "state": row["state"],
            **times,
            "updated_at": list(times.values())[-1],
            **({"source_file_name": file} if file else {}),
            "percent_done": self._percent(row, result.get("status", {})),
            "activity_errors": result.get("errors", []),
            **status,
            "_links": links,
        }

    def _percent(self, row: sqlite3.Row, status: JSON) -> int:
        """100 when completed, never before; while it runs by its time, after another end by what was done."""
        if row["state"] == "completed":
            return 100
        if row["state"] == "initialized":
            return 0
        if row["completed_at"] or row["due_at"] == _NEVER:
            return min(99, 100 * status.get("items_completed_count", 0) // (status.get("items_total_count") or 1))
        begun, due = datetime.fromisoformat(row["starts_at"]), datetime.fromisoformat(row["due_at"])
        return min(99, max(1, round(100 * ((self._clock.now() - begun) / (due - begun)))))
