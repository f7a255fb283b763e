"""Changes whose answer never came: what became of them is found out by reading. Nothing is ever sent from here."""

import logging
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from contacts.api.client import Client
from contacts.api.errors import APIError, NotFound
from contacts.connect import connect
from contacts.models import Write
from contacts.rules.compare import Difference, same
from contacts.services.acts import act_of
from contacts.services.ending import JSON, Result, State, conclude, due_again, later, refuse, store
from contacts.services.finding import whoever_has

logger = logging.getLogger(__name__)

OTHER_THAN_ASKED = (
    "Somebody has this address now, but not as we asked: made or changed by others at the same moment. Look at what "
    "differs."
)


def due() -> QuerySet[Write]:
    """Open changes whose end should be known by now."""
    return Write.objects.filter(state__in=Write.OPEN, recheck_at__lte=timezone.now()).order_by("recheck_at")


def settle(write: Write) -> Write:
    """Find out by reading what became of an open change whose time has come; sends nothing.

    "Not applied" needs two equal reads some time apart, because a late answer may still be on its way.
    """
    if not _claimed(write):
        return Write.objects.get(pk=write.pk)
    with due_again(write):
        return _found_out(write)


def _found_out(write: Write) -> Write:
    if write.intent is None:
        return refuse(write, "This was interrupted before anything was sent. Nothing was changed.")
    told = write.intent.told() or {}
    asked_at = timezone.now()
    try:
        client = connect(write.account, person=False, by=write.by)
        remote = _read(client, write, told)
    except NotFound:
        return conclude(write, Result(State.DRIFTED, "Constant Contact does not know this contact any more."))
    except APIError as exc:
        logger.info("Write %s is still open: %s", write.pk, exc)
        return _wait(write, settings.QUIET_SECONDS)
    if remote is None:
        return _unchanged(write, "two readings show nobody with this address", None, [])
    if write.contact is None:
        return _newcomer(write, told, remote, client, asked_at)
    judged = _judge(write, told, remote)
    store(write, remote, client, fetched_at=asked_at, by_us=judged.state == State.APPLIED)
    return judged


def _read(client: Client, write: Write, told: JSON) -> JSON | None:
    """The contact; for somebody new whoever has the address by now, None when nobody has."""
    if write.contact:
        return client.get_contact(str(write.contact.remote_id))
    address = told.get("sent", {}).get("email_address", {}).get("address", write.address_key)
    return whoever_has(client, write.account, address)


def _newcomer(write: Write, told: JSON, remote: JSON, client: Client, asked_at: datetime) -> Write:
    """Nobody had the address when it was sent, so this is who was sent, or somebody who came at the same moment."""
    missing = act_of(write).missing({}, told.get("sent", {}), remote)
    store(write, remote, client, fetched_at=asked_at, by_us=not missing)
    if not missing:
        return conclude(write, Result(State.APPLIED, "Done and verified by reading again.", remote, proof="re-read"))
    return conclude(write, Result(State.DRIFTED, OTHER_THAN_ASKED, remote, proof="re-read", differences=missing))


def settle_due() -> int:
    """Settle every open change whose time has come; returns how many."""
    writes = list(due()[:100])
    for write in writes:
        settle(write)
    return len(writes)


def _judge(write: Write, told: JSON, remote: JSON) -> Write:
    before, act = told.get("before", {}), act_of(write)
    missing = act.missing(before, told.get("sent", {}), remote)
    if not missing:
        return conclude(write, Result(State.APPLIED, "Done and verified by reading again.", remote, proof="re-read"))
    if act.unseen:
        return conclude(write, Result(State.DRIFTED, act.unseen, remote, proof="re-read"))
    if not same(before, remote):
        message = "The contact is neither as it was nor as we asked. Look at what differs."
        return conclude(write, Result(State.DRIFTED, message, remote, proof="re-read", differences=missing))
    return _unchanged(write, "two readings show the contact as it was", remote, missing)


def _unchanged(write: Write, seen: str, remote: JSON | None, missing: list[Difference]) -> Write:
    """One reading that shows nothing of the change waits for another."""
    if write.unchanged_reads == 0:
        Write.objects.filter(pk=write.pk).update(unchanged_reads=1)
        return _wait(write, settings.CONFIRM_SECONDS)
    message = f"The change did not reach Constant Contact: {seen}. You may try again."
    return conclude(write, Result(State.NOT_APPLIED, message, remote, proof="two re-reads", differences=missing))


def _claimed(write: Write) -> bool:
    """Take a due change for ourselves, so that two processes never judge it at once."""
    mine = Write.objects.filter(pk=write.pk, state__in=Write.OPEN, recheck_at=write.recheck_at)
    return bool(mine.update(recheck_at=later(settings.STALE_SECONDS)))


def _wait(write: Write, seconds: int) -> Write:
    Write.objects.filter(pk=write.pk, state__in=Write.OPEN).update(recheck_at=later(seconds))
    return Write.objects.get(pk=write.pk)
