"""Workers that are killed in the middle of imports; the rest of the rig is that of every bulk job."""

import os
from functools import partial

from django.utils import timezone

from contacts.api.client import Client
from contacts.models import Activity, Contact, ContactFile, FileRow, Job, LinkedAccount, User
from contacts.services import jobs
from contacts.services.jobs import judging, newcomers, reading, runs, waves
from contacts.services.jobs.importing import looking, portions, sending
from tests.services.jobs import killing, moments
from tests.services.jobs.importing import judged_file
from tests.services.jobs.moments import at, then_die
from tests.services.world import GALA

NEW, THERE, GONE, OUT = 8, 3, 2, 1
POINTS = {
    "before the claim": partial(at, runs, "claim"),
    "after the claim": partial(at, runs, "claim", then_die),
    "in the look": partial(at, looking, "look", then_die),
    "after a page": partial(at, reading, "keep", then_die),
    "after the look for new opt-outs": partial(at, reading, "newer", then_die),
    "inside the intents": partial(at, sending, "set_each", then_die),
    "between the intents and the call": partial(at, sending, "post"),
    "between the call and its id": partial(at, Client, "start_activity", then_die),
    "between the call and its id, as a file": partial(at, Client, "import_file", then_die),
    "after the id": partial(at, sending, "post", then_die),
    "in the reading again": partial(at, waves, "_read_again", then_die),
    "when somebody new is found": partial(at, newcomers, "set_each", then_die),
    "inside the judging": partial(at, judging, "end_all", then_die),
    "after the judging": partial(at, judging, "judge", then_die),
}


def main():
    """As ``killing.main``, with imports in small portions in place of its jobs."""
    portions.MOST_ROWS = 4
    moments.POINTS = POINTS
    killing.begin, killing.next_job = partial(_begin, killing.begin), _next_job
    killing.told, killing.people_of = _told, _people_of
    killing.main()


def _begin(begin, given):
    begin(given)
    LinkedAccount.objects.update(watermark=timezone.now(), synced_at=timezone.now())


def _next_job():
    """The next file: people nobody knows, some who are there, deleted, or opted out, one twice, one unreadable."""
    number = ContactFile.objects.count()
    account, by = LinkedAccount.objects.get(), User.objects.get()
    free = Contact.objects.exclude(pk__in=FileRow.objects.exclude(contact=None).values("contact"))
    rows = [[f"k{number}.{n}@example.net", f"First {n}", "New", "Acme"] for n in range(NEW)]
    for status, wanted in (("active", THERE), ("deleted", GONE), ("unsubscribed", OUT)):
        some = list(free.filter(status=status, address__endswith="example.org").order_by("pk")[:wanted])
        assert len(some) == wanted, "nobody is left to import"
        rows += [[each.address, "Changed", f"By {number}", ""] for each in some]
    file = judged_file(account, [*rows, rows[0], ["nobody", "", "", ""]])
    wish = {"lists": [GALA], "include": ["new", "update", "deleted"], "basis": "signed_up", "note": "Fair"}
    job = jobs.freeze_import(file, by=by, token=os.urandom(16).hex(), **wish)
    Job.objects.filter(pk=job.pk).update(way="file" if number % 2 else "activity")


def _told(item):
    write = item.write
    return {
        "address": item.row.address_key,
        "contact": item.contact.address_key if item.contact else "",
        "job": item.job_id,
        "line": item.line,
        "reason": item.reason,
        "verdict": write.state if write else "",
        "message": write.message if write else "",
    }


def _people_of(activity: Activity):
    rows = activity.writes.values_list("item__row__address_key", flat=True)
    return sorted(rows)
