"""Whether a bulk job of Constant Contact may have made what was seen to change. Never who started it.

The API tells when an activity ended and how many contacts it counted; its kind and its owner it does not tell (CC
reference, section 15). So the most that can be said is "likely", and only while nothing speaks against it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

JSON = dict[str, Any]

#: In this order: an import's total counts its heading line too, and what was asked for may not all have been done.
COUNTERS = ("items_completed_count", "person_count", "items_total_count")
#: The most that a column of either database counts to.
MOST = 2**31 - 1


@dataclass(frozen=True)
class Finished:
    """An activity that is not ours and was completed at this moment; ``items`` is None when it does not count."""

    remote_id: str
    completed_at: datetime
    items: int | None


@dataclass(frozen=True)
class Seen:
    """So many contacts changed in one way after ``start`` and not after ``end``; None: nobody looked before.

    ``alone`` is whether nothing else of unknown origin was seen to change in the same window.
    """

    number: int
    start: datetime | None
    end: datetime
    alone: bool


def likely(seen: Seen, finished: Iterable[Finished]) -> tuple[Finished, ...]:
    """The activities that may have done it, the first to end first; empty when it stays unknown.

    They ended inside the window and together counted at least as many contacts as changed. One that does not count
    may have reached anybody or nobody: it is believed only when it and the change are alone in the window, because
    with a second job or a second change nobody could say which belongs to which.
    """
    if seen.start is None or seen.number < 1:
        return ()
    inside = [each for each in finished if seen.start < each.completed_at <= seen.end]
    inside.sort(key=lambda each: (each.completed_at, each.remote_id))
    counted = tuple(each for each in inside if each.items)
    if sum(each.items or 0 for each in counted) >= seen.number:
        return counted
    silent = [each for each in inside if each.items is None]
    return tuple(silent) if len(inside) == len(silent) == 1 and seen.alone else ()


def items(shown: JSON) -> int | None:
    """How many contacts an activity, in the shape of GET, says that it reached; None when it does not say."""
    status = shown.get("status")
    counters = status if isinstance(status, dict) else {}
    for name in COUNTERS:
        number = counters.get(name)
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= MOST:
            return number
    return None


def only_reads(shown: JSON) -> bool:
    """Whether it is an export, which changes nobody: only those have a result to fetch."""
    links = shown.get("_links")
    return isinstance(links, dict) and "results" in links
