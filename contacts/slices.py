"""Deleting what was kept long enough, in slices: a row of millions is never all gone in one transaction.

Each slice is a transaction of its own, a few tens of milliseconds long, and between two of them others have their turn
to write. SQLite lets one write at a time, and on PostgreSQL a long deletion holds back its clean-up.
"""

import time
from threading import Event
from typing import Any, Final

from django.db.models import QuerySet

AT_ONCE: Final = 1_000
#: So long the next slice is put off, for a write that waits on SQLite asks again every few milliseconds only.
PAUSE: Final = 0.02


class Turn:
    """So much time for deleting, whatever there is to delete; a worker that is told to end ends it after a slice."""

    def __init__(self, *, seconds: float, stop: Event) -> None:
        self._until = time.monotonic() + seconds
        self._stop = stop

    def delete(self, rows: QuerySet[Any], *, by: str) -> bool:
        """Delete the rows, in the order of ``by``, which has an index. False when the time was up before the end."""
        keys = rows.order_by(by).values_list("pk", flat=True)
        while portion := list(keys[:AT_ONCE]):
            rows.model._default_manager.filter(pk__in=portion).delete()
            if len(portion) < AT_ONCE:
                return True
            if self._stop.wait(PAUSE) or time.monotonic() > self._until:
                return False
        return True
