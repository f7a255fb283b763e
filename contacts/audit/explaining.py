"""Why details are gone: a later entry of the same chain says that they were erased, or kept long enough."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from contacts.models import AuditChain, AuditEntry

ERASE, RETENTION = "erase", "retention"
_WITHOUT_EFFECT = (AuditEntry.Outcome.REFUSED, AuditEntry.Outcome.REJECTED)


class Explanations:
    """The numbers of a chain whose details may be gone.

    An ``erase`` entry names them as ranges in ``detail["sequences"]``, a ``retention`` entry as all up to
    ``detail["through"]``; either explains only what was written before it.
    """

    def __init__(self, chain: AuditChain) -> None:
        self._chain = chain
        self._ranges: list[tuple[int, int]] | None = None

    def unexplained(self, sequences: Iterable[int]) -> list[int]:
        """Those of the numbers that nothing explains. Ask after reading the rows: an erasure explains itself first."""
        left = [each for each in sequences if not self._explains(each)]
        if left:
            self._ranges = _merged(_ranges(self._chain))
        return [each for each in left if not self._explains(each)]

    def _explains(self, sequence: int) -> bool:
        ranges = self._ranges or []
        place = bisect_right(ranges, sequence, key=lambda each: each[0]) - 1
        return place >= 0 and sequence <= ranges[place][1]


def _ranges(chain: AuditChain) -> Iterator[tuple[int, int]]:
    """First and last number, each cut off before the entry that explains them."""
    told = chain.entries.filter(action__in=[ERASE, RETENTION]).exclude(outcome__in=_WITHOUT_EFFECT)
    for sequence, action, detail in told.values_list("sequence", "action", "detail"):
        named = detail.get("sequences", ()) if action == ERASE else [[1, detail.get("through")]]
        for first, last in filter(_is_range, named):
            yield first, min(last, sequence - 1)


def _is_range(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(each) is int for each in value)


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same numbers as ranges in order, none touching another."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged
