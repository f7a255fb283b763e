"""What a file is, and its rows, whichever form they came in."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import BinaryIO, Final, NamedTuple

from contacts.tables import encodings, sheets, text
from contacts.tables.cells import value
from contacts.tables.kinds import is_archive, refuse_others
from contacts.tables.limits import MOST_BYTES, MOST_ROWS, TableRefused

SAMPLE: Final = 5


class Format(StrEnum):
    """``csv`` is text with any separator."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True)
class Look:
    """What a file seems to be. ``header`` names its columns, also where it has none; ``sample`` are its first rows."""

    format: Format
    encoding: str
    delimiter: str
    has_header: bool
    header: list[str]
    sample: list[list[str]]


class Row(NamedTuple):
    """``number`` as a spreadsheet counts. ``place`` is the byte after the row, from which text can be read on."""

    number: int
    cells: list[str]
    place: int


def look(
    stream: BinaryIO, *, name: str, encoding: str = "", delimiter: str = "", has_header: bool | None = None
) -> Look:
    """What the file is and how it begins; whatever is not given is guessed. Raises TableRefused.

    ``stream`` can be sought in. Text is read once from end to end, in small portions, to guess its encoding; of a
    spreadsheet only the directory and the first rows.
    """
    if stream.seek(0, 2) > MOST_BYTES:
        raise TableRefused(f"it has more than {MOST_BYTES // 2**20} MB. Divide it.")
    refuse_others(stream, name=name)
    if is_archive(stream):
        wish = Look(Format.XLSX, "", "", False, [], [])
    else:
        if (encoding and encoding not in encodings.ENCODINGS) or (delimiter and delimiter not in text.DELIMITERS):
            raise TableRefused("its encoding or its separator is none that can be read.")
        encoding = encoding or encodings.guessed(stream)
        if text.is_too_long(stream, encoding):
            raise TableRefused(f"it has more than {MOST_ROWS:,} rows. Divide it.")
        wish = Look(Format.CSV, encoding, delimiter or text.delimiter_of(stream, encoding), False, [], [])
    first = [row.cells for row in islice(rows(stream, wish), SAMPLE + 1)]
    return _with_header(wish, first, has_header=has_header)


def rows(stream: BinaryIO, look: Look, *, start: int = 0, number: int = 0) -> Iterator[Row]:
    """The rows after the header, as they are read. Empty ones are left out, but counted. Raises TableRefused.

    To go on where an earlier reading stopped, give the ``place`` (of text) and the ``number`` of its last row.
    """
    header = look.has_header and not number
    for found, cells, place in _records(stream, look, start=start, number=number):
        if not any(map(str.strip, cells)):
            continue
        if header:
            header = False
        elif found > number:
            yield Row(found, list(map(value, cells)), place)


def _records(stream: BinaryIO, look: Look, *, start: int, number: int) -> Iterator[tuple[int, list[str], int]]:
    if look.format == Format.XLSX:
        return ((found, cells, 0) for found, cells in sheets.records(stream))
    return text.records(stream, encoding=look.encoding, delimiter=look.delimiter, start=start, number=number)


def _with_header(wish: Look, first: list[list[str]], *, has_header: bool | None) -> Look:
    if not first:
        raise TableRefused("it is empty.")
    named = _is_header(first) if has_header is None else has_header
    if named and len(first) == 1:
        raise TableRefused("it has a header and no rows.")
    header = first[0] if named else _letters(max(map(len, first)))
    sample = first[1:] if named else first[:SAMPLE]
    return Look(wish.format, wish.encoding, wish.delimiter, named, header, sample)


def _is_header(first: list[list[str]]) -> bool:
    """Whether the first row names columns: no address and no number in it, and every name once."""
    names = [each.strip() for each in first[0] if each.strip()]
    if any("@" in each for each in names):
        return False
    if any("@" in each for cells in first[1:] for each in cells):
        return True
    is_text = not any(each.replace(".", "").replace("-", "").isdigit() for each in names)
    return is_text and len({each.casefold() for each in names}) == len(names)


def _letters(width: int) -> list[str]:
    """Columns as spreadsheets name them."""
    return [f"Column {_letter(place)}" for place in range(width)]


def _letter(place: int) -> str:
    before, last = divmod(place, 26)
    return (_letter(before - 1) if before else "") + chr(ord("A") + last)
