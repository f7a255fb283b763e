"""Whether this installation can do its work: the database answers, is up to date and takes writes, a worker runs."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.contrib.sessions.models import Session
from django.db import Error, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from contacts.rules.storage import Storage, why
from contacts.selectors import syncing

# About what a change needs at once: its intent with the whole contact before and after.
PROBE_BYTES = 64 * 1024
NOT_UP_TO_DATE = "The database is not up to date: run “manage.py migrate”."
LOOK_EVERY_SECONDS = 5.0
# A monitor asks about every ten seconds, and then hears the truth of that moment.
ANSWER_SECONDS = 5.0


class Answer:
    """What ``why_not_ready`` said last, for a few seconds: looking writes to the database, and anybody may ask.

    One thread at a time looks; the others are told what was found before, if anything was. What this process meets
    meanwhile when it stores something ends an answer at once.
    """

    def __init__(self) -> None:
        self._looking = Lock()
        self._told: str | None = None
        self._until = 0.0

    def __call__(self) -> str:
        """The sentence of ``why_not_ready``."""
        told = self._told
        if told is not None and time.monotonic() < self._until:
            return told
        if not self._looking.acquire(blocking=told is None):
            return told or ""
        try:
            if self._told is None or time.monotonic() >= self._until:
                self._told = why_not_ready()
                self._until = time.monotonic() + ANSWER_SECONDS
            return self._told
        finally:
            self._looking.release()

    def forget(self) -> None:
        """Look again as soon as somebody asks."""
        self._until = 0.0


def why_not_ready() -> str:
    """One plain sentence, or "" when everything stands; nothing in it is about a person."""
    try:
        if lacks_migrations():
            return NOT_UP_TO_DATE
    except Error as problem:
        return (why(problem) or Storage.AWAY).value
    if trouble := storage_trouble():
        return trouble.value
    workers = syncing.workers()
    return "" if workers.number else workers.words


def storage_trouble() -> Storage | None:
    """Why nothing can be stored just now; None when a row could be, as a trial that nobody ever sees."""
    try:
        with transaction.atomic():
            trial = Session.objects.create(
                session_key=secrets.token_hex(16), session_data="x" * PROBE_BYTES, expire_date=timezone.now()
            )
            trial.delete()
    except Error as problem:
        return why(problem) or Storage.AWAY
    return None


class Doubt:
    """What this process last met when it could not store something; it stands until a trial succeeds.

    Asked by every page and every turn of a worker, so it looks again at most every few seconds, and only while there
    is a doubt. A database that was only busy leaves none.
    """

    def __init__(self) -> None:
        self._found: Storage | None = None
        self._looked_at = 0.0

    def met(self, trouble: Storage | None) -> None:
        """This is what came of storing something just now; None when nothing was in the way."""
        before, self._found = self._found, trouble if trouble and trouble.lasts else None
        if before is not self._found:
            answer.forget()
        self._looked_at = time.monotonic()

    def look(self) -> None:
        """Find out by a trial, where something else looks wrong already."""
        self.met(storage_trouble())

    def standing(self) -> Storage | None:
        """What still stands in the way of storing anything."""
        if self._found and time.monotonic() - self._looked_at > LOOK_EVERY_SECONDS:
            self.look()
        return self._found


@contextmanager
def noticing() -> Iterator[None]:
    """Remember what kept the database from taking part in this; it is raised all the same."""
    try:
        yield
    except Error as problem:
        if trouble := why(problem):
            doubt.met(trouble)
        raise


def lacks_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


doubt = Doubt()
answer = Answer()
