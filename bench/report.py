"""What a run says in the end: about itself, the table, and a line for each goal."""

import os
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.goals import GOALS, verdict
from bench.measure import Series, shown
from tools.postgres import NoPostgres, programs
from tools.postgres import version as postgres_version

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = ("", "measure", "size", "database", "median", "spread", "unit", "goal", "verdict", "besides")


def about(*, sizes: Iterable[int], rounds: int, times: int, warm_up: int, seed: int) -> dict[str, str]:
    """What a reader needs to know to measure the same again."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return {
        "Date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Commit": _said("git", "describe", "--always", "--dirty"),
        "Machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {load} before",
        "Versions": f"Python {platform.python_version()}, Django {_version('Django')}, SQLite {sqlite3.sqlite_version}"
        f", PostgreSQL {_postgres()}, dlt {_version('dlt')}",
        "Contacts": f"{', '.join(f'{each:,}' for each in sizes)} generated, seed {seed}",
        "Runs": f"{rounds} of each load, ours and the others in turn and each second time in reverse, each into a"
        " new database copied from an empty migrated one, in a new process, without warm-up",
        "Requests": f"{times} of each page in process, after {warm_up} to warm up",
        "Bytes": "loads without limiter read prepared pages from files over loopback, the same for ours and the others",
        "Databases": "SQLite as in production; PostgreSQL private, without fsync, analysed before the pages",
    }


def table(measured: Iterable[Series]) -> str:
    """One line a series, columns aligned."""
    rows = [COLUMNS, *map(_row, measured)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def in_order(measured: Iterable[Series]) -> list[Series]:
    """By the number of the goal, then as they were measured; what has no goal comes last."""
    return sorted(measured, key=lambda each: int(each.goal.partition(" ")[0][1:]) if each.goal else 99)


def _row(each: Series) -> tuple[str, ...]:
    besides = ", ".join(f"{shown(value)} {name}" for name, value in each.facts.items())
    goal = GOALS[each.goal].words if each.goal in GOALS else ""
    median = shown(each.median) if each.values else ""
    number = each.goal.partition(" ")[0]
    size = f"{each.size:,}" if each.size else ""
    return (number, each.name, size, each.database, median, each.spread, each.unit, goal, verdict(each), besides)


def say(text: str) -> None:
    """How the run gets on, beside the table."""
    print(text, file=sys.stderr, flush=True)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not here"


def _postgres() -> str:
    try:
        return str(postgres_version(programs()))
    except NoPostgres:
        return "not here"


def _said(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
