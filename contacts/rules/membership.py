"""When a contact's time on a list begins and ends, and which of its former lists a reactivation offers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Ended(StrEnum):
    """Why a time on a list ended."""

    REMOVED = "removed"
    UNSUBSCRIBED = "unsubscribed"
    DELETED = "deleted"


@dataclass(frozen=True)
class Stay:
    """A contact's time on one list, on Constant Contact's clock; still open without ``ended_at``."""

    list_id: str
    began_at: datetime
    ended_at: datetime | None = None
    ended: Ended | None = None


@dataclass(frozen=True)
class Upkeep:
    """Which stays begin and which end after a look at the contact, and why those that end do."""

    begin: frozenset[str]
    end: frozenset[str]
    ended: Ended


def upkeep(open_lists: Iterable[str], now_on: Iterable[str], *, deleted: bool, unsubscribed: bool) -> Upkeep:
    """What one look changes. ``deleted`` and ``unsubscribed``: the contact became so since the look before.

    A deletion comes first: Constant Contact takes a deleted contact off every list (CC reference, section 1), and
    those are the lists that a reactivation offers.
    """
    held, wanted = frozenset(open_lists), frozenset(now_on)
    why = Ended.DELETED if deleted else Ended.UNSUBSCRIBED if unsubscribed else Ended.REMOVED
    return Upkeep(begin=wanted - held, end=held - wanted, ended=why)


def former(stays: Iterable[Stay], *, deleted_at: datetime | None) -> list[Stay]:
    """The lists the contact was on until it was deleted, the longest stay first, each list once.

    ``deleted_at`` is when the deletion was noticed. A list somebody took the contact off before, and one that ended
    with an earlier deletion, is not offered: nobody wishes that back.
    """
    if deleted_at is None:
        return []
    lost = [stay for stay in stays if stay.ended == Ended.DELETED and stay.ended_at == deleted_at]
    first: dict[str, Stay] = {}
    for stay in sorted(lost, key=lambda each: (each.began_at, each.list_id)):
        first.setdefault(stay.list_id, stay)
    return list(first.values())
