"""Files that are no table, told by how they begin."""

import re
from typing import BinaryIO, Final

from contacts.tables.limits import TableRefused

ARCHIVE: Final = b"PK"
_SAVE: Final = "Save it as CSV, or as a spreadsheet (.xlsx)."
_BEGINNINGS: Final = {
    b"\xd0\xcf\x11\xe0": f"it is an older Excel file (.xls), or one with a password. {_SAVE[:-1]} without a password.",
    b"%PDF": f"it is a PDF. {_SAVE}",
    b"{\\rtf": f"it is a text document. {_SAVE}",
    b"\x1f\x8b": "it is compressed. Unpack it first.",
    b"BZh": "it is compressed. Unpack it first.",
    b"\xfd7zXZ": "it is compressed. Unpack it first.",
    b"7z\xbc\xaf": "it is compressed. Unpack it first.",
    b"Rar!": "it is compressed. Unpack it first.",
    b"\x28\xb5\x2f\xfd": "it is compressed. Unpack it first.",
    b"\x89PNG": f"it is a picture. {_SAVE}",
    b"\xff\xd8\xff": f"it is a picture. {_SAVE}",
    b"SQLite format 3": f"it is a database. {_SAVE}",
}
_MARKUP: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|table|meta|\?xml|!--)", re.IGNORECASE)
_ENOUGH: Final = 4096


def is_archive(stream: BinaryIO) -> bool:
    """Whether it begins as a spreadsheet does, which is a ZIP archive."""
    return _head(stream).startswith(ARCHIVE)


def refuse_others(stream: BinaryIO, *, name: str) -> None:
    """Raises TableRefused for whatever is known to be something else, or is called something that it must not be."""
    if re.search(r"[/\\\x00]", name):
        raise TableRefused("its name leads to another folder. Rename it.")
    if name.lower().endswith((".xlsm", ".xltm", ".xlam")):
        raise TableRefused(f"it may carry macros. {_SAVE}")
    head = _head(stream)
    if not head.strip():
        raise TableRefused("it is empty.")
    for beginning, why in _BEGINNINGS.items():
        if head.startswith(beginning):
            raise TableRefused(why)
    if _MARKUP.match(head):
        raise TableRefused(f"it is a web page or XML, whatever its name says. {_SAVE}")


def _head(stream: BinaryIO) -> bytes:
    stream.seek(0)
    return stream.read(_ENOUGH)
