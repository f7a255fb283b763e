"""Store contacts: one transaction a page, a fixed number of queries, and only what differs is written."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from contacts.mirror import bulk
from contacts.mirror.erased import Erased, erased_among
from contacts.mirror.events import Change, describe
from contacts.mirror.held import held_of
from contacts.mirror.intervals import LISTS, TAGS, follow
from contacts.mirror.look import Look
from contacts.mirror.reading import Copy, Reading, canonical, identifier, read
from contacts.models import Contact, ContactEvent, LinkedAccount, Write
from contacts.models.packing import pack

JSON = dict[str, Any]

COLUMNS = [
    *(
        "account",
        "remote_id",
        "address",
        "address_key",
        "first_name",
        "last_name",
        "search",
        "status",
        "permission",
        "confirm_status",
    ),
    *("opt_in_source", "opt_in_at", "opt_out_source", "opt_out_at", "once_opted_out"),
    *("deleted_on", "deleted_from", "deleted_to", "created_at", "updated_at"),
    *("raw", "digest", "fetched_at", "missing_since"),
]
VALUES = itemgetter(*COLUMNS)
OPTED_OUT = {"unsubscribed", "pending_confirmation", "temp_hold"}


@dataclass(frozen=True)
class Stored:
    """What became of one page. ``pks`` are the rows of all contacts it showed, changed or not.

    Who was erased on request is seen and has no row: a number below zero stands for each of them.
    """

    seen: int
    stored: int
    not_understood: int
    pks: list[int]


@transaction.atomic(savepoint=False)
def store_page(
    account: LinkedAccount,
    remotes: Iterable[object],
    *,
    fetched_at: datetime,
    seen_at: datetime,
    since: datetime | None,
    by_us: bool = False,
) -> Stored:
    """Bring the rows of these contacts up to what was sent, with their intervals and events.

    ``remotes`` are contacts with every subresource. A contact without an id is counted as not understood and left
    out; anything else is stored, whatever is odd about it, unless the person was erased on request. A copy older than
    its row changes nothing.
    """
    look = Look(account, fetched_at=fetched_at, seen_at=seen_at, since=since, by_us=by_us)
    sent = list(remotes)
    copies = {copy.remote_id: copy for copy in map(read, sent) if copy}
    erased = erased_among(account, copies, sealed=_one_writer(account))
    kept = {key: copy for key, copy in copies.items() if key not in erased} if erased else copies
    held, changed = _changed(account, kept)
    changes = _ours(_changes(changed, look))
    _write(changes)
    pks = held + [each.pk for each in changes if each.before is None]
    unreadable = sum(read(each) is None for each in sent) if len(copies) < len(sent) else 0
    odd = sum(bool(each.reading.odd) for each in changes)
    return Stored(len(copies), len(changes), unreadable + odd, [*pks, *erased.values()])


@transaction.atomic
def store_contact(
    account: LinkedAccount,
    remote: JSON,
    *,
    fetched_at: datetime,
    seen_at: datetime,
    since: datetime | None = None,
    by_us: bool = False,
) -> Contact:
    """Store one live reading, or the answer of our own PUT (``by_us``), and return the row as it now is.

    Raises Contact.DoesNotExist when it cannot be kept, because its id is none, and Erased when it must not be.
    """
    stored = store_page(account, [remote], fetched_at=fetched_at, seen_at=seen_at, since=since, by_us=by_us)
    remote_id = identifier(remote.get("contact_id"))
    if remote_id is None:
        raise Contact.DoesNotExist
    if min(stored.pks, default=0) < 0:
        raise Erased
    contact = Contact.objects.get(account=account, remote_id=remote_id)
    if contact.fetched_at < fetched_at:
        contact.fetched_at = fetched_at
        contact.save(update_fields=["fetched_at"])
    if by_us:
        mark_written(contact, fetched_at)
    return contact


def mark_written(contact: Contact, at: datetime) -> None:
    """A change is sent or was answered at this moment: no copy that was asked for before replaces the row."""
    rows = Contact.objects.filter(pk=contact.pk)
    if rows.filter(Q(written_at=None) | Q(written_at__lt=at)).update(written_at=at):
        contact.written_at = at


def mark_all_written(pks: Iterable[int], at: datetime) -> None:
    """The same for many contacts at once."""
    rows = Contact.objects.filter(pk__in=list(pks))
    rows.filter(Q(written_at=None) | Q(written_at__lt=at)).update(written_at=at)


def _one_writer(account: LinkedAccount) -> str:
    """Hold the account's row until the transaction ends. Its key of the erased, as it stands now."""
    # PostgreSQL lets two transactions insert one contact; which of them came later would decide, not which is newer.
    # SQLite has one writer anyway.
    rows = LinkedAccount.objects.select_for_update(no_key=True)
    return rows.values_list("erasure_key", flat=True).get(pk=account.pk)


def _changed(account: LinkedAccount, copies: dict[UUID, Copy]) -> tuple[list[int], list[tuple[Copy, Contact | None]]]:
    """The keys of the rows we hold of these contacts, and those copies that differ from theirs, each with its row.

    A row whose copy differs in nothing but the order of its properties learns the digest of that order.
    """
    held = held_of(account, copies)
    doubtful = [copy for key, copy in copies.items() if key not in held or held[key].digest != copy.digest]
    rows = Contact.objects.in_bulk([held[copy.remote_id].pk for copy in doubtful if copy.remote_id in held])
    looked_at = [(copy, rows[held[copy.remote_id].pk] if copy.remote_id in held else None) for copy in doubtful]
    changed = [(copy, row) for copy, row in looked_at if _differs(copy, row)]
    if len(changed) < len(looked_at):
        differing = {copy.remote_id for copy, _ in changed}
        bulk.set_digests((row.pk, copy.digest) for copy, row in looked_at if row and copy.remote_id not in differing)
    return [each.pk for each in held.values()], changed


def _differs(copy: Copy, row: Contact | None) -> bool:
    """Whether more than the order of the properties is another, of which the digest knows nothing."""
    return row is None or row.missing_since is not None or canonical(row.remote) != canonical(copy.remote)


def _changes(changed: list[tuple[Copy, Contact | None]], look: Look) -> list[Change]:
    changes = []
    for copy, row in changed:
        reading = Reading(copy.remote)
        if row is None or not look.is_older_than(row, updated_at=reading.updated_at):
            changes.append(Change(_columns(copy, reading, row, look), row, reading, copy.remote, look))
    return changes


def _ours(changes: list[Change]) -> list[Change]:
    """Mark what was seen while a change of ours was on its way: whoever reads it first, it is told as ours."""
    held = {each.before.pk: each for each in changes if each.before is not None and not each.look.by_us}
    sent = Write.objects.filter(contact__in=held, state__in=(Write.State.INTENDED, Write.State.UNKNOWN))
    for pk in sent.values_list("contact", flat=True) if held else ():
        held[pk].look = replace(held[pk].look, by_us=True)
    return changes


def _columns(copy: Copy, reading: Reading, before: Contact | None, look: Look) -> JSON:
    """The whole row as it is to be, but for its primary key: the upsert goes by account and CC's id."""
    columns = reading.columns(seen_on=look.seen_at.date())
    window = (None, None) if columns["deleted_on"] is None else _deletion_window(columns["deleted_on"], before, look)
    return columns | {
        "account": look.account.pk,
        "remote_id": copy.remote_id,
        "updated_at": reading.updated_at or (before.updated_at if before else look.seen_at),
        "raw": pack(copy.text),
        "digest": copy.digest,
        "fetched_at": look.fetched_at,
        "missing_since": None,
        "once_opted_out": _remembered(columns, before, look.seen_at.date()),
        "deleted_from": window[0],
        "deleted_to": window[1],
    }


def _deletion_window(deleted_on: date, before: Contact | None, look: Look) -> tuple[datetime | None, datetime]:
    if before and before.deleted_to and before.deleted_on == deleted_on:
        return before.deleted_from, before.deleted_to
    # Seen deleted at first sight: since when is not known.
    return (look.noticed_from if before else None), look.seen_at


def _remembered(columns: JSON, before: Contact | None, seen_on: date) -> date | None:
    """Our memory of an opt-out, a hold or an unanswered confirmation; only the person's own opt-in ends it (D13)."""
    earlier = before.once_opted_out if before else None
    if columns["permission"] in OPTED_OUT or columns["opt_out_at"] or columns["opt_out_source"]:
        latest = columns["opt_out_at"].date() if columns["opt_out_at"] else None
        return max(filter(None, [earlier, latest]), default=seen_on)
    return None if earlier and _opted_in_again(columns, before, earlier) else earlier


def _opted_in_again(columns: JSON, before: Contact | None, earlier: date) -> bool:
    opted_in_at: datetime | None = columns["opt_in_at"]
    if columns["permission"] != "explicit" or columns["opt_in_source"] != "Contact" or opted_in_at is None:
        return False
    if before and before.opt_out_at:
        return opted_in_at > before.opt_out_at
    return opted_in_at.date() >= earlier


def _write(changes: list[Change]) -> None:
    if not changes:
        return
    _write_rows(changes)
    follow(LISTS, changes)
    follow(TAGS, changes)
    ContactEvent.objects.bulk_create(event for each in changes for event in describe(each))


def _write_rows(changes: list[Change]) -> None:
    """Whoever holds the account's row is the only one to add contacts, so a new one needs no look for a conflict."""
    new = [each for each in changes if each.before is None]
    for each, key in zip(new, bulk.new_keys(Contact, len(new)) if new else (), strict=True):
        each.pk = key
    bulk.insert(Contact, ["id", *COLUMNS], ((each.pk, *VALUES(each.columns)) for each in new))
    held = (VALUES(each.columns) for each in changes if each.before is not None)
    bulk.upsert(Contact, COLUMNS, held, unique=["account", "remote_id"])
