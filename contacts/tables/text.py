"""Rows of text with separators, read from any place on. Nothing of a file is kept but the row at hand."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from contacts.tables.encodings import mark_of
from contacts.tables.limits import MOST_OF_A_LINE, MOST_ROWS, TableRefused, checked

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_LOOKED_AT: Final = 20
_AT_ONCE: Final = 2**16
#: Encodings in which a letter is a byte, so that nothing has to be encoded again to know how long it is.
_NARROW: Final = frozenset({"cp1252", "cp1250", "cp1251", "iso8859-15", "mac-roman"})


class _Passing(io.RawIOBase):
    """The stream for a text reader, which would otherwise close what is not its own."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        portion = self._stream.read(len(buffer))
        buffer[: len(portion)] = portion
        return len(portion)


class _Lines:
    """The lines of a file with their ends; ``place`` is the byte after the last one that was taken."""

    def __init__(self, stream: BinaryIO, encoding: str, start: int) -> None:
        self.place = start or mark_of(stream, encoding)
        self.left = MOST_OF_A_LINE
        self._encoding = encoding
        self._narrow = encoding in _NARROW
        stream.seek(self.place)
        buffered = io.BufferedReader(_Passing(stream), _AT_ONCE)
        self._text = io.TextIOWrapper(buffered, encoding=encoding, errors="strict", newline="")

    def __iter__(self) -> Iterator[str]:
        narrow, encoding, read = self._narrow, self._encoding, self._text.readline
        while line := read(self.left + 1):
            self.left -= len(line)
            if self.left < 0:
                raise TableRefused(_too_long())
            if "\x00" in line:
                raise TableRefused("it has a NUL character, which no text has. Save it as CSV in UTF-8.")
            self.place += (
                len(line) if narrow or (line.isascii() and encoding == "utf-8") else len(line.encode(encoding))
            )
            yield line


def _too_long() -> str:
    most = MOST_OF_A_LINE // 1024
    return f"a row is longer than {most} KB. Perhaps a quotation mark is never closed, or the separator is another."


def records(
    stream: BinaryIO, *, encoding: str, delimiter: str, start: int = 0, number: int = 0
) -> Iterator[tuple[int, list[str], int]]:
    """Row numbers, cells, and the byte after each row; also empty rows. Raises TableRefused.

    ``start`` and ``number`` are where an earlier reading stopped: the byte after row ``number``.
    """
    lines = _Lines(stream, encoding, start)
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            number += 1
            if number > MOST_ROWS + 1:
                raise TableRefused(f"it has more than {MOST_ROWS:,} rows. Divide it.")
            lines.left = MOST_OF_A_LINE
            yield number, checked(cells, number), lines.place
    except UnicodeDecodeError:
        raise TableRefused(
            f"after row {number:,} its text is not {encoding.upper()}. Choose another encoding."
        ) from None
    except csv.Error:
        raise TableRefused(f"row {number + 1:,} cannot be read as a table. Save it as CSV in UTF-8.") from None


def delimiter_of(stream: BinaryIO, encoding: str) -> str:
    """The separator with which most of the first rows are of one length; a comma when there is only one column."""
    best, found = (0, 0), ","
    for each in DELIMITERS:
        try:
            widths = _widths(stream, encoding, each)
        except TableRefused:
            continue
        width, often = max(widths.items(), key=lambda told: (told[1], told[0]), default=(0, 0))
        if width > 1 and (often, width) > best:
            best, found = (often, width), each
    return found


def _widths(stream: BinaryIO, encoding: str, delimiter: str) -> Counter[int]:
    rows = records(stream, encoding=encoding, delimiter=delimiter)
    return Counter(len(cells) for _, (_, cells, _) in zip(range(_LOOKED_AT), rows, strict=False) if cells)


def is_too_long(stream: BinaryIO, encoding: str) -> bool:
    """Whether it surely has more rows than are read: every line's end is a row's where no cell is in quotes."""
    if encoding.startswith(("utf-16", "utf-32")):
        return False
    stream.seek(0)
    lines = 0
    while portion := stream.read(2**20):
        if b'"' in portion:
            return False
        lines += max(portion.count(b"\n"), portion.count(b"\r"))
    return lines > MOST_ROWS + 1
