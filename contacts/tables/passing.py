"""A table of somebody else on its way through: its rows as they are, its cells guarded, nothing of it kept."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from typing import Any, Final

from contacts.tables.limits import MOST_OF_A_LINE, TableRefused
from contacts.tables.writing import MARK, line

_AT_ONCE: Final = 500


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file to read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__()
        self._pieces = iter(pieces)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        taken = self._left[: len(buffer)]
        self._left = self._left[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


def batches(pieces: Iterable[bytes]) -> Iterator[Sequence[list[str]]]:
    """The rows of a CSV in UTF-8 that comes in pieces, some hundreds at a time, the header among the first.

    A byte that is no UTF-8 becomes a replacement character. Raises TableRefused when it is no table.
    """
    raw = io.BufferedReader(_Pieces(pieces), 2**16)
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="")
    try:
        yield from batched(csv.reader(_lines(text)), _AT_ONCE)
    except csv.Error:
        raise TableRefused("it cannot be read as a table.") from None


def guarded(rows: Sequence[list[str]], *, first: bool) -> bytes:
    """The rows as CSV that no spreadsheet runs; the ``first`` ones begin the file."""
    return (MARK if first else b"") + "".join(map(line, rows)).encode()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while found := text.readline(MOST_OF_A_LINE + 1):
        if len(found) > MOST_OF_A_LINE:
            raise TableRefused(f"a row is longer than {MOST_OF_A_LINE // 1024} KB.")
        yield found.replace("\x00", "")
