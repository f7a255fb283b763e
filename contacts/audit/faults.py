"""What can be wrong with a chain, and where."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of what a walk may find."""

    MISSING = "missing"
    CHANGED = "changed"
    PAYLOAD = "payload"
    WORDS = "words"
    HEAD = "head"
    CHECKPOINT = "checkpoint"
    ROLLED_BACK = "rolled_back"
    INTENT = "intent"

    @property
    def words(self) -> str:
        """The kind as a person reads it."""
        return _WORDS[self]


_WORDS = {
    Kind.MISSING: "An entry was taken out, put in or moved",
    Kind.CHANGED: "An entry was changed",
    Kind.PAYLOAD: "Details were changed or taken away",
    Kind.WORDS: "An entry is filed wrongly",
    Kind.HEAD: "The end was cut off or added to",
    Kind.CHECKPOINT: "The history was written anew, or a checkpoint was forged",
    Kind.ROLLED_BACK: "The history was rolled back",
    Kind.INTENT: "A beginning and an end that do not fit",
}


@dataclass(frozen=True)
class Fault:
    """The first place where a chain does not verify; ``sequence`` counts from 1."""

    chain: str
    sequence: int
    problem: str
    kind: Kind
