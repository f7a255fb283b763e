"""The end of what is kept for a while only: calls, runs, tasks, sessions, letters, what lies in the cache.

What people did is never here: the history is kept for ever, and its personal part by each account's rule
(``services.retention``). A refused door is an entry of the history too.
"""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any, Final

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.tasks import TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from contacts.models import Crossing, Letter, RequestLog, SeenActivity, SyncRun, Worker
from contacts.slices import Turn

#: The pairs themselves stay.
CROSSINGS_KEPT: Final = timedelta(days=30)
#: A task that ended well is asked about by nobody; one that failed, or never ended, may be.
TASKS_KEPT: Final = timedelta(hours=1)
FAILURES_KEPT: Final = timedelta(days=2)
# A killed worker cannot take its row away; so long the pages can say when it was seen last.
SILENT_KEPT: Final = timedelta(days=1)


def forget_old(*, seconds: float, stop: Event) -> bool:
    """Delete in slices for so long, the oldest first; False when there is more, which the next time goes on with.

    In ten seconds about a quarter of a million rows go, so what one hour brings never gathers.
    """
    turn = Turn(seconds=seconds, stop=stop)
    _expire_cache()
    # Each of them has its slice, also when the first one takes all the time.
    ended = [turn.delete(rows, by=by) for rows, by in _old()]
    return all(ended)


def _old() -> Iterator[tuple[QuerySet[Any], str]]:
    """Rows that have been kept long enough, with the column of their age."""
    now = timezone.now()
    logged, letters = (now - timedelta(days=days) for days in (settings.REQUEST_LOG_DAYS, settings.LETTER_DAYS))
    yield RequestLog.objects.filter(at__lt=logged), "at"
    yield _runs().filter(finished_at__lt=logged), "finished_at"
    seen = Q(completed_at__lt=logged) | Q(completed_at=None, started_at__lt=logged)
    yield SeenActivity.objects.filter(seen), "completed_at"
    yield Crossing.objects.filter(created_at__lt=now - CROSSINGS_KEPT), "created_at"
    yield Worker.objects.filter(seen_at__lt=now - SILENT_KEPT), "seen_at"
    yield Session.objects.filter(expire_date__lt=now), "expire_date"
    yield _tasks(), "finished_at"
    yield Letter.objects.filter(sent_at__lt=letters), "sent_at"
    # Given up, or wanted by nobody any more: as old as what they were to tell.
    unsent = Q(alert__at__lt=letters) | Q(week__lt=letters.date())
    yield Letter.objects.filter(unsent, sent_at=None, due_at=None), "pk"


def _runs() -> QuerySet[SyncRun]:
    """All but the last good run of each account, which tells how old our copy is."""
    done = Q(state=SyncRun.State.DONE)
    later = SyncRun.objects.filter(done, account=OuterRef("account"), pk__gt=OuterRef("pk"))
    return SyncRun.objects.filter(~done | Exists(later))


def _tasks() -> QuerySet[DBTaskResult]:
    now = timezone.now()
    long_ago = now - FAILURES_KEPT
    done = Q(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=now - TASKS_KEPT)
    # One whose worker was killed is never finished: what it worked on has gone on by its own lease.
    killed = Q(status=TaskResultStatus.RUNNING, started_at__lt=long_ago)
    return DBTaskResult.objects.filter(done | Q(finished_at__lt=long_ago) | killed)


def _expire_cache() -> None:
    """Rows of the cache whose time is over: Django looks for them only when there are more than it allows."""
    cache = caches["default"]
    if isinstance(cache, DatabaseCache):
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(cache._table)  # type: ignore[attr-defined]
            moment = connection.ops.adapt_datetimefield_value(timezone.now().replace(microsecond=0))
            cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [moment])  # noqa: S608 (our own table's name)
