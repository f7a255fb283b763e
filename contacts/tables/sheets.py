"""Rows of a spreadsheet (.xlsx), read as a stream: what its cells show, never the formulas behind them.

openpyxl itself, also in its read-only mode and behind the checks of ``archives``, holds every shared text before the
first row: of 1.5 million texts (tests/tables/hostile.py, huge_texts) 229 MB and 13 seconds, measured 2026-11-22 with
openpyxl 3.1; here it is refused after 36 MB and 3 seconds. So openpyxl tells what formats and dates mean, not more.

ECMA-376 part 1, sections 18.3 (sheets), 18.4 (shared texts) and 18.8 (styles).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final
from zipfile import ZipFile

from contacts.tables import limits
from contacts.tables.archives import DAMAGED, TEXTS, opened
from contacts.tables.limits import TableRefused, checked
from contacts.tables.markup import Event, events
from contacts.tables.numbers import shown
from contacts.tables.workbook import Book, book

_PLACE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
#: So many cells and rows in a row that hold nothing are no table.
_MOST_EMPTY: Final = 500_000
#: What a text takes beside its letters.
_OF_A_TEXT: Final = 64


def records(stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Row numbers and cells of the first sheet that is shown. Raises TableRefused."""
    with opened(stream) as archive:
        found = book(archive)
        reading = _Reading(found, list(_texts(archive)) if TEXTS in archive.namelist() else [])
        with archive.open(found.sheet) as part:
            for event in events(part):
                if event.name == "row" and event.kind == ">":
                    if any(reading.cells):
                        yield reading.number, checked(reading.cells, reading.number)
                else:
                    reading.take(event)


def _texts(archive: ZipFile) -> Iterator[str]:
    """The texts that cells share, without what only helps to pronounce them."""
    taken, pieces, reads, aside = 0, list[str](), False, False
    with archive.open(TEXTS) as part:
        for kind, name, _ in events(part):
            if kind == "":
                if reads and not aside:
                    pieces.append(name)
                    taken += len(name)
            elif name == "t":
                reads = kind == "<"
            elif name == "rPh":
                aside = kind == "<"
            elif name == "si" and kind == ">":
                yield "".join(pieces)
                pieces.clear()
                taken += _OF_A_TEXT
            if taken > limits.MOST_OF_SHARED_TEXTS:
                raise TableRefused("it has more texts than are read from a spreadsheet. Save it as CSV in UTF-8.")


@dataclass
class _Reading:
    """Where the reading of a sheet stands: the row at hand, its cells so far, and the cell at hand."""

    book: Book
    texts: list[str]
    number: int = 0
    cells: list[str] = field(default_factory=list)
    _column: int = 0
    _kind: str = ""
    _style: str = ""
    _pieces: list[str] = field(default_factory=list)
    _reads: bool = False
    _size: int = 0
    _empty: int = 0

    def take(self, event: Event) -> None:
        """The next event of the sheet, but for a row's end."""
        kind, name, attributes = event
        if kind == "":
            if self._reads:
                self._piece(name)
        elif name in ("v", "t"):
            self._reads = kind == "<"
        elif name == "c":
            self._end() if kind == ">" else self._begin(attributes)
        elif name == "row":
            self._begin_row(attributes)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        given = attributes.get("r", "")
        number = int(given) if given.isdecimal() and len(given) < 8 else self.number + 1
        if number <= self.number:
            raise TableRefused(DAMAGED)
        self.number, self.cells, self._column = number, [], 0
        self._count_empty()

    def _begin(self, attributes: dict[str, str]) -> None:
        place = _PLACE.fullmatch(attributes.get("r", ""))
        column = _column(place[1]) if place else self._column + 1
        if column <= self._column:
            raise TableRefused(DAMAGED)
        self._column = column
        self._kind, self._style = attributes.get("t", ""), attributes.get("s", "")
        self._pieces, self._size = [], 0

    def _piece(self, text: str) -> None:
        self._size += len(text)
        if self._size > limits.MOST_OF_A_CELL:
            most = limits.MOST_OF_A_CELL // 1024
            raise TableRefused(f"row {self.number:,} has a cell of more than {most} KB.")
        self._pieces.append(text)

    def _end(self) -> None:
        text = self._shown("".join(self._pieces))
        if not text:
            self._count_empty()
            return
        self._empty = 0
        if self.number > limits.MOST_SHEET_ROWS + 1:
            raise TableRefused(f"it has more than {limits.MOST_SHEET_ROWS:,} rows. Save it as CSV in UTF-8.")
        if self._column > limits.MOST_COLUMNS:
            raise TableRefused(f"row {self.number:,} has more than {limits.MOST_COLUMNS} columns.")
        self.cells += [""] * (self._column - 1 - len(self.cells))
        self.cells.append(text)

    def _shown(self, text: str) -> str:
        match self._kind:
            case "s":
                place = int(text) if text.isdecimal() and len(text) < 10 else -1
                if not 0 <= place < len(self.texts):
                    raise TableRefused(DAMAGED)
                return self.texts[place]
            case "b":
                return {"1": "TRUE", "0": "FALSE"}.get(text, text)
            case "" | "n":
                return shown(text, date=self._style in self.book.dates, since_1904=self.book.since_1904)
        return text

    def _count_empty(self) -> None:
        self._empty += 1
        if self._empty > _MOST_EMPTY:
            raise TableRefused("it has far more empty cells than a table. Save it as CSV in UTF-8.")


def _column(letters: str) -> int:
    number = 0
    for each in letters:
        number = number * 26 + ord(each) - ord("A") + 1
    return number
