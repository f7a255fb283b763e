"""``python -m bench``: measure on SQLite, and on PostgreSQL where its programs are, and print the figures.

BENCH_CONTACTS says how many contacts (50,000), BENCH_ENTRIES how long a history (twice as many). Nothing outlives the
run: databases and emulator are its own.
"""

import argparse
import json
import os
import platform
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import place
from bench.measure import TIMES, WARM_UP, Series, table, together
from tools.postgres import NoPostgres, programs
from tools.postgres import version as postgres_version
from tools.suite import terminate

SEED = 2026
MANY, FEW, STORY = 50_000, 5_000, 4_000

type Databases = Callable[[], AbstractContextManager[Callable[[], str]]]
DATABASES: dict[str, Databases] = {"SQLite": place.sqlite, "PostgreSQL": place.postgres}


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, terminate)
    given = _parser().parse_args(arguments)
    number = int(os.environ.get("BENCH_CONTACTS", FEW if given.short else MANY))
    about = _about(number, rounds=given.rounds)
    print("\n".join(f"{name}: {told}" for name, told in about.items()), flush=True)
    measured: list[Series] = []
    for name in given.database or DATABASES:
        try:
            found = _measure_on(name, DATABASES[name], number, rounds=given.rounds)
        except NoPostgres as reason:
            print(f"Left out, {name}: {reason}", flush=True)
        else:
            print(f"\n{table(found)}\n", flush=True)
            measured += found
    if given.json:
        content = {"about": about, "figures": [each.as_dict() for each in measured]}
        given.json.write_text(json.dumps(content, indent=1) + "\n")
    return 0


def _measure_on(name: str, databases: Databases, number: int, *, rounds: int) -> list[Series]:
    """The whole course on one kind of database, with an emulator of its own."""
    with databases() as fresh, place.generated(number, seed=SEED) as emulation:

        def new(calls_per_second: int | None = None) -> place.Place:
            return place.Place(fresh(), emulation, name=name, calls_per_second=calls_per_second)

        measured = new(4).run("sync", "first", "both limits at 4 calls/s")
        for _ in range(rounds):
            here = new()
            measured += here.run("sync", "first", "no limits")
        measured += here.run("truth", "compare")
        for _ in range(rounds):
            measured += here.run("sync", "again")
        for turn in range(rounds):
            here.run("truth", "change", f"{SEED}-{turn}", "0.01")
            measured += here.run("sync", "changes")
        measured += here.run("truth", "compare")
        measured += here.run("pages", "every_page", str(SEED))
        measured += here.run("acts", "every_act", str(SEED))
    measured += _measure_jobs(name, databases, rounds=rounds)
    return together(measured + _measure_history(name, databases, number))


def _measure_jobs(name: str, databases: Databases, *, rounds: int) -> list[Series]:
    """The big job on an account of the story's size, each time a new one."""
    measured: list[Series] = []
    for turn in range(rounds + 1):
        with databases() as fresh, place.generated(STORY, seed=SEED) as emulation:
            limited = turn == 0
            here = place.Place(fresh(), emulation, name=name, calls_per_second=4 if limited else None)
            here.run("sync", "first", "before a job")
            measured += here.run("jobs", "bring_back", "both limits at 4 calls/s" if limited else "no limits")
    return measured


def _measure_history(name: str, databases: Databases, number: int) -> list[Series]:
    """A history twice as long as there are contacts, or of BENCH_ENTRIES, on an account of a few thousand people."""
    entries = int(os.environ.get("BENCH_ENTRIES", 2 * number))
    with databases() as fresh, place.generated(FEW, seed=SEED) as emulation:
        here = place.Place(fresh(), emulation, name=name, calls_per_second=None)
        here.run("sync", "first", "before a history")
        return here.run("history", "every_page", str(SEED), str(entries))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help=f"{FEW:,} contacts, to see that it works")
    parser.add_argument(
        "--rounds", type=int, default=3, choices=range(1, 10), metavar="N", help="runs of each sync (default 3)"
    )
    parser.add_argument("--database", action="append", choices=DATABASES, help="only this one (default: each)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


def _about(number: int, *, rounds: int) -> dict[str, str]:
    """What a reader needs to know to measure the same again."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return {
        "Date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Commit": _said("git", "describe", "--always", "--dirty"),
        "Machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {load} before",
        "Versions": f"Python {platform.python_version()}, Django {version('Django')}, SQLite {sqlite3.sqlite_version}"
        f", PostgreSQL {_postgres()}",
        "Contacts": f"{number:,} generated, seed {SEED}",
        "Runs": f"{rounds} of each sync (limited: 1), each first one into a new database, without warm-up",
        "Requests": f"{TIMES} of each page in process, after {WARM_UP} to warm up",
        "Databases": "SQLite as in production; PostgreSQL private, without fsync, analysed before the pages",
    }


def _postgres() -> str:
    try:
        return str(postgres_version(programs()))
    except NoPostgres:
        return "not here"


def _said(*command: str) -> str:
    return subprocess.run(command, cwd=place.ROOT, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
