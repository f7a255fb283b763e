"""What the clock starts: runs whose time has come, and the end of what is kept long enough."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from contacts.leases import ready
from contacts.models import LinkedAccount, RequestLog, SeenActivity, SyncRun, Worker
from contacts.rules.refusal import Refused
from contacts.sync.runs import start

# A killed worker cannot take its row away; so long the pages can say when it was seen last.
SILENT_KEPT = timedelta(days=1)


def start_due() -> list[SyncRun]:
    """Open a run for every linked account whose turn it is: a full sweep once a day, changes in between."""
    now = timezone.now()
    soon = timedelta(minutes=settings.SYNC_MINUTES)
    # A turn that lies further off than any turn can was set by a clock that has been put back since.
    turn = Q(next_sync_at=None) | Q(next_sync_at__lte=now) | Q(next_sync_at__gt=now + 2 * soon)
    idle = LinkedAccount.objects.linked().exclude(pk__in=SyncRun.objects.filter(finished_at=None).values("account"))
    started = []
    for account in idle.filter(turn):
        sweep = account.next_sweep_at is None or account.next_sweep_at <= now
        try:
            started.append(start(account, SyncRun.Kind.FULL if sweep else SyncRun.Kind.CHANGES))
        except Refused:
            # Unlinked, or found broken, since we looked.
            continue
    return started


def due() -> QuerySet[SyncRun]:
    """Open runs that somebody should carry on now: new ones, waiting ones whose time has come, abandoned ones."""
    runs = SyncRun.objects.filter(ready(timezone.now()), finished_at=None, state=SyncRun.State.RUNNING)
    return runs.select_related("account").order_by("started_at", "pk")


def forget_old() -> None:
    """End what is kept for a while only: the log of requests, bulk jobs seen, runs that are over, dead workers."""
    Worker.objects.filter(seen_at__lt=timezone.now() - SILENT_KEPT).delete()
    before = timezone.now() - timedelta(days=settings.REQUEST_LOG_DAYS)
    RequestLog.objects.filter(at__lt=before).delete()
    SeenActivity.objects.filter(Q(completed_at__lt=before) | Q(completed_at=None, started_at__lt=before)).delete()
    newest = SyncRun.objects.filter(state=SyncRun.State.DONE).order_by("account", "-id")
    kept = {each.account_id: each.pk for each in reversed(newest.only("account_id"))}
    SyncRun.objects.filter(finished_at__lt=before).exclude(pk__in=kept.values()).delete()
