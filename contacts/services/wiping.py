"""Overwriting what deleted rows leave behind in the database's own files.

SQLite overwrites with zeros whatever is deleted (``secure_delete``, see ``ccadmin.env``). What is left then is written
anew: letters of their names in the search index, copies of addresses in others, and the write-ahead log with older
pages. PostgreSQL leaves deleted rows in its files until their place is needed; VACUUM FULL writes the tables anew.
Neither reaches backups and archived logs.
"""

from enum import StrEnum

from django.apps import apps
from django.db import OperationalError, connection

from contacts import search_index

#: Indexes that hold addresses. When SQLite shares a page's entries out between two, it leaves copies of those that
#: moved in the gap of the first, where ``secure_delete`` does not look (met with SQLite 3.40.1, 2026-11-21).
ORDERED = ("contacts_by_address", "contacts_by_status")


class End(StrEnum):
    """What became of it: everything wiped, the rest is for ``manage.py wipe_erased``, or it must be tried again."""

    WIPED = "wiped"
    VACUUMED = "vacuumed"
    LATER = "later"


def wipe() -> End:
    """What can be done beside people at work. Not inside a transaction."""
    if connection.in_atomic_block:
        return End.LATER
    if connection.vendor == "sqlite":
        return End.WIPED if _empty_log() else End.LATER
    _vacuum("VACUUM")
    return End.VACUUMED


def wipe_thoroughly() -> bool:
    """Write every table anew; writers wait meanwhile, and on PostgreSQL readers too. False when it was kept from it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
        return _empty_log()
    _vacuum("VACUUM FULL")
    return True


def _empty_log() -> bool:
    """Write the indexes anew, move everything from the write-ahead log into the file and cut the log to nothing.

    False while the log is read.
    """
    try:
        search_index.forget_the_gone()
        with connection.cursor() as cursor:
            for index in ORDERED:
                cursor.execute(f"REINDEX {index}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, _, _ = cursor.fetchone()
    except OperationalError:
        return False
    return not busy


def _vacuum(order: str) -> None:
    tables = sorted(model._meta.db_table for model in apps.get_models() if model._meta.managed)
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"{order} {connection.ops.quote_name(table)}")
