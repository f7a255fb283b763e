"""What the Sync page shows: how each stream stands, the last runs, and where today's calls went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.http import QueryDict
from django.utils import timezone

from contacts.models import LinkedAccount, RequestLog, SeenActivity, SyncRun, Worker
from contacts.rules.words import count
from contacts.selectors.paging import Slice, one_page
from contacts.templatetags.ccadmin import ago, span

RUNS = 12
# Workers say every 5 seconds that they are alive; who was not heard for so long is not counted.
ALIVE = timedelta(seconds=60)
# The steps of a run that make up one stream, as a person thinks of it.
STREAMS = {
    "Changed contacts": ("changed",),
    "Opt-outs": ("optouts",),
    "Deletions": ("deleted",),
    "Every contact": ("contacts", "sweep"),
    "Lists": ("lists",),
    "Tags": ("tags",),
    "Custom fields": ("custom_fields",),
}


@dataclass(frozen=True)
class Stream:
    """One thing that is read: when it was read whole, how long that run took, what it found, when it is next."""

    name: str
    good_at: datetime | None
    took: str
    stored: int
    calls: int
    next_at: datetime | None


@dataclass(frozen=True)
class Run:
    """One run with the words around its numbers."""

    run: SyncRun
    took: str

    @property
    def is_waiting(self) -> bool:
        return self.run.not_before is not None and self.run.not_before > timezone.now()

    @property
    def is_untouched(self) -> bool:
        """Whether nobody walks it although it could be walked: the worker is busy, or there is none."""
        begun = timezone.now() - self.run.started_at > timedelta(seconds=20)
        return self.run.state == SyncRun.State.RUNNING and not self.run.lease_owner and begun and not self.is_waiting


@dataclass(frozen=True)
class Others:
    """Bulk jobs at Constant Contact that are not ours, as far as we had a reason to ask: the last ten days' ends."""

    number: int
    counted: int | None
    last: datetime | None


@dataclass(frozen=True)
class Syncing:
    """One page's facts, in six queries."""

    now: Run | None
    recent: Sequence[Run]
    streams: Sequence[Stream]
    others: Others
    calls_today: int
    kept_for_people: int


@dataclass(frozen=True)
class Workers:
    """How many worker processes were heard of in the last minute, and when any was heard last; usable on any page."""

    number: int
    seen_at: datetime | None

    @property
    def words(self) -> str:
        """One sentence; what to do is in it when there is none."""
        if not self.number:
            return "No worker is running: nothing is read and no job goes on. Start it with “manage.py worker”."
        seen = ago(timezone.now() - self.seen_at) if self.seen_at else ""
        return f"{count(self.number, 'worker')}, last seen {seen}."


def workers() -> Workers:
    """Whether anybody works, as far as the heartbeats say. One query."""
    now = timezone.now()
    alive = Q(seen_at__range=(now - ALIVE, now + ALIVE))
    return Workers(**Worker.objects.aggregate(number=Count("pk", filter=alive), seen_at=Max("seen_at")))


def syncing(account: LinkedAccount) -> Syncing:
    """How this account's copy is kept up to date."""
    runs = [Run(each, _took(each)) for each in _runs(account).order_by("-id")[:RUNS]]
    midnight = datetime.combine(timezone.now().astimezone(UTC).date(), datetime.min.time(), tzinfo=UTC)
    return Syncing(
        now=runs[0] if runs and runs[0].run.finished_at is None else None,
        recent=[each for each in runs if each.run.finished_at is not None],
        streams=_streams(account),
        others=_others(account),
        calls_today=RequestLog.objects.filter(account=account, at__gte=midnight).count(),
        kept_for_people=settings.CC_CALLS_PER_DAY // 10,
    )


def newest(account: LinkedAccount) -> Run | None:
    """The run that is under way, or the last one."""
    run = _runs(account).order_by("-id").first()
    return Run(run, _took(run)) if run else None


def requests(account: LinkedAccount, query: QueryDict) -> Slice[RequestLog]:
    """Calls to Constant Contact, newest first; ``show=problems`` leaves out those that went well."""
    rows = RequestLog.objects.filter(account=account).select_related("by")
    if query.get("show") == "problems":
        rows = rows.filter(Q(status=None) | Q(status__gte=400) | ~Q(error=""))
    return one_page(rows, order=("-id",), query=query)


def _others(account: LinkedAccount) -> Others:
    ended = SeenActivity.objects.filter(account=account, completed_at__gte=timezone.now() - timedelta(days=10))
    return Others(**ended.aggregate(number=Count("pk"), counted=Sum("items"), last=Max("completed_at")))


def _runs(account: LinkedAccount) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(account=account)


def _streams(account: LinkedAccount) -> list[Stream]:
    done = _runs(account).filter(state=SyncRun.State.DONE).order_by("-id")
    changes, full = done.filter(kind=SyncRun.Kind.CHANGES).first(), done.filter(kind=SyncRun.Kind.FULL).first()
    return [_stream(account, name, steps, changes, full) for name, steps in STREAMS.items()]


def _stream(
    account: LinkedAccount, name: str, steps: Sequence[str], changes: SyncRun | None, full: SyncRun | None
) -> Stream:
    """From the last complete run that had these steps."""
    had = [run for run in (changes, full) if run and any(step in run.tally for step in steps)]
    run = max(had, key=lambda each: each.pk, default=None)
    tallies = [run.tally[step] for step in steps if step in run.tally] if run else []
    linked = account.state == LinkedAccount.State.LINKED
    next_at = account.next_sweep_at if steps[0] == "contacts" else account.next_sync_at
    return Stream(
        name=name,
        good_at=run.finished_at if run else None,
        took=_took(run) if run else "",
        stored=sum(each["stored"] for each in tallies),
        calls=sum(each["calls"] for each in tallies),
        next_at=next_at if linked else None,
    )


def _took(run: SyncRun) -> str:
    return span((run.finished_at or timezone.now()) - run.started_at)
