"""How many rows a run really writes, counted by the database itself."""

from typing import Self

from django.db import connection

from contacts.models import Contact, ContactEvent, Membership, Tagging

TABLES = tuple(each._meta.db_table for each in (Contact, Membership, Tagging, ContactEvent))
KINDS = ("INSERT", "UPDATE", "DELETE")


class Counter:
    """Rows inserted, updated and deleted in the mirror's tables inside the ``with``; ``written`` is table to number.

    SQLite counts by triggers, which cost nothing where nothing is written; PostgreSQL by its own statistics.
    """

    def __init__(self) -> None:
        self.written: dict[str, int] = {}
        self._sqlite = connection.vendor == "sqlite"

    def __enter__(self) -> Self:
        if self._sqlite:
            self._watch()
        self._before = self._count()
        return self

    def __exit__(self, *exc: object) -> None:
        after = self._count()
        self.written = {table: after[table] - self._before[table] for table in TABLES}
        if self._sqlite:
            self._unwatch()

    def _watch(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_written (name TEXT PRIMARY KEY, rows INTEGER NOT NULL)")
            for table in TABLES:
                cursor.execute("INSERT INTO bench_written VALUES (%s, 0)", [table])
                for kind in KINDS:
                    cursor.execute(
                        f"CREATE TRIGGER bench_{table}_{kind} AFTER {kind} ON {table}"
                        f" BEGIN UPDATE bench_written SET rows = rows + 1 WHERE name = '{table}'; END"
                    )

    def _unwatch(self) -> None:
        with connection.cursor() as cursor:
            for table in TABLES:
                for kind in KINDS:
                    cursor.execute(f"DROP TRIGGER bench_{table}_{kind}")
            cursor.execute("DROP TABLE bench_written")

    def _count(self) -> dict[str, int]:
        with connection.cursor() as cursor:
            if self._sqlite:
                cursor.execute("SELECT name, rows FROM bench_written")
            else:
                # The statistics of this session reach the others, and itself, only now and then.
                cursor.execute("SELECT pg_stat_force_next_flush()")
                cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables")
            found = dict(cursor.fetchall())
        return {table: int(found[table]) for table in TABLES}
