"""The cells of a file's row as they are kept: a JSON list of texts, compressed."""

import json
import zlib
from collections.abc import Sequence

#: What is left of a row whose person was erased.
NOTHING = zlib.compress(b"[]")


def packed(cells: Sequence[str]) -> bytes:
    """The texts of a row, column by column, as ``FileRow.cells`` has them."""
    # ASCII, so that half a pair survives as its escape.
    return zlib.compress(json.dumps(cells, separators=(",", ":")).encode("ascii"), 1)


def unpacked(body: bytes | memoryview) -> list[str]:
    """The texts again."""
    texts: list[str] = json.loads(zlib.decompress(body))
    return texts


def cell(texts: Sequence[str], place: int | None) -> str:
    """The text in a column; nothing where the row is shorter, or nobody knows the column."""
    return texts[place] if place is not None and place < len(texts) else ""
