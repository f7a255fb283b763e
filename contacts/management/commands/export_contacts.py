"""``manage.py export_contacts FILE --reason ... --account SLUG --as EMAIL``: contacts of our copy as a CSV."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.core.management.base import CommandParser
from django.db.models import QuerySet

from contacts.management.scripting import JSON, Code, Door, Ended, Scripted, list_ids, usage
from contacts.models import Contact
from contacts.rules.roles import Right
from contacts.services import exporting

GROUPS: Final = [*(each.key for each in exporting.GROUPS), exporting.FIELDS.key]
USUAL: Final = [each.key for each in exporting.GROUPS if each.usual]
MOST_REASON: Final = 300


class Command(Scripted):
    help = (
        "Write contacts of our copy, deleted ones too, into a CSV that no spreadsheet runs. It is kept in the history."
    )
    right = Right.EXPORT

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="a new file; only you may read it")
        parser.add_argument("--reason", required=True, help="what it is for: kept with the export")
        parser.add_argument("--status", choices=[str(each) for each in Contact.Status.values], help="only these")
        parser.add_argument("--list", default="", dest="on", metavar="NAME", help="only who is on it, by name or id")
        parser.add_argument("--columns", action="append", choices=GROUPS, help="repeatable; the usual ones without it")

    def work(self, door: Door, *, file: Path, reason: str, columns: list[str] | None, **options: Any) -> Ended:
        """The file, whole; one that could not be written to its end is taken away again."""
        if not 0 < len(reason.strip()) <= MOST_REASON:
            raise usage(f"Say in up to {MOST_REASON} characters what the file is for.")
        people, detail = _who(door, status=options["status"], on=options["on"])
        wish = exporting.wanted(door.account, people, groups=columns or USUAL)
        if not wish.keys:
            return Ended(Code.REFUSED, ["Nobody fits, so nothing was exported."])
        with (
            _made(file) as stream,
            closing(exporting.send(wish, by=door.user, reason=reason, detail=detail)) as sending,
        ):
            stream.writelines(sending)
        told = {"rows": sending.rows, "file": str(file), "entry": sending.intent.sequence}
        return Ended(Code.DONE, [f"{sending.rows:,} contacts in {file}."], told)


def _who(door: Door, *, status: str | None, on: str) -> tuple[QuerySet[Contact], JSON]:
    """Whom the file is about, and how the history tells it."""
    people = Contact.objects.filter(account=door.account, missing_since=None)
    detail: JSON = {"source": "command"}
    if status:
        people = people.filter(status=status)
        detail["view"] = f"status:{status}"
    if on:
        [the_list] = list_ids(door.account, [on])
        people = people.filter(memberships__list__remote_id=the_list, memberships__ended_at=None)
        detail["lists"] = [the_list]
    return people, detail


@contextmanager
def _made(file: Path) -> Iterator[BinaryIO]:
    """A new file for its owner only, which is taken away when it does not come to its end. Raises CommandError."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        raise usage(f"{file} cannot be made: {problem.strerror}.") from None
    with ExitStack() as unfinished:
        unfinished.callback(file.unlink, missing_ok=True)
        with os.fdopen(handle, "wb") as stream:
            yield stream
        unfinished.pop_all()
