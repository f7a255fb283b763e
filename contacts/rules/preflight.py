"""What Constant Contact would do with a row of a file, and what should become of it."""

from enum import StrEnum


class Verdict(StrEnum):
    """What a row is. The first three may be imported, each by a choice of its own; nobody else is ever sent."""

    NEW = "new"
    UPDATE = "update"
    DELETED = "deleted"
    OPTED_OUT = "opted_out"
    AWAITING = "awaiting"
    ON_HOLD = "on_hold"
    ERASED = "erased"
    DUPLICATE = "duplicate"
    NO_ADDRESS = "no_address"
    BAD_ADDRESS = "bad_address"
    BAD_VALUE = "bad_value"
    TOO_LONG = "too_long"
    TOO_MANY_LISTS = "too_many_lists"


#: Which download a row is in.
SAFE = (Verdict.NEW, Verdict.UPDATE)
LEAVE = (Verdict.OPTED_OUT, Verdict.ERASED, Verdict.DUPLICATE)
PERSON = tuple(each for each in Verdict if each not in (*SAFE, *LEAVE))
#: What may be sent at all.
SENDABLE = (*SAFE, Verdict.DELETED)
