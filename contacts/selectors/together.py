"""Several small questions asked in one query: a page waits for the database once instead of once for each of them."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC
from operator import itemgetter
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models import QuerySet
from django.db.models.query import ModelIterable

ARRAY: Final = {"sqlite": "json_array", "postgresql": "json_build_array"}


class Part:
    """One question under a name of ours: a queryset of rows (``only`` and ``defer`` included) or of ``values_list``.

    Bytes and the rows of ``select_related`` cannot be asked for in this way.
    """

    def __init__(self, name: str, rows: QuerySet[Any, Any]) -> None:
        self.name = name
        self._model = rows.model if issubclass(rows._iterable_class, ModelIterable) else None
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self.params = compiler.as_sql()
        self._columns = [expression for expression, *_ in compiler.select]

    @property
    def head(self) -> str:
        """``WITH`` this: the question with columns that can be named."""
        return f'"{self.name}"({self._names}) AS ({self.sql})'

    @property
    def told(self) -> str:
        """Its rows as numbered arrays; the number keeps their order."""
        array = ARRAY[connection.vendor]
        return f"SELECT '{self.name}', ROW_NUMBER() OVER (), {array}({self._names}) FROM \"{self.name}\""  # noqa: S608

    @property
    def number(self) -> str:
        """How many rows it has."""
        return f"SELECT '{self.name}', COUNT(*), NULL FROM \"{self.name}\""  # noqa: S608

    def row(self, values: list[Any]) -> Any:
        """One row as the queryset itself would give it."""
        found = [_python(column.output_field, value) for column, value in zip(self._columns, values, strict=True)]
        if self._model is None:
            return tuple(found)
        return self._model.from_db(DEFAULT_DB_ALIAS, [column.target.attname for column in self._columns], found)

    @property
    def _names(self) -> str:
        return ", ".join(f"c{place}" for place in range(len(self._columns)))


def together(
    asked: Mapping[str, QuerySet[Any, Any]], counted: Mapping[str, QuerySet[Any, Any]] | None = None
) -> dict[str, Any]:
    """The rows of each queryset ``asked``, and how many each of ``counted`` has, by name. One query, or none."""
    counted = counted or {}
    found: dict[str, Any] = {**{name: [] for name in asked}, **dict.fromkeys(counted, 0)}
    parts = {part.name: part for part in (*_parts(asked), *_parts(counted))}
    if not parts:
        return found
    heads = ", ".join(part.head for part in parts.values())
    told = " UNION ALL ".join(part.number if name in counted else part.told for name, part in parts.items())
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {heads} {told}", [each for part in parts.values() for each in part.params])
        rows = sorted(cursor.fetchall(), key=itemgetter(1))
    for name, number, values in rows:
        if name in counted:
            found[name] = number
        else:
            found[name].append(parts[name].row(json.loads(values) if isinstance(values, str) else values))
    return found


def _parts(asked: Mapping[str, QuerySet[Any, Any]]) -> Iterator[Part]:
    for name, rows in asked.items():
        try:
            yield Part(name, rows)
        except EmptyResultSet:
            continue


def _python(field: models.Field[Any, Any], value: Any) -> Any:
    """A value as JSON has it, as Python. SQLite keeps moments without their zone, which is UTC, and JSON as text."""
    if isinstance(field, models.JSONField):
        return json.loads(value) if connection.vendor == "sqlite" and value is not None else value
    found = field.to_python(value)
    is_bare = isinstance(field, models.DateTimeField) and found is not None and found.tzinfo is None
    return found.replace(tzinfo=UTC) if is_bare else found
