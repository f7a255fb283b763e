"""The course of an import, whose portions each look again before they are sent."""

from contacts.api.client import Client
from contacts.models import Job
from contacts.services.jobs import judging
from contacts.services.jobs.importing import looking, portions, sending, verdicts
from contacts.services.jobs.importing.planning import need_copy


class Import:
    """The deleted people are read by pages, then rows are sent by up to 4,000."""

    # Our copy is as fresh as the proof, and a portion looks by itself.
    most, proved = portions.WAVE, "send"

    def begins(self, job: Job) -> dict[str, object]:
        # From where our copy ends: what changed since is asked for.
        need_copy(job)
        return {"look_since": job.account.watermark}

    def look(self, job: Job, client: Client) -> bool:
        return looking.look(job, client)

    def send(self, job: Job, client: Client) -> str:
        return "send" if sending.send(job, client) else ""

    def read_again(self, job: Job, client: Client) -> bool:
        return looking.read_again(job, client)

    def judge(self, job: Job) -> bool:
        return judging.judge(job, verdict=verdicts.result)
