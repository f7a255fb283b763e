"""The archive that a spreadsheet is: opened only when its directory promises nothing that would hurt."""

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import BinaryIO, Final

from contacts.tables import limits
from contacts.tables.limits import TableRefused

WORKBOOK: Final = "xl/workbook.xml"
TEXTS: Final = "xl/sharedStrings.xml"
DAMAGED: Final = "it is damaged or cut short. Save it again."
_TOO_LARGE: Final = "it unpacks to far more than a table needs. Save it as CSV in UTF-8."
_END: Final = b"PK\x05\x06"
_LONG_END: Final = b"PK\x06\x07"
#: The record at the end, and the longest comment after it (APPNOTE 6.3.10, section 4.3.16).
_TAIL: Final = 22 + 65_535
_LOCAL_HEADER: Final = 30
_ENCRYPTED: Final = 0x1
_ODS: Final = b"mimetypeapplication/vnd.oasis.opendocument"


@contextmanager
def opened(stream: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The archive of a spreadsheet. Raises TableRefused, also for what turns out to be damaged while it is read."""
    try:
        _check_end(stream)
        with zipfile.ZipFile(stream) as archive:
            _check(archive)
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, struct.error):
        raise TableRefused(DAMAGED) from None


def _check_end(stream: BinaryIO) -> None:
    """The size of the directory, before anything reads it: a million entries fit into a small file."""
    size = stream.seek(0, 2)
    stream.seek(0)
    if _ODS in stream.read(128):
        raise TableRefused("it is an OpenDocument sheet. Save it as CSV, or as a spreadsheet (.xlsx).")
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < 22 or tail.count(_END) != 1:
        raise TableRefused(DAMAGED)
    entries, directory, _, comment = struct.unpack("<HLLH", tail[place + 10 : place + 22])
    if len(tail) - place != 22 + comment or _LONG_END in tail:
        raise TableRefused(DAMAGED)
    if entries > limits.MOST_ENTRIES or directory > limits.MOST_OF_THE_DIRECTORY:
        raise TableRefused(_TOO_LARGE)


def _check(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    names = [each.filename for each in entries]
    if len(names) > limits.MOST_ENTRIES or len(set(names)) != len(names):
        raise TableRefused(DAMAGED)
    for name in names:
        _check_name(name)
    if WORKBOOK not in names:
        raise TableRefused("it is an archive, not a spreadsheet. Unpack it first.")
    for entry in entries:
        _check_entry(entry)
    if sum(each.file_size for each in entries) > 2 * limits.MOST_OF_A_SHEET:
        raise TableRefused(_TOO_LARGE)
    ordered = sorted(entries, key=lambda each: each.header_offset)
    for one, following in pairwise(ordered):
        if one.header_offset + _LOCAL_HEADER + one.compress_size > following.header_offset:
            raise TableRefused(DAMAGED)


def _check_name(name: str) -> None:
    if name.startswith("/") or "\\" in name or ".." in posixpath.normpath(name).split("/"):
        raise TableRefused("it has a part that leads to another folder. Save it again.")
    low = name.lower()
    if low.endswith("vbaproject.bin") or "macrosheets/" in low:
        raise TableRefused("it carries macros. Save it as CSV, or as a spreadsheet without macros (.xlsx).")
    if low == "xl/workbook.bin":
        raise TableRefused("it is a binary workbook (.xlsb). Save it as CSV, or as a spreadsheet (.xlsx).")
    if low == "encryptedpackage":
        raise TableRefused("it has a password. Save it without one.")
    if re.search(r"\.(zip|xlsx|xlsm|docx|gz|7z|rar|bz2|xz)$", low):
        raise TableRefused("it carries other files inside. Save the table alone, as CSV.")


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise TableRefused("it has a password. Save it without one.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise TableRefused(DAMAGED)
    is_large = entry.file_size > 2**20
    if is_large and entry.file_size > limits.MOST_RATIO * max(1, entry.compress_size):
        raise TableRefused(_TOO_LARGE)
    is_table = entry.filename == TEXTS or entry.filename.startswith("xl/worksheets/")
    is_read = entry.filename.endswith((".xml", ".rels"))
    most = limits.MOST_OF_A_SHEET if is_table or not is_read else limits.MOST_OF_A_SMALL_PART
    if entry.file_size > most:
        raise TableRefused(_TOO_LARGE)
