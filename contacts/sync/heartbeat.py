"""A worker says every few seconds that it is alive, so that a page can tell when nobody works.

A thread says it, because one call to Constant Contact may take minutes. It does so only while the worker itself gets
anywhere, which its statements to the database show: a worker that hangs falls silent.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Self

from django.db import Error, connection
from django.utils import timezone

from contacts.leases import LEASE, new_owner
from contacts.models import Worker

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 5.0
# One call with its waits is no longer than a lease, so a worker that is silent for one does nothing any more.
HUNG_SECONDS: Final = LEASE.total_seconds()


class Heartbeat:
    """Around a worker's life: its row in ``Worker`` is there, and kept fresh, until the block is left."""

    def __init__(self) -> None:
        self.name = new_owner()
        self._moved_at = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="heartbeat", daemon=True)
        self._watch = ExitStack()

    def __enter__(self) -> Self:
        self._watch.enter_context(connection.execute_wrapper(self._moved))
        _beat(self.name)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._watch.close()
        try:
            Worker.objects.filter(name=self.name).delete()
        except Error:
            logger.warning("The database did not take part; worker %s is shown for another minute.", self.name)

    def _moved(self, execute: Callable[..., Any], *statement: Any) -> Any:
        self._moved_at = time.monotonic()
        return execute(*statement)

    def _go_on(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            if time.monotonic() - self._moved_at < HUNG_SECONDS:
                _beat(self.name)
        connection.close()


def _beat(name: str) -> None:
    """Missing a beat harms nobody: the next one comes, or the pages say that no worker was seen."""
    try:
        Worker.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})
    except Error:
        logger.warning("The database did not take part; worker %s tries again.", name)
        connection.close_if_unusable_or_obsolete()
