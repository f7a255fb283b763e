"""Measured values, what they say together, and the table they are printed as."""

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

WARM_UP = 20
TIMES = 200
# From so many values on, the tail says more than the two ends.
ENOUGH_FOR_A_TAIL = 20
COLUMNS = ("measure", "size", "database", "median", "spread", "unit", "besides")


@dataclass(frozen=True)
class Series:
    """Everything that was measured of one thing.

    ``size`` is how many contacts the account had. ``facts`` are counts that came with it: queries, calls, rows.
    """

    name: str
    size: int
    unit: str
    values: list[float]
    facts: Mapping[str, float] = field(default_factory=dict)
    database: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def p95(self) -> float | None:
        """None when there are too few values for a tail."""
        if len(self.values) < ENOUGH_FOR_A_TAIL:
            return None
        return statistics.quantiles(self.values, n=20, method="inclusive")[-1]

    @property
    def spread(self) -> str:
        """In words: the 95th percentile of many values, the two ends of a few."""
        if self.p95 is not None:
            return f"p95 {shown(self.p95)}"
        if len(self.values) == 1:
            return "one run"
        return f"{shown(min(self.values))} to {shown(max(self.values))}"

    def as_dict(self) -> dict[str, Any]:
        """For a file: the summary, not the single values."""
        ends = {"median": self.median, "p95": self.p95, "low": min(self.values), "high": max(self.values)}
        known = {name: getattr(self, name) for name in ("name", "size", "database", "unit", "facts")}
        return known | ends | {"values": len(self.values)}


def each_time(
    deed: Callable[[int], object], *, times: int = TIMES, warm_up: int = WARM_UP
) -> tuple[list[float], float]:
    """Milliseconds of ``deed(number)``, each call by itself, and how many of them on average were this process's CPU.

    The first ``warm_up`` calls are not counted. On a busy machine the CPU says more than the clock.
    """
    for number in range(warm_up):
        deed(number)
    values, cpu_began = [], time.process_time()
    for number in range(warm_up, warm_up + times):
        began = time.perf_counter()
        deed(number)
        values.append((time.perf_counter() - began) * 1000)
    return values, (time.process_time() - cpu_began) * 1000 / times


def together(measured: Iterable[Series]) -> list[Series]:
    """Runs of the same thing as one series, in the order in which each first came."""
    found: dict[tuple[str, int, str, str], Series] = {}
    for each in measured:
        key = (each.name, each.size, each.unit, each.database)
        earlier = found.get(key)
        found[key] = replace(each, values=[*earlier.values, *each.values]) if earlier else each
    return list(found.values())


def table(measured: Iterable[Series]) -> str:
    """One line a series, columns aligned."""
    rows = [COLUMNS, *map(_row, measured)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def shown(value: float) -> str:
    """Whole numbers whole, others with three digits that mean something."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _row(each: Series) -> tuple[str, ...]:
    besides = ", ".join(f"{shown(value)} {name}" for name, value in each.facts.items())
    return (each.name, f"{each.size:,}", each.database, shown(each.median), each.spread, each.unit, besides)
