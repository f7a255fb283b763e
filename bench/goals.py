"""The goals P1 to P12, each with its bounds, and what a figure says to them."""

from dataclasses import dataclass

from bench.measure import Series, shown


@dataclass(frozen=True)
class Bound:
    """``of`` is median, p95, worst, or the name of a fact that came with the figure."""

    of: str
    at_most: float = float("inf")
    at_least: float = float("-inf")

    def holds(self, series: Series) -> bool:
        return self.at_least <= series.figure(self.of) <= self.at_most

    @property
    def words(self) -> str:
        what = "" if self.of == "median" else f"{self.of} "
        if self.at_least > float("-inf"):
            return f"{what}>= {shown(self.at_least)}"
        return f"{what}<= {shown(self.at_most)}"


@dataclass(frozen=True)
class Goal:
    """``size`` is how many contacts the goal is set for; 0 where it does not say. ``about`` is the goal in short."""

    about: str
    bounds: tuple[Bound, ...]
    size: int = 0

    @property
    def words(self) -> str:
        found = ", ".join(each.words for each in self.bounds)
        return f"{found} at {self.size:,}" if self.size else found


def most(value: float, of: str = "median") -> Bound:
    return Bound(of, at_most=value)


def least(value: float, of: str = "median") -> Bound:
    return Bound(of, at_least=value)


PAGE = (most(6, "queries"), most(30, "p95"))

#: The first word is the number of the goal; what follows tells its parts apart.
GOALS = {
    "P1 quick": Goal("sync at the API's own speed, answers in 100 ms", (least(97),)),
    "P1 slow": Goal("the same, answers in 400 and 800 ms", (least(90),), 100_000),
    "P2 raw": Goal("first load against raw SQL", (least(50),), 100_000),
    "P2 dlt": Goal("first load against dlt", (least(2),), 100_000),
    "P3 pace": Goal("unchanged re-sync against first load", (least(4),)),
    "P3 unchanged": Goal("an unchanged re-sync writes nothing", (most(0, "worst"),)),
    "P3 changed": Goal("a re-sync writes what changed", (most(1.2, "worst"),)),
    "P4 memory": Goal("memory of the sync", (most(150, "worst"),)),
    "P4 cost": Goal("cost per contact against that at 10,000", (most(1.3),), 1_000_000),
    "P5": Goal("bytes per contact on disk", (most(1600),)),
    "P6": Goal("any page of people", PAGE, 1_000_000),
    "P6 verdict": Goal("verdict from our copy", (most(15, "p95"),), 1_000_000),
    "P7": Goal("audit and contact history", PAGE, 1_000_000),
    "P8": Goal("limiter over 4 processes", (least(95), most(0, "seconds above 4"), most(0, "miscounted calls"))),
    "P9": Goal("25 people, a sync and a job", (most(300, "p95"), most(0, "errors")), 100_000),
    "P9 progress": Goal("sync and job go on meanwhile", (least(1),)),
    "P10": Goal("2,932 people in 14 groups", (most(120, "calls"), most(1.1))),
    "P11 export": Goal("export of contacts", (least(20_000), most(100, "MB")), 1_000_000),
    "P11 file": Goal("check of a file", (most(200, "MB"),), 1_000_000),
    "P12 start": Goal("cold start of the web process", (most(2),)),
    "P12 suite": Goal("the whole test suite", (most(8),)),
}


def verdict(series: Series) -> str:
    """met or missed, at which size if that is not the goal's own; "" for a figure without a goal."""
    if not series.values:
        return f"not measured: {series.why}"
    goal = GOALS.get(series.goal)
    if goal is None:
        return ""
    word = "met" if all(each.holds(series) for each in goal.bounds) else "missed"
    return f"{word} at this size" if series.size < goal.size else word


def summary(measured: list[Series]) -> list[str]:
    """A line for each of P1 to P12: what all of its rows say together."""
    return [f"P{number}: {_together(f'P{number}', measured)}" for number in range(1, 13)]


def _together(number: str, measured: list[Series]) -> str:
    rows = [each for each in measured if each.goal.partition(" ")[0] == number]
    if not rows:
        return "not measured: left out of this run"
    missed = [each for each in rows if verdict(each).startswith("missed")]
    blank = [each for each in rows if not each.values]
    small = max((GOALS[each.goal].size for each in rows if each.goal in GOALS), default=0)
    largest = max((each.size for each in rows if each.values), default=0)
    if missed:
        word = f"missed in {len(missed)} of {len(rows)} rows"
    else:
        word = "" if len(blank) == len(rows) else "not whole" if blank else "met"
    told = [word]
    told += dict.fromkeys(f"not measured: {each.name} ({each.why})" for each in blank)
    told += [f"largest size {largest:,}, the goal is set for {small:,}"] if 0 < largest < small else []
    return "; ".join(filter(None, told))
