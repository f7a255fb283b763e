"""A file of contacts on its way: written down before its first byte, and again when it ended or broke off."""

import hashlib
import logging
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final

from django.db import Error
from django.db.models import Exists, OuterRef
from django.utils import timezone

from contacts import audit
from contacts.models import AuditEntry, LinkedAccount, User
from contacts.services.exporting import people
from contacts.services.exporting.people import Wanted

logger = logging.getLogger(__name__)

JSON = dict[str, Any]
Outcome = AuditEntry.Outcome
#: Nobody's download takes longer: the process that sent it ended without a word.
LONGEST: Final = timedelta(hours=12)
ACTION: Final = "export"


class Sending:
    """The bytes of one file, once. Whoever sends it closes it, and so learns the history how it ended.

    ``intent`` is its entry in the history, which is there before the first byte can be asked for.
    """

    def __init__(self, content: Generator[tuple[int, bytes]], intent: AuditEntry, *, by: User) -> None:
        self.intent = intent
        self.rows = 0
        self._content, self._by = content, by
        self._digest, self._size = hashlib.sha256(), 0
        self._ahead: list[bytes] = []
        self._ended = False

    def begin(self) -> None:
        """Read the first portion ahead, while the sender can still answer otherwise. Raises what reading it raises."""
        with ExitStack() as unfinished:
            unfinished.callback(self.close)
            portion = next(self, b"")
            self._ahead = [portion] if portion else []
            unfinished.pop_all()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._ahead:
            return self._ahead.pop()
        found = next(self._content, None)
        if found is None:
            self._end(Outcome.DONE)
            raise StopIteration
        rows, portion = found
        self.rows += rows
        self._size += len(portion)
        self._digest.update(portion)
        return portion

    def close(self) -> None:
        """The sender has nothing more to do with it: its end, or a connection that broke."""
        self._content.close()
        self._end(Outcome.FAILED, reason=f"Stopped after {self.rows} rows: the file did not reach its end.")

    def _end(self, outcome: Outcome, *, reason: str = "") -> None:
        if self._ended:
            return
        self._ended = True
        sent = {"sha256": self._digest.hexdigest(), "bytes": self._size} if outcome == Outcome.DONE else {}
        detail = {**self.intent.detail, "rows": self.rows, **sent}
        try:
            _note_end(self.intent, outcome, by=self._by, detail=detail, reason=reason)
        except Error:
            logger.exception("How the export of entry %s ended could not be written down.", self.intent.pk)


def send(wish: Wanted, *, by: User, reason: str, detail: JSON) -> Sending:
    """The contacts as a file that is about to leave. No entry, no file.

    ``reason`` is what the person said it is for; it may name somebody, so it is part of the payload. ``detail`` says
    who is in it, by ids and words without a name.
    """
    named = {"what": "people", "format": "csv", "columns": [each.label for each in wish.columns]}
    asked = named | detail | {"asked": len(wish.keys)}
    intent = audit.record(ACTION, Outcome.INTENDED, by=by, account=wish.account, payload={"note": reason}, detail=asked)
    return Sending(_content(wish), intent, by=by)


def name_of(account: LinkedAccount, intent: AuditEntry) -> str:
    """What the file is called: nobody's name, and the number of its entry, where its checksum is."""
    return f"contacts-{account.slug}-{intent.sequence}.csv"


def end_lost() -> None:
    """Write down an end for exports whose sender ended without a word, as when its process was killed."""
    ended = AuditEntry.objects.filter(begins=OuterRef("pk"))
    intents = AuditEntry.objects.filter(action=ACTION, outcome=Outcome.INTENDED, at__lt=timezone.now() - LONGEST)
    for intent in intents.filter(~Exists(ended)).select_related("account"):
        reason = "We never saw this file end: the process that sent it was stopped."
        _note_end(intent, Outcome.UNKNOWN, by=None, detail=intent.detail, reason=reason)


def _note_end(intent: AuditEntry, outcome: Outcome, *, by: User | None, detail: JSON, reason: str) -> None:
    audit.record(ACTION, outcome, by=by, account=intent.account, begins=intent, detail=detail, reason=reason)


def _content(wish: Wanted) -> Generator[tuple[int, bytes]]:
    yield 0, people.head(wish)
    yield from people.portions(wish)
