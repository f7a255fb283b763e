"""The last step of a run: what it found told, the account's counts, its watermark and its next turns, all at once."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from contacts import mirror
from contacts.models import Contact, LinkedAccount, SyncRun
from contacts.sync import history, reversals, runs, spikes


def finish(run: SyncRun, owner: str) -> None:
    """Only a complete run moves the watermark, so that whatever slid past this one is in the next (faults D3, S8)."""
    # Before the transaction: counting a large account takes seconds, and nobody could write meanwhile.
    mirror.count_lists(run.account)
    mirror.count_reports(run.account)
    with transaction.atomic():
        runs.save(run, owner, state=SyncRun.State.DONE, **runs.ended())
        spikes.notice(run.account, since=run.account.watermark)
        reversals.notice(run)
        history.tell(run.account)
        columns = _account(run)
        LinkedAccount.objects.filter(pk=run.account_id).update(**columns)
        mirror.keep_day(run.account, columns["counts"], at=run.started_at)
        run.shown.all().delete()


def _account(run: SyncRun) -> dict[str, Any]:
    now = timezone.now()
    columns: dict[str, Any] = {
        # Our copy is whole as of the run's beginning: what changed while it walked may not be in it.
        "synced_at": run.started_at,
        "next_sync_at": now + timedelta(minutes=settings.SYNC_MINUTES),
        "counts": counts(run.account),
    }
    if run.watermark is not None:
        columns["watermark"] = run.watermark
    if run.kind == SyncRun.Kind.FULL:
        columns["swept_at"] = run.watermark
        columns["next_sweep_at"] = now + timedelta(hours=settings.FULL_SWEEP_HOURS)
        columns["known_since"] = run.account.known_since or run.watermark or now
    return columns


def counts(account: LinkedAccount) -> dict[str, int]:
    """Contacts by status, without those that Constant Contact does not know any more."""
    held = Contact.objects.filter(account=account, missing_since=None).order_by()
    return dict(held.values_list("status").annotate(count=Count("pk")))
