"""A person decides about a run that was held."""

from django.db import transaction

from contacts import audit
from contacts.models import AuditEntry, SyncRun, User
from contacts.rules.refusal import Refused
from contacts.sync import runs


def release(run: SyncRun, *, by: User) -> None:
    """It is right that so many are gone: let the run go on. Raises Refused when it is not held for that."""
    if not may_be_released(run):
        raise Refused("This run cannot go on: the account is not the one that was linked. Dismiss it and link again.")
    _decide(run, by=by, action="sync_released", released=True, state=SyncRun.State.RUNNING, message="")


def dismiss(run: SyncRun, *, by: User) -> None:
    """Something was wrong: end the run, nothing is marked, and the next one looks again. Raises Refused."""
    message = f"Dismissed by {by}. Nothing was marked as missing."
    _decide(run, by=by, action="sync_dismissed", state=SyncRun.State.FAILED, message=message[:300], **runs.ended())
    runs.schedule(run.account_id)


def may_be_released(run: SyncRun) -> bool:
    """A run that met another account's data must never be let on."""
    return run.state == SyncRun.State.HELD and run.step != "account"


def _decide(run: SyncRun, *, by: User, action: str, **columns: object) -> None:
    with transaction.atomic():
        entry = {"run": run.pk, "held_because": run.message}
        audit.record(action, AuditEntry.Outcome.DONE, by=by, account=run.account, detail=entry)
        if not SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.HELD).update(**columns):
            raise Refused("Somebody else has decided about this run already.")
    run.refresh_from_db()
