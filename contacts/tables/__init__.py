"""Tables that come and go as files: text with separators, and spreadsheets. Knows neither Django nor contacts."""

from contacts.tables.cells import cell, value
from contacts.tables.encodings import ENCODINGS
from contacts.tables.limits import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, MOST_SHEET_ROWS, TableRefused
from contacts.tables.reading import Format, Look, Row, look, rows
from contacts.tables.text import DELIMITERS
from contacts.tables.writing import line, to_csv

__all__ = [
    "DELIMITERS",
    "ENCODINGS",
    "MOST_BYTES",
    "MOST_COLUMNS",
    "MOST_ROWS",
    "MOST_SHEET_ROWS",
    "Format",
    "Look",
    "Row",
    "TableRefused",
    "cell",
    "line",
    "look",
    "rows",
    "to_csv",
    "value",
]
