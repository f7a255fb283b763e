"""Pages by key: as quick at the millionth row as at the first, and steady while rows come and go.

A page is named by the id of the row at its edge, so that an address which the rows are sorted by never stands in a
URL. A row that left the view names no page any more: the reader starts again at the first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet, Subquery
from django.http import QueryDict

SIZE = 50


@dataclass(frozen=True)
class Slice[M: Model]:
    """``rows`` of one page; ``after`` and ``before`` name its neighbours, None where there are none."""

    rows: list[M]
    after: int | None
    before: int | None

    @property
    def is_all(self) -> bool:
        """Whether there is no other page."""
        return self.after is None and self.before is None


def first[M: Model](rows: QuerySet[M], number: int) -> list[M]:
    """The first ``number`` of ordered rows. One query."""
    return list(rows[:number])


def one_page[M: Model](
    rows: QuerySet[M],
    *,
    order: tuple[str, ...],
    query: QueryDict,
    size: int = SIZE,
    take: Callable[[QuerySet[M], int], list[M]] = first,
) -> Slice[M]:
    """The page that ``?after=<id>`` or ``?before=<id>`` of ``query`` names, else the first.

    ``order`` names columns without empty values, ``-`` for descending, the last one unique. ``take`` may know a better
    way to the first of the ordered rows, and leave some out (``searching.Search.first``). Without it one query, and
    two more where nothing lies beyond the edge.
    """
    backwards = "before" in query and "after" not in query
    edge = _key(query.get("before" if backwards else "after", ""))
    way = tuple(_turned(name) for name in order) if backwards else order
    found = [] if edge is None else take(rows.filter(_beyond(_place(rows, edge, order), way)).order_by(*way), size + 1)
    if not found and (edge is None or not rows.filter(pk=edge).exists()):
        edge, backwards = None, False
        found = take(rows.order_by(*order), size + 1)
    more, shown = len(found) > size, found[:size]
    if backwards:
        shown.reverse()
    has_before, has_after = (more, True) if backwards else (edge is not None, more)
    return Slice(
        shown,
        after=shown[-1].pk if shown and has_after else None,
        before=shown[0].pk if shown and has_before else None,
    )


def _key(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _place(rows: QuerySet[Any], pk: int, order: tuple[str, ...]) -> dict[str, Any]:
    """Where the row of this key stands, looked up by the query that asks for what lies beyond it.

    There is nothing beyond a row that left the view: its first column is no value then.
    """
    named = rows.model._default_manager.filter(pk=pk).order_by()
    columns = [name.removeprefix("-") for name in order]
    place = {column: Subquery(named.values(column)[:1]) for column in columns[1:]}
    return {columns[0]: Subquery(rows.filter(pk=pk).order_by().values(columns[0])[:1]), **place}


def _beyond(place: Mapping[str, Any], order: tuple[str, ...]) -> Q:
    """Rows that come strictly after it: the first column differs, or is equal and the next one differs, ..."""
    condition, equal = Q(), Q()
    for name in order:
        column, sign = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        condition |= equal & Q(**{f"{column}__{sign}": place[column]})
        equal &= Q(**{column: place[column]})
    first = order[0].removeprefix("-")
    # Implied by the rest, but it lets the database start in the middle of the index.
    bound = Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": place[first]})
    return bound & condition


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def neighbours[M: Model](rows: QuerySet[M], row: M, *, order: tuple[str, ...]) -> tuple[int | None, int | None]:
    """The keys of the rows right before and right after ``row``, which need not be among them. Two queries."""
    turned = tuple(_turned(name) for name in order)
    place = {name.removeprefix("-"): getattr(row, name.removeprefix("-")) for name in order}
    before, after = (
        rows.filter(_beyond(place, way)).order_by(*way).values_list("pk", flat=True).first() for way in (turned, order)
    )
    return before, after
