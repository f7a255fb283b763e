"""Measured values, and what they say together."""

import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

WARM_UP = int(os.environ.get("BENCH_WARM_UP", 20))
TIMES = int(os.environ.get("BENCH_TIMES", 200))
#: The fact that tells what a process computed.
CPU = "s of CPU"
# From so many values on, the tail says more than the two ends.
ENOUGH_FOR_A_TAIL = 20


@dataclass(frozen=True)
class Series:
    """Everything that was measured of one thing.

    ``size`` is how many contacts (of a history: entries) there were. ``facts`` are counts that came with it: queries,
    calls, rows. ``goal`` is a key of ``bench.goals.GOALS``. Without values ``why`` says what was in the way.
    """

    name: str
    size: int
    unit: str
    values: list[float]
    facts: Mapping[str, float] = field(default_factory=dict)
    database: str = ""
    goal: str = ""
    why: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def p95(self) -> float | None:
        """None when there are too few values for a tail."""
        return self.percentile(95) if len(self.values) >= ENOUGH_FOR_A_TAIL else None

    def percentile(self, percent: int) -> float:
        if len(self.values) < 2:
            return self.values[0]
        return statistics.quantiles(self.values, n=100, method="inclusive")[percent - 1]

    def figure(self, of: str) -> float:
        """The median, the p95, the worst (highest) value, or a fact. Raises KeyError for a fact that is not there."""
        named = {"median": lambda: self.median, "p95": lambda: self.percentile(95), "worst": lambda: max(self.values)}
        return named[of]() if of in named else self.facts[of]

    @property
    def spread(self) -> str:
        """In words: the 95th percentile of many values, the two ends of a few."""
        if self.p95 is not None:
            return f"p95 {shown(self.p95)}"
        if len(self.values) < 2:
            return "one run" if self.values else ""
        return f"{shown(min(self.values))} to {shown(max(self.values))}"

    def as_dict(self) -> dict[str, Any]:
        """For a file: the summary, not the single values."""
        known = {name: getattr(self, name) for name in ("name", "size", "database", "unit", "goal", "facts", "why")}
        if not self.values:
            return known
        ends = {"median": self.median, "p95": self.p95, "low": min(self.values), "high": max(self.values)}
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
    """Runs of the same thing as one series, in the order in which each first came; of a fact the highest is kept."""
    found: dict[tuple[str, int, str, str], Series] = {}
    for each in measured:
        key = (each.name, each.size, each.unit, each.database)
        earlier = found.get(key)
        found[key] = _joined(earlier, each) if earlier else each
    return list(found.values())


def _joined(earlier: Series, later: Series) -> Series:
    names = earlier.facts.keys() | later.facts.keys()
    facts = {name: max(each.facts[name] for each in (earlier, later) if name in each.facts) for name in sorted(names)}
    return replace(earlier, values=[*earlier.values, *later.values], facts=facts)


def ratios(name: str, ours: list[Series], theirs: list[Series], *, times: float, unit: str, goal: str) -> Series:
    """Ours by theirs, run by run, so that each pair was measured in the same minute.

    Beside it the same by the CPU of the two processes, which a busy machine disturbs less; a server's is not in it.
    """
    pairs = list(zip(ours, theirs, strict=True))
    values = [times * one.median / other.median for one, other in pairs]
    both = [(one.facts[CPU], other.facts[CPU]) for one, other in pairs if CPU in one.facts and CPU in other.facts]
    by_cpu = [times * other / one for one, other in both]
    facts = {f"{unit} by CPU": statistics.median(by_cpu)} if by_cpu else {}
    return Series(name, ours[0].size, unit, values, facts, ours[0].database, goal)


def peak_memory() -> float:
    """The most memory this program ever held, in MB.

    Not getrusage on Linux: it begins with what the process that started this one held.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (each for each in status.read_text().splitlines() if each.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**10
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 2**10


def shown(value: float) -> str:
    """Whole numbers whole, others with three digits that mean something."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
