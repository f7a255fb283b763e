"""What the clock starts: runs whose time has come, and those that somebody should carry on."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from contacts.leases import ready
from contacts.models import LinkedAccount, SyncRun
from contacts.rules.refusal import Refused
from contacts.sync.runs import start


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
