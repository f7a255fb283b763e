"""Take one person out: unsubscribe or delete, with what would follow shown before the click."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from contacts.models import Contact, User, Write
from contacts.rules.consent import Leaving
from contacts.rules.leaving import deleting, may_not_delete, may_not_unsubscribe, unsubscribing
from contacts.rules.merge import opt_out_body
from contacts.rules.preview import Preview as Rows
from contacts.rules.preview import preview as rows_of
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, Role
from contacts.rules.standing import Standing
from contacts.selectors.check import JSON, list_names, tag_names
from contacts.services import writing
from contacts.services.acts import seen_digest
from contacts.services.preview import obstacle

Kind = Write.Kind
RIGHTS = {Kind.UNSUBSCRIBE: Right.UNSUBSCRIBE, Kind.DELETE: Right.DELETE_ONE}


@dataclass(frozen=True)
class Preview:
    """A form that acts once, and everything that will follow from it. ``body`` is the exact request of a PUT."""

    effects: Sequence[str]
    seen: str
    rows: Rows | None = None
    body: JSON = field(default_factory=dict)
    token: uuid.UUID = field(default_factory=uuid.uuid4)

    bases = tuple(Leaving)


@dataclass(frozen=True)
class Offer:
    """A form, or the sentence that says what is in the way. ``running`` is a change whose end is not known yet."""

    preview: Preview | None = None
    obstacle: str = ""
    running: Write | None = None


def offer(contact: Contact, *, kind: Kind, role: Role, unread: str = "") -> Offer:
    """What unsubscribing or deleting this contact would do, by our copy of it.

    ``unread`` is why our copy could not be read anew; nothing is changed from an old one.
    """
    remote = contact.remote
    standing = Standing.of(remote, once_opted_out=contact.once_opted_out)
    running = Write.objects.filter(contact=contact, state__in=Write.OPEN).select_related("by").first()
    refusal = may_not_unsubscribe(standing) if kind == Kind.UNSUBSCRIBE else may_not_delete(standing)
    blocked = obstacle(contact.account, role=role, right=RIGHTS[kind]) or refusal
    blocked = blocked or (writing.under_way(running) if running else "") or unread
    if blocked:
        return Offer(obstacle=blocked, running=running)
    try:
        return Offer(_preview(contact, kind, remote, standing))
    except Refused as exc:
        return Offer(obstacle=exc.advice)


def unsubscribe(
    contact: Contact, *, by: User, basis: str, note: str = "", token: uuid.UUID | None = None, seen: str = ""
) -> Write:
    """Unsubscribe a contact for the whole account. ``basis`` is one of ``rules.consent.Leaving``.

    ``seen`` is ``acts.seen_digest`` of what the preview showed, ``token`` makes a second click find the first. Raises
    Refused while evidence is missing or the contact is being changed; every other end is in the Write.
    """
    if basis not in Leaving:
        raise Refused("Say who wants this: it is kept with the change as evidence. Nothing was sent.")
    if contact.account.evidence_required and not note.strip():
        raise Refused("Add a note or a ticket number: this account keeps evidence. Nothing was sent.")
    write = writing.begin(contact, kind=Kind.UNSUBSCRIBE, by=by, token=token, basis=basis, note=note, seen=seen)
    return writing.carry_out(write)


def delete(contact: Contact, *, by: User, note: str = "", token: uuid.UUID | None = None, seen: str = "") -> Write:
    """Delete a contact: hidden, off every list, able to come back. Raises as ``unsubscribe`` does."""
    write = writing.begin(contact, kind=Kind.DELETE, by=by, token=token, note=note, seen=seen)
    return writing.carry_out(write)


def _preview(contact: Contact, kind: Kind, remote: JSON, standing: Standing) -> Preview:
    account, seen = contact.account, seen_digest(remote)
    lists = list_names(account, standing.list_ids)
    counted = account.counts.get("active")
    active = counted if isinstance(counted, int) else None
    if kind == Kind.DELETE:
        tags = tag_names(account, remote.get("taggings") or ())
        return Preview(deleting(standing, lists=lists, tags=tags, active=active), seen)
    body = opt_out_body(remote, Leaving.THEY_ASKED.opt_out)
    names = dict(zip(standing.list_ids, lists, strict=True))
    return Preview(unsubscribing(standing, lists=lists, active=active), seen, rows_of(remote, body, names=names), body)
