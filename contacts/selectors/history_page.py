"""One page of the history by key from one query, in which the entry that names the page is looked up too."""

from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import F, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict

from contacts.models import AuditEntry
from contacts.selectors.paging import SIZE, Slice

#: Before and after every entry: where reading begins when the entry that names a page is not among the rows.
FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LAST: Final = datetime(9000, 1, 1, tzinfo=UTC)
LOWEST: Final = 0
HIGHEST: Final = 2**62


def one_page(
    rows: QuerySet[AuditEntry], *, known: QuerySet[AuditEntry], order: tuple[str, ...], query: QueryDict
) -> Slice[AuditEntry]:
    """The page that ``?after=<id>`` or ``?before=<id>`` of ``query`` names, else the first.

    ``order`` is one that ``history.order_of`` gives. The entry that names the page is one of those ``known``: it may
    have been folded away since, for entries never move.
    """
    backwards = "before" in query and "after" not in query
    edge = _key(query.get("before" if backwards else "after", ""))
    way = tuple(name[1:] for name in order) if backwards else order
    rows = rows if edge is None else _beyond(rows, edge, known=known, by_time=order[0] == "-at", newer=backwards)
    found = list(rows.order_by(*way)[: SIZE + 1])
    has_edge = edge is not None and any(row.edge is not None for row in found[:1])  # type: ignore[attr-defined]
    more, shown = len(found) > SIZE, found[:SIZE]
    if backwards:
        shown.reverse()
    has_before, has_after = (more, True) if backwards and has_edge else (has_edge, more)
    return Slice(
        shown,
        after=shown[-1].pk if shown and has_after else None,
        before=shown[0].pk if shown and has_before else None,
    )


def beside(rows: QuerySet[AuditEntry], entry: AuditEntry, *, order: tuple[str, ...], newer: bool) -> QuerySet[Any]:
    """The key of the next newer or older one of ``rows``, in a tuple; the entry itself need not be among them."""
    word = "gt" if newer else "lt"
    if order[0] == "-at":
        at = {f"at__{word}e": entry.at}
        rows = rows.filter(Q(**at), Q(**{f"at__{word}": entry.at}) | Q(**{f"pk__{word}": entry.pk}))
    else:
        rows = rows.filter(**{f"place__{word}": entry.pk})
    return rows.order_by(*(name[1:] if newer else name for name in order)).values_list("pk")[:1]


def _beyond(
    rows: QuerySet[AuditEntry], edge: int, *, known: QuerySet[AuditEntry], by_time: bool, newer: bool
) -> QuerySet[AuditEntry]:
    """The rows strictly older or newer than the entry of this key, and all of them when it is not known.

    ``edge`` of each row is None then.
    """
    column = "at" if by_time else "pk"
    rows = rows.annotate(edge=Subquery(known.filter(pk=edge).values(column)[:1]))
    word = "gt" if newer else "lt"
    if not by_time:
        return rows.filter(**{f"place__{word}": Coalesce(F("edge"), Value(LOWEST if newer else HIGHEST))})
    at = Coalesce(F("edge"), Value(FIRST if newer else LAST))
    # The first condition lets the database start in the middle of the index.
    return rows.filter(Q(**{f"at__{word}e": at}), Q(**{f"at__{word}": at}) | Q(**{f"pk__{word}": edge}))


def _key(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
