"""What of a workbook is needed to read its first sheet: where that is, and which formats are dates."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zipfile import ZipFile

from contacts.tables.archives import DAMAGED, WORKBOOK
from contacts.tables.limits import TableRefused
from contacts.tables.markup import Event, events

_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_STYLES: Final = "xl/styles.xml"
#: More than any program writes.
_MOST_STYLES: Final = 70_000


@dataclass(frozen=True)
class Book:
    """``sheet`` is the first shown sheet's part, ``dates`` are the styles that show a number as a date or a time."""

    sheet: str
    since_1904: bool
    dates: frozenset[str]


def book(archive: ZipFile) -> Book:
    """What the workbook says. Raises TableRefused."""
    sheet, since_1904 = _first_sheet(archive)
    return Book(sheet, since_1904, frozenset(_dates(archive)))


def _first_sheet(archive: ZipFile) -> tuple[str, bool]:
    relation, since_1904 = "", False
    for each in _begun(archive, WORKBOOK):
        if each.name == "workbookPr":
            since_1904 = each.attributes.get("date1904") in ("1", "true")
        elif each.name == "sheet" and each.attributes.get("state", "visible") == "visible":
            relation = next((value for name, value in each.attributes.items() if name.endswith(":id")), "")
            break
    for each in _begun(archive, _RELATIONS):
        if relation and each.attributes.get("Id") == relation:
            sheet = posixpath.normpath(posixpath.join("/xl", each.attributes.get("Target", ""))).lstrip("/")
            if sheet in archive.namelist():
                return sheet, since_1904
    raise TableRefused("it has no sheet that is shown.")


def _dates(archive: ZipFile) -> Iterator[str]:
    # Here and not above, as in ``numbers``.
    from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

    formats = {str(number): words for number, words in BUILTIN_FORMATS.items()}
    place, within = 0, False
    for each in _events(archive, _STYLES):
        if each.name == "cellXfs":
            within = each.kind == "<"
        elif each.kind == "<" and each.name == "numFmt":
            formats[each.attributes.get("numFmtId", "")] = each.attributes.get("formatCode", "")[:255]
        elif each.kind == "<" and each.name == "xf" and within:
            if is_date_format(formats.get(each.attributes.get("numFmtId", ""), "")):
                yield str(place)
            place += 1
        if max(place, len(formats)) > _MOST_STYLES:
            raise TableRefused(DAMAGED)


def _begun(archive: ZipFile, name: str) -> Iterator[Event]:
    return (each for each in _events(archive, name) if each.kind == "<")


def _events(archive: ZipFile, name: str) -> Iterator[Event]:
    if name in archive.namelist():
        with archive.open(name) as part:
            yield from events(part)
