"""The time at Constant Contact, as the emulator tells it.

Every time stamp and every answer's ``Date`` header comes from here, so a story can be played day by day in seconds.
Times of contacts, lists and fields are written YYYY-MM-DDTHH:MM:SSZ (CC reference, section 4).
"""

import threading
from datetime import UTC, date, datetime, timedelta


class Clock:
    """Real time until it is set (it then runs on from there) or frozen (it then stands still)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shift = timedelta()
        self._frozen: datetime | None = None

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
        with self._lock:
            self._shift = moment - datetime.now(UTC)
            self._frozen = moment if self._frozen else None

    def advance(self, step: timedelta) -> None:
        """Go forward (or back) by ``step``."""
        self.set(self.now() + step)

    def freeze(self) -> None:
        """Stand still from now on."""
        moment = self.now()
        with self._lock:
            self._frozen = moment

    def thaw(self) -> None:
        """Run on from the moment at which the clock stands."""
        moment = self.now()
        with self._lock:
            self._frozen = None
            self._shift = moment - datetime.now(UTC)

    def reset(self) -> None:
        """Real time again."""
        with self._lock:
            self._frozen = None
            self._shift = timedelta()


def stamp(moment: datetime) -> str:
    """``moment`` (with a zone) as Constant Contact writes it: UTC, whole seconds, Z (CC reference, section 4)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
