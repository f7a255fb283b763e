"""A table as CSV that any spreadsheet opens and none runs."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from contacts.tables.cells import cell

#: Spreadsheets take a file for UTF-8 only with this mark in front.
MARK: Final = "\ufeff".encode()


def line(values: Sequence[object]) -> str:
    """One row with its end: every cell in quotes and guarded.

    Nearly no row has anything to guard, and it takes a third of the time to see that first.
    """
    texts = [each if isinstance(each, str) else "" if each is None else str(each) for each in values]
    if not _is_plain("".join([each[:1] for each in texts]), ",".join(texts)):
        texts = [each if not each or _is_plain(each[:1], each) else cell(each).replace('"', '""') for each in texts]
    return '"' + '","'.join(texts) + '"\r\n'


def to_csv(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The rows, the header among them, as UTF-8; in portions as they come, so nothing of the past is kept."""
    mark = MARK
    for values in rows:
        yield mark + line(values).encode()
        mark = b""


def _is_plain(begins: str, text: str) -> bool:
    """Whether ``cell`` would surely leave text as it is that begins with these letters. False may be too careful."""
    is_odd = ";" in text or '"' in text or "\n" in text or "\r" in text or "\t" in text or "\x00" in text
    # A letter or a digit begins no formula; half of a pair is neither, wherever it stands.
    return not is_odd and begins.isalnum() and (text.isascii() or text.isprintable())
