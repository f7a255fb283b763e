"""One value for each of many rows in one statement, where Django's bulk_update builds a CASE for every row."""

import json
from collections.abc import Mapping
from itertools import batched

from django.db import connection
from django.db.models import Model

AT_ONCE = 5_000


def set_each(model: type[Model], name: str, values: Mapping[int, int]) -> None:
    """Set the foreign key ``name`` of these rows: primary key to primary key. SQLite >= 3.33 and PostgreSQL."""
    quoted = connection.ops.quote_name
    table, column = quoted(model._meta.db_table), quoted(f"{name}_id")
    # One text for any number of rows: SQLite keeps each statement compiled, and as many values would stay in memory.
    pairs = "json_each_text(%s)" if connection.vendor == "postgresql" else "json_each(%s)"
    statement = (
        f"UPDATE {table} SET {column} = CAST(given.value AS bigint) "  # noqa: S608
        f"FROM {pairs} AS given WHERE {table}.id = CAST(given.key AS bigint)"
    )
    with connection.cursor() as cursor:
        for some in batched(values.items(), AT_ONCE):
            cursor.execute(statement, [json.dumps(dict(some))])
