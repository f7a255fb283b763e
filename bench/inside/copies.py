"""A longer history than there is time to write: the entries of the first hundred thousand, again and again.

The copies keep actors, targets, outcomes, marks and payloads; days move, and the hashes are invented. They do for
pages, which ask no hash, and for nothing else.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Max, Min

from contacts.models import AuditEntry, AuditMark, AuditPayload

# Looks at every earlier entry's number with each new one, in the order of numbers: it cannot refuse a copy anyway.
TRIGGER = "audit_entry_no_replace"


def copy_up_to(number: int) -> int:
    """Copy what there is until there are ``number`` entries or a few more; how many are copies."""
    ends = AuditEntry.objects.aggregate(first=Min("pk"), last=Max("pk"))
    step, before = ends["last"] - ends["first"] + 1, AuditEntry.objects.count()
    with _without_trigger():
        for turn in range(1, -(-number // before)):
            for model in (AuditEntry, AuditMark, AuditPayload):
                _copy(model, turn * step, first=ends["first"], last=ends["last"], turn=turn)
    return AuditEntry.objects.count() - before


def _copy(
    model: type[AuditEntry] | type[AuditMark] | type[AuditPayload], offset: int, *, first: int, last: int, turn: int
) -> None:
    table, key = model._meta.db_table, "id" if model is AuditEntry else "entry_id"
    columns = [str(field.column) for field in model._meta.concrete_fields]
    if model is not AuditEntry:
        columns.remove("id")
    values = ", ".join(_value(each, offset, turn) for each in columns)
    names = ", ".join(f'"{each}"' for each in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {key} BETWEEN {first} AND {last}"
        )


def _value(column: str, offset: int, turn: int) -> str:
    sqlite = connection.vendor == "sqlite"
    if column in ("id", "sequence", "begins_id", "entry_id"):
        return f"{column} + {offset}"
    if column == "at":
        later = f"at + interval '{turn} hours'"
        return f"strftime('%Y-%m-%d %H:%M:%f000', at, '+{turn} hours')" if sqlite else later
    if column in ("previous_hash", "hash"):
        return "lower(hex(randomblob(32)))" if sqlite else f"md5(hash || '{column}{turn}') || md5('{turn}' || id)"
    return f'"{column}"'


@contextmanager
def _without_trigger() -> Iterator[None]:
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [TRIGGER])
        (sql,) = cursor.fetchone()
        cursor.execute(f"DROP TRIGGER {TRIGGER}")
        yield
        cursor.execute(sql)
