"""The way of an import: look, send, wait, read again, judge. In waves, as every bulk job.

Each portion is preceded by a look of its own, so nobody has to be read anew before the next one.
"""

from django.utils import timezone

from contacts.api.client import Client
from contacts.models import Activity, Job
from contacts.services.jobs import following, judging, runs
from contacts.services.jobs.importing import looking, sending, verdicts
from contacts.services.jobs.importing.planning import need_copy
from contacts.services.jobs.importing.portions import WAVE
from contacts.services.jobs.runs import Order


def step(job: Job, client: Client) -> bool:
    """One step. False when nothing is under way and nothing more is to be sent."""
    return _STEPS[job.step](job, client)


def _decide(job: Job, client: Client) -> bool:
    if job.activities.filter(state__in=Activity.OPEN).exists():
        runs.save(job, step="wait")
    elif runs.in_flight(job).exists():
        _read_again(job)
    elif _wanted(job):
        need_copy(job)
        # From where our copy ends: what changed since is asked for.
        runs.save(job, step="look", cursor="", look_at=timezone.now(), look_since=job.account.watermark)
    else:
        return False
    return True


def _wanted(job: Job) -> bool:
    return job.order in (Order.TRY, Order.RUN) and runs.to_send(job)


def _look(job: Job, client: Client) -> bool:
    if not _wanted(job):
        runs.save(job, step="", cursor="")
    elif looking.look(job, client):
        runs.save(job, step="send", cursor="")
    return True


def _send(job: Job, client: Client) -> bool:
    under_way = job.activities.filter(state__in=Activity.OPEN).count()
    if not _wanted(job) or under_way >= WAVE or not sending.send(job, client):
        runs.save(job, step="")
    return True


def _wait(job: Job, client: Client) -> bool:
    if following.follow(job, client):
        _read_again(job)
    return True


def _read_again(job: Job) -> None:
    runs.save(job, step="prove", cursor="", look_at=timezone.now())
    runs.tell(job, "")


def _prove(job: Job, client: Client) -> bool:
    if looking.read_again(job, client):
        runs.save(job, step="judge", cursor="")
    return True


def _judge(job: Job, client: Client) -> bool:
    if not judging.judge(job, verdict=verdicts.result):
        return True
    if runs.in_flight(job).exists():
        then = timezone.now() + judging.pause()
        message = "Reading those again that are not as the rows say."
        runs.wait(job, until=then, message=message, step="prove", cursor="", look_at=then)
    elif _wanted(job):
        # Our copy is as fresh as the proof: the next portion looks by itself.
        runs.save(job, step="send", cursor="")
    else:
        runs.save(job, step="", cursor="")
    return True


_STEPS = {"": _decide, "look": _look, "send": _send, "wait": _wait, "prove": _prove, "judge": _judge}
