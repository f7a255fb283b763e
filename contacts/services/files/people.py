"""Forgetting one person in the files of an account: their rows, and the bytes of each file that names them."""

from collections import Counter
from typing import Final

from django.db import transaction
from django.db.models import Count

from contacts.models import ContactFile, FilePart, FileRow, LinkedAccount
from contacts.services.files.forgetting import refuse
from contacts.services.files.packing import cells
from contacts.services.traces import ERASED, Words

State = ContactFile.State
AT_ONCE: Final = 2_000
LEFT_OUT: Final = (
    "File refused: while it waited for an answer somebody was erased on request, and nobody could tell whether it "
    "names them. Bring it again."
)


def erase(account: LinkedAccount, words: Words, *, after: int) -> tuple[int, int | None]:
    """Delete the rows that name the person among the next ones after this key.

    Returns how many those were, and the key to go on from; None when there are no more, and the files add up again.
    May be repeated.
    """
    of_account = ContactFile.objects.filter(account=account, forgotten_at=None)
    rows = FileRow.objects.filter(file__in=of_account.values_list("pk"), pk__gt=after).order_by("pk")
    looked = list(rows.only("address_key", "cells", "file_id")[:AT_ONCE])
    named = [row for row in looked if _names(row, words)]
    with transaction.atomic():
        _drop_bytes({row.file_id for row in named})
        FileRow.objects.filter(pk__in=[row.pk for row in named]).delete()
    if len(looked) == AT_ONCE:
        return len(named), looked[-1].pk
    for file in of_account:
        _add_up(file, words)
    return len(named), None


def _names(row: FileRow, words: Words) -> bool:
    """By an address, by the id; by the full name only where no address says that it is somebody else's."""
    text = " ".join(cells(row))
    return bool((words.sent if row.address_key else words.typed).search(text))


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
