"""The table of lists: each with what was counted on it, those that are gone apart."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from contacts.mirror.tallies import NOTHING, are_few, tallies
from contacts.models import ContactList, LinkedAccount, ListChange, Membership, User

JSON = dict[str, Any]
MOST_GONE = 100
SHOWN_FOR = timedelta(days=1)
#: How a change can end that nobody saw the end of, or that wants a look.
TOLD_LATER = (
    ListChange.State.APPLIED,
    ListChange.State.NOT_APPLIED,
    ListChange.State.DRIFTED,
    ListChange.State.DIFFERS,
)


@dataclass(frozen=True)
class Tally:
    """What was counted on one list; comings and goings are those of 30 days."""

    members: dict[str, int]
    former: int
    joined: int
    left: int

    @property
    def now(self) -> int:
        """How many are on the list."""
        return sum(self.members.values())

    @property
    def cannot(self) -> int:
        """How many of them cannot be mailed."""
        return self.now - self.members.get("active", 0)

    @property
    def change(self) -> int:
        """By how many it grew, less than zero when it shrank."""
        return self.joined - self.left


@dataclass(frozen=True)
class Row:
    """One list of the table."""

    the_list: ContactList
    tally: Tally


@dataclass(frozen=True)
class Lists:
    """The table. ``fresh`` is whether it was counted for this page, and not after the last sync."""

    rows: list[Row]
    gone: list[Row]
    more_gone: int
    fresh: bool
    name: str
    sort: str


SORTS: dict[str, tuple[str, Callable[[Row], Any]]] = {
    "": ("Name, A to Z", lambda row: row.the_list.name.casefold()),
    "-name": ("Name, Z to A", lambda row: row.the_list.name.casefold()),
    "-members": ("Most members first", lambda row: row.tally.now),
    "-change": ("Grown most first", lambda row: row.tally.change),
    "change": ("Shrunk most first", lambda row: row.tally.change),
    "-cannot": ("Most who cannot be mailed first", lambda row: row.tally.cannot),
    "-former": ("Most former members first", lambda row: row.tally.former),
}


def table(account: LinkedAccount, *, user: User, query: QueryDict) -> Lists:
    """The lists whose name has this part, sorted. Five queries, whatever their number."""
    name, sort = query.get("name", "").replace("\0", "").strip()[:100], query.get("sort", "")
    sort = sort if sort in SORTS else ""
    known = ContactList.objects.visible_to(user).filter(account=account)
    wanted = known.filter(name__icontains=name) if name else known
    alive = list(wanted.filter(gone_at=None).order_by("name", "id"))
    gone = list(wanted.exclude(gone_at=None).order_by("-gone_at", "-id")[: MOST_GONE + 1])
    fresh = are_few(Membership.objects.filter(list__in=known))
    counted = tallies(row.pk for row in (*alive, *gone)) if fresh else {}
    rows = [Row(row, tally_of(row, counted)) for row in alive]
    rows.sort(key=SORTS[sort][1], reverse=sort.startswith("-"))
    shown = [Row(row, tally_of(row, counted)) for row in gone[:MOST_GONE]]
    return Lists(rows, shown, len(gone) - len(shown), fresh, name, sort)


def tally_of(the_list: ContactList, counted: dict[int, JSON]) -> Tally:
    """What was counted just now, else what was kept after the last sync."""
    return Tally(**(NOTHING | (counted.get(the_list.pk) or the_list.counts)))


def changes(account: LinkedAccount, *, user: User, the_list: ContactList | None = None) -> QuerySet[ListChange]:
    """Changes to lists that somebody should know of: open ones, and those whose end came without them. One query."""
    lately = Q(state__in=TOLD_LATER, ended_at__gte=timezone.now() - SHOWN_FOR)
    told = ListChange.objects.visible_to(user).filter(lately | Q(state__in=ListChange.OPEN), account=account)
    told = told.filter(list=the_list) if the_list else told
    return told.select_related("list", "by").order_by("-id")[:5]
