"""Changes whose answer never came: what became of them is found out by reading. Nothing is ever sent from here."""

import logging

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from contacts.api.errors import APIError, NotFound
from contacts.connect import connect
from contacts.models import Write
from contacts.rules.compare import same
from contacts.services.acts import act_of
from contacts.services.ending import JSON, Result, State, conclude, due_again, later, refuse, store

logger = logging.getLogger(__name__)


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
        remote = client.get_contact(str(write.person.remote_id))
    except NotFound:
        return conclude(write, Result(State.DRIFTED, "Constant Contact does not know this contact any more."))
    except APIError as exc:
        logger.info("Write %s is still open: %s", write.pk, exc)
        return _wait(write, settings.QUIET_SECONDS)
    judged = _judge(write, told, remote)
    store(write, remote, client, fetched_at=asked_at, by_us=judged.state == State.APPLIED)
    return judged


def settle_due() -> int:
    """Settle every open change whose time has come; returns how many."""
    writes = list(due()[:100])
    for write in writes:
        settle(write)
    return len(writes)


def _judge(write: Write, told: JSON, remote: JSON) -> Write:
    before = told.get("before", {})
    missing = act_of(write).missing(before, told.get("sent", {}), remote)
    if not missing:
        return conclude(write, Result(State.APPLIED, "Done and verified by reading again.", remote, proof="re-read"))
    if not same(before, remote):
        message = "The contact is neither as it was nor as we asked. Look at what differs."
        return conclude(write, Result(State.DRIFTED, message, remote, proof="re-read", differences=missing))
    if write.unchanged_reads == 0:
        Write.objects.filter(pk=write.pk).update(unchanged_reads=1)
        return _wait(write, settings.CONFIRM_SECONDS)
    message = "The change did not reach Constant Contact: two readings show the contact as it was. You may try again."
    return conclude(write, Result(State.NOT_APPLIED, message, remote, proof="two re-reads", differences=missing))


def _claimed(write: Write) -> bool:
    """Take a due change for ourselves, so that two processes never judge it at once."""
    mine = Write.objects.filter(pk=write.pk, state__in=Write.OPEN, recheck_at=write.recheck_at)
    return bool(mine.update(recheck_at=later(settings.STALE_SECONDS)))


def _wait(write: Write, seconds: int) -> Write:
    Write.objects.filter(pk=write.pk, state__in=Write.OPEN).update(recheck_at=later(seconds))
    return Write.objects.get(pk=write.pk)
