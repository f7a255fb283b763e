"""Forgetting one contact on their request: our copy, what the history tells of them, and every trace elsewhere.

``begin`` does what everybody sees at once, in one transaction: the copy and the personal part of the history are gone,
and marks keep the next sync from copying the person again. The worker carries on with what takes longer: entries and
texts about others that name them, the marks outside the database that survive a restored backup, and wiping the file.
Each step may die and is simply done again.
"""

import logging
import time
from collections import Counter
from datetime import timedelta
from threading import Event
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from contacts import audit, leases, mirror
from contacts.connect.credential import CannotOpen
from contacts.connect.marks import Marker, marker_of, new_key, open_words, seal_words
from contacts.models import (
    AuditEntry,
    AuditPayload,
    Contact,
    ErasedMark,
    Erasure,
    Job,
    JobItem,
    LinkedAccount,
    User,
    Write,
)
from contacts.rules.refusal import Refused
from contacts.services import erasure_file, files, seeds, traces, wiping
from contacts.services.traces import Words

JSON = dict[str, object]
State = Erasure.State

logger = logging.getLogger(__name__)

#: So long an erasure waits for others, so that the file is wiped once for all of them.
SOON = timedelta(hours=1)


def begin(contact: Contact, *, by: User, reason: str) -> Erasure:
    """Erase our copy of a contact now; the worker does the rest. ``reason`` is kept as a payload of the history.

    Raises Refused while a change or a job of theirs is open, or when the account's marks cannot be made.
    """
    with transaction.atomic():
        account, row = held(contact.account_id, contact.remote_id)
        if row is None:
            raise Refused("Our copy of this contact was erased already. Nothing was changed.")
        need_rest(row)
        asked = Erasure(account=account, remote_id=row.remote_id, by=by, by_name=str(by)[:254])
        return erase(asked, row, marker=_marker(account), note=reason)


def erase(asked: Erasure, row: Contact | None, *, marker: Marker, note: str = "", again: int | None = None) -> Erasure:
    """One transaction of an erasure: marks, payloads, rows. The account's row must be held.

    ``row`` is None when there is no copy, only a history; ``again`` is the number of a request from before a backup
    was restored.
    """
    account = asked.account
    about = AuditPayload.objects.filter(entry__account=account, entry__target=str(asked.remote_id))
    words = Words.of(row) if row else Words(str(asked.remote_id))
    words = words.with_payloads(about)
    asked.step, asked.terms = "payloads", seal_words(account, words.json)
    asked.gone = {"jobs": _jobs(row)} if row else {}
    asked.save(force_insert=True)
    _mark(asked, marker, words)
    _tell(asked, about, note=note, again=again)
    _add(asked, {"filerow": files.erase_at_once(account, words)})
    if row:
        _add(asked, mirror.forget(row))
    asked.save(update_fields=["gone"])
    return asked


def need_rest(contact: Contact) -> None:
    """Raise Refused while something is under way for this contact."""
    coming = Q(account=contact.account_id, contact=None, address_key=contact.address_key) & ~Q(address_key="")
    if Write.objects.filter(Q(contact=contact) | coming, state__in=Write.OPEN).exists():
        raise Refused("This contact is being changed right now. Nothing was erased. Wait for the end of that change.")
    item = JobItem.objects.filter(contact=contact, job__state__in=Job.OPEN).order_by("pk").first()
    if item:
        raise Refused(
            f"This contact is part of job {item.job_id}, which has not ended. Nothing was erased. Stop that job, or "
            "wait for its end."
        )


def lift(erasure: Erasure, *, by: User, reason: str) -> None:
    """Let the person be copied again, from the next full sweep on. Raises Refused unless the erasure is done."""
    with transaction.atomic():
        lifted = Erasure.objects.filter(pk=erasure.pk, state=State.DONE)
        if not lifted.update(state=State.LIFTED, exported_at=None):
            raise Refused("Only a request that is done can be lifted, and only once. Nothing was changed.")
        audit.record(
            "erase_lifted",
            AuditEntry.Outcome.DONE,
            by=by,
            account=erasure.account,
            target=str(erasure.remote_id),
            detail={"request": erasure.pk},
            payload={"note": reason} if reason else None,
        )
    erasure.refresh_from_db()


def due() -> QuerySet[Erasure]:
    """Requests that somebody should carry on now."""
    now = timezone.now()
    return Erasure.objects.filter(state=State.ERASING).filter(leases.free(now)).select_related("account").order_by("pk")


def carry_on(erasure: Erasure, *, stop: Event | None = None, seconds: float | None = None) -> Erasure:
    """Go on to the end, or for about so many ``seconds``, or until the file has to be wiped later."""
    stop, owner = stop or Event(), leases.new_owner()
    until = time.monotonic() + seconds if seconds is not None else None
    try:
        while not stop.is_set() and _claimed(erasure, owner) and STEPS[erasure.step](erasure):
            if until and time.monotonic() > until:
                break
    except CannotOpen:
        logger.error("Erasure %s cannot go on: the key its words are sealed with is missing.", erasure.pk)
    finally:
        Erasure.objects.filter(pk=erasure.pk, lease_owner=owner).update(lease_owner="", lease_until=None)
    erasure.refresh_from_db()
    return erasure


def _claimed(erasure: Erasure, owner: str) -> bool:
    """Take the request, or keep it; ``erasure`` is fresh afterwards."""
    now = timezone.now()
    rows = Erasure.objects.filter(pk=erasure.pk, state=State.ERASING)
    mine = rows.filter(lease_owner=owner) or rows.filter(leases.free(now))
    taken = mine.update(lease_owner=owner, lease_until=now + leases.LEASE)
    erasure.refresh_from_db()
    return bool(taken)


def _payloads(erasure: Erasure) -> bool:
    """A thousand payloads of the account: those that name the person go, whoever they are about."""
    if erasure.exported_at is None:
        erasure_file.put(erasure)
    words = _words(erasure)
    with transaction.atomic():
        found, after = traces.in_payloads(erasure.account, words, after=erasure.cursor)
        if found:
            _tell(erasure, AuditPayload.objects.filter(pk__in=found))
        erasure.cursor, erasure.step = after or 0, "payloads" if after else "files"
        erasure.save(update_fields=["cursor", "step", "gone"])
    return True


def _files(erasure: Erasure) -> bool:
    """Some thousand rows of files that people brought: those that name the person go, with the bytes of their files."""
    with transaction.atomic():
        done = files.erase(erasure.account, _words(erasure), after=erasure.cursor)
        _add(erasure, {"filerow": done.gone})
        if done.after is None:
            seeds.erase(erasure.account, _words(erasure))
        erasure.cursor, erasure.step = done.after or 0, "texts" if done.after is None else "files"
        erasure.save(update_fields=["cursor", "step", "gone"])
    return not done.waits


def _texts(erasure: Erasure) -> bool:
    """Typed texts and what passes by itself. The words are not needed after this."""
    words = _words(erasure)
    with transaction.atomic():
        _add(erasure, {"text": traces.blot_texts(erasure.account, words), "passing": traces.drop_passing(words)})
        erasure.step, erasure.terms = "wipe", ""
        erasure.save(update_fields=["step", "terms", "gone"])
    mirror.count_lists(erasure.account)
    return True


def _wipe(erasure: Erasure) -> bool:
    """Overwrite what is left in the file, once for all that wait for it; the last one of them does it.

    Somebody who is reading just now may keep us from it for a moment. One that is stuck holds nobody up for long.
    """
    under_way = Erasure.objects.filter(state=State.ERASING)
    if under_way.filter(asked_at__gte=timezone.now() - SOON).exclude(step="wipe").exists():
        return False
    waiting = list(under_way.filter(step="wipe").values_list("pk", flat=True))
    end = wiping.wipe()
    if end != wiping.End.LATER:
        columns = {"state": State.DONE, "step": "", "done_at": timezone.now(), "wiped": end == wiping.End.WIPED}
        under_way.filter(pk__in=waiting).update(**columns)
    return False


STEPS = {"payloads": _payloads, "files": _files, "texts": _texts, "wipe": _wipe}


def held(account_id: int, remote_id: UUID) -> tuple[LinkedAccount, Contact | None]:
    """The account and the contact, locked: no page is stored meanwhile, and no change begins."""
    account = LinkedAccount.objects.select_for_update().get(pk=account_id)
    contact = Contact.objects.select_for_update().filter(account=account, remote_id=remote_id).first()
    return account, contact


def _marker(account: LinkedAccount) -> Marker:
    """Who makes the account's marks; its key is made with its first erasure. Raises Refused."""
    try:
        if not account.erasure_key:
            account.erasure_key = new_key(account)
            LinkedAccount.objects.filter(pk=account.pk).update(erasure_key=account.erasure_key)
        return marker_of(account)
    except CannotOpen:
        raise Refused(
            "The key of the marks that keep the erased from being copied again cannot be opened. Nothing was erased. "
            "Bring back the encryption key it was sealed with (CCADMIN_ENCRYPTION_KEYS)."
        ) from None


def _mark(erasure: Erasure, marker: Marker, words: Words) -> None:
    """First the id, then every address, the earlier ones too (``mirror.erased`` counts on that order)."""
    addresses = [marker.of_address(each) for each in words.addresses]
    for mark in dict.fromkeys([marker.of_contact(erasure.remote_id), *addresses]):
        ErasedMark.objects.create(erasure=erasure, account=erasure.account, mark=mark)


def _tell(erasure: Erasure, payloads: QuerySet[AuditPayload], *, note: str = "", again: int | None = None) -> None:
    """Delete these payloads, and write down which entries lost theirs."""
    entry = audit.erase_payloads(
        erasure.account,
        payloads,
        by=erasure.by,
        target=str(erasure.remote_id),
        detail={"request": erasure.pk} | ({"again": again} if again is not None else {}),
        payload={"note": note} if note else None,
    )
    _add(erasure, {"auditpayload": entry.detail["payloads"]})
    erasure.gone["entries"] = [*erasure.gone.get("entries", []), entry.sequence]


def _words(erasure: Erasure) -> Words:
    return Words.of_sealed(open_words(erasure.account, erasure.terms))


def _jobs(contact: Contact) -> list[int]:
    return list(JobItem.objects.filter(contact=contact).order_by("job_id").values_list("job_id", flat=True))


def _add(erasure: Erasure, gone: dict[str, int]) -> None:
    erasure.gone["rows"] = dict(Counter(erasure.gone.get("rows", {})) + Counter(gone))
