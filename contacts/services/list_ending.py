"""How a change to a list ends: its line in the history, its final state, and our copy after it."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contacts import audit, mirror
from contacts.api.client import Client
from contacts.models import AuditEntry, ContactList, LinkedAccount, ListChange
from contacts.services.ending import JSON, Result, later

State = ListChange.State
#: Constant Contact allows 1,000 lists an account; deleted ones come on top of that.
MOST_PAGES = 20


def all_lists(client: Client, account: LinkedAccount) -> list[JSON]:
    """Every list as Constant Contact shows it now, deleted ones too; our copy follows. A call for 500 of them."""
    found: list[JSON] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = client.lists_page(cursor=cursor)
        found += page.items
        mirror.store_lists(account, page.items, seen_at=page.server_time or timezone.now())
        cursor = page.cursor
        if cursor is None:
            break
    return found


def store(change: ListChange, remote: JSON, *, seen_at: datetime | None) -> None:
    """Bring our copy of the list up to what Constant Contact just showed, and tie a new one to its change."""
    stored = mirror.store_lists(change.account, [remote], seen_at=seen_at or timezone.now())
    if change.list is None and stored.pks:
        change.list = ContactList.objects.get(pk=stored.pks[0])
        ListChange.objects.filter(pk=change.pk).update(list=change.list)


def refuse(change: ListChange, message: str, *, http_status: int | None = None) -> ListChange:
    """End a change before anything was sent."""
    return conclude(change, Result(State.REFUSED, message, http_status=http_status))


def conclude(change: ListChange, result: Result) -> ListChange:
    """Write the end down, once: history first, then the state. A change that ended meanwhile keeps its end."""
    is_open = result.state == State.UNKNOWN
    with transaction.atomic():
        claimed = ListChange.objects.filter(pk=change.pk, state__in=ListChange.OPEN).update(
            state=result.state,
            message=result.message[:500],
            recheck_at=later(settings.QUIET_SECONDS) if is_open else None,
            ended_at=None if is_open else timezone.now(),
        )
        if claimed:
            entry = _record_end(change, result)
            ListChange.objects.filter(pk=change.pk).update(outcome=None if is_open else entry)
    return ListChange.objects.select_related("list", "account", "by", "intent").get(pk=change.pk)


def _record_end(change: ListChange, result: Result) -> AuditEntry:
    target = str(change.list.remote_id) if change.list else str((result.answer or {}).get("list_id", ""))[:64]
    shown = [{"field": each.field, "asked": each.asked, "got": each.got} for each in result.differences]
    return audit.record(
        change.kind,
        AuditEntry.Outcome(result.state),
        by=change.by,
        account=change.account,
        target=target,
        begins=change.intent,
        proof=result.proof,
        http_status=result.http_status,
        fields=[each.field for each in result.differences],
        detail={"list_change": change.pk},
        payload={"message": result.message, "after": result.answer, "differences": shown},
    )
