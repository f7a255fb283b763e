"""What the load test needs inside the app: people, work for the worker, and how far that has come."""

import json
from pathlib import Path

from django.conf import settings

from bench.clicks import PASSWORD, Targets
from bench.inside.acts import MAY_COME_BACK, UNDOCUMENTED
from bench.inside.jobs import frozen, to_its_rest
from bench.inside.sync import whole
from bench.inside.visit import Visit
from bench.measure import Series
from contacts import sync
from contacts.models import Access, Contact, ContactList, Job, RequestLog, SyncRun, User
from contacts.rules.roles import Role
from contacts.services import jobs


def people(number: str, ghosts: str) -> list[Series]:
    """So many managers with a password, and a file with what they will ask for: so many may be brought back."""
    visit = Visit("1")
    emails = [f"person{each}@example.org" for each in range(int(number))]
    for email in emails:
        user = User.objects.create_user(email, PASSWORD)
        Access.objects.create(user=user, account=visit.account, role=Role.MANAGER)
    living = Contact.objects.filter(deleted_on=None)
    may = Contact.objects.ghosts().filter(MAY_COME_BACK).order_by("pk")[: 3 * int(ghosts)]
    targets: Targets = {
        "emails": emails,
        "account": visit.account.slug,
        "addresses": visit.any_of(visit.addresses(), 500),
        "contacts": list(map(str, visit.any_of(living.values_list("remote_id", flat=True), 500))),
        "lists": list(map(str, ContactList.objects.values_list("remote_id", flat=True)))[:8],
        "ghosts": [str(each.remote_id) for each in may if not each.remote.keys() & UNDOCUMENTED][: int(ghosts)],
    }
    Path(settings.VAR_DIR, "targets.json").write_text(json.dumps(targets))
    return []


def try_job() -> list[Series]:
    """Plan the big job and try it on five people; the rest is for the worker."""
    visit = Visit("1")
    to_its_rest(jobs.try_few(frozen(visit), by=visit.user))
    return []


def order() -> list[Series]:
    """Order the rest of the job and a full sweep."""
    visit, job = Visit("1"), Job.objects.get()
    jobs.run(job, by=visit.user, people=jobs.remaining(job))
    sync.start(visit.account, SyncRun.Kind.FULL)
    return []


def progress() -> list[Series]:
    """Pages that full sweeps have read and calls that jobs have made, so far."""
    pages = sum(SyncRun.objects.filter(kind=SyncRun.Kind.FULL).values_list("pages", flat=True))
    calls = RequestLog.objects.exclude(job=None).count()
    ended = Job.objects.filter(state=Job.State.DONE).count()
    return [Series("Progress", 0, "", [0], {"pages": pages, "calls": calls, "jobs done": ended})]


def finish() -> list[Series]:
    """Carry the job to its end without limits, then read everything once more."""
    job = to_its_rest(Job.objects.select_related("account").get())
    if job.state != Job.State.DONE:
        raise SystemExit(f"The job ended as {job.state}: {job.message}")
    run = sync.open_run(job.account)
    if run is not None:
        sync.carry_on(run)
    return whole()
