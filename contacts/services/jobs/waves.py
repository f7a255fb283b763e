"""The waves of a bulk job: look, send, wait, read again, judge. What each step does is its course's."""

from typing import Protocol

from django.utils import timezone

from contacts.api.client import Client
from contacts.models import Activity, Job
from contacts.services.jobs import following, judging, runs
from contacts.services.jobs.runs import Order


class Course(Protocol):
    """What a kind of bulk job does at each step: so many portions are under way before anybody is proved.

    ``proved`` is the step after a wave.
    """

    most: int
    proved: str

    def begins(self, job: Job) -> dict[str, object]:
        """What of the job is set as a look begins."""

    def look(self, job: Job, client: Client) -> bool:
        """One call of the reading before anything is sent; True once it is done."""

    def send(self, job: Job, client: Client) -> str:
        """Send one portion; the step that follows, "" when nobody is left."""

    def read_again(self, job: Job, client: Client) -> bool:
        """One call of the reading after a wave has ended; True once everybody in it was read."""

    def judge(self, job: Job) -> bool:
        """Judge some of those who were read; True once nobody is left who can be judged now."""


def step(course: Course, job: Job, client: Client) -> bool:
    """One step. False when nothing is under way and nothing more is to be sent."""
    return _STEPS[job.step](course, job, client)


def _decide(course: Course, job: Job, client: Client) -> bool:
    """What comes next: to follow what was sent, to prove it, or to send more."""
    if job.activities.filter(state__in=Activity.OPEN).exists():
        runs.save(job, step="wait")
    elif runs.in_flight(job).exists():
        _read_again(job)
    elif _wanted(job):
        _begin(course, job)
    else:
        return False
    return True


def _wanted(job: Job) -> bool:
    return job.order in (Order.TRY, Order.RUN) and runs.to_send(job)


def _begin(course: Course, job: Job) -> None:
    runs.save(job, step="look", cursor="", look_at=timezone.now(), **course.begins(job))


def _look(course: Course, job: Job, client: Client) -> bool:
    if not _wanted(job):
        runs.save(job, step="", cursor="")
    elif course.look(job, client):
        runs.save(job, step="send", cursor="")
    return True


def _send(course: Course, job: Job, client: Client) -> bool:
    under_way = job.activities.filter(state__in=Activity.OPEN).count()
    then = course.send(job, client) if _wanted(job) and under_way < course.most else ""
    if then == "look":
        _begin(course, job)
    elif not then:
        runs.save(job, step="")
    return True


def _wait(course: Course, job: Job, client: Client) -> bool:
    if following.follow(job, client):
        _read_again(job)
    return True


def _read_again(job: Job) -> None:
    runs.save(job, step="prove", cursor="", look_at=timezone.now())
    runs.tell(job, "")


def _prove(course: Course, job: Job, client: Client) -> bool:
    if course.read_again(job, client):
        runs.save(job, step="judge", cursor="")
    return True


def _judge(course: Course, job: Job, client: Client) -> bool:
    if not course.judge(job):
        return True
    if runs.in_flight(job).exists():
        # Not in place yet: it takes two equal readings some time apart to say that it will not come.
        then = timezone.now() + judging.pause()
        message = "Reading those again that are not as asked."
        runs.wait(job, until=then, message=message, step="prove", cursor="", look_at=then)
    else:
        runs.save(job, step=course.proved if _wanted(job) else "", cursor="")
    return True


_STEPS = {"": _decide, "look": _look, "send": _send, "wait": _wait, "prove": _prove, "judge": _judge}
