"""Workers that are killed one after the other, by a process that has nothing else to do.

Each of them carries on what it finds, then makes job after job. What it finds is as the one before left it, only that
its lease and its waits are over.
"""

import contextlib
import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from functools import partial
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.db.backends.signals import connection_created
from django.utils import timezone

from contacts import audit, connect, mirror, patience
from contacts.api.oauth_token import TokenAnswer
from contacts.models import (
    Activity,
    AuditChain,
    AuditEntry,
    Contact,
    ContactList,
    Job,
    JobItem,
    LinkedAccount,
    Tag,
    User,
    Write,
)
from contacts.rules.refusal import Refused
from contacts.services import jobs
from contacts.services.jobs import runs
from tests.rows import make_access, make_account
from tests.services.jobs import moments
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
    """Let workers die, sleep, starve and race as ordered, one after the other; then tell how it all ended."""
    given = json.loads(Path(sys.argv[1]).read_text())
    begin(given)
    chance, places = random.Random(given["seed"]), Counter()
    for point in given["points"]:
        places.update(_killed(point=point))
    for _ in range(given["kills"]):
        places.update(_killed(after=chance.uniform(0, given["longest"])))
    for _ in range(given["commands"]):
        places.update(_killed(_command, after=chance.uniform(0, given["longest"])))
    for stall in given["stalls"]:
        _overtaken(stall)
    for lock in given["locks"]:
        _refused_by_the_database(partial(_lock, lock), lock)
    for pages in given["pages_left"]:
        _refused_by_the_database(partial(_fill_up, pages), pages)
    if given["racers"]:
        _raced(given["racers"])
    wake()
    finish_all()
    print(json.dumps(facts() | {"places": places}))


def _killed(work=None, *, point="", after=0.0):
    """A worker that dies at a point, or is killed so many seconds after it began to work. Where the last one was."""
    mine, its = os.pipe()
    worker = forked(partial(work or _work, its, point))
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
    os.write(line, f"{json.dumps(wake())}\n".encode())
    if point:
        moments.POINTS[point]()
    while True:
        finish_all()
        next_job()


def _command(line, _point):
    """The command itself, with two more jobs to carry on; it syncs the account meanwhile."""
    os.write(line, f"{json.dumps(wake())}\n".encode())
    for _ in range(2):
        next_job()
    for job in Job.objects.filter(state=Job.State.PLANNED):
        jobs.run(job, by=User.objects.get(), people=jobs.remaining(job))
    call_command("worker", stdout=StringIO())


def _overtaken(stall):
    """A worker that is stopped for longer than its lease; another one carries on; then it wakes."""
    worker = forked(partial(_sleeper, stall))
    _, status = os.waitpid(worker, os.WUNTRACED)
    assert os.WIFSTOPPED(status), (stall, status)
    wake()
    finish_all()
    os.kill(worker, signal.SIGCONT)
    assert os.waitpid(worker, 0)[1] == 0, stall


def _sleeper(stall):
    wake()
    moments.STALLS[stall]()
    while not moments.slept:
        finish_all()
        next_job()


def _refused_by_the_database(trouble, name):
    """A worker that cannot store what it must: it gives up without having sent what is not written down."""
    wake()
    finish_all()
    worker = forked(partial(_denied, trouble))
    assert os.waitpid(worker, 0)[1] == 0, name


def _denied(trouble):
    patience.PAUSES = (0, 0)
    next_job()
    trouble()
    try:
        while True:
            finish_all()
            next_job()
    except OperationalError:
        return


def _lock(name):
    _on_every_connection("PRAGMA busy_timeout = 20" if connection.vendor == "sqlite" else "SET lock_timeout = 20")
    moments.LOCKS[name]()


def _on_every_connection(statement):
    def apply(connection, **_signal):
        with connection.cursor() as cursor:
            cursor.execute(statement)

    apply(connection)
    connection_created.connect(apply, weak=False)


def _fill_up(pages):
    """So many more pages, then the disk is full. SQLite only."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        [held] = cursor.fetchone()
    _on_every_connection(f"PRAGMA max_page_count = {held + pages}")


def _raced(racers):
    """Two jobs about the same people, and a third that all of them plan, run by several workers at once."""
    wake()
    finish_all()
    free = [each.pk for each in Contact.objects.filter(job_items=None, status="deleted")[: 3 * AT_ONCE]]
    shared, other = free[: 2 * AT_ONCE], free[2 * AT_ONCE :]
    for token in "ab":
        _plan("reactivate", shared, token=token * 32, basis="our_mistake")
    Job.objects.filter(token="b" * 32).update(way="activity")
    start_line, its = os.pipe()
    workers = [forked(partial(_racer, start_line, its, other)) for _ in range(racers)]
    os.close(its)
    os.close(start_line)
    assert [os.waitpid(each, 0)[1] for each in workers] == [0] * racers


def _racer(start_line, its, people):
    os.close(its)
    os.read(start_line, 1)
    _plan("reactivate", people, token="c" * 32, basis="our_mistake")
    for job in Job.objects.exclude(state__in=Job.ENDED):
        with contextlib.suppress(Refused):
            jobs.run(job, by=User.objects.get(), people=jobs.remaining(job))
    while Job.objects.filter(state=Job.State.RUNNING).exists():
        for job in jobs.due():
            jobs.carry_on(job)
        time.sleep(0.01)


def forked(work):
    """A process that does this and ends; a connection belongs to one process."""
    connections.close_all()
    worker = os.fork()
    if worker == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            if status:
                traceback.print_exc()
            os._exit(status)
    return worker


def facts():
    """Everything that the log of the emulator is held against."""
    chain = AuditChain.objects.get(name__startswith="account-")
    entries = AuditEntry.objects.filter(chain=chain)
    return {
        "fault": repr(audit.verify(chain)),
        "jobs": list(Job.objects.values("pk", "kind", "way", "state", "interrupted")),
        "items": [told(item) for item in JobItem.objects.select_related("contact", "write", "job", "row")],
        "open": Write.objects.filter(state__in=Write.OPEN).count(),
        "intents": list(entries.filter(outcome="intended").exclude(action="activity").values_list("id", "target")),
        "ends": list(entries.exclude(outcome__in=["intended", "unknown"]).values_list("begins", flat=True)),
        "activities": [
            {
                "job": each.job_id,
                "state": each.state,
                "remote_id": each.remote_id,
                "people": people_of(each),
            }
            for each in Activity.objects.all()
        ],
    }


def people_of(activity):
    """Whom an activity names. An import has its own."""
    return sorted(str(one) for one in activity.writes.values_list("contact__remote_id", flat=True))


def wake():
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


def finish_all():
    for job in Job.objects.exclude(state__in=Job.ENDED).order_by("pk"):
        _finish(job)


def _finish(job):
    if job.state != Job.State.RUNNING:
        job = jobs.run(job, by=User.objects.get(), people=jobs.remaining(job))
    while job.state == Job.State.RUNNING:
        job = jobs.carry_on(job)
        _over(timezone.now())


def next_job():
    """Plan the next of the round. An import has its own."""
    kind, way, status, wish = ROUND[Job.objects.count() % len(ROUND)]
    free = [each.pk for each in Contact.objects.filter(job_items=None, status=status)[:AT_ONCE]]
    assert len(free) == AT_ONCE, "nobody is left to change"
    job = _plan(kind, free, token=os.urandom(16).hex(), **wish)
    Job.objects.filter(pk=job.pk).update(way=way)


def _plan(kind, people, **wish):
    account, by = LinkedAccount.objects.get(), User.objects.get()
    return jobs.freeze(account, Job.Kind(kind), by=by, contacts=people, chosen="Some", **wish)


def told(item):
    """What a test must know of one person of a job. An import has its own."""
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
