"""Changes to lists whose answer never came: found out by reading the lists again. Nothing is ever sent from here."""

import logging

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from contacts.api.client import Client
from contacts.api.errors import APIError, NotFound
from contacts.connect import connect
from contacts.models import ListChange
from contacts.rules.lists import missing
from contacts.services.ending import JSON, Result, due_again, later
from contacts.services.list_ending import State, all_lists, conclude, refuse, store

logger = logging.getLogger(__name__)


def due() -> QuerySet[ListChange]:
    """Open changes whose end should be known by now."""
    waiting = ListChange.objects.filter(state__in=ListChange.OPEN, recheck_at__lte=timezone.now())
    return waiting.order_by("recheck_at")


def settle_due() -> int:
    """Settle every open change whose time has come; returns how many."""
    changes = list(due().select_related("list", "account", "by", "intent")[:100])
    for change in changes:
        settle(change)
    return len(changes)


def settle(change: ListChange) -> ListChange:
    """Find out by reading what became of an open change; "not applied" needs two readings some time apart."""
    if not _claimed(change):
        return ListChange.objects.get(pk=change.pk)
    with due_again(change):
        return _found_out(change)


def _found_out(change: ListChange) -> ListChange:
    if change.intent is None:
        return refuse(change, "This was interrupted before anything was sent. Nothing was changed.")
    try:
        client = connect(change.account, person=False, by=change.by)
        remote = _read(client, change)
    except NotFound:
        return conclude(change, Result(State.DRIFTED, "Constant Contact does not know this list any more."))
    except APIError as exc:
        logger.info("List change %s is still open: %s", change.pk, exc)
        return _wait(change, settings.QUIET_SECONDS)
    if remote is not None:
        store(change, remote, seen_at=client.server_time)
    return _judge(change, change.intent.told() or {}, remote)


def _read(client: Client, change: ListChange) -> JSON | None:
    """The list as it is now; for a new one the list of that name, which was not there before. None: there is none."""
    if change.list is not None:
        return client.get_list(str(change.list.remote_id))
    found = all_lists(client, change.account)
    return next((each for each in found if each.get("name") == change.name and not each.get("deleted_at")), None)


def _judge(change: ListChange, told: JSON, remote: JSON | None) -> ListChange:
    if remote is not None and remote.get("deleted_at") is None:
        differs = missing(told.get("sent", {}), remote)
        if not differs:
            message = "Done and verified by reading the list again."
            return conclude(change, Result(State.APPLIED, message, remote, proof="re-read"))
        if not told.get("before") or missing(told["before"], remote):
            message = "The list is neither as it was nor as it was asked for. Look at what differs."
            return conclude(change, Result(State.DRIFTED, message, remote, proof="re-read", differences=differs))
    elif remote is not None:
        return conclude(change, Result(State.DRIFTED, "The list has been deleted in Constant Contact.", remote))
    if change.unchanged_reads == 0:
        ListChange.objects.filter(pk=change.pk).update(unchanged_reads=1)
        return _wait(change, settings.CONFIRM_SECONDS)
    message = "The change did not reach Constant Contact: two readings show the lists as they were. You may try again."
    return conclude(change, Result(State.NOT_APPLIED, message, remote, proof="two re-reads"))


def _claimed(change: ListChange) -> bool:
    """Take a due change for ourselves, so that two processes never judge it at once."""
    mine = ListChange.objects.filter(pk=change.pk, state__in=ListChange.OPEN, recheck_at=change.recheck_at)
    return bool(mine.update(recheck_at=later(settings.STALE_SECONDS)))


def _wait(change: ListChange, seconds: int) -> ListChange:
    ListChange.objects.filter(pk=change.pk, state__in=ListChange.OPEN).update(recheck_at=later(seconds))
    return ListChange.objects.get(pk=change.pk)
