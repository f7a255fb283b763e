"""The row of a job while it runs: who carries it on, what it waits for, how it ends.

One walker at a time, by lease; ``fence`` counts them. Whatever is sent is written down first in a transaction that
only the walker of the moment can commit, so one that slept sends nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from contacts import audit
from contacts.leases import LEASE, is_free, ready
from contacts.models import Activity, AuditEntry, Job, LinkedAccount, RequestLog, Write

#: Tries are counted no further: the pauses between them have long reached their longest.
MOST_TRIES = 1000
State, Order = Job.State, Job.Order


class LostLease(Exception):
    """Somebody else carries this job on by now. What we hold of it must not be saved or sent."""


def due() -> QuerySet[Job]:
    """Running jobs that nobody carries on just now and whose time has come, the longest waiting first."""
    running = Job.objects.filter(ready(timezone.now()), state=State.RUNNING).select_related("account", "by")
    return running.order_by("started_at", "pk")


def claim(job: Job, owner: str) -> bool:
    """Take the job for this walker, or keep it; ``job`` is fresh afterwards. False when it is not to be carried on."""
    with transaction.atomic():
        row = Job.objects.select_for_update().filter(pk=job.pk).first()
        # Only now: a time taken before the wait for the lock is older than what its holder has written.
        now = timezone.now()
        if row is None:
            raise LostLease
        free = is_free(row.lease_until, now=now)
        may = row.state == State.RUNNING and not (row.not_before and row.not_before > now)
        if not may or not (row.lease_owner == owner or free):
            return False
        if row.lease_owner != owner:
            row.interrupted += bool(row.lease_owner)
            row.fence += 1
        row.lease_owner, row.lease_until, row.not_before = owner, now + LEASE, None
        row.save(update_fields=["interrupted", "fence", "lease_owner", "lease_until", "not_before"])
    job.refresh_from_db()
    return True


def save(job: Job, **columns: Any) -> None:
    """Save columns of a job that this walker still has, and have it for a while longer. Raises LostLease."""
    mine = Job.objects.filter(pk=job.pk, lease_owner=job.lease_owner, fence=job.fence, state=State.RUNNING)
    if not job.lease_owner or not mine.update(**{"lease_until": timezone.now() + LEASE, **columns}):
        raise LostLease
    for name, value in columns.items():
        setattr(job, name, value)


def still_mine(job: Job) -> Callable[[], None]:
    """A last look before something is sent: raises LostLease when somebody else carries the job on by now."""

    def check() -> None:
        held = Job.objects.filter(pk=job.pk, lease_owner=job.lease_owner, fence=job.fence, state=State.RUNNING)
        if not held.filter(lease_until__gt=timezone.now()).exists():
            raise LostLease

    return check


def let_go(job: Job, owner: str) -> None:
    """Give the job back, for whoever goes on with it."""
    Job.objects.filter(pk=job.pk, lease_owner=owner).update(lease_owner="", lease_until=None)


def wait(job: Job, *, until: datetime, message: str = "", **columns: Any) -> None:
    """Go on at the same place, or at the one that ``columns`` name, not before this moment (our clock)."""
    columns |= {"not_before": until, "tries": min(job.tries, MOST_TRIES), "lease_owner": "", "lease_until": None}
    with transaction.atomic():
        tell(job, message)
        save(job, **columns)


def tell(job: Job, message: str) -> None:
    """What the job is about just now. Why it was paused or stopped is not replaced by how the rest of it goes."""
    going_on = Job.objects.filter(pk=job.pk).exclude(order__in=(Order.PAUSE, Order.STOP))
    if going_on.update(message=message[:500]):
        job.message = message[:500]


def order(job: Job, what: Job.Order, message: str) -> None:
    """The worker's own order, when somebody or something took away what the job needs. Nothing more is sent.

    A job that was stopped stays stopped, whatever else happens to it.
    """
    Job.objects.filter(pk=job.pk).exclude(order=Order.STOP).update(order=what, message=message[:500])
    job.refresh_from_db(fields=["order", "message"])


def in_flight(job: Job) -> QuerySet[Write]:
    """Changes of this job whose end is not known yet."""
    return Write.objects.filter(item__job=job, state__in=Write.OPEN)


def reserve(job: Job) -> None:
    """What a running job will still need of the day's calls, as its plan counted."""
    left = max(0, int(job.cost.get(job.way, 0)) - calls(job))
    Job.objects.filter(pk=job.pk, state=State.RUNNING).update(calls_left=left)


def calls(job: Job) -> int:
    """How many calls the job has taken so far, as the request log has them."""
    return RequestLog.objects.filter(job=job.pk).count()


def come_to_rest(job: Job) -> None:
    """Nothing is in flight and nothing more is to be sent now: tried, paused, stopped or done."""
    with transaction.atomic():
        save(job)
        # What a person said since this step began counts: the row is ours until the end of the transaction.
        job.refresh_from_db(fields=["order", "message"])
        state = _rest(job)
        told = state in (State.PAUSED, State.STOPPED) or job.kind == Job.Kind.DELETE_LIST
        message = job.message if told else ""
        columns: dict[str, Any] = {"state": state, "message": message, "lease_owner": "", "lease_until": None}
        columns |= {"not_before": None, "step": "", "cursor": "", "calls": calls(job), "calls_left": 0}
        save(job, **columns, finished_at=timezone.now() if state in Job.ENDED else None)
        audit.record(
            f"job_{state}",
            AuditEntry.Outcome.DONE,
            by=job.by,
            account=job.account,
            job=job.pk,
            reason=message,
            detail={"kind": job.kind, "ended": tally(job)},
        )
        # Counts and members of lists are told anew as soon as may be.
        LinkedAccount.objects.filter(pk=job.account_id, next_sync_at__gt=Now()).update(next_sync_at=timezone.now())


def tally(job: Job) -> dict[str, int]:
    """Verdict to number of people, as far as they have ended."""
    return dict(Write.objects.filter(item__job=job).order_by().values_list("state").annotate(n=Count("pk")))


def to_send(job: Job) -> bool:
    """Whether anybody is left whom the present order is about."""
    if job.kind == Job.Kind.DELETE_LIST:
        # One that was not taken for a passing reason has no end, and is asked for again.
        return not job.activities.exclude(state=Activity.State.REJECTED, ended_at=None).exists()
    left = job.items.filter(write=None, reason="")
    return (left.filter(trial=True) if job.order == Order.TRY else left).exists()


def _rest(job: Job) -> Job.State:
    if not to_send(job) and job.order != Order.TRY:
        return State.DONE
    return {Order.TRY: State.TRIED, Order.PAUSE: State.PAUSED, Order.STOP: State.STOPPED}[Order(job.order)]
