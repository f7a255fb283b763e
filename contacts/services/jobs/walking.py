"""A job, carried on step by step: a call or two each, saved with the place reached, so that any step may die."""

import logging
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event

from django.utils import timezone

from contacts import leases
from contacts.api.client import Client
from contacts.api.errors import APIError, QueueFull, QuotaSpent, Throttled
from contacts.backends import role_on
from contacts.connect import connect, need_link
from contacts.connect.renewal import mark_broken
from contacts.models import Job, LinkedAccount
from contacts.patience import BUGS, patiently, sat_out
from contacts.rules.refusal import Refused
from contacts.services.jobs import bulk, one_by_one, runs
from contacts.services.jobs.rights import need_right
from contacts.services.jobs.runs import LostLease, Order
from contacts.services.jobs.troubles import FAULTS, LINK, NOT_THEIR_FAULT, PASSING

logger = logging.getLogger(__name__)

#: By the person they call for: one connection does for all steps, but somebody may be deleted meanwhile.
type Clients = dict[int | None, Client]

TRIES = 6
LONGEST = 300.0


def carry_on(job: Job, *, stop: Event | None = None, seconds: float | None = None) -> Job:
    """Carry on until the job rests, must wait, or belongs to somebody else; or for about so many ``seconds``.

    ``stop`` ends it after the step under way. Returns the job as it is then.
    """
    stop, owner = stop or Event(), leases.new_owner()
    until = time.monotonic() + seconds if seconds is not None else None
    clients: Clients = {}
    try:
        while not stop.is_set():
            more = patiently(partial(step, job, owner, clients), what=f"job {job.pk}", stop=stop)
            if (until and time.monotonic() > until) or not (more or sat_out(job.not_before, stop=stop)):
                break
    finally:
        # Also when the database is full: nobody has to wait for the end of the lease once there is room.
        runs.let_go(job, owner)
    runs.reserve(job)
    return Job.objects.filter(pk=job.pk).select_related("account", "by").first() or job


def step(job: Job, owner: str, clients: Clients | None = None) -> bool:
    """Do the next piece. True while there is more to do right now. What Constant Contact answers is never raised.

    ``clients`` are kept by whoever does several steps.
    """
    try:
        if not runs.claim(job, owner):
            return False
        _attempt(job, {} if clients is None else clients)
    except LostLease:
        logger.warning("Job %s was taken over; this step of it is dropped.", job.pk)
        return False
    job.refresh_from_db()
    return job.state == Job.State.RUNNING and job.not_before is None


def _client(job: Job, kept: Clients) -> Client:
    need_link(job.account)
    if job.by_id not in kept:
        kept[job.by_id] = connect(job.account, person=False, by=job.by, job=job.pk, check=runs.still_mine(job))
    return kept[job.by_id]


def _attempt(job: Job, clients: Clients) -> None:
    tries, job.tries = job.tries, 0
    try:
        _obey(job)
        if not _do(job, _client(job, clients)):
            runs.come_to_rest(job)
        elif tries and job.lease_owner:
            runs.save(job, tries=0)
    except Refused as exc:
        runs.order(job, Order.PAUSE, exc.advice)
    except APIError as problem:
        job.tries = tries
        _met(job, problem)
    except BUGS:
        # The fault is ours. It is raised for the log, and the job pauses, so that nothing repeats it in a circle.
        _give_up(job, "Paused: something broke on our side. What is done stays done, and nothing more was sent.")
        raise


def _do(job: Job, client: Client) -> bool:
    """One step of the job's way. False when nothing is left to do or to wait for."""
    bulky = job.way in (Job.Way.ACTIVITY, Job.Way.FILE) or job.activities.exists()
    return bulk.step(job, client) if bulky else one_by_one.step(job, client, passing=NOT_THEIR_FAULT)


def _obey(job: Job) -> None:
    """Stop or pause by itself when the right to go on was taken away (faults W13)."""
    if job.order in (Order.PAUSE, Order.STOP):
        return
    if job.by is None or role_on(job.account, job.by) is None:
        runs.order(job, Order.STOP, "Stopped: the person who ran this job has no access to the account any more.")
        return
    try:
        need_right(job.account, job.kind, by=job.by, undoes=job.undoes)
    except Refused:
        runs.order(job, Order.STOP, f"Stopped: the role of {job.by} does not allow this job any more.")
        return
    account = LinkedAccount.objects.get(pk=job.account_id)
    if account.writing == LinkedAccount.Writing.PAUSED:
        runs.order(job, Order.PAUSE, f"Paused: writing was paused by {account.writing_by}.")
    elif not account.may_write:
        runs.order(job, Order.PAUSE, "Paused: nothing may be sent to this account just now.")


def _met(job: Job, problem: APIError) -> None:
    """Write into the job what becomes of it after this problem."""
    if isinstance(problem, QuotaSpent):
        tomorrow = timezone.now().astimezone(UTC).date() + timedelta(days=1)
        midnight = datetime.combine(tomorrow, datetime.min.time(), tzinfo=UTC)
        runs.wait(job, until=midnight, message="Today's calls are used up. Goes on by itself at 00:00 UTC.")
    elif isinstance(problem, Throttled):
        job.tries += 1
        pause = max(problem.retry_after or 0.0, min(2.0 ** min(job.tries - 1, 6), 60.0))
        runs.wait(job, until=_later(pause), message="Constant Contact asked us to slow down. Continuing.")
    elif isinstance(problem, QueueFull):
        message = "Constant Contact has 1,000 bulk jobs waiting for this account. We try again in 10 minutes."
        runs.wait(job, until=_later(600), message=message)
    elif isinstance(problem, PASSING + FAULTS):
        _try_again(job, problem)
    else:
        if isinstance(problem, LINK):
            mark_broken(LinkedAccount.objects.get(pk=job.account_id), problem)
        _give_up(job, f"Paused: {problem.happened.format(status=problem.status)} {problem.remedy}")


def _try_again(job: Job, problem: APIError) -> None:
    job.tries += 1
    happened = problem.happened.format(status=problem.status)
    if job.tries >= TRIES and job.order != Order.PAUSE:
        job.tries = 0
        _give_up(job, f"Paused: {happened} We tried {TRIES} times. What is done stays done.")
        return
    until = _later(max(problem.retry_after or 0.0, min(5.0 * 2 ** min(job.tries - 1, TRIES), LONGEST)))
    runs.wait(job, until=until, message=f"{happened} Next try at {until:%H:%M:%S} UTC. Nothing was lost.")


def _give_up(job: Job, message: str) -> None:
    """Send nothing more. While the end of something is not known, go on looking for it, at a slower pace."""
    runs.order(job, Order.PAUSE, message)
    if runs.in_flight(job).exists():
        runs.wait(job, until=_later(LONGEST), message=message)
    else:
        runs.come_to_rest(job)


def _later(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
