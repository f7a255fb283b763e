"""Reading V2 ids out of what somebody pastes or out of a file's rows, and what asking about them costs."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contacts.rules.columns import key
from contacts.rules.refusal import Refused

MOST = 10_000
PER_CALL = 500
#: What was read of a text at most: ten thousand numbers of 18 digits, each with its line's end.
MOST_CHARACTERS = 250_000
#: Rows of a file at most: some have no number, and some numbers stand in many.
MOST_ROWS = 100_000
NONE_FOUND = "No V2 id was found. A V2 id is a number, such as 1234567890."
TOO_MANY_ROWS = f"File refused: it has more than {MOST_ROWS:,} rows. Divide it."
#: What people write over such a column, as ``columns.key`` gives it, the surest first. A mere “id” may be anybody's.
HEADINGS: Final[Mapping[str, Sequence[str]]] = {
    "contact": ("v2 id", "v2 contact id", "contact id v2", "contact sequence id", "sequence id", "contact id"),
    "list": ("v2 id", "v2 list id", "list id v2", "list sequence id", "sequence id", "list id"),
}
# A table that has gaps is often written with a point: 1234567890.0.
_NUMBER = re.compile(r"([0-9]{1,18})(?:\.0+)?")


@dataclass(frozen=True)
class Found:
    """The numbers in ascending order, each once, and how many words or rows had none."""

    sequence_ids: list[int]
    left_out: int


def parse(text: str) -> Found:
    """Numbers between blanks, commas or semicolons, also in quotes, as a column of a spreadsheet gives them."""
    words = (word.strip("\"'\ufeff") for word in re.split(r"[\s,;]+", text))
    return _found(word for word in words if word)


def in_rows(cells: Iterable[str]) -> Found:
    """The same of a column's cells, row by row. Raises Refused for more rows than are read."""
    return _found(each.strip() for each in _few(cells))


def column_of(header: Sequence[str], rows: Sequence[Sequence[str]], *, kind: str) -> int:
    """The place of the column with the ids: the one that its heading names, or the only one that holds numbers.

    Raises Refused where there is none, or where nobody can tell.
    """
    width = max(map(len, [header, *rows]), default=0)
    columns = {place: [row[place].strip() for row in rows if place < len(row)] for place in range(width)}
    named = {key(heading): place for place, heading in reversed(list(enumerate(header)))}
    for heading in HEADINGS[kind]:
        if heading in named and any(map(_number, columns[named[heading]])):
            return named[heading]
    places = [place for place, cells in columns.items() if _holds_numbers(cells)]
    if not places:
        raise Refused(NONE_FOUND)
    if len(places) > 1:
        names = " and ".join(f"“{name_of(header, place)}”" for place in places[:2])
        raise Refused(f"File refused: {names} both hold numbers. Write “V2 id” over the right column.")
    return places[0]


def name_of(header: Sequence[str], place: int) -> str:
    """What a page calls the column."""
    heading = header[place].strip()[:40] if place < len(header) else ""
    return heading or f"Column {place + 1}"


def calls(number: int) -> int:
    """How many calls so many ids take."""
    return -(-number // PER_CALL)


def _number(word: str) -> int:
    """The V2 id; 0 for what is none."""
    found = _NUMBER.fullmatch(word)
    return int(found[1]) if found else 0


def _holds_numbers(cells: Sequence[str]) -> bool:
    """Whether most of what stands in the column are numbers."""
    filled = [each for each in cells if each]
    return 2 * sum(1 for each in filled if _number(each)) > len(filled)


def _few(cells: Iterable[str]) -> Iterator[str]:
    for read, each in enumerate(cells):
        if read == MOST_ROWS:
            raise Refused(TOO_MANY_ROWS)
        yield each


def _found(words: Iterable[str]) -> Found:
    numbers = [_number(word) for word in words]
    return Found(sorted({*numbers} - {0}), numbers.count(0))
