"""The one background process: its own clock, and whatever was put into the queue. Several may run at once."""

import logging
import signal
import time
from threading import Event
from types import FrameType
from typing import Any, Final, Protocol, runtime_checkable

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections, connection
from django.tasks import task_backends
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.management.commands.db_worker import Worker

from contacts import sync, tasks
from contacts.services import digest, letters, list_settling, readiness, reapplying, remote_exports, settling

logger = logging.getLogger("contacts.worker")

EVERY_SECOND: Final = 1.0
AFTER_A_DATABASE_ERROR: Final = 5.0
TIDY_SECONDS: Final = 3600.0


@runtime_checkable
class RunsHere(Protocol):
    """An engine whose tasks this process runs itself, as ``ccadmin.redis_queue``."""

    def work_off(self, *, stop: Event, seconds: float) -> None:
        """Run what waits, and wait for more until so many seconds are over."""

    def leave(self) -> None:
        """This process runs no more tasks."""


class Command(BaseCommand):
    help = "Sync the linked accounts by the clock and run queued work, until it is asked to end (Ctrl-C, SIGTERM)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one turn of the clock and of the queue, then end")

    def handle(self, *, once: bool, **options: Any) -> None:
        """Turn after turn. Another worker's turn at the same time does no harm: leases decide who does what."""
        # The queue's own worker announces itself in each turn.
        logging.getLogger("django_tasks_db").setLevel(logging.WARNING)
        self._queue: Worker | None = None
        self._tidied = float("-inf")
        self._round = 0
        self._reapplied = False
        tasks.stopping.clear()
        self._listen()
        self.stdout.write("The worker is ready.")
        self.stdout.flush()
        with sync.Heartbeat():
            while not tasks.stopping.is_set():
                pause = self._turn(once=once)
                if once:
                    break
                tasks.stopping.wait(pause)
        if isinstance(engine := task_backends["default"], RunsHere):
            engine.leave()
        self.stdout.write("The worker has ended.")

    def _turn(self, *, once: bool) -> float:
        """One turn; how many seconds to wait before the next. One that did long work is followed at once."""
        began = time.monotonic()
        close_old_connections()
        if trouble := readiness.doubt.standing():
            # Asking Constant Contact for what cannot be stored would only use up the day's calls.
            logger.error("%s The next turn comes in %s s.", trouble.value, AFTER_A_DATABASE_ERROR)
            return AFTER_A_DATABASE_ERROR
        try:
            with readiness.noticing():
                self._tick()
                self._work(seconds=0 if once else max(0.0, began + EVERY_SECOND - time.monotonic()))
        except Error:
            logger.exception("The database did not take part; the next turn comes in %s s.", AFTER_A_DATABASE_ERROR)
            connection.close_if_unusable_or_obsolete()
            return AFTER_A_DATABASE_ERROR
        return max(0.0, began + EVERY_SECOND - time.monotonic())

    def _tick(self) -> None:
        """Put what is due into the queue."""
        if not self._reapplied:
            # Before the first sync: a restored backup does not know who was erased since it was made.
            reapplying.reapply()
            self._reapplied = True
        sync.start_due()
        self._round += 1
        tasks.share_out(self._round)
        if settling.due().exists() or list_settling.due().exists():
            tasks.settle.enqueue()
        if letters.waiting() or digest.maybe_due(timezone.now()).exists():
            tasks.mail.enqueue()
        tasks.prove()
        tasks.forget()
        tasks.cross()
        if remote_exports.due().exists():
            tasks.follow_exports.enqueue()
        tasks.read_files()
        tasks.learn()
        tasks.look_back()
        if time.monotonic() - self._tidied > TIDY_SECONDS:
            self._tidied = time.monotonic()
            tasks.tidy.enqueue()

    def _work(self, *, seconds: float) -> None:
        """Run what is in the queue, whichever of our engines it is; an engine of somebody else has its own workers.

        An engine that can wait for more does so until ``seconds`` are over, so what a page asks for begins at once.
        """
        engine = task_backends["default"]
        if isinstance(engine, RunsHere):
            engine.work_off(stop=tasks.stopping, seconds=seconds)
        if not isinstance(engine, DatabaseBackend):
            return
        self._queue = Worker(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        self._queue.run()

    def _listen(self) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, self._asked_to_end)

    def _asked_to_end(self, signum: int, frame: FrameType | None) -> None:
        """Finish the page under way and end. A second time: end at once, as if killed, which loses nothing either."""
        tasks.stopping.set()
        if self._queue is not None:
            self._queue.running = False
        signal.signal(signum, signal.SIG_DFL)
