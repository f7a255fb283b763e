"""The cells of a row."""

from contacts.models import FileRow
from contacts.models.cells import unpacked


def cells(row: FileRow) -> list[str]:
    """The texts of a row, column by column; none of somebody who was erased."""
    return unpacked(row.cells)
