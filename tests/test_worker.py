"""The worker as a process of its own: it reads what is due, ends politely, and shares the work with others."""

import signal
import threading
import time

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from contacts import sync, tasks
from contacts.models import Job, RequestLog, SyncRun, Worker
from contacts.rules.refusal import Refused
from tests.emulation import running_emulator
from tests.installation import Installation
from tests.linking import tokens
from tests.rows import make_account
from tests.sync_rig import ACCOUNT, FULL, assert_equal, emulated, fill, fresh, linked, truth, walk
from tests.test_sync_killed import COMPARE, LINK

pytestmark = pytest.mark.django_db

WORK = """
from django.core.management import call_command
call_command("worker")
"""
RUNS = """
from contacts.models import SyncRun
told = [[each.state, each.lease_owner, each.pages, each.interrupted] for each in SyncRun.objects.order_by("id")]
print(json.dumps(told))
"""
ONCE = """
import io
from django.core.management import call_command
call_command("worker", once=True, stdout=io.StringIO())
"""
# A job that somebody ordered, and a worker that took it and died.
ORDER = """
import uuid
from django.utils import timezone
from contacts.models import Contact, Job, LinkedAccount, Tag
from contacts.services import jobs
from tests.rows import make_access
account, tag = LinkedAccount.objects.get(), str(Tag.objects.first().remote_id)
by = make_access(account, "manager").user
people = Contact.objects.filter(status="active").exclude(taggings__tag__remote_id=tag)[:5]
given = {"by": by, "contacts": [each.pk for each in people], "chosen": "Five", "token": uuid.uuid4(), "tags": [tag]}
job = jobs.freeze(account, Job.Kind.ADD_TAGS, **given)
Job.objects.update(way="put")
job.refresh_from_db()
jobs.run(job, by=by, people=jobs.remaining(job))
Job.objects.update(lease_owner="dead", lease_until=timezone.now() - timezone.timedelta(seconds=1))
"""
JOBS = """
from collections import Counter
from contacts.models import Job, Write
ended = Counter(Write.objects.values_list("state", flat=True))
print(json.dumps([[each.state, each.lease_owner, each.interrupted, ended] for each in Job.objects.all()]))
"""
HANG = """
import threading
from django.utils import timezone
from contacts.models import Worker
from contacts.sync import heartbeat
heartbeat.EVERY_SECONDS, heartbeat.HUNG_SECONDS = 0.1, 1.0
with heartbeat.Heartbeat():
    threading.Event().wait(4)
    silent = timezone.now() - Worker.objects.get().seen_at
print(silent.total_seconds())
"""
SEEN = """
from contacts.models import Worker
print(json.dumps([each.seen_at.isoformat() for each in Worker.objects.all()]))
"""


@pytest.fixture
def emulation():
    with running_emulator() as emulation:
        fill(emulation, 1100)
        yield emulation


@pytest.fixture
def installation(emulation):
    installation = Installation(emulation)
    given = tokens(emulation)
    installation.run(LINK, ACCOUNT, given.access, given.refresh)
    yield installation
    installation.remove()


def wait_for(condition):
    """Until it is so, for at most a minute; the emulator's log, or the database, is what tells."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        threading.Event().wait(0.1)


def test_two_workers_read_a_linked_account_once_and_end_when_asked(installation, emulation):
    workers = [installation.start(WORK) for _ in range(2)]
    wait_for(lambda: [each[0] for each in installation.run(RUNS)] == ["done"])
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.wait(timeout=20) for worker in workers] == [0, 0]
    assert all("The worker has ended." in worker.communicate()[0] for worker in workers)
    assert len(emulation.requests(path="^/v3/contacts$")) == 3
    assert installation.run(SEEN) == [], "who ended takes the row away"
    _, contacts = installation.run(COMPARE)
    assert contacts.keys() == truth(emulation).keys()


def test_a_worker_that_is_asked_to_end_keeps_what_it_stored_drops_what_it_asked_for_and_gives_the_run_back(
    installation, emulation
):
    emulation.fault("delay", path="cursor=", seconds=5)
    worker = installation.start(WORK)
    wait_for(lambda: len(emulation.requests(path="^/v3/contacts$")) == 2)
    worker.send_signal(signal.SIGINT)
    assert worker.wait(timeout=60) == 0
    [[state, lease_owner, pages, interrupted]] = installation.run(RUNS)
    assert (state, lease_owner, pages, interrupted) == ("running", "", 4, 0)


def test_a_single_turn_reads_what_is_due_and_the_next_has_nothing_to_do(installation):
    for _ in range(2):
        installation.run(ONCE)
    assert [each[0] for each in installation.run(RUNS)] == ["done"]


def test_a_worker_is_seen_also_during_one_long_call_and_not_any_more_when_it_was_killed(installation, emulation):
    emulation.fault("delay", path="cursor=", seconds=60)
    worker = installation.start(WORK)
    wait_for(lambda: len(emulation.requests(path="^/v3/contacts$")) == 2)
    [first] = installation.run(SEEN)
    wait_for(lambda: installation.run(SEEN) > [first])
    worker.kill()
    worker.communicate()
    [last] = installation.run(SEEN)
    emulation.app.faults.clear()
    assert installation.run(ONCE + SEEN) == [last], "the next worker came and went"


def test_a_worker_that_hangs_falls_silent(installation):
    assert installation.run(HANG) > 1


def test_a_worker_carries_a_job_on_that_another_one_left(installation, emulation):
    installation.run(ONCE)
    installation.run(ORDER)
    installation.run(ONCE)
    [[state, lease_owner, interrupted, ended]] = installation.run(JOBS)
    assert (state, lease_owner, interrupted, sum(ended.values())) == ("done", "", 1, 5)
    assert ended["confirmed"] == len(emulation.requests("PUT")) > 0


def test_each_account_has_a_turn_for_its_sync_and_one_for_its_jobs_which_take_turns():
    busy, quiet = make_account(watermark=timezone.now()), make_account(watermark=timezone.now())
    runs = [sync.start(each, FULL) for each in (busy, quiet)]
    first, second = (Job.objects.create(account=busy, kind="delete", state="running") for _ in range(2))
    other = Job.objects.create(account=quiet, kind="delete", state="running")
    for number, job in enumerate((first, second, first)):
        tasks.share_out(number)
        queued = [(each.task.name, *each.args_kwargs["args"]) for each in DBTaskResult.objects.order_by("enqueued_at")]
        assert queued == [
            *(("walk", runs[0].pk), ("carry_on_job", job.pk)),
            *(("walk", runs[1].pk), ("carry_on_job", other.pk)),
        ]
        DBTaskResult.objects.all().delete()


def test_workers_that_were_killed_long_ago_are_forgotten():
    for name, hours in (("lately", 2), ("long ago", 25)):
        Worker.objects.create(name=name, seen_at=timezone.now() - timezone.timedelta(hours=hours))
    tasks.tidy.call()
    assert [each.name for each in Worker.objects.all()] == ["lately"]


@pytest.fixture
def account(settings):
    with emulated(settings, 20) as emulation:
        yield linked(emulation)


def test_a_task_for_a_run_that_is_over_does_nothing(account):
    run = walk(account)
    tasks.walk.call(run.pk)
    tasks.walk.call(10**6)
    assert SyncRun.objects.get().calls == run.calls


def test_what_was_kept_long_enough_is_forgotten_but_not_the_last_good_run(account, settings):
    long_ago = timezone.now() - timezone.timedelta(days=settings.REQUEST_LOG_DAYS + 1)
    first, second = walk(account), walk(fresh(account))
    SyncRun.objects.update(finished_at=long_ago)
    RequestLog.objects.update(at=long_ago)
    RequestLog.objects.create(account=account, method="GET", path="/contacts", ms=1)
    tasks.tidy.call()
    assert [each.pk for each in SyncRun.objects.all()] == [second.pk] and first.pk != second.pk
    assert RequestLog.objects.count() == 1


def test_the_command_reads_to_the_end_and_says_how_far_it_is(account, capsys):
    call_command("sync", account.slug, full=True)
    told = capsys.readouterr().out
    assert "reading lists" in told
    assert "done. 20 seen, 20 stored" in told


def test_the_command_names_the_accounts_there_are(account):
    with pytest.raises(CommandError, match=f"Linked: {account.slug}"):
        call_command("sync", "nobody")


def test_the_command_ends_with_the_sentence_when_a_run_fails(settings):
    with emulated(settings, 3) as emulation:
        account = linked(emulation)
        emulation.fault("html", path="contact_lists")
        with pytest.raises(CommandError, match="Constant Contact sent an unreadable answer"):
            call_command("sync", account.slug)


def test_a_broken_link_stops_one_account_and_not_the_other(settings):
    with emulated(settings, 5) as emulation:
        broken, good = make_account(encoded_account_id="a07broken", state="broken"), linked(emulation)
        [run] = sync.start_due()
        tasks.walk.call(run.pk)
        assert run.account == good
        with pytest.raises(Refused):
            sync.start(broken, FULL)
        assert_equal(good, emulation)
