"""Jobs that take a second person, and what became of the question."""

from contacts.models import AuditEntry
from contacts.services import jobs

#: The account's limit in these tests.
LIMIT = 3


def planned(office, people=LIMIT + 1, kind="reactivate", **wish):
    office.ghosts(people, was_on=[office.newsletter])
    return office.plan(kind, by=office.person, **{"basis": "our_mistake", "note": "ticket 4812", **wish})


def run(job, by):
    return jobs.run(job, by=by, people=jobs.remaining(job))


def asked(office, **wish):
    return run(planned(office, **wish), office.person)


def mark(job):
    return job.approvals.get(state="asked").mark


def entries(job):
    return list(AuditEntry.objects.filter(job=job.pk).order_by("sequence").values_list("action", flat=True))


def state(job):
    job.refresh_from_db()
    return job.state, job.order, list(job.approvals.order_by("pk").values_list("state", flat=True))
