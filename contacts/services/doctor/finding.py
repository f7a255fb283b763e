"""One thing that was looked at, and the sentence about it."""

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad it is; the worst one is the exit code of ``manage.py doctor``."""

    OK = 0
    WARNING = 1
    BROKEN = 2


@dataclass(frozen=True)
class Finding:
    """``words`` is one sentence, with what to do in it unless all is well. It names nobody."""

    level: Level
    about: str
    words: str


def ok(about: str, words: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, about, words)


def warning(about: str, words: str) -> Finding:
    """It works, and somebody should look after it."""
    return Finding(Level.WARNING, about, words)


def broken(about: str, words: str) -> Finding:
    """Something does not work, or is open to others."""
    return Finding(Level.BROKEN, about, words)
