"""What every page shows around itself: the account, how fresh our copy is, the calls used, whether writing is on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, Model, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, JSONObject
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from contacts.backends import MOST_ACCOUNTS, Entrance
from contacts.models import Access, CallBudget, ContactList, Job, LinkedAccount, SyncRun, User
from contacts.rules.roles import Role
from contacts.rules.storage import Storage
from contacts.selectors import alerts, erased
from contacts.services import readiness
from contacts.templatetags.ccadmin import span


@dataclass(frozen=True)
class Light:
    """One state in the header: a look (good, late, stopped, quiet), the icon that is its shape, and its words."""

    look: str
    icon: str
    words: str


@dataclass(frozen=True)
class Calls:
    """Calls to Constant Contact since 00:00 UTC, of all accounts together: the limit belongs to the API key."""

    used: int
    limit: int
    resets_at: datetime

    @property
    def spent(self) -> bool:
        """Whether Constant Contact takes no more before ``resets_at``."""
        return self.used >= self.limit


@dataclass(frozen=True)
class Walk:
    """The newest walk through the account, as far as a page says anything about it."""

    state: str
    message: str
    seen: int
    expected: int | None


@dataclass(frozen=True)
class Room:
    """One item of the navigation; ``key`` follows ``g``, one of ``parts`` the account's slug in the room's addresses.

    The number beside it counts what has that ``status``: contacts, lists or jobs. What begins a part of its own is
    ``below`` a rule.
    """

    name: str
    icon: str
    address: str
    parts: tuple[str, ...]
    key: str = ""
    status: str = ""
    below: bool = False
    query: Mapping[str, str] | None = None
    url: str = ""
    here: bool = False
    count: int | None = None


ROOMS = (
    Room("Home", "home", "home", ("", "outside"), key="h"),
    Room("Check addresses", "zoom-check", "check", ("check", "files", "v2")),
    Room(
        "Contacts", "users", "contact_list", ("contacts", "changes"), "c", status="active", query={"status": "active"}
    ),
    Room("Deleted contacts", "trash", "deleted_list", ("deleted",), key="d", status="deleted"),
    Room("Lists", "list", "list_list", ("lists",), key="l", status="lists"),
    Room("Jobs", "clipboard-check", "job_list", ("jobs",), key="j", status="running"),
    Room("Audit", "history", "audit_list", ("audit",), key="a"),
    Room("Sync", "refresh", "sync_status", ("sync",), key="s"),
    Room("Reports", "chart-bar", "report_home", ("reports",), key="r", below=True),
)
#: How the addresses of an account's pages begin.
OF_ACCOUNT = "a/<slug:account>/"


class Frame:
    """The facts around a page, each read when the page first asks for it: one query."""

    def __init__(self, request: HttpRequest) -> None:
        self.account: LinkedAccount | None = getattr(request, "account", None)
        self.user = getattr(request, "user", None)
        self.entrance: Entrance | None = getattr(request, "entrance", None)
        self.role: Role | None = getattr(request, "role", None)
        self.demo = settings.DEMO
        self.page: str = getattr(request.resolver_match, "url_name", None) or ""
        self.route: str = getattr(request.resolver_match, "route", "")
        self.in_settings = "settings/" in self.route

    @cached_property
    def storage(self) -> Storage | None:
        """Why nothing can be stored just now, as far as this process has met it."""
        return readiness.doubt.standing()

    @cached_property
    def marks_are_lost(self) -> bool:
        """Whether the key by which the erased are known again cannot be opened. No query."""
        return self.account is not None and erased.key_is_lost(self.account)

    @cached_property
    def accounts(self) -> list[LinkedAccount]:
        """The accounts this person may switch to, by name, as far as a menu can hold them."""
        if self.user is None or not self.user.is_authenticated:
            return []
        if self.entrance is not None:
            return self.entrance.accounts
        accesses = Access.objects.current().filter(user=self.user).select_related("account")
        return [access.account for access in accesses.order_by("account__name", "account")[:MOST_ACCOUNTS]]

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What is read anew for every page of an account, whatever stands in it. One query."""
        return around(self.account, self.user, self.role) if self.account else {}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Lists, running jobs, alerts that stand; a number that is 0 is not there."""
        return {name: self.facts[name] for name in ("lists", "running", "alerts") if self.facts.get(name)}

    @property
    def part(self) -> str | None:
        """What follows the account's slug in the address; None outside an account."""
        _, found, inside = self.route.partition(OF_ACCOUNT)
        return inside.partition("/")[0] if found else None

    @cached_property
    def rooms(self) -> list[Room]:
        """The navigation of the account, with the last sync's counts, the lists, the running jobs."""
        if self.account is None:
            return []
        here = {"account": self.account.slug}
        counts = self.account.counts | self.numbers
        return [
            replace(
                room,
                url=reverse(room.address, kwargs=here, query=room.query),
                here=self.part in room.parts,
                count=counts.get(room.status),
            )
            for room in ROOMS
        ]

    @cached_property
    def run(self) -> Walk | None:
        """The newest walk through the account."""
        newest = self.facts.get("run")
        return Walk(**newest) if newest else None

    @cached_property
    def calls(self) -> Calls:
        """The day's calls; the limit and the day are Constant Contact's."""
        budget = self.facts.get("calls") or {"used": 0, "spent": False}
        midnight = datetime.combine(today() + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
        limit = settings.CC_CALLS_PER_DAY
        return Calls(max(budget["used"], limit) if budget["spent"] else budget["used"], limit, midnight)

    @cached_property
    def freshness(self) -> Light:
        """How far our copy may be trusted, in words."""
        if self.account is None or self.account.state == LinkedAccount.State.UNLINKED:
            return Light("stopped", "unlink", "Unlinked: our copy stands still")
        if self.account.state == LinkedAccount.State.BROKEN:
            return Light("stopped", "plug-connected-x", "Stopped: the link is broken")
        if self.run and self.run.state == SyncRun.State.HELD:
            return Light("late", "player-pause", "Held: too much vanished at once")
        return first_reading(self.run) if self.account.synced_at is None else since(self.account.synced_at, self.run)

    @cached_property
    def writing(self) -> Light:
        """Whether changes can be sent to Constant Contact from this account, in words."""
        if self.account is None or self.account.state != LinkedAccount.State.LINKED:
            return Light("stopped", "lock", "Writing stopped")
        if self.account.writing == LinkedAccount.Writing.PAUSED:
            return Light("late", "player-pause", self.account.get_writing_display())
        if not self.account.may_write:
            return Light("quiet", "eye", str(LinkedAccount.Writing.LOOK_ONLY.label))
        return Light("good", "lock-open", self.account.get_writing_display())


def around(account: LinkedAccount, user: User | None, role: Role | None) -> dict[str, Any]:
    """``lists``, ``running`` and ``alerts`` as numbers, ``run`` and ``calls`` as their columns. One query."""
    budget = CallBudget.objects.filter(day=today()).order_by("-used")
    is_spent = Case(When(spent_until__gt=timezone.now(), then=Value(1)), default=Value(0))
    newest = SyncRun.objects.filter(account=OuterRef("pk")).order_by("-id")
    facts: dict[str, Combinable] = {
        "lists": number_of(ContactList.objects.filter(gone_at=None)),
        "running": number_of(Job.objects.filter(state=Job.State.RUNNING)),
        "run": first_of(newest, state="state", message="message", seen="seen", expected="expected"),
        "calls": first_of(budget, used="used", spent=is_spent),
    }
    if role and user:
        facts["alerts"] = number_of(alerts.seen_by(user, account, role).filter(closed_at=None))
    row = LinkedAccount.objects.filter(pk=account.pk).values_list(*facts.values()).first()
    return dict(zip(facts, row, strict=True)) if row else {}


def number_of[M: Model](rows: QuerySet[M]) -> Coalesce:
    """How many of the rows belong to the account of the query around this one."""
    of_account = rows.filter(account=OuterRef("pk")).order_by().values("account").annotate(number=Count("pk"))
    return Coalesce(Subquery(of_account.values("number")), 0)


def first_of[M: Model](rows: QuerySet[M], **columns: Any) -> Subquery:
    """These columns of the first row as one object; None when there is no row."""
    return Subquery(rows.values_list(JSONObject(**columns))[:1])


def today() -> date:
    """The day as Constant Contact counts calls."""
    return timezone.now().astimezone(UTC).date()


def frame(request: HttpRequest) -> dict[str, object]:
    """Context processor: ``frame`` costs nothing in a fragment, which never asks for it."""
    return {"frame": SimpleLazyObject(lambda: Frame(request))}


def first_reading(run: Walk | None) -> Light:
    """Before the first whole walk there is no age to give, only how far it came."""
    if run is None:
        return Light("late", "clock", "Not read yet")
    if run.state == SyncRun.State.FAILED:
        return Light("stopped", "alert-triangle", "First reading stopped")
    of_about = f" of about {run.expected:,}" if run.expected else ""
    return Light("late", "refresh", f"Reading: {run.seen:,}{of_about}")


def since(synced_at: datetime, run: Walk | None) -> Light:
    """``Synced 4 min ago``, or how far behind: one missed turn is still in time, two are not."""
    passed = timezone.now() - synced_at
    if passed <= timedelta(minutes=2 * settings.SYNC_MINUTES + 1):
        words = "Synced just now" if passed < timedelta(minutes=1) else f"Synced {span(passed)} ago"
        return Light("good", "circle-check", words)
    failed = run is not None and run.state == SyncRun.State.FAILED
    return Light("late", "alert-triangle", f"Behind: {span(passed)}" + (" (the last run failed)" if failed else ""))
