"""``python -m bench``: measure, and print every figure with its goal beside it and whether it is met.

Sizes are 10,000, 100,000 and 1,000,000 contacts; BENCH_MAX says which is the largest (100,000). Nothing outlives the
run: databases, servers and emulators are its own.
"""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

from bench.course import SEED, Wish, course
from bench.goals import GOALS, summary, verdict
from bench.measure import TIMES, WARM_UP, Series, together
from bench.parts import PARTS, STOPPED, measured
from bench.place import DATABASES
from bench.report import about, in_order, say, table
from tools.suite import terminate

SIZES = (10_000, 100_000, 1_000_000)
SHORT_SIZES = (10_000, 20_000)
ROUNDS, SHORT_ROUNDS = 3, 2
SHORT_REQUESTS = (40, 8)


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, terminate)
    given = _parser().parse_args(arguments)
    wish = _wish(given)
    times, warm_up = SHORT_REQUESTS if wish.short else (TIMES, WARM_UP)
    # The processes that measure pages read these.
    os.environ |= {"BENCH_TIMES": str(times), "BENCH_WARM_UP": str(warm_up)}
    told = about(sizes=wish.sizes, rounds=wish.rounds, times=times, warm_up=warm_up, seed=SEED)
    print("\n".join(f"{name}: {each}" for name, each in told.items()), flush=True)
    began = time.monotonic()
    figures = _measure(wish, given.part or list(PARTS))
    lines = summary(figures)
    told["Took"] = f"{(time.monotonic() - began) / 60:.1f} minutes, load {os.getloadavg()[0]:.1f} in the end"
    print(f"\n{table(figures)}\n\n" + "\n".join(lines) + f"\nTook {told['Took']}", flush=True)
    if given.json:
        rows = [each.as_dict() | _judged(each) for each in figures]
        content = {"about": told, "goals": lines, "figures": rows}
        given.json.write_text(json.dumps(content, indent=1) + "\n")
    return 1 if any(each.name == STOPPED for each in figures) else 0


def _measure(wish: Wish, parts: list[str]) -> list[Series]:
    with course(wish) as (found, figures):
        for name in (each for each in PARTS if each in parts):
            began = time.monotonic()
            told = measured(name, found)
            figures += told
            # A long run that is broken off has said what it had.
            say(f"\n{table(in_order(together(told)))}\n")
            say(f"Part {name}: {time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f}")
    return in_order(together(figures))


def _judged(series: Series) -> dict[str, str]:
    goal = GOALS.get(series.goal)
    return {"wanted": goal.words if goal else "", "verdict": verdict(series)}


def _wish(given: argparse.Namespace) -> Wish:
    largest = int(os.environ.get("BENCH_MAX", 100_000))
    usual = SHORT_SIZES if given.short else tuple(each for each in SIZES if each <= largest) or (largest,)
    return Wish(
        sizes=tuple(sorted(given.size or usual)),
        rounds=given.rounds or (SHORT_ROUNDS if given.short else ROUNDS),
        short=given.short,
        databases=tuple(given.database or DATABASES),
        suite=given.suite,
        suite_log=given.suite_log,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="under 10 minutes: small sizes, few runs")
    parser.add_argument("--part", type=_parts, metavar="NAMES", help=f"only these: {', '.join(PARTS)}")
    parser.add_argument(
        "--rounds", type=int, choices=range(1, 10), metavar="N", help=f"runs of each load (default {ROUNDS})"
    )
    parser.add_argument("--size", type=int, action="append", metavar="N", help="only so many contacts, also a million")
    parser.add_argument("--database", action="append", choices=DATABASES, help="only this one (default: each)")
    parser.add_argument("--suite", action="store_true", help="run and time the whole test suite too")
    parser.add_argument("--suite-log", type=Path, metavar="FILE", help="take its time from what make test printed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


def _parts(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [each for each in names if each not in PARTS]:
        raise argparse.ArgumentTypeError(f"there is no part {unknown[0]}")
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
