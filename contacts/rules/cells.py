"""Text for a cell of a CSV file that a spreadsheet will open: shown as it is, never worked out as a formula."""

#: What a spreadsheet takes for the beginning of a formula, in narrow and in wide letters (faults X4).
STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
BREAKS = ("\t", "\r", "\n")


def cell(value: object) -> str:
    """The value as text; an apostrophe stands before whatever a spreadsheet would run. No NUL, no half a pair."""
    text = str(value).replace("\x00", "").encode("utf-8", "replace").decode()
    bare = text.lstrip("\"' \u00a0\ufeff\t\r\n")
    return f"'{text}" if text.startswith(BREAKS) or bare.startswith(STARTS) else text
