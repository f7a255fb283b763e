"""The table of lists: each with what was counted on it, those that are gone apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from contacts.mirror.tallies import NOTHING, are_counted_as_few, counted, to_count
from contacts.models import ContactList, LinkedAccount, ListChange, User
from contacts.selectors.together import together

JSON = dict[str, Any]
MOST_GONE = 100
MOST_TOLD = 5
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
    changes: list[ListChange]


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
    """The lists whose name has this part, sorted. Two queries, whatever their number."""
    name, sort = query.get("name", "").replace("\0", "").strip()[:100], query.get("sort", "")
    sort = sort if sort in SORTS else ""
    known = ContactList.objects.visible_to(user).filter(account=account)
    wanted = known.filter(name__icontains=name) if name else known
    found = together(
        {
            "alive": wanted.filter(gone_at=None).order_by("name", "id"),
            "gone": wanted.exclude(gone_at=None).order_by("-gone_at", "-id")[: MOST_GONE + 1],
            **to_tell(account, user=user),
        }
    )
    alive, gone = found["alive"], found["gone"]
    fresh = are_counted_as_few([*alive, *gone])
    keys = [each.pk for each in (*alive, *gone)]
    numbers = counted(keys, together(to_count(keys))) if fresh else {}
    rows = [Row(row, tally_of(row, numbers)) for row in alive]
    rows.sort(key=SORTS[sort][1], reverse=sort.startswith("-"))
    shown = [Row(row, tally_of(row, numbers)) for row in gone[:MOST_GONE]]
    return Lists(rows, shown, len(gone) - len(shown), fresh, name, sort, told(found))


def tally_of(the_list: ContactList, counted: dict[int, JSON]) -> Tally:
    """What was counted just now, else what was kept after the last sync."""
    return Tally(**(NOTHING | (counted.get(the_list.pk) or the_list.counts)))


def to_tell(
    account: LinkedAccount, *, user: User, the_list: ContactList | None = None
) -> dict[str, QuerySet[Any, Any]]:
    """Changes to lists that somebody should know of: open ones, and those whose end came without them.

    To be asked together with other things, for ``told``.
    """
    lately = Q(state__in=TOLD_LATER, ended_at__gte=timezone.now() - SHOWN_FOR)
    rows = ListChange.objects.visible_to(user).filter(lately | Q(state__in=ListChange.OPEN), account=account)
    rows = (rows.filter(list=the_list) if the_list else rows).order_by("-id")[:MOST_TOLD]
    return {
        "changes": rows,
        "changed": ContactList.objects.filter(pk__in=rows.values("list")),
        "changers": User.objects.filter(pk__in=rows.values("by")).only("name", "email"),
    }


def told(found: Mapping[str, Any]) -> list[ListChange]:
    """The changes, newest first, each with its list and who asked for it. No query."""
    lists, people = ({each.pk: each for each in found[name]} for name in ("changed", "changers"))
    for each in found["changes"]:
        each.list, each.by = lists.get(each.list_id), people.get(each.by_id)
    return list(found["changes"])
