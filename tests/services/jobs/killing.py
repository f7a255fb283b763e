"""Workers that are killed one after the other, by a process that has nothing else to do.

Each of them carries on what it finds, then makes job after job. What it finds is as the one before left it, only that
its lease and its waits are over.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from functools import partial
from pathlib import Path

from django.db import connections
from django.utils import timezone

from contacts import audit, connect, mirror
from contacts.api.client import Client
from contacts.api.oauth_token import TokenAnswer
from contacts.models import Activity, AuditChain, AuditEntry, Contact, ContactList, Job, JobItem, Tag, User, Write
from contacts.services import jobs, writing
from contacts.services.jobs import bulk, following, judging, reading, runs, sending
from tests.rows import make_access, make_account
from tests.services.world import COOKERY, GALA, NAMES, NEWSLETTER, TAGS

AT_ONCE = 4
#: What is done to whom, one after the other; a status is that of the people it is about.
ROUND = [
    ("reactivate", "activity", "deleted", {"basis": "our_mistake"}),
    ("add_lists", "put", "active", {"lists": [GALA]}),
    ("delete", "activity", "active", {}),
    ("reactivate", "put", "deleted", {"basis": "our_mistake"}),
    ("remove_lists", "activity", "active", {"lists": [NEWSLETTER]}),
    ("delete", "put", "active", {}),
    ("add_tags", "activity", "active", {"tags": [COOKERY]}),
    ("add_lists", "activity", "active", {"lists": [GALA]}),
]


def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


def then_die(function):
    def both(*args, **kwargs):
        function(*args, **kwargs)
        die()

    return both


def at(place, name, when=lambda function: die):
    """Die where this function is called, or right after it."""
    setattr(place, name, when(getattr(place, name)))


POINTS = {
    "before the claim": partial(at, runs, "claim"),
    "after the claim": partial(at, runs, "claim", then_die),
    "after a page of the look": partial(at, reading, "_keep", then_die),
    "after the look for new opt-outs": partial(at, reading, "newer", then_die),
    "inside the intents": partial(at, sending, "set_each", then_die),
    "between the intents and the call": partial(at, sending, "_post"),
    "between the call and its id": partial(at, Client, "start_activity", then_die),
    "after the id": partial(at, sending, "_post", then_die),
    "while it is followed": partial(at, following, "_note"),
    "when its end was written down": partial(at, following, "_end", then_die),
    "in the reading again": partial(at, bulk, "_read_again", then_die),
    "inside the judging": partial(at, judging, "end_all", then_die),
    "after the judging": partial(at, judging, "judge", then_die),
    "between the claim of one and their change": partial(at, writing, "carry_out"),
    "between the intent of one and the call": partial(at, writing, "_send"),
    "between the call for one and its verdict": partial(at, writing, "_send", then_die),
    "after the verdict of one": partial(at, writing, "conclude", then_die),
    "before the job rests": partial(at, runs, "come_to_rest"),
    "after the job rests": partial(at, runs, "come_to_rest", then_die),
}


def begin(given):
    """Link the account and copy everybody, the deleted ones as they were before as well."""
    account = make_account(encoded_account_id=given["account"])
    connect.keep(account, TokenAnswer(*given["tokens"]))
    make_access(account, "manager")
    for model, names in ((ContactList, NAMES), (Tag, TAGS)):
        for remote_id, name in names.items():
            model.objects.create(account=account, remote_id=remote_id, name=name)
    for page in given["pages"]:
        now = timezone.now()
        mirror.store_page(account, page, fetched_at=now, seen_at=now, since=None)


def main():
    """Kill a worker at each of the ``points``, then ``kills`` of them at random moments; then tell how it all ended."""
    given = json.loads(Path(sys.argv[1]).read_text())
    begin(given)
    chance, places = random.Random(given["seed"]), Counter()
    for point in given["points"]:
        places.update(_killed(point=point))
    for _ in range(given["kills"]):
        places.update(_killed(after=chance.uniform(0, given["longest"])))
    _wake()
    _finish_all()
    print(json.dumps(facts() | {"places": places}))


def _killed(*, point="", after=0.0):
    """A worker that dies at a point, or is killed so many seconds after it began to work. Where the last one was."""
    connections.close_all()
    mine, its = os.pipe()
    worker = os.fork()
    if worker == 0:
        _work(its, point)
    os.close(its)
    with os.fdopen(mine) as told:
        places = json.loads(told.readline())
    if not point:
        time.sleep(after)
        os.kill(worker, signal.SIGKILL)
    _, status = os.waitpid(worker, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, (point, status)
    return places


def _work(line, point):
    """Carry on whatever was begun, then one job after the other, until we are killed."""
    try:
        os.write(line, f"{json.dumps(_wake())}\n".encode())
        if point:
            POINTS[point]()
        while True:
            _finish_all()
            _next_job()
    finally:
        traceback.print_exc()
        os._exit(1)


def facts():
    """Everything that the log of the emulator is held against."""
    chain = AuditChain.objects.get(name__startswith="account-")
    entries = AuditEntry.objects.filter(chain=chain)
    return {
        "fault": repr(audit.verify(chain)),
        "jobs": list(Job.objects.values("pk", "kind", "way", "state", "interrupted")),
        "items": [_told(item) for item in JobItem.objects.select_related("contact", "write", "job")],
        "open": Write.objects.filter(state__in=Write.OPEN).count(),
        "intents": list(
            entries.filter(outcome="intended", target__gt="").exclude(action="activity").values_list("id", "target")
        ),
        "ends": list(entries.exclude(outcome__in=["intended", "unknown"]).values_list("begins", flat=True)),
        "activities": [
            {
                "job": each.job_id,
                "state": each.state,
                "remote_id": each.remote_id,
                "people": sorted(str(one) for one in each.writes.values_list("contact__remote_id", flat=True)),
            }
            for each in Activity.objects.all()
        ],
    }


def _wake():
    """The leases and waits of the dead are over. Where they were is told: way, state, step, and what was open."""
    found = []
    for job in Job.objects.exclude(state__in=Job.ENDED):
        calls = job.activities.filter(state__in=Activity.OPEN).values_list("state", flat=True)
        changes = set(runs.in_flight(job).values_list("state", flat=True))
        found.append(" ".join([job.way, job.state, job.step or "-", "calls", *calls, "changes", *sorted(changes)]))
    _over(timezone.now() - timezone.timedelta(seconds=1))
    return found


def _over(moment):
    Job.objects.filter(lease_until__isnull=False).update(lease_until=moment)
    Job.objects.update(not_before=None)
    Write.objects.filter(recheck_at__isnull=False).update(recheck_at=moment)


def _finish_all():
    for job in Job.objects.exclude(state__in=Job.ENDED).order_by("pk"):
        _finish(job)


def _finish(job):
    if job.state != Job.State.RUNNING:
        job = jobs.run(job, by=User.objects.get(), people=jobs.remaining(job))
    while job.state == Job.State.RUNNING:
        job = jobs.carry_on(job)
        _over(timezone.now())


def _next_job():
    kind, way, status, wish = ROUND[Job.objects.count() % len(ROUND)]
    free = Contact.objects.filter(job_items=None, status=status)[:AT_ONCE]
    assert len(free) == AT_ONCE, "nobody is left to change"
    account = free[0].account
    job = jobs.freeze(
        account,
        Job.Kind(kind),
        by=User.objects.get(),
        contacts=[each.pk for each in free],
        chosen="Some",
        token=os.urandom(16).hex(),
        **wish,
    )
    Job.objects.filter(pk=job.pk).update(way=way)


def _told(item):
    write = item.write
    return {
        "id": str(item.contact.remote_id),
        "job": item.job_id,
        "kind": item.job.kind,
        "way": item.job.way,
        "reason": item.reason,
        "verdict": write.state if write else "",
        "message": write.message if write else "",
    }
