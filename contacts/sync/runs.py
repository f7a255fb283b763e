"""The row of a run: who walks it, how far it came, how it ended.

A run has one walker at a time, by lease. The lease is comfort; what holds is that every page is saved only while its
walker still has it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from contacts.leases import LEASE, is_free
from contacts.models import LinkedAccount, SyncRun
from contacts.rules.refusal import Refused

State, Kind = SyncRun.State, SyncRun.Kind
STEPS = {
    Kind.FULL: ("account", "lists", "tags", "custom_fields", "contacts", "sweep", "activities", "finish"),
    Kind.CHANGES: (
        *("account", "lists", "tags", "custom_fields"),
        *("changed", "optouts", "deleted"),
        *("activities", "finish"),
    ),
}


#: A lease that was renewed so lately is as good as a new one.
JUST_NOW = timedelta(seconds=20)


class LostLease(Exception):
    """Somebody else walks this run by now. What we hold of it must not be saved."""


def open_run(account: LinkedAccount) -> SyncRun | None:
    """The run that is under way or held, if any."""
    return SyncRun.objects.filter(account=account, finished_at=None).first()


def start(account: LinkedAccount, kind: SyncRun.Kind) -> SyncRun:
    """The account's open run, or a new one; nothing is read yet.

    An account that was never read whole gets a full sweep whatever was asked for. Raises Refused when the link does
    not work.
    """
    account = LinkedAccount.objects.get(pk=account.pk)
    if account.state != LinkedAccount.State.LINKED:
        raise Refused("The link to Constant Contact does not work, so nothing can be read. Reconnect the account.")
    kind = kind if account.watermark else Kind.FULL
    try:
        with transaction.atomic():
            return SyncRun.objects.create(account=account, kind=kind, step=STEPS[kind][0])
    except IntegrityError:
        return SyncRun.objects.get(account=account, finished_at=None)


def claim(run: SyncRun, owner: str) -> bool:
    """Take the run for this walker, or keep it; ``run`` is fresh afterwards.

    False when it is somebody else's, not running, or waiting for its time. Raises LostLease when it is no more,
    because the account's copy was erased.
    """
    # Each page that is saved renews the lease, so mostly a look is enough.
    if _has(run, owner):
        return True
    with transaction.atomic():
        row = SyncRun.objects.select_for_update().filter(pk=run.pk).first()
        # Only now: a time taken before the wait for the lock is older than what its holder has written.
        now = timezone.now()
        if row is None:
            raise LostLease
        mine = row.state == State.RUNNING and (row.lease_owner == owner or is_free(row.lease_until, now=now))
        ready = mine and not (row.not_before and row.not_before > now)
        if ready:
            if row.lease_owner not in ("", owner):
                row.interrupted += 1
                row.message = f"Interrupted, resumed from page {row.pages + 1}."
            row.lease_owner, row.lease_until, row.not_before = owner, now + LEASE, None
            row.save(update_fields=["interrupted", "message", "lease_owner", "lease_until", "not_before"])
    _refresh(run)
    return ready


def save(run: SyncRun, owner: str, **columns: Any) -> None:
    """Save columns of a run that this walker still has, and have it for a while longer. Raises LostLease."""
    rows = SyncRun.objects.filter(pk=run.pk, lease_owner=owner, state=State.RUNNING)
    columns = {"lease_until": timezone.now() + LEASE, **columns}
    if not rows.update(**columns):
        raise LostLease
    for name, value in columns.items():
        setattr(run, name, value)


def let_go(run: SyncRun, owner: str) -> None:
    """Give the run back, for whoever goes on with it."""
    SyncRun.objects.filter(pk=run.pk, lease_owner=owner).update(lease_owner="", lease_until=None)


def wait(run: SyncRun, owner: str, *, until: datetime, message: str) -> None:
    """Go on at the same page, not before this moment (our clock)."""
    save(run, owner, not_before=until, message=message[:300], tries=run.tries, lease_owner="", lease_until=None)


def fail(run: SyncRun, owner: str, message: str) -> None:
    """End the run without moving the watermark: our copy stays as true as it was, the next run begins where it did."""
    with transaction.atomic():
        save(run, owner, state=State.FAILED, message=message[:300], **ended())
        schedule(run.account_id)
        run.shown.all().delete()


def schedule(account_id: int) -> None:
    """The next run is due a while from now."""
    next_at = timezone.now() + timedelta(minutes=settings.SYNC_MINUTES)
    LinkedAccount.objects.filter(pk=account_id).update(next_sync_at=next_at)


def following(run: SyncRun) -> str:
    """The step after the present one."""
    steps = STEPS[SyncRun.Kind(run.kind)]
    return steps[steps.index(run.step) + 1]


def _has(run: SyncRun, owner: str) -> bool:
    """Whether this walker has the run, and for long enough for one more page; ``run`` is fresh afterwards."""
    _refresh(run)
    if run.lease_owner != owner or run.state != State.RUNNING or run.not_before or run.lease_until is None:
        return False
    return LEASE - JUST_NOW < run.lease_until - timezone.now() <= LEASE


def _refresh(run: SyncRun) -> None:
    try:
        run.refresh_from_db(from_queryset=SyncRun.objects.select_related("account"))
    except SyncRun.DoesNotExist:
        raise LostLease from None


def ended() -> dict[str, Any]:
    """The columns of a run that is over."""
    return {
        "finished_at": timezone.now(),
        "lease_owner": "",
        "lease_until": None,
        "not_before": None,
        "cursor": "",
        "windows": [],
    }
