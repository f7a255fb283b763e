"""The queue in Redis: after the commit, as JSON, at least once; and the same work comes to the same end with it."""

import json
import logging
import sys
import threading

import pytest
import redis
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.tasks import task

from ccadmin import env
from ccadmin.redis_queue import ALIVE, TAKEN, WAITING, RedisBackend
from tests.emulation import ACCOUNT, running_emulator
from tests.installation import Installation
from tests.linking import tokens
from tests.redis_rig import redis_url  # noqa: F401
from tests.scale_rig import STALE
from tests.services.jobs.commanding import QUICK
from tests.sync_rig import fill, truth
from tests.test_sync_killed import COMPARE, LINK
from tests.test_worker import JOBS, ORDER, RUNS, WORK, wait_for

pytestmark = pytest.mark.django_db
done = []
FREE = """
from django.utils import timezone
from contacts.models import Job, SyncRun
for model in (Job, SyncRun):
    model.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
"""
OWNERS = """
from contacts.models import Job, SyncRun
print(json.dumps([each.lease_owner for model in (SyncRun, Job) for each in model.objects.exclude(lease_owner="")]))
"""


@task
def note(number):
    done.append(number)


@task
def fail(number):
    raise ValueError(number)


@pytest.fixture
def engine(redis_url):  # noqa: F811
    done.clear()
    return another(redis_url)


def another(url):
    return RedisBackend("default", {"OPTIONS": {"url": url}})


def work(engine):
    engine.work_off(stop=threading.Event(), seconds=0)


def waiting(url):
    return [json.loads(each) for each in redis.Redis.from_url(url).lrange(WAITING, 0, -1)]


def test_a_task_is_queued_by_the_commit_and_not_at_all_without_one(
    engine, redis_url, django_capture_on_commit_callbacks  # noqa: F811
):  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        engine.enqueue(note, [1], {})
        with pytest.raises(LookupError), transaction.atomic():
            engine.enqueue(note, [2], {})
            raise LookupError
        assert waiting(redis_url) == []
    [message] = waiting(redis_url)
    assert (message["task"], message["args"]) == ("tests.test_scale_redis.note", [1])
    work(engine)
    assert done == [1]
    assert redis.Redis.from_url(redis_url).keys(f"{TAKEN}*") == []


def put(engine, *numbers, what=note):
    for number in numbers:
        engine._put(json.dumps({"id": "x", "task": what.module_path, "args": [number], "kwargs": {}}))


def test_what_a_killed_worker_held_is_run_by_another_one_first(engine, redis_url):  # noqa: F811
    put(engine, 1, 2)
    assert engine._take(0)
    other = another(redis_url)
    work(other)
    assert done == [2], "as long as the first is alive nobody takes what it holds"
    put(engine, 3)
    redis.Redis.from_url(redis_url).delete(f"{ALIVE}{engine.worker_id}")
    work(other)
    assert done == [2, 1, 3]


def test_a_worker_that_ends_gives_back_what_it_took(engine, redis_url):  # noqa: F811
    put(engine, 1)
    assert engine._take(0)
    engine.leave()
    work(another(redis_url))
    assert done == [1]


def test_a_task_that_fails_is_logged_and_the_next_one_runs(engine, caplog):
    put(engine, 1, what=fail)
    put(engine, 2)
    work(engine)
    assert done == [2]
    assert "ValueError: 1" in caplog.text


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "[]",
        "{}",
        '{"task": "os.system", "args": ["exit 3"], "kwargs": {}}',
        '{"task": "no.such.place", "args": [], "kwargs": {}}',
        '{"task": "idlelib.idle.main", "args": [], "kwargs": {}}',
        '{"task": 5, "args": [], "kwargs": {}}',
        "[" * 200_000,
        b"\xff\xfe",
        "",
    ],
    ids=lambda message: repr(message[:40]),
)
def test_a_message_that_is_no_task_of_ours_is_dropped_and_nothing_is_imported_for_it(
    engine, redis_url, message, caplog  # noqa: F811
):  # fmt: skip
    redis.Redis.from_url(redis_url).lpush(WAITING, message)
    put(engine, 1)
    with caplog.at_level(logging.ERROR):
        work(engine)
    assert done == [1]
    assert "is dropped" in caplog.text
    assert "idlelib.idle" not in sys.modules
    assert redis.Redis.from_url(redis_url).keys(f"{TAKEN}*") == []


def test_a_redis_that_is_away_stops_nobody(caplog, django_capture_on_commit_callbacks):
    engine = another("redis://127.0.0.1:1/0")
    with django_capture_on_commit_callbacks(execute=True):
        engine.enqueue(note, [1], {})
    work(engine)
    engine.leave()
    assert "A task was not queued" in caplog.text
    assert "The queue in Redis is away" in caplog.text


def test_the_engine_is_one_setting():
    assert env.queue("database")["BACKEND"] == "django_tasks_db.DatabaseBackend"
    assert env.queue("redis://127.0.0.1:1/0")["OPTIONS"] == {"url": "redis://127.0.0.1:1/0"}
    assert env.queue("somewhere.Engine") == {"BACKEND": "somewhere.Engine"}


def test_a_redis_without_its_client_is_said_in_a_sentence(monkeypatch):
    monkeypatch.setattr(env, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match="Install requirements"):
        env.queue("redis://127.0.0.1:1/0")


@pytest.fixture
def emulation():
    with running_emulator() as emulation:
        fill(emulation, 1100)
        yield emulation


@pytest.fixture
def installation(emulation, redis_url):  # noqa: F811
    installation = Installation(emulation, CCADMIN_QUEUE=redis_url, **QUICK, **STALE)
    given = tokens(emulation)
    installation.run(LINK, ACCOUNT, given.access, given.refresh)
    yield installation
    installation.remove()


def kill_who_works(installation, workers):
    """kill -9 for the worker that holds the run or the job; another takes its place, and the lease is over."""
    [owner] = installation.run(OWNERS)
    [victim] = [each for each in workers if f"-{each.pid}-" in owner]
    victim.kill()
    victim.wait()
    workers[workers.index(victim)] = installation.start(WORK)
    installation.run(FREE)


def test_a_sync_and_a_job_come_to_their_end_though_workers_are_killed_and_the_queue_is_emptied(
    installation, emulation, redis_url  # noqa: F811
):  # fmt: skip
    emulation.fault("delay", path="cursor=", seconds=4)
    workers = [installation.start(WORK) for _ in range(2)]
    wait_for(lambda: len(emulation.requests(path="^/v3/contacts$")) == 2)
    kill_who_works(installation, workers)
    emulation.app.faults.clear()
    redis.Redis.from_url(redis_url).flushall()
    wait_for(lambda: [each[0] for each in installation.run(RUNS)] == ["done"])
    assert installation.run(COMPARE)[1].keys() == truth(emulation).keys()

    emulation.fault("delay", method="PUT", skip=2, seconds=4)
    installation.run(ORDER)
    wait_for(lambda: len(emulation.requests("PUT")) == 3)
    kill_who_works(installation, workers)
    emulation.app.faults.clear()
    wait_for(lambda: [each[0] for each in installation.run(JOBS)] == ["done"])
    [[_, _, _, ended]] = installation.run(JOBS)
    assert sum(ended.values()) == 5 and set(ended) <= {"confirmed", "applied", "not_applied", "refused"}
    assert len(emulation.requests("PUT")) <= 5, "nothing was sent twice"
    for worker in workers:
        worker.send_signal(15)
    assert [worker.wait(timeout=30) for worker in workers] == [0, 0]
