"""The time at Constant Contact, as the emulator tells it.

Every time stamp and every answer's ``Date`` header comes from here, so a story can be played day by day in seconds.
Times of contacts, lists and fields are written YYYY-MM-DDTHH:MM:SSZ (CC reference, section 4).
"""

import threading
from datetime import UTC, date, datetime, timedelta

from emulator.database import Database

SCHEMA = "CREATE TABLE IF NOT EXISTS clock (only INTEGER PRIMARY KEY CHECK (only = 1), shift REAL, frozen TEXT)"


class Clock:
    """Real time until it is set (it then runs on from there) or frozen (it then stands still).

    With a database it remembers how it was set, also over a kill.
    """

    def __init__(self, db: Database | None = None) -> None:
        self._lock = threading.Lock()
        self._shift = timedelta()
        self._frozen: datetime | None = None
        self._db = db
        if db is not None:
            db.create(SCHEMA)
            self._recall(db)

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    def now(self) -> datetime:
        """The present moment, in UTC, with its zone."""
        with self._lock:
            return self._frozen or datetime.now(UTC) + self._shift

    def stamp(self) -> str:
        """Now as YYYY-MM-DDTHH:MM:SSZ."""
        return stamp(self.now())

    def today(self) -> date:
        """The UTC date."""
        return self.now().date()

    def set(self, moment: datetime) -> None:
        """Make it ``moment`` (with a zone). A frozen clock stays frozen, a running one runs on."""
        moment = moment.astimezone(UTC)
        self._turn(moment - datetime.now(UTC), moment if self.frozen else None)

    def advance(self, step: timedelta) -> None:
        """Go forward (or back) by ``step``."""
        self.set(self.now() + step)

    def freeze(self) -> None:
        """Stand still from now on."""
        self._turn(self._shift, self.now())

    def thaw(self) -> None:
        """Run on from the moment at which the clock stands."""
        self._turn(self.now() - datetime.now(UTC), None)

    def reset(self) -> None:
        """Real time again."""
        self._turn(timedelta(), None)

    def _turn(self, shift: timedelta, frozen: datetime | None) -> None:
        with self._lock:
            self._shift, self._frozen = shift, frozen
        if self._db is not None:
            values = (shift.total_seconds(), frozen.isoformat() if frozen else None)
            self._db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?, ?)", values)

    def _recall(self, db: Database) -> None:
        row = db.row("SELECT shift, frozen FROM clock")
        if row is not None:
            self._shift = timedelta(seconds=row["shift"])
            self._frozen = datetime.fromisoformat(row["frozen"]) if row["frozen"] else None


def stamp(moment: datetime) -> str:
    """``moment`` (with a zone) as Constant Contact writes it: UTC, whole seconds, Z (CC reference, section 4)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
