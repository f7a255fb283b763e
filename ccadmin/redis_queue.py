"""A queue for Django's tasks in Redis, beside the one in the database: ``CCADMIN_QUEUE=redis://host:6379/0``.

Only which task and its arguments go through Redis, as JSON. It may lose a task, and run one twice: each of ours is a
turn at something that the database holds under a lease, and the clock of every worker asks for it again until it is
done. So nothing here is kept for a result, and Redis needs no disk.

Why not django-tasks-rq (0.12, read and tried 2026-11-21): it gives results of the backport django_tasks in place of
Django's own, pickles what it queues, cuts a task off after three minutes, wherever it is, and wants a worker of its
own beside ours.
"""

import json
import logging
import sys
import time
from contextlib import suppress
from functools import partial
from threading import Event
from typing import Any, Final

import redis
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections, transaction
from django.tasks import Task, TaskResult, TaskResultStatus
from django.tasks.backends.immediate import ImmediateBackend
from django.utils import timezone
from django.utils.crypto import get_random_string
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger("ccadmin.queue")

WAITING: Final = "ccadmin:waiting"
TAKEN: Final = "ccadmin:taken:"
ALIVE: Final = "ccadmin:alive:"
WORKERS: Final = "ccadmin:workers"
# A worker that began no task for so long is taken for dead, and what it held goes back. Longer than a turn and one
# call with its waits; a worker that is only slow loses nothing by it but that its task is run a second time.
HELD_SECONDS: Final = 600
# Redis answers at once or not at all; only a wait for a task lasts, and never as long as this.
ANSWER_SECONDS: Final = 5


class RedisBackend(ImmediateBackend):
    """Puts a task into Redis after the commit; ``work_off`` runs what waits, in the process that calls it.

    OPTIONS: ``url`` of the Redis, a database of its own there; ``held_seconds`` as HELD_SECONDS.
    """

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        if "url" not in self.options:
            raise ImproperlyConfigured("A queue in Redis needs its address: CCADMIN_QUEUE=redis://host:6379/0.")
        self._held_seconds: int = self.options.get("held_seconds", HELD_SECONDS)
        self._redis = redis.Redis.from_url(
            self.options["url"],
            decode_responses=True,
            # What is no text goes back to Redis as it came, to be taken out of the list there.
            encoding_errors="surrogateescape",
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 1),
        )
        self._taken = TAKEN + self.worker_id

    def trouble(self) -> str:
        """Why nothing can be queued just now, without the address; empty when Redis answers."""
        try:
            self._redis.ping()
        except redis.RedisError as problem:
            return f"Redis does not answer ({type(problem).__name__})."
        return ""

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        """Queue the task as soon as the transaction we are in has ended. A Redis that is away is logged only."""
        self.validate_task(task)
        result: TaskResult = TaskResult(
            task=task,
            id=get_random_string(32),
            status=TaskResultStatus.READY,
            enqueued_at=timezone.now(),
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
        line = {"id": result.id, "task": task.module_path, "args": result.args, "kwargs": result.kwargs}
        transaction.on_commit(partial(self._put, json.dumps(line)))
        return result

    def work_off(self, *, stop: Event, seconds: float) -> None:
        """Run every task that waits; then wait for more until so many ``seconds`` after the beginning are over."""
        until = time.monotonic() + seconds
        try:
            self._give_back_of_the_dead()
            while not stop.is_set() and (message := self._take(until - time.monotonic())) is not None:
                close_old_connections()
                self._run(message)
                self._redis.lrem(self._taken, 1, message)
        except redis.RedisError as problem:
            logger.error("The queue in Redis is away (%s). Nothing is lost by it, and nothing is done.", type(problem))
            stop.wait(max(0.0, until - time.monotonic()))

    def leave(self) -> None:
        """Say that this worker ends. What it has not done goes back to the others."""
        with suppress(redis.RedisError):
            self._give_back(self.worker_id)
            self._redis.delete(ALIVE + self.worker_id)

    def _put(self, message: str) -> None:
        try:
            self._redis.lpush(WAITING, message)
        except redis.RedisError as problem:
            logger.error("A task was not queued, because Redis is away (%s). The clock asks again.", type(problem))

    def _take(self, seconds: float) -> str | None:
        """The task that waits longest, kept in a list of our own until it has ended; None when there is none."""
        with self._redis.pipeline() as together:
            together.set(ALIVE + self.worker_id, "", ex=self._held_seconds)
            together.sadd(WORKERS, self.worker_id)
            together.execute()
        if seconds > 0:
            # Redis knows parts of a second since 6.0, the client's types do not.
            wait: Any = min(seconds, ANSWER_SECONDS / 2)
            taken = self._redis.blmove(WAITING, self._taken, wait, "RIGHT", "LEFT")
        else:
            taken = self._redis.lmove(WAITING, self._taken, "RIGHT", "LEFT")
        return None if taken is None else str(taken)

    def _run(self, message: str) -> None:
        """What a task raises is logged with it, by Django; what is no task of ours is not run."""
        try:
            held = json.loads(message)
            task, args, kwargs = _known(held["task"]), held["args"], held["kwargs"]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            logger.error("A message in the queue cannot be read, and is dropped.")
            return
        if not isinstance(task, Task):
            logger.error("A message in the queue asks for what is no task, and is dropped.")
            return
        super().enqueue(task, args, kwargs)

    def _give_back_of_the_dead(self) -> None:
        for worker in map(str, self._redis.smembers(WORKERS)):
            if not self._redis.exists(ALIVE + worker):
                self._give_back(worker)

    def _give_back(self, worker: str) -> None:
        while self._redis.lmove(TAKEN + worker, WAITING, "LEFT", "RIGHT"):
            logger.info("A task that worker %s had not ended is queued again.", worker)
        self._redis.srem(WORKERS, worker)


def _known(path: str) -> Any:
    """What this dotted path names in a module that we use already: a message must not make us import one."""
    module, _, name = path.rpartition(".")
    return getattr(sys.modules[module], name)
