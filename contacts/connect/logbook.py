"""The log of requests: every call to Constant Contact, without personal data."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from django.db import DatabaseError, transaction
from django.utils import timezone

from contacts.api.client import Call
from contacts.connect import budget
from contacts.models import LinkedAccount, RequestLog, User

logger = logging.getLogger("contacts.connect")


class Entry(NamedTuple):
    """One call, and when it had come to its end."""

    account: LinkedAccount | None
    call: Call
    at: datetime

    def row(self, *, by: User | None = None, job: int | None = None) -> RequestLog:
        """The row that keeps it; ``by`` and ``job`` are on whose behalf it was."""
        call = self.call
        return RequestLog(
            account=self.account,
            by=by,
            job=job,
            at=self.at,
            method=call.method,
            path=call.path_template,
            status=call.status,
            ms=call.ms,
            error=call.error,
            request_id=call.request_id[:64],
        )


def write_down(call: Call, *, account: LinkedAccount | None, by: User | None, job: int | None) -> None:
    """Keep the call, and let the whole installation slow down or stop when Constant Contact says so.

    A failing log must not hide the answer of a change that was made.
    """
    try:
        if call.error == "QuotaSpent":
            budget.day_is_spent()
        elif call.error == "Throttled":
            budget.slow_down(1)
        Entry(account, call, timezone.now()).row(by=by, job=job).save(force_insert=True)
    except DatabaseError:
        logger.exception("A call could not be written down: %s %s", call.method, call.path_template)


class LogBook:
    """Calls that went well and are written down together with what they brought, or at the end.

    A page costs one commit less that way. A call that failed brings nothing and is written down at once.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(self, call: Call, *, account: LinkedAccount) -> None:
        """Keep it for the next transaction."""
        self._entries.append(Entry(account, call, timezone.now()))

    @contextmanager
    def with_it(self) -> Iterator[None]:
        """A transaction that writes them down too; when it is rolled back they are still there for the next one."""
        entries = list(self._entries)
        with transaction.atomic():
            if entries:
                RequestLog.objects.bulk_create(each.row() for each in entries)
            yield
        del self._entries[: len(entries)]

    def close(self) -> None:
        """Write down what is left."""
        try:
            with self.with_it():
                pass
        except DatabaseError:
            logger.exception("%d calls could not be written down.", len(self._entries))
