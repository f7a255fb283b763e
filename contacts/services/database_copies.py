"""Copying the whole database while it is in use, and looking a copy over: SQLite by its own backup, else pg_dump."""

import os
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from django.db import connection

SQLITE: Final = "ccadmin.sqlite3"
POSTGRES: Final = "ccadmin.dump"


class NoCopy(Exception):
    """The database could not be copied, or the copy is of no use; the text says why."""


def copy_into(place: Path) -> Path:
    """The database as it stands at one moment, as a file in that folder. Nobody has to wait. Raises NoCopy."""
    if connection.in_atomic_block:
        # SQLite would wait for the end of it without end, and PostgreSQL would not see what it has done.
        raise NoCopy("No copy is made inside a transaction.")
    if connection.vendor == "sqlite":
        return _sqlite(place / SQLITE)
    return _postgres(connection.settings_dict, place / POSTGRES)


def look_over(copy: Path) -> None:
    """Raises NoCopy where the copy does not open, or its pages or rows do not fit together."""
    if copy.name == POSTGRES:
        _run(["pg_restore", "--list", str(copy)], {})
        return
    try:
        with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
            said = [row[0] for row in opened.execute("PRAGMA integrity_check(1)")]
            if said != ["ok"] or opened.execute("PRAGMA foreign_key_check").fetchone():
                raise NoCopy(f"Its pages do not fit together: {said[0]}.")
    except sqlite3.Error as problem:
        raise NoCopy(f"SQLite says: {problem}.") from None


def _sqlite(target: Path) -> Path:
    """In one step, so from one moment: a reader of the write-ahead log keeps no writer waiting."""
    connection.ensure_connection()
    try:
        with closing(sqlite3.connect(target)) as copy:
            connection.connection.backup(copy, pages=-1)
            # One file, without a log beside it that somebody could forget.
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as problem:
        raise NoCopy(f"SQLite says: {problem}.") from None
    return target


def _postgres(place: Mapping[str, Any], target: Path) -> Path:
    given = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    # In the environment, where only this user can read it, and not in the list of processes.
    env = {name: str(place[key]) for name, key in given.items() if place[key]}
    _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"], env)
    return target


def _run(command: list[str], env: Mapping[str, str]) -> None:
    try:
        ended = subprocess.run(  # noqa: S603 (a fixed command)
            command, env=os.environ | env, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise NoCopy(f"{command[0]} is not on this machine: install PostgreSQL's client programs.") from None
    if ended.returncode:
        lines = ended.stderr.strip().splitlines() or [f"it ended with code {ended.returncode}"]
        raise NoCopy(f"{command[0]} says: {lines[0]}.")
