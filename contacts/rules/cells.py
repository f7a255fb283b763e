"""Text for a cell of a CSV file that a spreadsheet will open: shown as it is, never worked out as a formula."""

import re

#: What a spreadsheet takes for the beginning of a formula, in narrow and in wide letters (faults X4).
STARTS = "=+\\-@＝＋－＠"
UNSEEN = r"\x00-\x08\x0b\x0c\x0e-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
#: Also after a semicolon or a line's end: a spreadsheet that expects those between cells begins a new one there.
FORMULA = re.compile(rf"(^|[;\t\r\n])([\"'{UNSEEN}]*[{STARTS}])")
BREAK = re.compile(rf"[\"{UNSEEN}]*[\t\r\n]")


def cell(value: object) -> str:
    """The value as text; an apostrophe stands before whatever a spreadsheet would run. No NUL, no half a pair."""
    text = str(value).replace("\x00", "").encode("utf-8", "replace").decode()
    guarded = FORMULA.sub(r"\1'\2", text)
    return f"'{guarded}" if BREAK.match(guarded) else guarded
