"""How much a table may hold, and the one sentence with which any other is refused (faults X5, D26)."""

MOST_BYTES = 150 * 2**20
MOST_ROWS = 1_000_000
MOST_SHEET_ROWS = 200_000
MOST_COLUMNS = 200
MOST_OF_A_CELL = 32 * 1024
MOST_OF_A_LINE = 200 * 1024

#: Of a spreadsheet, which is an archive: parts, its directory, and what it may unpack to.
MOST_ENTRIES = 1000
MOST_OF_THE_DIRECTORY = 2**20
MOST_OF_A_SHEET = 400 * 2**20
MOST_OF_A_SMALL_PART = 16 * 2**20
MOST_RATIO = 250
#: What the texts that cells share may take of our memory, in bytes.
MOST_OF_SHARED_TEXTS = 40 * 2**20


class TableRefused(Exception):
    """``sentence`` is what a person reads."""

    def __init__(self, why: str) -> None:
        self.sentence = f"File refused: {why}"
        super().__init__(self.sentence)


def checked(cells: list[str], number: int) -> list[str]:
    """The cells, when neither they nor their number is over the limit. Raises TableRefused."""
    if len(cells) > MOST_COLUMNS:
        raise TableRefused(f"row {number:,} has more than {MOST_COLUMNS} columns.")
    if any(len(each) > MOST_OF_A_CELL for each in cells):
        raise TableRefused(f"row {number:,} has a cell of more than {MOST_OF_A_CELL // 1024} KB.")
    return cells
