"""The reports of an account, each from numbers that were counted after a sync (``mirror.reckoning``)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone

from contacts.models import ContactList, DayCount, DeletedMonth, LinkedAccount, ListMonth, User
from contacts.rules import area
from contacts.rules.area import RANGES, Area, Counted
from contacts.rules.months import month_of, months_back, months_between, next_month
from contacts.rules.roles import Role
from contacts.selectors.check import zone
from contacts.selectors.people import known
from contacts.selectors.report_bars import Fate, Fates, Leaks, Moves, fates, leaks
from contacts.selectors.report_work import Reactivations, reactivations, work_of
from contacts.selectors.together import together

MONTHS: Final = 12
HOME_DAYS: Final = "90"
#: Lists with a picture of their own; the table of all has the others.
PICTURED: Final = 12
DAY = timedelta(days=1)
ROW: Final = ("day", "counts", "how", "counted_at")


@dataclass(frozen=True)
class Wish:
    """What is asked for. ``on`` is None when no day is asked for, or when ``problem`` says why it cannot be read.

    ``every`` list is shown, or those who lose most; ``log`` is the scale of the bars.
    """

    today: date
    days: str
    on: date | None
    problem: str
    log: bool
    every: bool

    @classmethod
    def of(cls, query: QueryDict, *, today: date) -> "Wish":
        """The wish of an address."""
        on, problem = _asked_day(query, today)
        log, every = query.get("scale") == "log", query.get("lists") == "all"
        return cls(today, known(query.get("days", ""), RANGES) or HOME_DAYS, on, problem, log, every)

    @property
    def first_month(self) -> date:
        """Where what is told by month begins."""
        return months_back(MONTHS, last=self.today)


@dataclass(frozen=True)
class Past:
    """The account on one day. ``found`` is None when nobody counted then; ``before`` and ``after`` somebody did."""

    found: Counted | None
    before: date | None
    after: date | None


@dataclass(frozen=True)
class Reports:
    """The page. ``first`` is the first day of which anything is known, ``counted`` the first that we counted.

    ``peak`` is the day with the most active contacts.
    """

    wish: Wish
    first: date | None
    counted: date | None
    area: Area
    past: Past
    fates: Fates
    leaks: Leaks
    work: Reactivations
    peak: Counted | None


def reports(account: LinkedAccount, *, user: User, role: Role, query: QueryDict) -> Reports:
    """Everything the page shows. One query, whatever the size of the account."""
    wish = Wish.of(query, today=timezone.now().astimezone(zone(account)).date())
    found = together(
        {
            "days": days_of(account, user=user, days=wish.days, today=wish.today),
            **_edges(account, user),
            **_around(account, user, wish.on),
            **_months(account, user, wish),
            **work_of(account, user=user, role=role, first=wish.first_month),
        },
        {"number": ContactList.objects.filter(account=account, gone_at=None)},
    )
    first = _day(found["first"])
    by_month = {month: numbers for month, *numbers in found["fates"]}
    months = list(months_between(wish.first_month, wish.today))
    return Reports(
        wish=wish,
        first=first,
        counted=_day(found["counted"]),
        area=picture(found["days"], days=wish.days, first=first, today=wish.today),
        past=Past(_one(found["on"]), _day(found["before"]), _day(found["after"])),
        fates=fates(
            [Fate(month, *by_month.get(month, (0, 0, 0))) for month in months],
            seen=account.known_since is not None,
            log=wish.log,
        ),
        leaks=_leaks(account, found, wish, months),
        work=reactivations(account, found, role=role, first=wish.first_month),
        peak=_one(found["peak"]),
    )


def days_of(account: LinkedAccount, *, user: User, days: str, today: date) -> QuerySet[Any, Any]:
    """The counts of a range, to be asked together with other things. Of long ago, only what its picture shows."""
    rows = DayCount.objects.visible_to(user).filter(account=account)
    if days == "all":
        ends = [next_month(month) - DAY for month in months_between(months_back(12 * 21, last=today), today)]
        rows = rows.filter(Q(how=DayCount.How.COUNTED) | Q(day__in=ends))
    else:
        rows = rows.filter(day__gt=today - (int(days) + 7) * DAY)
    return rows.order_by("day").values_list(*ROW)


def picture(rows: list[tuple[Any, ...]], *, days: str, first: date | None, today: date) -> Area:
    """The areas, from what ``days_of`` found."""
    counts = [counted(row) for row in rows]
    earliest = first or (counts[0].day if counts else today)
    start = area.first_day(days, last=today, earliest=min(earliest, today))
    cells = area.cells_of(counts, days=days, first=start, last=today)
    return area.area(cells, days=days)


def counted(row: tuple[Any, ...]) -> Counted:
    """A row of ``ROW``."""
    day, counts, how, at = row
    return Counted(day, counts, how == DayCount.How.COUNTED, at)


def _edges(account: LinkedAccount, user: User) -> dict[str, QuerySet[Any, Any]]:
    rows = DayCount.objects.visible_to(user).filter(account=account)
    return {
        "first": rows.order_by("day").values_list("day")[:1],
        "counted": rows.filter(how=DayCount.How.COUNTED).order_by("day").values_list("day")[:1],
        "peak": rows.filter(active__gt=0).order_by("-active", "-day").values_list(*ROW)[:1],
    }


def _around(account: LinkedAccount, user: User, on: date | None) -> dict[str, QuerySet[Any, Any]]:
    """The count of one day, and the ones nearest to it."""
    rows = DayCount.objects.visible_to(user).filter(account=account)
    if on is None:
        return dict.fromkeys(("on", "before", "after"), rows.none())
    return {
        "on": rows.filter(day=on).values_list(*ROW),
        "before": rows.filter(day__lt=on).order_by("-day").values_list("day")[:1],
        "after": rows.filter(day__gt=on).order_by("day").values_list("day")[:1],
    }


def _months(account: LinkedAccount, user: User, wish: Wish) -> dict[str, QuerySet[Any, Any]]:
    """Deletions by month, lists by how many they lost, and the months of the first of them."""
    first = wish.first_month
    lists = moves(account, user=user, first=first)
    months = ListMonth.objects.filter(list__in=lists.values("pk")[:PICTURED], month__gte=first)
    fates = DeletedMonth.objects.visible_to(user).filter(account=account, month__gte=first)
    return {
        "fates": fates.order_by("month").values_list("month", "hidden", "reactivated", "returned"),
        "lists": lists if wish.every else lists[:PICTURED],
        "moves": months.order_by("month").values_list("list", "month", "joined", "left", "deleted"),
    }


def moves(account: LinkedAccount, *, user: User, first: date) -> QuerySet[Any, Any]:
    """The lists that are there, who lost most first: key, id, name, and how many joined, left and were deleted."""
    since = Q(months__month__gte=first)
    lists = ContactList.objects.visible_to(user).filter(account=account, gone_at=None)
    counted = lists.annotate(
        joined=Coalesce(Sum("months__joined", filter=since), 0),
        left=Coalesce(Sum("months__left", filter=since), 0),
        deleted=Coalesce(Sum("months__deleted", filter=since), 0),
    )
    columns = ("pk", "remote_id", "name", "joined", "left", "deleted")
    return counted.order_by(-(F("left") + F("deleted")), "-joined", "name", "pk").values_list(*columns)


def _leaks(account: LinkedAccount, found: dict[str, Any], wish: Wish, months: list[date]) -> Leaks:
    since = account.known_since
    return leaks(
        [Moves(*row) for row in found["lists"]],
        found["moves"],
        months=months,
        known=month_of(since.astimezone(zone(account)).date()) if since else None,
        log=wish.log,
        pictured=PICTURED,
        more=not wish.every and found["number"] > PICTURED,
    )


def _day(rows: list[tuple[date]]) -> date | None:
    return rows[0][0] if rows else None


def _one(rows: list[tuple[Any, ...]]) -> Counted | None:
    return counted(rows[0]) if rows else None


def _asked_day(query: QueryDict, today: date) -> tuple[date | None, str]:
    text = query.get("on", "").strip()
    if not text:
        return None, ""
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None, f"“{text[:20]}” is not a day. Example: 2026-06-15."
    return (on, "") if on <= today else (None, "That day has not come yet.")
