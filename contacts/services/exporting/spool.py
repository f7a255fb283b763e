"""A file that is whole before it leaves: small ones in memory, larger ones on disk without a name."""

import hashlib
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

from contacts.rules.refusal import Refused

MEMORY = 1 << 20
MOST = 1 << 30


class TooLarge(Refused):
    """A file would be larger than anybody could open."""


@dataclass(frozen=True)
class Spooled:
    """A whole file at its beginning, its SHA-256 in hex and its size in bytes. It is gone when it is closed."""

    file: IO[bytes]
    sha256: str
    size: int


def spooled(chunks: Iterable[bytes], *, most: int = MOST) -> Spooled:
    """The chunks one after the other. Whatever goes wrong on the way, nothing stays behind.

    Raises TooLarge beyond ``most`` bytes.
    """
    digest, size = hashlib.sha256(), 0
    with ExitStack() as unfinished:
        # The system takes the name of such a file away at once: it ends with the process even when that is killed.
        file = unfinished.enter_context(SpooledTemporaryFile(max_size=MEMORY))
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise TooLarge("The file would be too large. Export fewer lines: choose days, or one contact.")
            digest.update(chunk)
            file.write(chunk)
        file.seek(0)
        unfinished.pop_all()
    return Spooled(file, digest.hexdigest(), size)
