"""Rows by the hundred in one statement.

Django's bulk_create prepares each value with great care, a first load took three times as long with it, and psycopg
looks at every placeholder of a long INSERT: PostgreSQL's COPY is five times as quick (measured 2026-11-21, 20,000
contacts).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Field, Model

# Fewer than any database we meet allows in one statement (SQLite since 3.32: 32,766).
PARAMETERS = 30_000
Values = Sequence[Any]


def new_keys(model: type[Model], number: int) -> list[int]:
    """So many primary keys that no other row has or will get. Inside a transaction that writes rows with them."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [_quoted(table), number]
            )
            return [key for (key,) in cursor.fetchall()]
        # A transaction of ours holds SQLite's only write lock from its start, so nobody counts on meanwhile.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
    return list(range(last + 1, last + number + 1))


def insert(model: type[Model], names: Sequence[str], rows: Iterable[Values]) -> None:
    """Add rows; ``names`` are the fields their values belong to, every other column must have a default."""
    fields = _fields(model, names)
    values = list(_prepared(fields, rows))
    if not values:
        return
    into = f"{_quoted(model._meta.db_table)} ({_columns(fields)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            # Names of our own models only; every value is a parameter.
            cursor.executemany(f"INSERT INTO {into} VALUES {_marks(fields)}", values)  # noqa: S608


def upsert(model: type[Model], names: Sequence[str], rows: Iterable[Values], *, unique: Sequence[str]) -> None:
    """Write rows over those with the same ``unique`` fields; one that has none there is added."""
    fields = _fields(model, names)
    kept = [_quoted(field.column) for field in fields if field.name not in unique]
    keys = ", ".join(_quoted(field.column) for field in _fields(model, unique))
    update = ", ".join(f"{each} = EXCLUDED.{each}" for each in kept)
    into = f"INSERT INTO {_quoted(model._meta.db_table)} ({_columns(fields)}) VALUES "  # noqa: S608 (as above)
    for part in batched(_prepared(fields, rows), PARAMETERS // len(fields)):
        marks = ", ".join([_marks(fields)] * len(part))
        with connection.cursor() as cursor:
            cursor.execute(
                f"{into}{marks} ON CONFLICT ({keys}) DO UPDATE SET {update}", [value for row in part for value in row]
            )


def set_digests(digests: Iterable[tuple[int, bytes]]) -> None:
    """Give these contacts' rows, by key, the digest of the same copy as it is sent now: one statement a page."""
    values = [value for digest in digests for value in digest]
    with connection.cursor() as cursor:
        # Sent as they are, PostgreSQL would take the first row's digest for a text.
        mark = "(%s::bigint, %s::bytea)" if connection.vendor == "postgresql" else "(%s, %s)"
        marks = ", ".join([mark] * (len(values) // 2))
        cursor.execute(
            "UPDATE contacts_contact SET digest = given.column2 "  # noqa: S608 (marks only)
            f"FROM (VALUES {marks}) AS given WHERE contacts_contact.id = given.column1",
            values,
        )


def _prepared(fields: Sequence["Field[Any, Any]"], rows: Iterable[Values]) -> Iterator[list[Any]]:
    """Times, dates and UUIDs as the database wants them; whatever else is no plain value as its field wants it."""
    plain, ways = _ways()
    for row in rows:
        yield [
            value
            if (kind := type(value)) in plain
            else (ways[kind](value) if kind in ways else field.get_db_prep_save(value, connection))
            for field, value in zip(fields, row, strict=True)
        ]


def _ways() -> tuple[set[type], dict[type, Callable[[Any], Any]]]:
    """What the database takes as it is, and how it takes what else a row mostly holds."""
    plain: set[type] = {str, int, type(None), bytes}
    if connection.vendor == "postgresql":
        return plain | {datetime, date, UUID}, {}
    zone = connection.timezone
    return plain, {
        datetime: lambda value: str(value.astimezone(zone).replace(tzinfo=None)),
        date: str,
        UUID: lambda value: value.hex,
    }


def _marks(fields: Sequence["Field[Any, Any]"]) -> str:
    return f"({', '.join(['%s'] * len(fields))})"


def _columns(fields: Sequence["Field[Any, Any]"]) -> str:
    return ", ".join(_quoted(field.column) for field in fields)


def _fields(model: type[Model], names: Sequence[str]) -> list["Field[Any, Any]"]:
    fields = [model._meta.get_field(name) for name in names]
    return [field for field in fields if isinstance(field, Field)]


def _quoted(name: str | None) -> str:
    return connection.ops.quote_name(name or "")
