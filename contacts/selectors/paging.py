"""Pages by key: as quick at the millionth row as at the first, and steady while rows come and go.

A page is named by the id of the row at its edge, so that an address which the rows are sorted by never stands in a
URL. A row that left the view names no page any more: the reader starts again at the first.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

SIZE = 50


@dataclass(frozen=True)
class Slice[M: Model]:
    """``rows`` of one page; ``after`` and ``before`` name its neighbours, None where there are none."""

    rows: list[M]
    after: int | None
    before: int | None


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
    way to the first of the ordered rows, and leave some out (``searching.Search.first``). Without it two queries at
    most.
    """
    backwards = "before" in query and "after" not in query
    edge = _edge(rows, query.get("before" if backwards else "after", ""))
    way = tuple(_turned(name) for name in order) if backwards else order
    found = take((rows.filter(_beyond(edge, way)) if edge else rows).order_by(*way), size + 1)
    more, shown = len(found) > size, found[:size]
    if backwards:
        shown.reverse()
    has_before, has_after = (more, edge is not None) if backwards and edge else (edge is not None, more)
    return Slice(
        shown,
        after=shown[-1].pk if shown and has_after else None,
        before=shown[0].pk if shown and has_before else None,
    )


def _edge[M: Model](rows: QuerySet[M], pk: str) -> M | None:
    return rows.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None


def _beyond(edge: Model, order: tuple[str, ...]) -> Q:
    """Rows that come strictly after ``edge``: the first column differs, or is equal and the next one differs, ..."""
    condition, equal = Q(), Q()
    for name in order:
        column, sign = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        condition |= equal & Q(**{f"{column}__{sign}": getattr(edge, column)})
        equal &= Q(**{column: getattr(edge, column)})
    first = order[0].removeprefix("-")
    # Implied by the rest, but it lets the database start in the middle of the index.
    bound = Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": getattr(edge, first)})
    return bound & condition


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def neighbours[M: Model](rows: QuerySet[M], row: M, *, order: tuple[str, ...]) -> tuple[int | None, int | None]:
    """The keys of the rows right before and right after ``row``, which need not be among them. Two queries."""
    turned = tuple(_turned(name) for name in order)
    before, after = (
        rows.filter(_beyond(row, way)).order_by(*way).values_list("pk", flat=True).first() for way in (turned, order)
    )
    return before, after
