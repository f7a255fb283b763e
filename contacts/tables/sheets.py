"""Rows of a spreadsheet (.xlsx), read as a stream."""

from collections.abc import Iterator
from typing import BinaryIO

from contacts.tables.limits import TableRefused


def records(stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Row numbers and cells of the first sheet. Raises TableRefused."""
    raise TableRefused("spreadsheets cannot be read yet. Save it as CSV in UTF-8.")
