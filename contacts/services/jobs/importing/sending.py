"""One portion of an import: look once more, judge each row again, write the intents down, send once."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils import timezone

from contacts import audit, mirror
from contacts.api.client import Client
from contacts.connect.credential import CannotOpen
from contacts.models import Activity, AuditEntry, Contact, Job, JobItem, Write
from contacts.models.each import set_each
from contacts.rules.columns import EMAIL, Problem
from contacts.rules.custom_fields import Custom
from contacts.rules.importing import Field, wanted
from contacts.rules.preflight import Verdict, of_person, over_fifty
from contacts.rules.refusal import Refused
from contacts.rules.standing import Standing
from contacts.services.acts import Living
from contacts.services.ending import intent_draft
from contacts.services.files import custom_fields
from contacts.services.jobs import judging, reading, runs
from contacts.services.jobs.importing import portions, rows
from contacts.services.jobs.runs import Order
from contacts.services.jobs.sending import note, post

JSON = dict[str, Any]
State = Write.State
#: A look for every change goes back two minutes and shows all that was just sent once more. So a wave begins with
#: one, and its other portions, each after a look for opt-outs and deletions alone, do without while it is so fresh.
FRESH = timedelta(minutes=1)
#: So many intents are made and stored at a time, all in one transaction.
AT_ONCE = 500
GONE = "This row is not kept here any more: the file was deleted, or read anew. Nothing was sent."
OTHER_FILE = "The file was read anew, and this row has another address now. Nothing was sent."
ERASED = "This person was erased on request. Nothing was sent."
FULL = "They would be on more than 50 lists. Nothing was sent."
KEY_IS_LOST = (
    "Paused: the key by which erased people are known again cannot be opened, so nobody could tell who of this file "
    "asked to be forgotten. Bring back the encryption key first."
)
BUSY = "This person is being changed right now. Nothing was sent. Wait for the end of that, then try again."
MOVED = "They have another address in Constant Contact by now. Nothing was sent. Check the file again."
TWICE = "Two contacts of our copy have this address. Nothing was sent. Sync the account, then try again."


@dataclass
class Claim:
    """One row of a portion: the change, and the row as it is sent."""

    item: JobItem
    write: Write
    row: Mapping[str, str]


def send(job: Job, client: Client) -> bool:
    """Send the next portion. False when nobody is left.

    The claims, the intents and the activity are one transaction of the walker that has the job; then one POST.
    """
    items = _next(job)
    if not items:
        return False
    looked_at = timezone.now()
    reading.newer(job, client, changes=_is_stale(job, client))
    claims, refused = _judged(job, items)
    places = portions.fitting(job, [each.row for each in claims])
    sent = _written_down(job, [claims[place] for place in places], refused, client, looked_at=looked_at)
    if sent is not None:
        activity, claimed = sent
        post(job, activity, _call(portions.parcel(job, [each.row for each in claimed]), client))
    return True


def _next(job: Job) -> list[JobItem]:
    left = job.items.filter(write=None, reason="")
    left = left.filter(trial=True) if job.order == Order.TRY else left
    return list(left.select_related("row", "group").order_by("group__number", "pk")[: portions.MOST_ROWS])


def _is_stale(job: Job, client: Client) -> bool:
    """Whether every change has to be asked for before this portion: it begins a wave, or the last look is old."""
    if job.look_since is None or not job.activities.filter(state__in=Activity.OPEN).exists():
        return True
    return (client.server_time or timezone.now()) - job.look_since > FRESH


def _judged(job: Job, items: Sequence[JobItem]) -> tuple[list[Claim], list[tuple[JobItem, Write]]]:
    """Those rows that may be sent by what our copy shows right now, and those that may not, with the sentence."""
    if set(job.lists) - Living(job.account).lists:
        raise Refused("Paused: a list of this import no longer exists. What is done stays done.")
    keys = [item.row.address_key for item in items if item.row]
    people = _people(job, keys)
    erased = _erased(job, keys)
    custom = custom_fields(job.account)
    claims, refused = [], []
    for item in items:
        write = Write(token=uuid.uuid4(), account=job.account, kind=Write.Kind.IMPORT, by=job.by, lists=job.lists)
        write.basis, write.note, write.contact = job.basis, job.note, item.contact
        try:
            row = _row(job, item, custom)
            key = row[EMAIL].lower()
            write.contact = _person(job, item, people.get(key, []), is_erased=key in erased)
            write.address_key = "" if write.contact else key
            claims.append(Claim(item, write, row))
        except Refused as exc:
            write.message = exc.advice[:500]
            whose = item.row.address_key if item.row else ""
            # The history would else have the address of somebody who asked that it forgets them.
            write.address_key = "" if write.contact or whose in erased else whose
            refused.append((item, write))
    return claims, refused


def _people(job: Job, keys: Sequence[str]) -> dict[str, list[Contact]]:
    """Address to those who have it in our copy; whoever is missing still blocks it while they are deleted."""
    found: dict[str, list[Contact]] = {}
    held = Contact.objects.filter(account=job.account, address_key__in=keys).select_related("account")
    for contact in held.prefetch_related("memberships__list"):
        found.setdefault(contact.address_key, []).append(contact)
    return found


def _erased(job: Job, keys: Sequence[str]) -> frozenset[str]:
    try:
        return mirror.erased_addresses(job.account, keys)
    except CannotOpen as problem:
        raise Refused(KEY_IS_LOST) from problem


def _row(job: Job, item: JobItem, custom: Mapping[str, Custom]) -> dict[str, str]:
    """The row as it is sent. Raises Refused when it is not what was planned."""
    if item.row is None:
        raise Refused(GONE)
    try:
        row = rows.sent_row(item.row, job.options["columns"], custom)
    except Problem as problem:
        raise Refused(f"{problem.sentence} Nothing was sent.") from problem
    if not row[EMAIL] or row[EMAIL].lower() != item.row.address_key:
        raise Refused(OTHER_FILE)
    return row


def _person(job: Job, item: JobItem, held: Sequence[Contact], *, is_erased: bool) -> Contact | None:
    """Whom the row is about, None for somebody new. Raises Refused for whoever may not be sent now."""
    if is_erased:
        raise Refused(ERASED)
    for each in held:
        # Whatever else is true of an address: an opt-out of anybody who has it, or had it, holds.
        finding = of_person(each.standing(), is_missing=each.missing_since is not None)
        if finding.verdict not in (Verdict.NEW, Verdict.UPDATE, Verdict.DELETED):
            raise Refused(f"{finding.verdict.words.label}. {finding.verdict.words.means} Nothing was sent.")
    here = [each for each in held if each.missing_since is None]
    if len(here) > 1:
        raise Refused(TWICE)
    contact = here[0] if here else None
    if item.contact is not None and item.contact.missing_since is None and contact is None:
        raise Refused(MOVED)
    verdict = Verdict.NEW if contact is None else Verdict.DELETED if contact.deleted_on else Verdict.UPDATE
    if contact is not None:
        _fresh(contact, job)
    # Somebody who came or was deleted meanwhile is what they are now, and only sent if that was chosen.
    if verdict not in job.options["include"]:
        raise Refused(f"{verdict.words.label}: {verdict.words.means} That was not chosen. Nothing was sent.")
    return contact


def _fresh(contact: Contact, job: Job) -> None:
    """Refuse by all that Constant Contact sent, which says more than our columns; and when the lists do not fit."""
    remote = contact.remote
    finding = of_person(Standing.of(remote, once_opted_out=contact.once_opted_out))
    if finding.verdict not in (Verdict.UPDATE, Verdict.DELETED):
        raise Refused(f"{finding.verdict.words.label}. {finding.verdict.words.means} Nothing was sent.")
    if over_fifty(remote.get("list_memberships") or (), job.lists):
        raise Refused(FULL)


@transaction.atomic
def _written_down(
    job: Job, claims: list[Claim], refused: list[tuple[JobItem, Write]], client: Client, *, looked_at: datetime
) -> tuple[Activity, list[Claim]] | None:
    """Claim each person and each new address, and write every intent down. None when nobody is left to send."""
    runs.save(job)
    claimed, busy = _claimed(job, claims, looked_at)
    judging.refuse_all(job, refused + busy)
    if not claimed:
        return None
    now, kind = timezone.now(), portions.kind_of(job)
    activity = Activity.objects.create(
        account=job.account,
        job=job,
        kind=kind,
        people=len(claimed),
        fence=job.fence,
        sent_at=now,
        sent_since=client.server_time or now,
    )
    keys = [each.write.pk for each in claimed]
    intents = _intended(job, activity, claimed)
    Write.objects.filter(pk__in=keys).update(activity=activity, state=State.INTENDED, sent_at=now)
    set_each(Write, "intent", dict(zip(keys, intents, strict=True)))
    set_each(JobItem, "write", {each.item.pk: each.write.pk for each in claimed})
    mirror.mark_all_written([each.write.contact_id for each in claimed if each.write.contact_id], now)
    note(job, activity, AuditEntry.Outcome.INTENDED)
    return activity, claimed


def _intended(job: Job, activity: Activity, claimed: list[Claim]) -> list[int]:
    """Write the intents into the history, some at a time: a whole portion of them needs 100 MB more."""
    fields = rows.by_name(job.account)
    entries: list[int] = []
    for some in batched(claimed, AT_ONCE):
        drafts = [_draft(each, activity, fields) for each in some]
        entries += [entry.pk for entry in audit.record_all(drafts, by=job.by, account=job.account)]
    return entries


def _draft(claim: Claim, activity: Activity, fields: Mapping[str, Field]) -> audit.Draft:
    """The line of one intent: what is there now, {} for nobody, and what the row shall make of it."""
    write = claim.write
    before = write.contact.remote if write.contact else {}
    body = wanted(before, claim.row, lists=write.lists, fields=fields)
    return intent_draft(write, before, body, fields=list(claim.row), job=activity.job_id, activity=activity.pk)


def _claimed(job: Job, claims: list[Claim], looked_at: datetime) -> tuple[list[Claim], list[tuple[JobItem, Write]]]:
    """Those that are nobody else's just now, by the indexes of the database; who moved since is looked at again."""
    Write.objects.bulk_create((each.write for each in claims), ignore_conflicts=True)
    tokens = [each.write.token for each in claims]
    keys = dict(Write.objects.filter(token__in=tokens).values_list("token", "pk"))
    claimed = [each for each in claims if each.write.token in keys]
    for each in claimed:
        each.write.pk = keys[each.write.token]
    busy = [(each.item, each.write) for each in claims if each.write.token not in keys]
    for _, write in busy:
        write.message = BUSY
    old = _moved(job, claimed, looked_at)
    Write.objects.filter(pk__in=[each.write.pk for each in claimed if each.item.pk in old]).delete()
    return [each for each in claimed if each.item.pk not in old], busy


def _moved(job: Job, claimed: list[Claim], looked_at: datetime) -> set[int]:
    """Items whose person another change of ours reached since, or who came into our copy since they were judged.

    From the claim on nobody else can change them.
    """
    there = {each.write.contact_id: each.item.pk for each in claimed if each.write.contact_id}
    written = Contact.objects.filter(pk__in=there, written_at__gte=looked_at).values_list("pk", flat=True)
    new = {each.write.address_key: each.item.pk for each in claimed if not each.write.contact_id}
    came = Contact.objects.filter(account=job.account, address_key__in=new, missing_since=None)
    return {there[pk] for pk in written} | {new[key] for key in came.values_list("address_key", flat=True)}


def _call(parcel: portions.Parcel, client: Client) -> Callable[[], JSON]:
    if parcel.table:
        return partial(client.import_file, parcel.table, parcel.lists)
    return partial(client.start_activity, parcel.kind, parcel.body)
