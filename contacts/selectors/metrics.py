"""What a monitor watches, from the database alone, so that it is true for all processes together.

A fixed number of queries, and none that walks a large table: contacts are told as the last sync counted them, what
waits is counted up to a limit, and everything else has an index or is small. Nothing here is personal; an account is
its number.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    Max,
    Min,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.tasks import TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from contacts.models import (
    Activity,
    Alert,
    AuditChain,
    AuditCheckpoint,
    CallBudget,
    Erasure,
    Job,
    JobItem,
    Letter,
    LinkedAccount,
    ListChange,
    RequestLog,
    SyncRun,
    Verification,
    Worker,
    Write,
)
from contacts.rules.exposition import Family, Kind, Labels
from contacts.selectors.syncing import ALIVE

#: What waits is counted no further; whoever reads such a number knows enough.
MOST: Final = 10_000
HOUR: Final = timedelta(hours=1)
ANSWERS: Final = ("1xx", "2xx", "3xx", "4xx", "5xx", "none")
# Nothing there yet is the year 1970: so whoever warns of what is long ago is warned of what never was.
NEVER: Final = 0.0


def families() -> Iterable[Family]:
    """All of them. Raises the database's errors."""
    return chain(
        _workers(), _tasks(), _accounts(), _calls(), _runs(), _jobs(), _changes(), _alerts(), _history(), _rest()
    )


def gauge(name: str, meaning: str, values: float | Iterable[tuple[Labels, float]]) -> Family:
    """A figure of ccadmin; one number, or several by their labels."""
    several = [({}, values)] if isinstance(values, int | float) else values
    return Family(f"ccadmin_{name}", Kind.GAUGE, meaning, several)


def _workers() -> Iterable[Family]:
    now = timezone.now()
    alive = Q(seen_at__range=(now - ALIVE, now + ALIVE))
    found = Worker.objects.aggregate(
        number=Count("pk", filter=alive),
        seen=Max("seen_at"),
        oldest=Min("started_at", filter=alive),
        newest=Max("started_at", filter=alive),
    )
    yield gauge("workers", "Worker processes heard of in the last minute.", found["number"])
    yield gauge("worker_seen_timestamp_seconds", "When any worker was heard of last.", _at(found["seen"]))
    started = [({"which": which}, _at(found[which])) for which in ("oldest", "newest") if found[which]]
    yield gauge("worker_started_timestamp_seconds", "When the oldest and the newest living worker began.", started)


def _tasks() -> Iterable[Family]:
    """Of the queue in the database; with another engine nothing waits here."""
    rows = {row["status"]: row for row in DBTaskResult.objects.order_by().values("status").annotate(n=Count("pk"))}
    numbers = [({"status": status.lower()}, rows.get(status, {"n": 0})["n"]) for status in TaskResultStatus.values]
    yield gauge("tasks", "Tasks in the database's queue; those that ended well are kept for an hour.", numbers)
    waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY).aggregate(at=Min("enqueued_at"))["at"]
    age = (timezone.now() - waiting).total_seconds() if waiting else 0.0
    yield gauge("task_oldest_age_seconds", "How long the task has waited that waits longest; 0 when none does.", age)


def _accounts() -> Iterable[Family]:
    rows = list(
        LinkedAccount.objects.order_by("pk").values("pk", "name", "slug", "state", "writing", "synced_at", "counts")
    )
    states = Counter(row["state"] for row in rows)
    yield gauge("accounts", "Accounts by the state of their link.", _each(states, LinkedAccount.State.values, "state"))
    writing = Counter(row["writing"] for row in rows if row["state"] == LinkedAccount.State.LINKED)
    yield gauge(
        "accounts_writing",
        "Linked accounts by whether changes may be sent to them.",
        _each(writing, LinkedAccount.Writing.values, "writing"),
    )
    known = [row for row in rows if row["state"] != LinkedAccount.State.UNLINKED]
    linked = [(_of(row["pk"]), int(row["state"] == LinkedAccount.State.LINKED)) for row in known]
    yield gauge("account_linked", "Whether the link of an account works.", linked)
    synced = [(_of(row["pk"]), _at(row["synced_at"])) for row in known]
    yield gauge(
        "account_synced_timestamp_seconds", "When an account's last good sync ended; 0 before the first.", synced
    )
    contacts = [
        ({**_of(row["pk"]), "status": status}, number)
        for row in known
        for status, number in sorted(row["counts"].items())
    ]
    yield gauge("contacts", "Contacts in our copy by status, as the last sync counted them.", contacts)
    if settings.METRICS_NAMES:
        names = [({**_of(row["pk"]), "slug": row["slug"], "name": row["name"]}, 1) for row in known]
        yield gauge("account_info", "What an account is called.", names)


def _calls() -> Iterable[Family]:
    now = timezone.now().astimezone(UTC)
    budget = CallBudget.objects.filter(day=now.date()).aggregate(used=Sum("used"), spent=Max("spent_until"))
    yield gauge(
        "api_calls_limit", "Calls to Constant Contact that a day allows (CC_CALLS_PER_DAY).", settings.CC_CALLS_PER_DAY
    )
    yield gauge("api_calls_used", "Calls that were taken out of the day's budget since 00:00 UTC.", budget["used"] or 0)
    spent = int(budget["spent"] is not None and budget["spent"] > now)
    yield gauge("api_quota_spent", "Whether Constant Contact said that the day's calls are used up.", spent)
    midnight = datetime.combine(now.date(), datetime.min.time(), tzinfo=UTC)
    kinds = [When(status__gte=100 * n, status__lt=100 * n + 100, then=Value(f"{n}xx")) for n in range(1, 6)]
    kind = Case(*kinds, default=Value("none"), output_field=CharField())
    # The sum keeps SQLite from walking all calls there ever were in the order of their accounts.
    today = RequestLog.objects.filter(at__gte=midnight).order_by().annotate(kind=kind, of=F("account_id") + 0)
    answers, accounts = Counter[str](), Counter[int]()
    for account, answer, number in today.values_list("of", "kind").annotate(number=Count("pk")):
        answers[answer] += number
        if account:
            accounts[account] += number
    meaning = "Answers of Constant Contact since 00:00 UTC by the class of their status; none: no answer came."
    yield gauge("api_answers_today", meaning, _each(answers, ANSWERS, "status"))
    per_account = [(_of(account), number) for account, number in sorted(accounts.items())]
    yield gauge("account_api_calls_today", "Calls made for an account since 00:00 UTC.", per_account)


def _runs() -> Iterable[Family]:
    now = timezone.now()
    waits = Q(state=SyncRun.State.RUNNING, not_before__gt=now)
    state = Case(When(waits, then=Value("waiting")), default=F("state"), output_field=CharField())
    under_way = _by(SyncRun.objects.filter(finished_at=None).annotate(how=state), "how")
    yield gauge(
        "sync_runs",
        "Syncs that have not ended, by state; held ones wait for a person.",
        _each(under_way, ("running", "waiting", "held"), "state"),
    )
    ended = _by(SyncRun.objects.filter(finished_at__gt=now - HOUR), "state")
    yield gauge(
        "sync_runs_ended", "Syncs that ended in the last hour, by how.", _each(ended, ("done", "failed"), "state")
    )


def _jobs() -> Iterable[Family]:
    yield gauge("jobs", "Jobs by state.", _each(_by(Job.objects.all(), "state"), Job.State.values, "state"))
    moving = Job.objects.filter(state__in=(Job.State.RUNNING, Job.State.PAUSED, Job.State.TRIED)).values("pk")
    waiting = _up_to(JobItem.objects.filter(job__in=moving, write=None, reason=""))
    yield gauge(
        "job_items_waiting", f"People of jobs that have begun, still to be changed; counted up to {MOST}.", waiting
    )


def _changes() -> Iterable[Family]:
    """Changes that were begun and whose end is not known."""
    numbers: list[tuple[Labels, float]] = []
    oldest: list[datetime] = []
    kinds: Mapping[str, tuple[type[Model], tuple[str, ...], str]] = {
        "contact": (Write, Write.OPEN, "began_at"),
        "list": (ListChange, ListChange.OPEN, "began_at"),
        "bulk": (Activity, Activity.OPEN, "sent_at"),
    }
    for kind, (model, states, began) in kinds.items():
        rows = model._default_manager.filter(state__in=states).order_by().values_list("state")
        found = {state: (number, at) for state, number, at in rows.annotate(n=Count("pk"), at=Min(began))}
        numbers += [({"of": kind, "state": state}, found.get(state, (0, None))[0]) for state in map(str, states)]
        oldest += [at for _, at in found.values()]
    yield gauge("changes_open", "Changes at Constant Contact whose end is not known yet.", numbers)
    age = (timezone.now() - min(oldest)).total_seconds() if oldest else 0.0
    yield gauge("change_oldest_age_seconds", "How long the oldest of them is under way; 0 when there is none.", age)


def _alerts() -> Iterable[Family]:
    found = _by(Alert.objects.filter(closed_at=None), "kind")
    yield gauge("alerts", "Alerts that stand, by kind, over all accounts.", _each(found, Alert.Kind.values, "kind"))


def _history() -> Iterable[Family]:
    ended = Verification.objects.filter(chain=OuterRef("pk"), ended_at__isnull=False).order_by("-ended_at")
    chains = AuditChain.objects.filter(sequence__gt=0).annotate(verified=Subquery(ended.values("ended_at")[:1]))
    found = chains.aggregate(
        entries=Sum("sequence"), oldest=Min("verified"), checked=Count("verified"), chains=Count("pk")
    )
    entries: list[tuple[Labels, float]] = [({}, found["entries"] or 0)]
    yield Family("ccadmin_audit_entries_total", Kind.COUNTER, "Entries of the history over all chains.", entries)
    never = found["chains"] - found["checked"]
    yield gauge("audit_chains_never_verified", "Chains that were never checked; a new one is within a day.", never)
    meaning = "When the chain was checked that was not checked for longest."
    yield gauge("audit_verified_timestamp_seconds", meaning, _at(found["oldest"]))
    copied = AuditCheckpoint.objects.aggregate(at=Max("exported_at"))["at"]
    yield gauge("audit_checkpoint_outside_timestamp_seconds", "When a checkpoint was last put outside.", _at(copied))
    without = _up_to(AuditCheckpoint.objects.filter(exported_at=None))
    yield gauge("audit_checkpoints_not_outside", f"Checkpoints without a copy outside; counted up to {MOST}.", without)


def _rest() -> Iterable[Family]:
    waiting = _up_to(Letter.objects.filter(due_at__isnull=False))
    yield gauge("letters_waiting", f"E-mails that are still to be sent; counted up to {MOST}.", waiting)
    lost = _up_to(Letter.objects.filter(due_at=None, sent_at=None).exclude(trouble=""))
    yield gauge("letters_given_up", "E-mails that could not be sent, and will not be, in the last 90 days.", lost)
    erasing = Erasure.objects.filter(state=Erasure.State.ERASING).count()
    yield gauge("erasures_under_way", "People who asked to be erased, and are not yet.", erasing)
    yield gauge("database_size_bytes", "Size of the database.", _size())


def _size() -> int:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    # What waits in the log beside it belongs to it.
    files = [Path(f"{connection.settings_dict['NAME']}{end}") for end in ("", "-wal")]
    return sum(file.stat().st_size for file in files if file.exists())


def _by(rows: QuerySet[Any], column: str) -> Counter[str]:
    return Counter(dict(rows.order_by().values_list(column).annotate(number=Count("pk"))))


def _each(found: Mapping[str, int], values: Iterable[str], label: str) -> list[tuple[Labels, float]]:
    """A number for every value there can be: what is missing would look like what is not watched."""
    return [({label: str(value)}, found.get(value, 0)) for value in values]


def _up_to(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:MOST].count()


def _of(account: int) -> Labels:
    return {"account": str(account)}


def _at(moment: datetime | None) -> float:
    return moment.timestamp() if moment else NEVER
