"""V2 ids crossed to the contacts and lists of today: 500 a call, each pair asked for once and then remembered.

A question that takes more than a few calls is carried on by the worker. Every portion is one call and one transaction,
so a killed worker asks for at most one portion again, and asking again changes nothing.
"""

import time
import uuid
from collections.abc import Iterable
from itertools import batched, chain, islice
from threading import Event
from typing import BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contacts import audit, leases, tables
from contacts.api.client import Client
from contacts.api.errors import APIError
from contacts.connect import connect
from contacts.models import AuditEntry, Crossing, Erasure, LinkedAccount, User, Xref, XrefKind
from contacts.models.cells import cell
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.rules.v2_ids import MOST, NONE_FOUND, PER_CALL, Found, calls, column_of, in_rows, name_of
from contacts.services.permitting import need_permission, need_still

State = Crossing.State
Outcome = AuditEntry.Outcome
#: A page waits for so many calls; with more the worker asks.
AT_ONCE_CALLS = 4
_IN_ONE_QUERY = 5_000
#: Rows that tell which column has the ids.
_LOOKED_AT = 1_000


def read(upload: UploadedFile, *, kind: XrefKind) -> tuple[Found, str]:
    """The V2 ids in a file, and what their column is called; nothing of the file is kept. Raises Refused."""
    stream = cast("BinaryIO", upload.file)
    try:
        look = tables.look(stream, name=upload.name or "")
        rows = (row.cells for row in tables.rows(stream, look))
        first = list(islice(rows, _LOOKED_AT))
        place = column_of(look.header, first, kind=kind)
        found = in_rows(cell(each, place) for each in chain(first, rows))
    except tables.TableRefused as refused:
        raise Refused(refused.sentence) from None
    return found, name_of(look.header, place)


def begin(account: LinkedAccount, *, by: User, kind: XrefKind, found: Found) -> Crossing:
    """A question about these numbers, answered as far as they are remembered. Nothing is asked elsewhere.

    Raises Refused when there is no number, or more than 10,000.
    """
    if not found.sequence_ids:
        raise Refused(NONE_FOUND)
    if len(found.sequence_ids) > MOST:
        raise Refused(f"{len(found.sequence_ids):,} V2 ids are too many at once. Bring at most {MOST:,}.")
    crossing = Crossing(account=account, by=by, kind=kind, sequence_ids=found.sequence_ids, left_out=found.left_out)
    crossing.known = len(pairs(crossing, found.sequence_ids))
    crossing.state = State.OPEN if crossing.left else State.ANSWERED
    crossing.save(force_insert=True)
    return crossing


def cost(crossing: Crossing) -> int:
    """How many calls to Constant Contact it would still take."""
    return calls(crossing.left)


def ask(crossing: Crossing, *, by: User) -> Crossing:
    """Have the rest asked for: here and now when it takes a few calls, otherwise by the worker.

    Asking twice is asking once. Raises Refused for somebody without the right.
    """
    need_permission(crossing.account_id, by=by, right=Right.BULK)
    with transaction.atomic():
        held = Crossing.objects.select_for_update().get(pk=crossing.pk)
        if held.state != State.OPEN:
            return held
        detail = {"what": str(held.kind), "ids": held.left, "calls": cost(held)}
        held.intent = audit.record("v2_ids", Outcome.INTENDED, by=by, account=crossing.account, detail=detail)
        held.state, held.by, held.message = State.ASKING, by, ""
        held.save(update_fields=["state", "by", "intent", "message"])
    return carry_on(held, person=True) if cost(held) <= AT_ONCE_CALLS else held


def due() -> QuerySet[Crossing]:
    """Questions that somebody should carry on now."""
    return Crossing.objects.filter(leases.free(timezone.now()), state=State.ASKING).order_by("pk")


def carry_on(crossing: Crossing, *, stop: Event | None = None, seconds: float = 60.0, person: bool = False) -> Crossing:
    """Ask portion after portion for so many seconds, or to the end, as long as the person may ask.

    Nothing happens while somebody else does.
    """
    owner, until = leases.new_owner(), time.monotonic() + seconds
    mine = due().filter(pk=crossing.pk)
    if not mine.update(lease_owner=owner, lease_until=timezone.now() + leases.LEASE):
        return Crossing.objects.get(pk=crossing.pk)
    crossing = Crossing.objects.select_related("account", "by").get(pk=crossing.pk)
    try:
        client = connect(crossing.account, person=person, by=crossing.by)
        while _step(crossing, client, owner=owner):
            if time.monotonic() > until or (stop is not None and stop.is_set()):
                break
    except (APIError, Refused) as problem:
        _stop(crossing, owner=owner, problem=problem)
    Crossing.objects.filter(pk=crossing.pk, lease_owner=owner).update(lease_owner="", lease_until=None)
    return Crossing.objects.get(pk=crossing.pk)


def pairs(crossing: Crossing, sequence_ids: Iterable[int]) -> dict[int, uuid.UUID]:
    """What is remembered of these numbers."""
    found: dict[int, uuid.UUID] = {}
    rows = Xref.objects.filter(account=crossing.account_id, kind=crossing.kind)
    for some in batched(sequence_ids, _IN_ONE_QUERY):
        found |= dict(rows.filter(sequence_id__in=some).values_list("sequence_id", "remote_id"))
    return found


def _step(crossing: Crossing, client: Client, *, owner: str) -> bool:
    """One portion, or the end. False when nothing is left to do here."""
    answered = {*pairs(crossing, crossing.sequence_ids), *crossing.missing}
    portion = [each for each in crossing.sequence_ids if each not in answered][:PER_CALL]
    if not portion:
        return _end(crossing, owner=owner)
    need_still(crossing.account_id, by=crossing.by_id, right=Right.BULK)
    ask_for = client.contact_xrefs if crossing.kind == XrefKind.CONTACT else client.list_xrefs
    return _store(crossing, portion, ask_for(portion), owner=owner)


def _store(crossing: Crossing, portion: list[int], found: dict[int, str], *, owner: str) -> bool:
    """Remember the pairs, and what nobody has. Somebody who was erased here is not remembered again."""
    wanted = {number: uuid.UUID(remote_id) for number, remote_id in found.items()}
    with transaction.atomic():
        LinkedAccount.objects.select_for_update().get(pk=crossing.account_id)
        erased = Erasure.objects.filter(account=crossing.account_id, remote_id__in=wanted.values())
        gone = set(erased.exclude(state=Erasure.State.LIFTED).values_list("remote_id", flat=True))
        kept = {number: remote_id for number, remote_id in wanted.items() if remote_id not in gone}
        rows = [
            Xref(account=crossing.account, kind=crossing.kind, sequence_id=number, remote_id=remote_id)
            for number, remote_id in kept.items()
        ]
        Xref.objects.bulk_create(rows, ignore_conflicts=True)
        crossing.missing = sorted({*crossing.missing, *(each for each in portion if each not in kept)})
        crossing.known = len(pairs(crossing, crossing.sequence_ids))
        return _save(crossing, owner, missing=crossing.missing, known=crossing.known)


def _end(crossing: Crossing, *, owner: str) -> bool:
    """Written down with its numbers; always False, for nothing follows."""
    with transaction.atomic():
        if _save(crossing, owner, state=State.ANSWERED):
            detail = {"what": str(crossing.kind), "found": crossing.known, "missing": len(crossing.missing)}
            _tell(crossing, Outcome.DONE, detail=detail)
    return False


def _stop(crossing: Crossing, *, owner: str, problem: APIError | Refused) -> None:
    """It waits for a person to ask again; what was answered stays answered."""
    message = problem.plain if isinstance(problem, APIError) else problem.advice
    outcome = Outcome.FAILED if isinstance(problem, APIError) else Outcome.REFUSED
    with transaction.atomic():
        if _save(crossing, owner, state=State.OPEN, message=message[:500]):
            detail = {"what": str(crossing.kind), "left": crossing.left}
            _tell(crossing, outcome, detail=detail, problem=problem)


def _tell(
    crossing: Crossing,
    outcome: AuditEntry.Outcome,
    *,
    detail: dict[str, object],
    problem: APIError | Refused | None = None,
) -> None:
    audit.record(
        "v2_ids",
        outcome,
        by=crossing.by,
        account=crossing.account,
        begins=crossing.intent,
        detail=detail,
        http_status=problem.status if isinstance(problem, APIError) else None,
        payload={"message": problem.advice} if problem else None,
    )


def _save(crossing: Crossing, owner: str, **values: object) -> bool:
    """Whether it was still ours."""
    mine = Crossing.objects.filter(pk=crossing.pk, state=State.ASKING, lease_owner=owner)
    return bool(mine.update(lease_until=timezone.now() + leases.LEASE, **values))
