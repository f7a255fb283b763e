"""One value for each of many rows in one statement, where Django's bulk_update builds a CASE for every row."""

from collections.abc import Mapping
from itertools import batched

from django.db import connection
from django.db.models import Model

AT_ONCE = 5_000


def set_each(model: type[Model], name: str, values: Mapping[int, int]) -> None:
    """Set the foreign key ``name`` of these rows: primary key to primary key. SQLite >= 3.33 and PostgreSQL."""
    quoted = connection.ops.quote_name
    table, column = quoted(model._meta.db_table), quoted(f"{name}_id")
    for some in batched(values.items(), AT_ONCE):
        # Integers only, checked by int(): nothing of them needs quoting.
        rows = ", ".join(f"({int(pk)}, {int(value)})" for pk, value in some)
        statement = (
            f"UPDATE {table} SET {column} = given.column2 "  # noqa: S608
            f"FROM (VALUES {rows}) AS given WHERE {table}.id = given.column1"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement)
