"""A table as CSV that any spreadsheet opens and none runs."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from contacts.tables.cells import cell, is_plain

#: Spreadsheets take a file for UTF-8 only with this mark in front.
MARK: Final = "\ufeff".encode()


def line(values: Sequence[object]) -> str:
    """One row with its end: every cell in quotes and guarded. Nearly no row has anything to guard."""
    texts = [each if isinstance(each, str) else "" if each is None else str(each) for each in values]
    if not is_plain(f";{';'.join(texts)}"):
        texts = [each if not each or is_plain(f";{each}") else cell(each).replace('"', '""') for each in texts]
    return '"' + '","'.join(texts) + '"\r\n'


def to_csv(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The rows, the header among them, as UTF-8; in portions as they come, so nothing of the past is kept."""
    mark = MARK
    for values in rows:
        yield mark + line(values).encode()
        mark = b""
