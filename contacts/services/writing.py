"""The one write path: fresh read, verdict, merge, guard, intent, one send, proof. Source: design section 6.

``begin`` claims the contact, ``carry_out`` goes the whole way. Nothing is ever sent twice, and nothing is called
done without proof; what became of a change whose answer never came is found out in ``settling``.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import TypedDict, Unpack

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from contacts import audit, mirror
from contacts.api.client import Client
from contacts.api.errors import APIError, Conflict
from contacts.connect import connect
from contacts.models import Contact, LinkedAccount, User, Write
from contacts.rules.consent import Basis
from contacts.rules.refusal import Refused
from contacts.rules.undo import NO_WAY_BACK
from contacts.services.acts import Act, act_of
from contacts.services.ending import (
    JSON,
    Result,
    State,
    conclude,
    intent_draft,
    job_of,
    later,
    read_live,
    refuse,
    store,
)
from contacts.services.finding import need_nobody, tied
from contacts.services.permitting import need_permission

ADDING = "Somebody with this address is being added right now. Nothing more was sent. Wait for the end of that change."


class Wish(TypedDict, total=False):
    """What a person asks for: list and tag ids, the consent basis and note, the mark of their preview, what is undone.

    A reactivation needs a basis, everything else may have one.
    """

    lists: list[str]
    tags: list[str]
    basis: str
    note: str
    seen: str
    undoes: Write


def begin(
    contact: Contact, *, kind: Write.Kind, by: User, token: uuid.UUID | None = None, **wish: Unpack[Wish]
) -> Write:
    """Claim the contact for one change. The same ``token`` finds the change it began before.

    Raises Refused when evidence is missing or another change to the contact is open; nothing was sent then.
    """
    token = token or uuid.uuid4()
    earlier = Write.objects.filter(token=token, contact=contact, kind=kind, by=by).first()
    if earlier:
        return earlier
    undone = wish.get("undoes")
    if undone and undone.kind == Write.Kind.UNDO:
        raise Refused("An undo is not undone. Make the change again instead. Nothing was sent.")
    if undone and undone.kind in NO_WAY_BACK:
        raise Refused(f"{NO_WAY_BACK[undone.kind]} Nothing was sent.")
    if kind == Write.Kind.REACTIVATE:
        _need_evidence(contact.account, basis=wish.get("basis", ""), note=wish.get("note", ""))
    # Somebody whom an import just made may be in our copy before the import's own reading has found them there.
    coming = Write.objects.filter(account=contact.account, contact=None, address_key=contact.address_key)
    if contact.address_key and coming.filter(state__in=Write.OPEN).exists():
        raise Refused(ADDING)
    write = Write(token=token, account=contact.account, contact=contact, kind=kind, by=by, **wish)
    return _claimed(write, lambda: _already_open(contact))


def begin_new(
    account: LinkedAccount, address: str, *, kind: Write.Kind, by: User, token: uuid.UUID, **wish: Unpack[Wish]
) -> Write:
    """Claim an address that nobody in the account has, as far as we know, for one change. Else as ``begin``."""
    earlier = Write.objects.filter(token=token, account=account, kind=kind, by=by).first()
    if earlier:
        return earlier
    write = Write(token=token, account=account, address_key=address.lower(), kind=kind, by=by, **wish)
    return _claimed(write, lambda: ADDING)


def _claimed(write: Write, already_open: Callable[[], str]) -> Write:
    write.recheck_at = later(settings.STALE_SECONDS)
    try:
        with transaction.atomic():
            write.save(force_insert=True)
    except IntegrityError:
        raise Refused(already_open()) from None
    return write


def carry_out(
    write: Write, *, act: Act | None = None, client: Client | None = None, passing: tuple[type[APIError], ...] = ()
) -> Write:
    """Go the whole way with a change that ``begin`` claimed, and return it with its end.

    Never raises for what Constant Contact answers: every end is a state, a sentence and an audit entry. A change
    that is under way or has ended already is returned as it is. ``act`` is given where the change says more than its
    row keeps. A job brings its own ``client``, and waits out the problems in ``passing``: the change has ended then,
    as not sent, and the problem is raised.
    """
    if write.state != State.READING or write.intent_id:
        return write
    act = act or act_of(write)
    try:
        need_permission(write.account_id, by=write.by, right=act.right)
        client = client or connect(write.account, person=True, by=write.by)
        remote = read_live(client, write) if write.contact_id else need_nobody(client, write)
        body = act.body(write, remote)
    except Refused as exc:
        return refuse(write, exc.advice)
    except APIError as exc:
        refused = refuse(write, exc.advice, http_status=exc.status)
        if isinstance(exc, passing):
            raise
        return refused
    if not _intend(write, act, remote, body):
        return Write.objects.get(pk=write.pk)
    result, known = _send(client, act, write, remote, body), write.contact_id is not None
    if not known:
        result = tied(client, write, result)
    ended = conclude(write, result)
    if ended.state == State.REJECTED and isinstance(result.problem, passing):
        raise result.problem
    if known and result.answer is not None:
        store(write, result.answer, client, fetched_at=timezone.now(), by_us=True)
    return ended


def _need_evidence(account: LinkedAccount, *, basis: str, note: str) -> None:
    if basis not in Basis:
        raise Refused("Say who asked for this: it is kept with the change as evidence.")
    if account.evidence_required and not note.strip():
        raise Refused("Add a note or a ticket number: this account keeps evidence for every reactivation.")


def under_way(write: Write) -> str:
    """That a contact is being changed, by whom, and in which job."""
    job = job_of(write)
    where = f" in job {job}" if job else ""
    who = f" by {write.by}" if write.by else ""
    return f"This contact is being changed right now{where}{who}."


def _already_open(contact: Contact) -> str:
    other = Write.objects.filter(contact=contact, state__in=Write.OPEN).select_related("by").first()
    if other is None:
        return "This was undone already. Nothing was sent."
    return f"{under_way(other)} Nothing more was sent. Wait for the end of that change."


def _intend(write: Write, act: Act, remote: JSON, body: JSON) -> bool:
    """Write down what is about to be sent. False when somebody else ended this change meanwhile."""
    now = timezone.now()
    with transaction.atomic():
        claimed = Write.objects.filter(pk=write.pk, state=State.READING, intent=None)
        if not claimed.update(state=State.INTENDED, sent_at=now, recheck_at=later(settings.STALE_SECONDS)):
            return False
        draft = intent_draft(write, remote, body, fields=act.fields, job=job_of(write))
        [write.intent] = audit.record_all([draft], by=write.by, account=write.account)
        Write.objects.filter(pk=write.pk).update(intent=write.intent)
        if write.contact:
            mirror.mark_written(write.contact, now)
    write.state, write.sent_at = State.INTENDED, now
    return True


def _send(client: Client, act: Act, write: Write, before: JSON, body: JSON) -> Result:
    """The one send. Whatever leaves a doubt ends as "unknown", never as failed."""
    if _too_late(write):
        return Result(State.REJECTED, "This took too long to begin, so nothing was sent. Nothing was changed.")
    try:
        answer = act.send(client, write, body)
    except APIError as exc:
        state = State.UNKNOWN if exc.may_have_happened else State.REJECTED
        message = (act.conflict if isinstance(exc, Conflict) else "") or exc.advice
        return Result(state, message, http_status=exc.status, problem=exc)
    if answer is None:
        return Result(State.CONFIRMED, act.done, None, _status(client), "status of the answer")
    missing = act.missing(before, body, answer)
    if missing:
        message = "Constant Contact accepted the change but shows something else. Look at what differs."
        return Result(State.DIFFERS, message, answer, _status(client), "answer", missing)
    return Result(State.CONFIRMED, act.done, answer, _status(client), "answer")


def _status(client: Client) -> int | None:
    """What the one send was answered with: 200, 201 or 204; a reading may have followed it."""
    return next((call.status for call in reversed(client.calls) if call.method != "GET"), None)


def _too_late(write: Write) -> bool:
    # A process that slept past this point may have been judged by somebody else's reading already.
    return write.sent_at is None or timezone.now() > write.sent_at + timedelta(seconds=settings.STALE_SECONDS / 4)
