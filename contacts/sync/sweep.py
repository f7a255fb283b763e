"""After a full sweep: who was not shown. Not being shown is a suspicion, never a proof (faults D4, S15)."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from contacts import audit, mirror
from contacts.api.client import Client
from contacts.api.errors import NotFound
from contacts.models import AuditEntry, Contact, SyncRun
from contacts.sync import runs
from contacts.sync.walks import shown

FEW = 50
SHARE = 0.05
# Questions about single contacts that one run may ask; the rest waits for the next sweep.
QUESTIONS = 50


def too_many(vanished: int, *, held: int) -> bool:
    """Whether so many at once need a person's eye: more than 50, and more than 5 % of what we hold."""
    return vanished > FEW and vanished > held * SHARE


def shrank(run: SyncRun, count: int | None) -> bool:
    """Whether the account claims, before anything is read, to be much smaller than our copy of it."""
    if run.released or run.cursor or count is None:
        return False
    held = _held(run)
    return too_many(held - count, held=held)


def hold_shrunk(run: SyncRun, owner: str, count: int | None) -> None:
    held = _held(run)
    gone = held - (count or 0)
    message = f"Looks wrong: {gone:,} of {held:,} contacts would vanish. Held for a person; nothing was changed."
    hold(run, owner, message, vanished=gone, calls=run.calls + 1, tries=0)


def look_for_vanished(run: SyncRun, owner: str, client: Client) -> None:
    """Ask about each contact that the sweep did not show; only "not found" makes it missing."""
    seen, vanished = _unseen(run)
    short = (run.expected or 0) - seen
    if short > 0:
        _fewer_than_counted(run, owner, seen, far=too_many(short, held=run.expected or 0))
        return
    held = _held(run)
    if too_many(len(vanished), held=held) and not run.released:
        message = f"Looks wrong: {len(vanished):,} of {held:,} contacts would vanish. Held for a person."
        hold(run, owner, message, vanished=len(vanished))
        return
    calls, confirmed = _ask_about(run, owner, client, vanished[:QUESTIONS])
    if run.released and confirmed and confirmed == calls:
        # A person looked at it, and a sample without one exception agrees.
        mirror.mark_missing(run.account, vanished, seen_at=_seen_at(client), since=run.account.watermark)
    runs.save(run, owner, step="activities", calls=run.calls + calls, tries=0)


def _fewer_than_counted(run: SyncRun, owner: str, seen: int, *, far: bool) -> None:
    """The sweep does not agree with Constant Contact's own count, so it proves nothing about who was not shown."""
    told = f"Constant Contact counted {run.expected:,} contacts and showed {seen:,}"
    if far and not run.released:
        hold(run, owner, f"{told}. Held for a person.", short=(run.expected or 0) - seen)
    else:
        runs.save(run, owner, step="activities", message=f"{told}: nobody is taken as missing.")


def hold(run: SyncRun, owner: str, message: str, *, vanished: int = 0, short: int = 0, **columns: Any) -> None:
    """Stop and wait for a person. The run stays open, so that no other one starts meanwhile."""
    with transaction.atomic():
        audit.record(
            "sync_held",
            AuditEntry.Outcome.REFUSED,
            by=None,
            account=run.account,
            reason=message,
            detail={"run": run.pk, "vanished": vanished, "short": short},
        )
        runs.save(run, owner, state=SyncRun.State.HELD, message=message, lease_owner="", lease_until=None, **columns)


def _ask_about(run: SyncRun, owner: str, client: Client, keys: list[int]) -> tuple[int, int]:
    """One question each: how many were asked, and how many of them Constant Contact does not know any more."""
    missing = 0
    for contact in Contact.objects.light().filter(pk__in=keys).order_by("pk"):
        fetched_at = timezone.now()
        try:
            remote = client.get_contact(str(contact.remote_id))
        except NotFound:
            missing += 1
            mirror.mark_missing(run.account, [contact.pk], seen_at=_seen_at(client), since=run.account.watermark)
        else:
            with suppress(mirror.Erased):
                mirror.store_contact(
                    run.account, remote, fetched_at=fetched_at, seen_at=_seen_at(client), since=run.account.watermark
                )
        runs.save(run, owner)
    return len(keys), missing


def number_shown(run: SyncRun) -> int:
    """How many different contacts the sweep has shown so far."""
    marks, erased = _marks(run)
    return marks.count(1) + len(erased)


def _unseen(run: SyncRun) -> tuple[int, list[int]]:
    """How many contacts the sweep showed, and the keys of those that we hold and it did not show.

    A contact that was read by itself since the run began is not among them.
    """
    ours = Contact.objects.filter(account=run.account, missing_since=None)
    marks, erased = _marks(run)
    before = ours.filter(fetched_at__lt=run.started_at).order_by("pk").values_list("pk", flat=True)
    return marks.count(1) + len(erased), [key for key in before.iterator(chunk_size=5000) if not marks[key]]


def _marks(run: SyncRun) -> tuple[bytearray, set[int]]:
    """A mark for the key of each contact that was shown, and those shown that have no row."""
    marks = bytearray((Contact.objects.aggregate(top=Max("pk"))["top"] or 0) + 1)
    # Who was erased here on request was shown too: below zero when that was before, without a row when it was since.
    erased = set()
    for key in shown(run, "contacts"):
        if not 0 <= key < len(marks):
            erased.add(key)
        else:
            marks[key] = 1
    return marks, erased


def _held(run: SyncRun) -> int:
    return Contact.objects.filter(account=run.account, missing_since=None).count()


def _seen_at(client: Client) -> datetime:
    return client.server_time or timezone.now()
