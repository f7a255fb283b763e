"""How a change ends: the result, its line in the history, its final state, and our copy after it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from contacts import audit, mirror
from contacts.api.client import Client
from contacts.api.errors import APIError
from contacts.models import AuditEntry, JobItem, Write
from contacts.models.changes import Change
from contacts.rules.compare import Difference
from contacts.rules.refusal import Refused

JSON = dict[str, Any]
State = Write.State
#: Kinds that rest on what somebody said: the history tells where no evidence was kept.
EVIDENCED = (Write.Kind.REACTIVATE, Write.Kind.CREATE, Write.Kind.SIGN_UP, Write.Kind.RESUBSCRIBE)


@dataclass(frozen=True)
class Result:
    """How a change ended, or why nobody knows yet."""

    state: Write.State
    message: str
    answer: JSON | None = None
    http_status: int | None = None
    proof: str = ""
    differences: list[Difference] = field(default_factory=list)
    problem: APIError | None = None


def read_live(client: Client, write: Write) -> JSON:
    """The contact as Constant Contact holds it now; our copy follows at once.

    Raises Refused when it has come to an address whose owner was erased on request: nothing is done to that person.
    """
    fetched_at = timezone.now()
    remote = client.get_contact(str(write.person.remote_id))
    if not store(write, remote, client, fetched_at=fetched_at):
        raise Refused("Our copy of whoever has this address was erased on request, so nothing is changed for them.")
    return remote


def store(write: Write, remote: JSON, client: Client, *, fetched_at: datetime, by_us: bool = False) -> bool:
    """Bring our copy up to what Constant Contact just showed. False when it must not be kept."""
    seen_at = client.server_time or timezone.now()
    try:
        write.contact = mirror.store_contact(
            write.account, remote, fetched_at=fetched_at, seen_at=seen_at, since=write.account.watermark, by_us=by_us
        )
    except mirror.Erased:
        return False
    return True


def refuse(write: Write, message: str, *, http_status: int | None = None) -> Write:
    """End a change before anything was sent."""
    return conclude(write, Result(State.REFUSED, message, http_status=http_status))


def conclude(write: Write, result: Result) -> Write:
    """Write the end down, once: history first, then the state. A change that ended meanwhile keeps its end."""
    now = timezone.now()
    is_open = result.state == State.UNKNOWN
    with transaction.atomic():
        # What is on its way cannot be refused any more, whoever thought so a moment ago.
        before = (State.READING,) if result.state == State.REFUSED else Write.OPEN
        open_writes = Write.objects.filter(pk=write.pk, state__in=before)
        changed = open_writes.update(
            state=result.state,
            message=result.message[:500],
            recheck_at=later(settings.QUIET_SECONDS) if is_open else None,
            ended_at=None if is_open else now,
            # Whoever was found, or is new, belongs to the change from its end on.
            **({} if is_open else {"address_key": "", "contact": write.contact_id}),
        )
        if changed:
            draft = end_draft(write, result, job=job_of(write))
            [entry] = audit.record_all([draft], by=write.by, account=write.account)
            Write.objects.filter(pk=write.pk).update(outcome=None if is_open else entry)
    return Write.objects.select_related("contact", "account", "by", "intent", "outcome").get(pk=write.pk)


def end_draft(write: Write, result: Result, *, job: int | None) -> audit.Draft:
    """The line in the history that a change ends with."""
    shown = [{"field": each.field, "asked": each.asked, "got": each.got} for each in result.differences]
    facts = audit.Facts(
        target=target(write),
        job=job,
        begins=write.intent,
        basis=write.basis,
        proof=result.proof,
        http_status=result.http_status,
        fields=[each.field for each in result.differences],
        detail=about(write),
    )
    payload = {**person(write), "message": result.message, "after": result.answer, "differences": shown}
    return audit.Draft(write.kind, AuditEntry.Outcome(result.state), payload, facts)


def intent_draft(
    write: Write, before: JSON, body: JSON, *, fields: Sequence[str], job: int | None, activity: int | None = None
) -> audit.Draft:
    """The line that is in the history before anything is sent. ``body`` is the whole contact as it should become."""
    detail = about(write)
    facts = audit.Facts(
        target=target(write),
        job=job,
        basis=write.basis,
        fields=list(fields),
        detail=detail | ({"activity": activity} if activity else {}),
    )
    return audit.Draft(
        write.kind, AuditEntry.Outcome.INTENDED, {**person(write), "before": before, "sent": body}, facts
    )


def about(write: Write) -> JSON:
    """The clear facts of a change: what it is about, and whether evidence was given where it matters."""
    detail: JSON = {"write": write.pk, "lists": write.lists, "tags": write.tags}
    if write.kind in EVIDENCED:
        detail["evidence"] = bool(write.note.strip())
    return detail


def person(write: Write) -> JSON:
    """Who an entry is about: part of its payload, never of its clear part."""
    whom = write.contact
    told = {"address": whom.address, "name": whom.name} if whom else {"address": write.address_key}
    return {**told, "note": write.note}


def target(write: Write) -> str:
    """Constant Contact's id of whom a change is about; empty while they are not there yet."""
    return str(write.contact.remote_id) if write.contact else ""


def job_of(write: Write) -> int | None:
    """The number of the job this change is part of."""
    return JobItem.objects.filter(write=write).values_list("job_id", flat=True).first()


@contextmanager
def due_again(change: Change) -> Iterator[None]:
    """Give a claimed change back when its end cannot be stored, so that whoever repeats the step finds it again.

    Else a full disk would never be told: the step's next try would find nothing that is due, and go on as if all were
    well.
    """
    try:
        yield
    except OperationalError:
        rows = type(change)._default_manager.filter(pk=change.pk, state__in=change.OPEN)
        rows.update(recheck_at=change.recheck_at)
        raise


def later(seconds: int) -> datetime:
    """A moment from now."""
    return timezone.now() + timedelta(seconds=seconds)
