"""A list is made, renamed or starred: fresh read, intent, one send, proof. Our own note and flag on it.

The way is that of a change to a contact (design section 6): nothing is ever sent twice, nothing is called done
without proof. What became of a change whose answer never came is found out in ``list_settling``.
"""

import hashlib
import uuid
from datetime import timedelta
from typing import TypedDict, Unpack

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from contacts import audit
from contacts.api.client import Client
from contacts.api.errors import APIError, Conflict, NotFound
from contacts.backends import role_on
from contacts.connect import connect
from contacts.models import AuditEntry, ContactList, LinkedAccount, ListChange, User
from contacts.rules.lists import body_for, missing
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.services.ending import JSON, Result, later
from contacts.services.list_ending import all_lists, conclude, refuse, store
from contacts.services.permitting import need_permission

State, Kind = ListChange.State, ListChange.Kind
_AUTOMATION = {str(value): str(label) for value, label in ContactList.Automation.choices}


class Wish(TypedDict, total=False):
    """What a list shall be; what is left out stays as Constant Contact has it."""

    name: str
    description: str
    favorite: bool


def create(account: LinkedAccount, *, by: User, token: uuid.UUID, name: str, description: str = "") -> ListChange:
    """Make a list. The same ``token`` finds the change it began before.

    Never raises for what Constant Contact answers, see ``change``. Raises Refused when a list of this name is being
    made already.
    """
    wish = {"name": name, "description": description, "favorite": False}
    return _carry_out(_begin(ListChange(token=token, account=account, kind=Kind.CREATE, by=by, name=name, wish=wish)))


def change(the_list: ContactList, *, by: User, token: uuid.UUID, seen: str = "", **wish: Unpack[Wish]) -> ListChange:
    """Rename a list, describe it, star it or not; returns the change with its end, a state and a sentence.

    ``seen`` is ``seen_mark`` of what the form showed: when that changed in Constant Contact meanwhile, nothing is
    sent. Raises Refused when another change to this list is open.
    """
    name = wish.get("name", the_list.name)
    changed = ListChange(token=token, account=the_list.account, list=the_list, kind=Kind.CHANGE, by=by, seen=seen)
    changed.name, changed.wish = name, dict(wish)
    return _carry_out(_begin(changed))


def annotate(the_list: ContactList, *, by: User, note: str, automation: str) -> None:
    """Keep our own note on a list, and whether it starts an automation. Constant Contact never sees either."""
    role = role_on(the_list.account, by)
    if role is None or not may(role, Right.BULK):
        raise Refused("Your role on this account does not allow this. Nothing was changed.")
    before = {"note": the_list.note, "automation": the_list.automation}
    after = {"note": note, "automation": automation}
    if before == after:
        return
    with transaction.atomic():
        audit.record(
            "list_note",
            AuditEntry.Outcome.DONE,
            by=by,
            account=the_list.account,
            target=str(the_list.remote_id),
            fields=[name for name in after if before[name] != after[name]],
            # The note itself may name a person, so it stays in the payload.
            reason="" if automation == the_list.automation else f"Automation: {_AUTOMATION[automation]}",
            payload={"before": before, "after": after},
        )
        ContactList.objects.filter(pk=the_list.pk).update(**after)
    the_list.refresh_from_db()


def seen_mark(the_list: ContactList) -> str:
    """A short mark of what a form shows and would replace."""
    return hashlib.sha256(f"{the_list.name}\0{the_list.description}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _begin(change: ListChange) -> ListChange:
    """Claim the list, or the name of a new one, for one change."""
    same = ListChange.objects.filter(token=change.token, account=change.account, kind=change.kind, by=change.by)
    # A new list is tied to its change only once it is there.
    earlier = (same.filter(list=change.list) if change.list else same).first()
    if earlier:
        return earlier
    change.recheck_at = later(settings.STALE_SECONDS)
    try:
        with transaction.atomic():
            change.save(force_insert=True)
    except IntegrityError:
        what = "This list is being changed" if change.list else "A list of this name is being made"
        raise Refused(f"{what} right now. Nothing more was sent. Wait for the end of that change.") from None
    return change


def _carry_out(change: ListChange) -> ListChange:
    if change.state != State.READING or change.intent_id:
        return change
    try:
        need_permission(change.account_id, by=change.by, right=Right.BULK)
        client = connect(change.account, person=True, by=change.by)
        before = _read(client, change)
        body = body_for(before, change.wish)
        if before and not missing(body, before):
            raise Refused("The list is like this already. Nothing was sent.")
    except Refused as exc:
        return refuse(change, exc.advice)
    except APIError as exc:
        return refuse(change, _said(change, exc), http_status=exc.status)
    if not _intend(change, before, body):
        return ListChange.objects.get(pk=change.pk)
    result = _send(client, change, body)
    ended = conclude(change, result)
    if result.answer is not None:
        store(ended, result.answer, seen_at=client.server_time)
    return ended


def _read(client: Client, change: ListChange) -> JSON:
    """The list as Constant Contact holds it now, {} for one that is not there yet; our copy follows at once."""
    if change.list is None:
        found = all_lists(client, change.account)
        if any(each.get("name") == change.name and each.get("deleted_at") is None for each in found):
            raise Refused(_in_use(change))
        return {}
    remote = client.get_list(str(change.list.remote_id))
    store(change, remote, seen_at=client.server_time)
    change.list.refresh_from_db()
    if change.list.gone_at is not None:
        raise Refused("This list has been deleted in Constant Contact. Nothing was sent. Its history is kept here.")
    if change.seen and change.seen != seen_mark(change.list):
        raise Refused(
            "This list was changed in Constant Contact since you opened this page. Nothing was sent. "
            "Below it stands as it is now."
        )
    return remote


def _intend(change: ListChange, before: JSON, body: JSON) -> bool:
    """Write down what is about to be sent. False when somebody else ended this change meanwhile."""
    now = timezone.now()
    with transaction.atomic():
        claimed = ListChange.objects.filter(pk=change.pk, state=State.READING, intent=None)
        if not claimed.update(state=State.INTENDED, sent_at=now, recheck_at=later(settings.STALE_SECONDS)):
            return False
        change.intent = audit.record(
            change.kind,
            AuditEntry.Outcome.INTENDED,
            by=change.by,
            account=change.account,
            target=str(change.list.remote_id) if change.list else "",
            fields=[each.field for each in missing(body, before)],
            detail={"list_change": change.pk},
            payload={"before": before, "sent": body},
        )
        ListChange.objects.filter(pk=change.pk).update(intent=change.intent)
    change.state, change.sent_at = State.INTENDED, now
    return True


def _send(client: Client, change: ListChange, body: JSON) -> Result:
    """The one send. Whatever leaves a doubt ends as "unknown", never as failed."""
    # A process that slept past this point may have been judged by somebody else's reading already.
    if change.sent_at is None or timezone.now() > change.sent_at + timedelta(seconds=settings.STALE_SECONDS / 4):
        return Result(State.REJECTED, "This took too long to begin, so nothing was sent. Nothing was changed.")
    try:
        answer = client.put_list(str(change.list.remote_id), body) if change.list else client.create_list(body)
    except APIError as exc:
        state = State.UNKNOWN if exc.may_have_happened else State.REJECTED
        return Result(state, _said(change, exc), http_status=exc.status)
    status = 200 if change.list else 201
    differs = missing(body, answer)
    if differs:
        message = "Constant Contact accepted the change but shows something else. Look at what differs."
        return Result(State.DIFFERS, message, answer, status, "answer", differs)
    return Result(State.CONFIRMED, "Done and verified.", answer, status, "answer")


def _said(change: ListChange, problem: APIError) -> str:
    if isinstance(problem, Conflict):
        return _in_use(change)
    if isinstance(problem, NotFound):
        return "Constant Contact does not know this list any more. Nothing was changed. Sync, then look again."
    if problem.may_have_happened:
        happened = problem.happened.format(status=problem.status)
        return f"{happened} We do not know yet whether the change was made. The lists are read again; nothing to do."
    return problem.advice


def _in_use(change: ListChange) -> str:
    return f"There is a list called “{change.name}” already. Nothing was changed. Choose another name."
