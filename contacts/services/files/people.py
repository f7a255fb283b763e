"""Forgetting one person in the files of an account: their rows, and the bytes of each file that names them."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Count

from contacts.models import ContactFile, FilePart, FileRow, LinkedAccount
from contacts.models.cells import NOTHING
from contacts.rules.preflight import Verdict
from contacts.services.files.forgetting import refuse
from contacts.services.files.naming import names
from contacts.services.files.packing import cells
from contacts.services.traces import ERASED, Words

State = ContactFile.State
AT_ONCE: Final = 2_000
BEING_READ: Final = {State.RECEIVED, State.READING}
LEFT_OUT: Final = (
    "File refused: while it waited for an answer somebody was erased on request, and nobody could tell whether it "
    "names them. Bring it again."
)


@dataclass(frozen=True)
class Portion:
    """So many rows are ``gone``; go on ``after`` this key, in a while when it ``waits``. None: the files add up."""

    gone: int
    after: int | None
    waits: bool = False


def erase_at_once(account: LinkedAccount, words: Words) -> int:
    """Delete the rows with an address of theirs, so that from now on no page and no file shows them; ``erase`` goes on.

    Returns how many those were.
    """
    keys = {each.lower() for each in words.addresses}
    files = ContactFile.objects.select_for_update().filter(account=account, forgotten_at=None).order_by("pk")
    read = {file.pk: file.state not in BEING_READ for file in files}
    rows = FileRow.objects.filter(file__in=read, address_key__in=keys).order_by()
    named = set(rows.values_list("file", flat=True))
    _drop_bytes({pk for pk in named if read[pk]})
    # What is being read needs its bytes for the rest: an empty row tells that they go at the end of it.
    being_read = rows.filter(file__in=[pk for pk in named if not read[pk]])
    emptied = being_read.update(address_key="", cells=NOTHING, verdict=Verdict.ERASED, contact=None)
    return emptied + rows.delete()[0]


def erase(account: LinkedAccount, words: Words, *, after: int) -> Portion:
    """Delete the rows that name the person among the next ones after this key. May be repeated.

    A file that is being read keeps none of their rows from the erasure's first moment on; what it kept before is found
    here when it has been read, for it needs its bytes until then. So this has neither a beginning nor an end while one
    is being read: nobody knows any more afterwards what names the person.
    """
    of_account = ContactFile.objects.filter(account=account, forgotten_at=None)
    rows = FileRow.objects.filter(file__in=of_account.values_list("pk"), pk__gt=after).order_by("pk")
    with transaction.atomic():
        # Held, so that no portion is under way that was read before anybody was to be erased.
        states = set(of_account.select_for_update().order_by("pk").values_list("state", flat=True))
        if states & BEING_READ and not after:
            return Portion(0, 0, waits=True)
        looked = list(rows.only("address_key", "cells", "file_id")[:AT_ONCE])
        named = [row for row in looked if names(words, cells(row), row.address_key)]
        _drop_bytes({row.file_id for row in named})
        FileRow.objects.filter(pk__in=[row.pk for row in named]).delete()
    if len(looked) == AT_ONCE:
        return Portion(len(named), looked[-1].pk)
    if states & BEING_READ:
        return Portion(len(named), after, waits=True)
    for file in of_account:
        _add_up(file, words)
    return Portion(len(named), None)


def _add_up(file: ContactFile, words: Words) -> None:
    """Count anew. Rows that are missing went with their contact, so the file named the person."""
    if file.state == State.ASKS:
        refuse(file, LEFT_OUT)
        return
    rows = FileRow.objects.filter(file=file).order_by().values_list("verdict")
    counts = Counter(dict(rows.annotate(number=Count("pk"))))
    with transaction.atomic():
        if file.state == State.READY:
            facts = {"counts": {verdict: number for verdict, number in counts.items() if verdict}}
            ContactFile.objects.filter(pk=file.pk, state=State.READY).update(rows=counts.total(), **facts)
        if counts.total() < file.rows:
            _drop_bytes({file.pk})
        header = [words.typed.sub(ERASED, each) for each in file.header]
        if header != file.header:
            ContactFile.objects.filter(pk=file.pk).update(header=header)
            _drop_bytes({file.pk})


def _drop_bytes(files: set[int]) -> None:
    for file in ContactFile.objects.select_for_update().filter(pk__in=files).order_by("pk"):
        FilePart.objects.filter(file=file).delete()
        ContactFile.objects.filter(pk=file.pk).update(settings=file.settings | {"bytes_gone": True})
