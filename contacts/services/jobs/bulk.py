"""The way by Constant Contact's own bulk activities: look, send, wait, read again, judge. In waves.

Everybody is read by pages before anything is sent, each activity is preceded by a look for new opt-outs, and nobody
is called done before a reading after the activity's end shows it. Source: CC reference, section 15.
"""

from datetime import timedelta

from django.utils import timezone

from contacts.api.client import Client
from contacts.models import Activity, Job
from contacts.services.jobs import following, judging, list_deletion, reading, runs, sending
from contacts.services.jobs.importing import steps
from contacts.services.jobs.runs import Order

#: So many activities are under way at once before anybody is proved: a fault shows before the next wave.
WAVE = 20
#: A reading by pages is fresh enough to send by for so long.
FRESH = timedelta(minutes=10)


def step(job: Job, client: Client) -> bool:
    """One step. False when nothing is under way and nothing more is to be sent."""
    # Written down by a walker that died: it may have left or not, and is never sent again.
    job.activities.filter(state=Activity.State.INTENDED).update(state=Activity.State.UNKNOWN)
    if job.kind == Job.Kind.DELETE_LIST:
        return list_deletion.step(job, client)
    if job.kind == Job.Kind.IMPORT:
        return steps.step(job, client)
    return _STEPS[job.step](job, client)


def _decide(job: Job, client: Client) -> bool:
    """What comes next: to follow what was sent, to prove it, or to send more."""
    if job.activities.filter(state__in=Activity.OPEN).exists():
        runs.save(job, step="wait")
    elif runs.in_flight(job).exists():
        _read_again(job)
    elif job.order in (Order.TRY, Order.RUN) and runs.to_send(job):
        runs.save(job, step="look", cursor="", look_at=timezone.now(), look_since=None)
    else:
        return False
    return True


def _look(job: Job, client: Client) -> bool:
    if reading.look(job, client):
        runs.save(job, step="send", cursor="")
    return True


def _send(job: Job, client: Client) -> bool:
    under_way = job.activities.filter(state__in=Activity.OPEN).count()
    wanted = job.order in (Order.TRY, Order.RUN) and runs.to_send(job)
    if not wanted or under_way >= WAVE:
        runs.save(job, step="")
    elif job.look_at is None or timezone.now() - job.look_at > FRESH:
        runs.save(job, step="look", cursor="", look_at=timezone.now(), look_since=None)
    elif not sending.send(job, client):
        # Somebody joined who was not looked at: a page slid past the border.
        runs.save(job, step="look", cursor="", look_at=timezone.now(), look_since=None)
    return True


def _wait(job: Job, client: Client) -> bool:
    if following.follow(job, client):
        _read_again(job)
    return True


def _read_again(job: Job) -> None:
    runs.save(job, step="prove", cursor="", look_at=timezone.now())
    runs.tell(job, "")


def _prove(job: Job, client: Client) -> bool:
    if reading.read_again(job, client):
        runs.save(job, step="judge", cursor="")
    return True


def _judge(job: Job, client: Client) -> bool:
    if not judging.judge(job):
        return True
    if runs.in_flight(job).exists():
        # Not in place yet: it takes two equal readings some time apart to say that it will not come.
        then = timezone.now() + judging.pause()
        message = "Reading those again that are not as asked."
        runs.wait(job, until=then, message=message, step="prove", cursor="", look_at=then)
    else:
        runs.save(job, step="", cursor="")
    return True


_STEPS = {"": _decide, "look": _look, "send": _send, "wait": _wait, "prove": _prove, "judge": _judge}
