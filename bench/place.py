"""Where the benchmarks run: a throw-away database, a source of contacts, and processes that use both."""

import json
import os
import shutil
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
from bench.report import ROOT, say
from bench.sources import Source
from tools.postgres import private_server

UNLIMITED = 1_000_000

#: Makes a new database that is a copy of an empty migrated one; its address.
type Databases = Callable[[], str]


class Stopped(Exception):
    """A measurement that did not come to its end; what is not measured is named so."""


class Place:
    """One new installation, linked to a source.

    ``calls_per_second`` is our own limit of calls; None is none.
    """

    def __init__(self, url: str, source: Source, *, name: str, calls_per_second: int | None = None) -> None:
        # Kept by this name until the process ends, and removed with it.
        self._var = tempfile.TemporaryDirectory(prefix="ccadmin-bench-")
        self.name = name
        self.env = {
            **settings(url),
            "CCADMIN_VAR": self._var.name,
            "CCADMIN_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        }
        self.use(source, calls_per_second=calls_per_second)

    def use(self, source: Source, *, calls_per_second: int | None = None) -> None:
        """From now on the account is read from there."""
        self.env |= source.settings()
        self.env["CC_CALLS_PER_SECOND"] = str(calls_per_second or UNLIMITED)
        self.env["CC_CALLS_PER_DAY"] = str(10_000 if calls_per_second else UNLIMITED)

    def run(self, module: str, deed: str, *arguments: str) -> list[Series]:
        """What ``deed`` of ``bench.inside.<module>`` measured in a process of its own. Raises Stopped."""
        began = time.monotonic()
        process = self.start(module, deed, *arguments)
        told, _ = process.communicate()
        what = " ".join((module, deed, *arguments))
        if process.returncode:
            raise Stopped(f"{what} failed on {self.name}")
        say(f"{self.name}, {what}: {time.monotonic() - began:.0f} s")
        return [replace(Series(**each), database=self.name) for each in json.loads(told)]

    def start(self, module: str, deed: str, *arguments: str) -> "subprocess.Popen[str]":
        """The same, without waiting for it; its output is what ``run`` reads."""
        command = [sys.executable, "-m", "bench.inside.child", module, deed, *arguments]
        return subprocess.Popen(command, env=self.env, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def settings(url: str) -> dict[str, str]:
    """The environment of a benchmark's installation; the caller's own database and account stay out of it."""
    own = ("CCADMIN_", "CC_", "DATABASE_", "DJANGO_")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(own)},
        "DJANGO_SETTINGS_MODULE": "ccadmin.settings",
        "DATABASE_URL": url,
        "CCADMIN_SECRET_KEY": "only-for-benchmarks",
        "CCADMIN_ALLOW_LOOPBACK": "1",
        "CCADMIN_LOG_LEVEL": "WARNING",
    }


@contextmanager
def sqlite() -> Iterator[Databases]:
    """Files in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ccadmin-bench-") as folder:
        empty, numbers = Path(folder, "empty.sqlite3"), count(1)
        _migrate(f"sqlite:///{empty}", folder)

        def fresh() -> str:
            file = Path(folder, f"{next(numbers)}.sqlite3")
            shutil.copy(empty, file)
            return f"sqlite:///{file}"

        yield fresh


@contextmanager
def postgres() -> Iterator[Databases]:
    """Databases in a private PostgreSQL. Raises NoPostgres."""
    from psycopg import connect
    from psycopg.sql import SQL, Identifier

    with private_server() as url, tempfile.TemporaryDirectory(prefix="ccadmin-bench-") as folder:
        place, numbers = url.removesuffix("/postgres"), count(1)

        def create(name: str, template: str) -> str:
            with connect(url, autocommit=True) as server:
                order = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
                server.execute(SQL(order).format(Identifier(name), Identifier(template)))
            return f"{place}/{name}"

        _migrate(create("empty", "template0"), folder)
        yield lambda: create(f"bench_{next(numbers)}", "empty")


DATABASES = {"SQLite": sqlite, "PostgreSQL": postgres}


def remove(url: str) -> None:
    """Give back the room of a database that nobody needs any more."""
    if url.startswith("sqlite:///"):
        for ending in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + ending).unlink(missing_ok=True)
        return
    from psycopg import connect
    from psycopg.sql import SQL, Identifier

    base, _, name = url.rpartition("/")
    with connect(f"{base}/postgres", autocommit=True) as server:
        server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _migrate(url: str, var: str) -> None:
    env = {**settings(url), "CCADMIN_VAR": var, "CCADMIN_ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, env=env, cwd=ROOT, check=True)
