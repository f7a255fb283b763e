"""Reading a file into rows, a portion at a time; where it stopped is saved with them, so none is doubled or lost."""

from collections.abc import Iterable, Iterator
from threading import Event
from typing import Final

from django.db import transaction

from contacts import mirror, tables
from contacts.models import ContactFile, FilePart, FileRow
from contacts.models.cells import NOTHING, cell, packed
from contacts.rules import columns, preflight
from contacts.services.files.keeping import Walk
from contacts.services.files.naming import being_erased, names
from contacts.services.files.storing import stored
from contacts.slices import Turn

State, Purpose = ContactFile.State, ContactFile.Purpose
AT_ONCE: Final = 2_000
#: Of a file with long rows fewer go at once: letters of one portion.
MOST_LETTERS: Final = 4 * 2**20
SLICE_SECONDS: Final = 2.0


def look_of(file: ContactFile) -> tables.Look:
    """What was made of the file."""
    form = tables.Format(file.format)
    return tables.Look(form, file.encoding, file.delimiter, file.has_header, file.header, [])


def fields_of(file: ContactFile) -> dict[int, str]:
    """Place of a column to its field."""
    return {int(place): field for place, field in file.columns.items()}


def place_of_address(file: ContactFile) -> int | None:
    """Where the addresses are."""
    return next((place for place, field in fields_of(file).items() if field == columns.EMAIL), None)


def read_on(file: ContactFile, walk: Walk) -> bool:
    """Read portions to the end of the turn, or of the file; True at the end.

    Raises TableRefused, LostLease and CannotOpen.
    """
    if not _cleared(file, walk):
        return False
    with stored(file) as stream:
        begin = file.settings.get("place", 0)
        for portion in _portions(tables.rows(stream, look_of(file), start=begin, number=file.reached)):
            _store(file, walk, portion)
            if walk.is_over:
                return False
    if not file.rows:
        raise tables.TableRefused("it has no rows.")
    after = State.JUDGING if file.purpose == Purpose.CHECK else State.READY
    with transaction.atomic():
        settings = _without_place(file) | drop_bytes_of_erased(file)
        walk.save(file, reached=0, counts={}, settings=settings, state=after)
    return True


def drop_bytes_of_erased(file: ContactFile) -> dict[str, object]:
    """The bytes of a file that names somebody who was erased go; it cannot be read another way then.

    Returns what the file's settings say of it.
    """
    if not FileRow.objects.filter(file=file, verdict=preflight.Verdict.ERASED).exists():
        return {}
    FilePart.objects.filter(file=file).delete()
    return {"bytes_gone": True}


def _cleared(file: ContactFile, walk: Walk) -> bool:
    """Whether the rows of an earlier reading are gone."""
    while file.settings.get("clear"):
        turn = Turn(seconds=SLICE_SECONDS, stop=Event())
        if turn.delete(FileRow.objects.filter(file=file), by="number"):
            walk.save(file, settings={name: each for name, each in file.settings.items() if name != "clear"})
        elif walk.is_over:
            return False
        else:
            walk.save(file)
    return True


def _portions(rows: Iterable[tables.Row]) -> Iterator[list[tables.Row]]:
    portion: list[tables.Row] = []
    letters = 0
    for row in rows:
        portion.append(row)
        letters += sum(map(len, row.cells))
        if len(portion) == AT_ONCE or letters > MOST_LETTERS:
            yield portion
            portion, letters = [], 0
    if portion:
        yield portion


def _store(file: ContactFile, walk: Walk, portion: list[tables.Row]) -> None:
    """The rows and how far they reach, all or nothing."""
    where, last = place_of_address(file), portion[-1]
    keys = [_key(cell(row.cells, where)) for row in portion]
    with transaction.atomic():
        settings = file.settings | {"place": last.place}
        walk.save(file, rows=file.rows + len(portion), reached=last.number, settings=settings)
        # Asked while the file is held: an erasure that begins later waits for that, and finds these rows.
        erased = mirror.erased_addresses(file.account, {*keys} - {""})
        being = being_erased(file.account)
        FileRow.objects.bulk_create(
            FileRow(file=file, number=row.number, verdict=preflight.Verdict.ERASED, cells=NOTHING)
            if key in erased or any(names(words, row.cells, key) for words in being)
            else FileRow(file=file, number=row.number, address_key=key, cells=packed(row.cells))
            for row, key in zip(portion, keys, strict=True)
        )


def _key(text: str) -> str:
    """The address in lower case, as our copy's ``address_key`` has it; nothing when it is none."""
    return preflight.of_address(text)[0].lower()


def _without_place(file: ContactFile) -> dict[str, object]:
    return {name: each for name, each in file.settings.items() if name != "place"}
