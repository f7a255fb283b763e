"""A file's bytes in the database: pieces of one megabyte, so that any worker on any machine can read them."""

import hashlib
import io
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import BinaryIO, Final, cast

from contacts.models import ContactFile, FilePart
from contacts.rules.refusal import Refused

PIECE: Final = 2**20
#: Pieces that a reader has at hand: a spreadsheet is read in a few places at once.
AT_HAND: Final = 4


class BytesAreGone(Refused):
    """The file's bytes were deleted, so it cannot be read again."""

    def __init__(self) -> None:
        super().__init__("What was in this file is not kept any more. Bring the file again.")


def store(file: ContactFile, chunks: Iterable[bytes]) -> str:
    """Keep the bytes, a short transaction for each piece; the SHA-256 of all of them in hex."""
    digest = hashlib.sha256()
    for number, piece in enumerate(_pieces(chunks)):
        digest.update(piece)
        FilePart.objects.create(file=file, number=number, body=zlib.compress(piece, 1))
    return digest.hexdigest()


def stored(file: ContactFile) -> BinaryIO:
    """The file's bytes, to be read and sought in. Reading raises BytesAreGone when they were deleted."""
    return cast("BinaryIO", io.BufferedReader(_Stored(file), buffer_size=2**16))


def _pieces(chunks: Iterable[bytes]) -> Iterable[bytes]:
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        while len(kept) >= PIECE:
            yield bytes(kept[:PIECE])
            del kept[:PIECE]
    if kept:
        yield bytes(kept)


class _Stored(io.RawIOBase):
    def __init__(self, file: ContactFile) -> None:
        super().__init__()
        self._size, self._at = file.size, 0
        parts = FilePart.objects.filter(file=file)

        def piece(number: int) -> bytes:
            body = parts.filter(number=number).values_list("body", flat=True).first()
            if body is None:
                raise BytesAreGone
            return zlib.decompress(body)

        self._piece = lru_cache(maxsize=AT_HAND)(piece)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._at >= self._size:
            return 0
        number, within = divmod(self._at, PIECE)
        some = self._piece(number)[within : within + len(buffer)]
        buffer[: len(some)] = some
        self._at += len(some)
        return len(some)
