"""The way by Constant Contact's own bulk activities, in waves.

Everybody is read by pages before anything is sent, each activity is preceded by a look for new opt-outs, and nobody
is called done before a reading after the activity's end shows it. Source: CC reference, section 15.
"""

from datetime import timedelta

from django.utils import timezone

from contacts.api.client import Client
from contacts.models import Activity, Job
from contacts.services.jobs import judging, list_deletion, reading, sending, waves
from contacts.services.jobs.importing.course import Import

#: A reading by pages is fresh enough to send by for so long.
FRESH = timedelta(minutes=10)


class Edits:
    """Everybody is read by pages, then sent by up to 500."""

    most, proved = 20, ""

    def begins(self, _job: Job) -> dict[str, object]:
        return {"look_since": None}

    def look(self, job: Job, client: Client) -> bool:
        return reading.look(job, client)

    def send(self, job: Job, client: Client) -> str:
        if job.look_at is None or timezone.now() - job.look_at > FRESH:
            return "look"
        # Nobody who was looked at is left to send: somebody joined who was not, when a page slid past the border.
        return "send" if sending.send(job, client) else "look"

    def read_again(self, job: Job, client: Client) -> bool:
        return reading.read_again(job, client)

    def judge(self, job: Job) -> bool:
        return judging.judge(job)


def step(job: Job, client: Client) -> bool:
    """One step. False when nothing is under way and nothing more is to be sent."""
    # Written down by a walker that died: it may have left or not, and is never sent again.
    job.activities.filter(state=Activity.State.INTENDED).update(state=Activity.State.UNKNOWN)
    if job.kind == Job.Kind.DELETE_LIST:
        return list_deletion.step(job, client)
    return waves.step(Import() if job.kind == Job.Kind.IMPORT else Edits(), job, client)
