"""In which encoding the text of a file is written."""

import codecs
from typing import BinaryIO, Final

from contacts.tables.limits import TableRefused

#: What a person can choose among.
ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252 (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "iso8859-15": "ISO 8859-15",
    "mac-roman": "Mac Roman",
    "utf-16-le": "UTF-16, little end first",
    "utf-16-be": "UTF-16, big end first",
    "utf-32-le": "UTF-32, little end first",
    "utf-32-be": "UTF-32, big end first",
}
#: The longer ones first: UTF-16's mark is how UTF-32's begins.
MARKS: Final = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
#: Guessed by looking at all of the file, in this order: what is UTF-8 all the way is nothing else.
_ONE_BY_ONE: Final = ("utf-8", "cp1252")
_ENOUGH: Final = 4096
_AT_ONCE: Final = 2**20


def guessed(stream: BinaryIO) -> str:
    """The encoding by its mark, by where the zeros are, or by what all bytes fit. Raises TableRefused.

    The whole file is read, a megabyte at a time: the first letter that is not ASCII may be its last.
    """
    stream.seek(0)
    head = stream.read(_ENOUGH)
    for mark, name in MARKS.items():
        if head.startswith(mark):
            return name
    if b"\x00" in head:
        return _wide(head)
    for name in _ONE_BY_ONE:
        if _fits(stream, name):
            return name
    raise TableRefused("its text is neither UTF-8 nor Windows-1252. Save it as CSV in UTF-8.")


def mark_of(stream: BinaryIO, encoding: str) -> int:
    """How many bytes at the beginning are the encoding's own mark."""
    stream.seek(0)
    head = stream.read(4)
    return next((len(mark) for mark, name in MARKS.items() if name == encoding and head.startswith(mark)), 0)


def _wide(head: bytes) -> str:
    """UTF-16 or UTF-32 without its mark: Western letters, digits and separators have their zeros in one place."""
    zeros = [each.count(0) / max(1, len(each)) for each in (head[0::4], head[1::4], head[2::4], head[3::4])]
    if min(zeros[1:]) > 0.95 and zeros[0] < 0.05:
        return "utf-32-le"
    if min(zeros[:3]) > 0.95 and zeros[3] < 0.05:
        return "utf-32-be"
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if odd > 0.1 and not even:
        return "utf-16-le"
    if even > 0.1 and not odd:
        return "utf-16-be"
    raise TableRefused("it has bytes that no text has. Save it as CSV in UTF-8.")


def _fits(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while portion := stream.read(_AT_ONCE):
            decoder.decode(portion)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
