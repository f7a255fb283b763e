"""Where the benchmarks run: a throw-away database, an emulator full of contacts, and processes that use both."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from cryptography.fernet import Fernet

from bench.measure import Series
from tests.emulation import Process, emulator_process
from tools.postgres import private_server

ROOT = Path(__file__).resolve().parent.parent
UNLIMITED = 1_000_000


class Place:
    """One new, migrated installation and the emulator it is linked to.

    ``calls_per_second`` sets our own limiter and the emulator's alike; None is no limit on either side.
    """

    def __init__(self, url: str, emulation: Process, *, name: str, calls_per_second: int | None) -> None:
        # Kept by this name until the process ends, and removed with it.
        self._var = tempfile.TemporaryDirectory(prefix="ccadmin-bench-")
        limits = {"per_second": calls_per_second or 0, "per_day": 10_000 if calls_per_second else 0}
        emulation.control("limits", **limits, forget=True)
        self._name = name
        self._env = {
            **_without_settings(),
            "DJANGO_SETTINGS_MODULE": "ccadmin.settings",
            "DATABASE_URL": url,
            "CCADMIN_VAR": self._var.name,
            "CCADMIN_SECRET_KEY": "only-for-benchmarks",
            "CCADMIN_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "CCADMIN_ALLOW_LOOPBACK": "1",
            "CCADMIN_LOG_LEVEL": "WARNING",
            "CC_API_BASE": emulation.api_base,
            "CC_TOKEN_URL": emulation.token_url,
            "CC_CLIENT_ID": emulation.client_id,
            "CC_CLIENT_SECRET": emulation.client_secret,
            "CC_CALLS_PER_SECOND": str(calls_per_second or UNLIMITED),
            "CC_CALLS_PER_DAY": str(10_000 if calls_per_second else UNLIMITED),
            "BENCH_EMULATOR": emulation.base,
            "BENCH_BEARER": emulation.bearer,
            "BENCH_ACCOUNT": emulation.account_id,
        }
        self._python("manage.py", "migrate", "--verbosity", "0")

    def run(self, module: str, deed: str, *arguments: str) -> list[Series]:
        """What ``deed`` of ``bench.<module>`` measured in a process of its own. SystemExit when it failed."""
        began = time.monotonic()
        told = self._python("-m", "bench.child", module, deed, *arguments)
        what = " ".join((module, deed, *arguments))
        print(f"{self._name}, {what}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        return [replace(Series(**each), database=self._name) for each in json.loads(told)]

    def _python(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, env=self._env, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"The bench stopped: {' '.join(arguments)} failed on {self._name}.")
        return done.stdout


@contextmanager
def generated(number: int, *, seed: int) -> Iterator[Process]:
    """An emulator in memory, in a process of its own, with so many generated contacts."""
    unlimited = ("--calls-per-second", "0", "--calls-per-day", "0")
    with emulator_process(":memory:", "--contacts", str(number), "--seed", str(seed), *unlimited) as emulation:
        yield emulation


@contextmanager
def sqlite() -> Iterator[Callable[[], str]]:
    """Yields what makes the address of a new SQLite file; all of them are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ccadmin-bench-") as folder:
        numbers = count(1)
        yield lambda: f"sqlite:///{folder}/{next(numbers)}.sqlite3"


@contextmanager
def postgres() -> Iterator[Callable[[], str]]:
    """Yields what makes a new database in a private PostgreSQL. Raises NoPostgres."""
    from psycopg import connect
    from psycopg.sql import SQL, Identifier

    with private_server() as url:
        numbers = count(1)

        def fresh() -> str:
            name = f"bench_{next(numbers)}"
            with connect(url, autocommit=True) as server:
                server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
            return f"{url.removesuffix('/postgres')}/{name}"

        yield fresh


def _without_settings() -> dict[str, str]:
    """This environment without the settings of whoever calls: their database and account stay out of it."""
    own = ("CCADMIN_", "CC_", "DATABASE_", "DJANGO_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}
