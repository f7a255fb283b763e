"""What the pages of files show: the recent ones, what was made of one, its verdicts as a bar, its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict

from contacts import tables
from contacts.models import ContactFile, CustomField, FileRow, LinkedAccount, User
from contacts.models.cells import cell, unpacked
from contacts.rules import columns
from contacts.rules.preflight import LEAVE, PERSON, SAFE, SENDABLE, Verdict, Words
from contacts.rules.words import count, listed
from contacts.selectors.paging import Slice, one_page

State = ContactFile.State
RECENT: Final = 10
ROWS: Final = 50
SAMPLE: Final = 20
PAGE_OF_SYNC: Final = 500
#: What a full reading takes besides its pages: the account, lists, tags, custom fields, the deleted.
OTHER_CALLS: Final = 6
#: In percent: a piece of one row among thousands is drawn so wide that it can be seen.
NARROWEST: Final = 1.5
#: Of the columns that are not imported, so many are named.
MOST_NAMED: Final = 6
MOST_OF_HEADING: Final = 40


@dataclass(frozen=True)
class Part:
    """One of the three files that a person can take home."""

    name: str
    label: str
    verdicts: Sequence[Verdict]
    meaning: str


PARTS: Final[Mapping[str, Part]] = {
    each.name: each
    for each in (
        Part("safe", "Safe to import", SAFE, "New people, and updates of people who are there."),
        Part("person", "Needs a person", PERSON, "Something to correct, or to decide."),
        Part("leave", "Leave alone", LEAVE, "Opted out, erased on request, or repeated."),
    )
}


@dataclass(frozen=True)
class Piece:
    """One verdict in the bar; ``x`` and ``width`` are percent."""

    verdict: Verdict
    words: Words
    number: int
    share: float
    x: float
    width: float
    part: str


@dataclass(frozen=True)
class Bar:
    """The verdicts from left to right, those that nobody has left out, and the same in a sentence."""

    pieces: list[Piece]
    sentence: str


@dataclass(frozen=True)
class Column:
    """One column of a file: its heading, the field it is taken for, and what stands in its first rows."""

    place: int
    heading: str
    field: str
    samples: list[str]


@dataclass(frozen=True)
class Line:
    """One row of a file as a page shows it."""

    row: FileRow
    address: str
    words: Words


@dataclass(frozen=True)
class Cost:
    """What asking Constant Contact takes, in calls: one row each for a sample, all by pages of the account."""

    sample: int
    rows: int
    pages: int


def visible(user: User, account: LinkedAccount) -> QuerySet[ContactFile]:
    """The account's files that are checked."""
    of_account = ContactFile.objects.visible_to(user).filter(account=account, purpose=ContactFile.Purpose.CHECK)
    return of_account.select_related("by")


def recent(user: User, account: LinkedAccount) -> list[ContactFile]:
    """The newest files. One query."""
    return list(visible(user, account).order_by("-pk")[:RECENT])


def brought_before(user: User, account: LinkedAccount, file: ContactFile) -> ContactFile | None:
    """The last time the very same file was brought to this account before. One query."""
    same = visible(user, account).filter(mark=file.mark, pk__lt=file.pk).exclude(mark="")
    return same.order_by("-pk").first()


def ends_at(file: ContactFile) -> datetime:
    """When what is in it is deleted by itself."""
    return file.created_at + timedelta(days=settings.FILE_DAYS)


def is_stale(file: ContactFile, account: LinkedAccount) -> bool:
    """Whether our copy was read anew since the rows were judged."""
    return account.synced_at is not None and (file.judged_of is None or file.judged_of < account.synced_at)


def bar(file: ContactFile) -> Bar:
    """The verdicts on the rows of a file that is ready. No query."""
    order = [verdict for part in PARTS.values() for verdict in part.verdicts]
    present = [(verdict, file.counts[verdict]) for verdict in order if file.counts.get(verdict)]
    total = sum(number for _, number in present)
    wide = [max(100 * number / total, NARROWEST) for _, number in present]
    pieces, x = [], 0.0
    for (verdict, number), raw in zip(present, wide, strict=True):
        width = 100 * raw / sum(wide)
        part = next(name for name, each in PARTS.items() if verdict in each.verdicts)
        pieces.append(Piece(verdict, verdict.words, number, 100 * number / total, x, width, part))
        x += width
    return Bar(pieces, _sentence(total, pieces))


def totals(file: ContactFile) -> dict[str, int]:
    """How many rows are in each of the three downloads."""
    return {name: sum(file.counts.get(verdict, 0) for verdict in part.verdicts) for name, part in PARTS.items()}


def reached(file: ContactFile) -> tuple[int, int]:
    """How far a file is, and of how much: bytes while it is read (a spreadsheet: 0 of 0), rows while it is judged."""
    if file.state == State.JUDGING:
        return sum(file.counts.values()), file.rows
    place = file.settings.get("place", 0)
    return (place, file.size) if place else (0, 0)


def guesses(file: ContactFile, sample: Sequence[Sequence[str]]) -> list[Column]:
    """The columns of a file with what they are taken for. No query."""
    width = max(len(file.header), *map(len, sample), 0) if sample else len(file.header)
    headings = [*file.header, *("" for _ in range(width - len(file.header)))]
    return [
        Column(
            place,
            heading,
            file.columns.get(str(place), ""),
            [row[place] for row in sample if place < len(row) and row[place].strip()],
        )
        for place, heading in enumerate(headings)
    ]


def left_out(guessed: Sequence[Column]) -> str:
    """``1 column is not imported: Birthday.``; empty when every column that has a heading or a value is."""
    names = [
        each.heading.strip()[:MOST_OF_HEADING] or f"column {each.place + 1}"
        for each in guessed
        if not each.field and (each.heading.strip() or each.samples)
    ]
    if not names:
        return ""
    shown = names if len(names) <= MOST_NAMED else [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} more"]
    return f"{count(len(names), 'column is', 'columns are')} not imported: {listed(shown)}."


def choices(account: LinkedAccount) -> list[tuple[str, str]]:
    """Every field that a column can be taken for, with its words. One query."""
    custom = CustomField.objects.filter(account=account, gone_at=None).values_list("name", flat=True)
    own = [columns.CUSTOM + name for name in custom]
    return [(field, columns.label(field)) for field in [*columns.FIELDS, *own]]


def separators() -> list[tuple[str, str]]:
    """What can stand between the cells of a text."""
    return [(each, words.capitalize()) for each, words in tables.DELIMITERS.items()]


def lines(file: ContactFile, *, query: QueryDict, verdict: Verdict | None) -> tuple[list[Line], Slice[FileRow]]:
    """One page of rows, by their numbers. One query."""
    rows = FileRow.objects.filter(file=file)
    page = one_page(rows.filter(verdict=verdict) if verdict else rows, order=("number",), query=query, size=ROWS)
    return [line(row, file) for row in page.rows], page


def line(row: FileRow, file: ContactFile) -> Line:
    """One row in words. No query."""
    return Line(row, _address(row, file), Verdict(row.verdict).words)


def to_sample(file: ContactFile) -> list[FileRow]:
    """Rows with an address, spread over the file, for a live look. Two queries."""
    rows = FileRow.objects.filter(file=file, verdict__in=SENDABLE)
    step = max(1, file.rows // (SAMPLE * 20))
    spread = list(rows.filter(number__in=range(2, 2 + step * SAMPLE * 20, step)).order_by("number"))
    found = spread if len(spread) >= SAMPLE else list(rows.order_by("number")[:SAMPLE])
    return found[:: max(1, len(found) // SAMPLE)][:SAMPLE]


def cost(file: ContactFile, account: LinkedAccount) -> Cost:
    """What a live look takes. No query."""
    sendable = sum(file.counts.get(verdict, 0) for verdict in SENDABLE)
    contacts = sum(number for number in account.counts.values() if isinstance(number, int))
    return Cost(min(SAMPLE, sendable), sendable, -(-contacts // PAGE_OF_SYNC) + OTHER_CALLS)


def waits_for_sync(file: ContactFile) -> bool:
    """Whether the rows are judged only after a sync."""
    return file.state == State.JUDGING and bool(file.settings.get("after"))


def is_under_way(file: ContactFile) -> bool:
    """Whether the worker has something to do with it."""
    return file.state in ContactFile.UNDER_WAY and file.forgotten_at is None


def _address(row: FileRow, file: ContactFile) -> str:
    """The cell with the address, as it stands in the file."""
    place = next((int(place) for place, field in file.columns.items() if field == columns.EMAIL), None)
    return cell(unpacked(row.cells), place)[:254]


def _sentence(total: int, pieces: Sequence[Piece]) -> str:
    """``Of 10 rows 6 are safe to import (4 new, 2 updates), 1 needs a person (1 ...) and 3 are left alone (...)``."""
    told = []
    for name, one, many in (
        ("safe", "is safe to import", "are safe to import"),
        ("person", "needs a person", "need a person"),
        ("leave", "is to be left alone", "are to be left alone"),
    ):
        mine = [piece for piece in pieces if piece.part == name]
        number = sum(piece.number for piece in mine)
        if number:
            what = listed([f"{piece.number:,} {piece.words.said}" for piece in mine])
            told.append(f"{number:,} {one if number == 1 else many} ({what})")
    return f"Of {count(total, 'row')} {listed(told)}." if told else "There is no row."
