"""Text for a cell of a CSV file that a spreadsheet will open: shown as it is, never worked out as a formula.

One rule, here and back: an apostrophe stands before whatever a spreadsheet would run, and whoever reads takes away
the apostrophe that stands before such a thing. Nothing says whether a file is ours, and nothing has to: an
apostrophe before a formula is what others guard with too, so a foreign ``'+353 1 234`` means the number. ``'t Hooft``
and ``O'Brien`` begin no formula and stay what they are.
"""

import re
from typing import Final

#: What a spreadsheet takes for the beginning of a formula, in narrow and in wide letters (faults X4).
STARTS: Final = "=+\\-@＝＋－＠"
UNSEEN: Final = r"\x00-\x08\x0b\x0c\x0e-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
_QUIET: Final = rf"[\"'{UNSEEN}]*"
#: A cell must not begin with a break either. A spreadsheet that expects a semicolon, a tab or a line's end between
#: cells begins a new cell there.
_AT_START: Final = rf"(?={_QUIET}[{STARTS}\t\r\n])"
_WITHIN: Final = rf"(?={_QUIET}[{STARTS}])"
_BARE: Final = re.compile(rf"\A{_AT_START}|(?<=[;\t\r\n]){_WITHIN}")
_SUSPECT: Final = re.compile(rf"[;\t\r\n]{_QUIET}[{STARTS}\t\r\n]")
_GUARDED: Final = re.compile(rf"\A'{_AT_START}|(?<=[;\t\r\n])'{_WITHIN}")


def cell(value: object) -> str:
    """The value as text that starts no formula. What no file can carry is left out (NUL) or "?" (half a pair)."""
    text = str(value).replace("\x00", "").encode("utf-8", "replace").decode()
    return _BARE.sub("'", text)


def is_plain(text: str) -> bool:
    """Whether ``text`` may surely stand between quotes as it is, where a semicolon stands for each cell's beginning.

    False may be too careful; it takes a tenth of the time to ask this of a whole row first.
    """
    if '"' in text or "\x00" in text or _SUSPECT.search(text):
        return False
    # Half of a pair cannot be printed.
    return text.isascii() or text.isprintable()


def value(cell: str) -> str:
    """What ``cell`` was made from."""
    return _GUARDED.sub("", cell) if "'" in cell else cell
