"""An installation of its own: a database that outlives a killed process, and a way to run code in one.

The append-only history cannot be emptied, and a process under test cannot share the transaction of a test, so each
of these tests gets a fresh copy of one migrated database.
"""

import atexit
import json
import os
import shutil
import tempfile
import uuid
from copy import copy
from functools import cache
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from tests.emulation import Emulation
from tests.forking import ROOT, Forked
from tests.linking import environment

SETUP = "import json, sys, django\ndjango.setup()\n"
MIGRATE = "from django.core.management import call_command\ncall_command('migrate', verbosity=0)\n"


class Installation:
    """A migrated database and the environment that points at it and at an emulator."""

    def __init__(self, emulation: Emulation, **settings_by_name: str) -> None:
        self._started: list[Forked] = []
        self.url = _fresh_database(_template())
        self.env = {
            **_environment(self.url),
            "CC_CALLS_PER_SECOND": "1000",
            **environment(emulation),
            **settings_by_name,
        }

    def copy(self) -> "Installation":
        """Another installation that begins where this one stands; nothing may be using this one."""
        twin = copy(self)
        twin._started = []
        twin.url = _fresh_database(self.url)
        twin.env = self.env | {"DATABASE_URL": twin.url}
        return twin

    def start(self, code: str, *args: str) -> Forked:
        """Python code in a process of its own, after ``django.setup()``; ``args`` are its ``sys.argv[1:]``."""
        self._started.append(Forked(SETUP + code, *args, env=self.env))
        return self._started[-1]

    def run(self, code: str, *args: str, killed: bool = False):
        """Run to the end and return what the code printed as JSON, or None when it was killed as it should be."""
        process = self.start(code, *args)
        out, err = process.communicate(timeout=300)
        assert process.returncode == (-9 if killed else 0), err
        return None if killed or not out.strip() else json.loads(out.strip().splitlines()[-1])

    def remove(self) -> None:
        """Take the database away again, and what a failed test has left running on it."""
        for each in self._started:
            each.kill()
        _remove(self.url)


@cache
def _template() -> str:
    """The address of a migrated database that is only ever copied."""
    url = _new_address()
    atexit.register(_remove, url)
    process = Forked(f"{SETUP}{MIGRATE}", env=_environment(url))
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return url


def _environment(url: str) -> dict[str, str]:
    place = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT), "DATABASE_URL": url}
    return {**os.environ, **place}


def _remove(url: str) -> None:
    if url.startswith("sqlite"):
        shutil.rmtree(Path(url.removeprefix("sqlite:///")).parent)
    else:
        _administer(f'DROP DATABASE IF EXISTS "{url.rsplit("/", 1)[1]}" WITH (FORCE)')


def _fresh_database(template: str) -> str:
    url = _new_address(create=False)
    if connection.vendor == "sqlite":
        source = template.removeprefix("sqlite:///")
        for path in Path(source).parent.iterdir():
            shutil.copy(path, url.removeprefix("sqlite:///").replace("db.sqlite3", path.name))
    else:
        _administer(f'CREATE DATABASE "{url.rsplit("/", 1)[1]}" TEMPLATE "{template.rsplit("/", 1)[1]}"')
    return url


def _new_address(*, create: bool = True) -> str:
    if connection.vendor == "sqlite":
        return f"sqlite:///{tempfile.mkdtemp(prefix='ccadmin-installation-')}/db.sqlite3"
    name = f"ccadmin_{uuid.uuid4().hex}"
    if create:
        _administer(f'CREATE DATABASE "{name}"')
    place = settings.DATABASES["default"]
    login = f"{quote(place['USER'], safe='')}:{quote(place['PASSWORD'], safe='')}"
    return f"postgres://{login}@{quote(place['HOST'], safe='')}:{place['PORT']}/{name}"


def _administer(statement: str) -> None:
    # CREATE and DROP DATABASE refuse to run inside a transaction, so not on the test's own connection.
    from psycopg import connect

    place = settings.DATABASES["default"]
    parts = {"host": place["HOST"], "port": place["PORT"], "user": place["USER"], "password": place["PASSWORD"]}
    with connect(**parts, dbname="postgres", autocommit=True) as other:
        other.execute(statement.encode())
