"""Making an export: the whole file first, then its line in the history, then its first byte."""

from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any

from django.utils import timezone

from contacts import audit
from contacts.models import AuditEntry, LinkedAccount, User
from contacts.services.exporting.lines import lines
from contacts.services.exporting.spool import Spooled, spooled
from contacts.services.exporting.table import table
from contacts.services.exporting.view import Tally, View

JSON = dict[str, Any]


class Form(StrEnum):
    """What a history can be exported as. The value is also how the file's name ends."""

    CSV = "csv"
    LINES = "jsonl"


TYPES = {Form.CSV: "text/csv; charset=utf-8", Form.LINES: "application/jsonl"}


@dataclass(frozen=True)
class Made:
    """A file ready to leave, at its beginning, and the entry of the history that has its checksum."""

    file: IO[bytes]
    name: str
    content_type: str
    entry: AuditEntry


def make(view: View, *, form: Form, reason: str) -> Made:
    """The view as a file, written down as exported. No entry, no file.

    ``reason`` is what the person said it is for; it may name somebody, so it is part of the payload. Raises TooLarge.
    """
    made, rows = _file(view, form)
    entry = note(
        made,
        by=view.user,
        account=view.account,
        target=str(view.contact.remote_id) if view.contact else "",
        payload={"note": reason},
        detail={"what": "history", "view": view.text, "format": form.value, "rows": rows},
    )
    return Made(made.file, f"history-{view.account.slug}-{entry.sequence}.{form.value}", TYPES[form], entry)


def note(
    made: Spooled,
    *,
    by: User,
    account: LinkedAccount,
    detail: JSON,
    target: str = "",
    job: int | None = None,
    payload: JSON | None = None,
) -> AuditEntry:
    """Write down that a file is about to leave, with its checksum. When that fails the file is gone."""
    with ExitStack() as unfinished:
        unfinished.callback(made.file.close)
        entry = audit.record(
            "export",
            AuditEntry.Outcome.DONE,
            by=by,
            account=account,
            target=target,
            job=job,
            payload=payload,
            detail=detail | {"sha256": made.sha256, "bytes": made.size},
        )
        unfinished.pop_all()
    return entry


def _file(view: View, form: Form) -> tuple[Spooled, int]:
    """The file and how many rows are in it: entries, and events that were seen."""
    ends, tally = view.ends(), Tally()
    if form == Form.CSV:
        return spooled(table(view, until=ends[1], tally=tally)), tally.rows
    return spooled(lines(view, ends=ends, at=timezone.now(), tally=tally)), tally.rows
