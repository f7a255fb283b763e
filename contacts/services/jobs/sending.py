"""One bulk activity: judge up to 500 people by what was just read, write the intents down, send once."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from contacts import audit, mirror
from contacts.api.client import Client
from contacts.api.errors import APIError
from contacts.models import Activity, AuditEntry, Contact, Job, JobGroup, JobItem, Write
from contacts.models.each import set_each
from contacts.rules.editing import Thing, Way, edited, held
from contacts.rules.plan import PER_CALL
from contacts.rules.refusal import Refused
from contacts.services.acts import Living, act_of
from contacts.services.ending import intent_draft
from contacts.services.jobs import judging, reading, runs
from contacts.services.jobs.runs import LostLease, Order
from contacts.services.jobs.troubles import NOT_THEIR_FAULT
from contacts.services.jobs.wishes import undone, wish_of, write_kind

JSON = dict[str, Any]
State = Write.State
ENDPOINTS = {
    Job.Kind.REACTIVATE: "add_list_memberships",
    Job.Kind.ADD_LISTS: "add_list_memberships",
    Job.Kind.REMOVE_LISTS: "remove_list_memberships",
    Job.Kind.ADD_TAGS: "contacts_taggings_add",
    Job.Kind.REMOVE_TAGS: "contacts_taggings_remove",
    Job.Kind.DELETE: "contact_delete",
}
UNDONE = "This was undone already. Nothing was sent."
MORE = (
    "In bulk this would touch lists or tags that the job did not change for this contact. Nothing was sent. "
    "Undo it one by one."
)
JUST_NOW = "This contact was being changed at this very moment. Nothing was sent. Look at it, then try again."


@dataclass
class Claim:
    """One person of an activity: the change, what was read before, and how it should become."""

    item: JobItem
    write: Write
    before: JSON
    body: JSON


def send(job: Job, client: Client) -> bool:
    """Send the next activity. False when nobody who was read freshly enough is left.

    The claims, the intents and the activity are one transaction of the walker that has the job; then one POST.
    """
    items = _next(job)
    if not items:
        return False
    reading.newer(job, client)
    claims, refused = _judged(job, items)
    activity = _written_down(job, claims, refused, client)
    if activity is not None:
        post(job, activity, partial(client.start_activity, activity.kind, _body(job, activity)))
    return True


def _next(job: Job) -> list[JobItem]:
    """Up to 500 people of one group, freshly read."""
    left = job.items.filter(write=None, reason="", read_at__gte=job.look_at)
    left = left.filter(trial=True) if job.order == Order.TRY else left
    first = left.order_by("group__number", "pk").first()
    if first is None:
        return []
    same = left.filter(group=first.group_id).select_related("group").order_by("pk")
    return list(same[:PER_CALL])


def _judged(job: Job, items: Sequence[JobItem]) -> tuple[list[Claim], list[tuple[JobItem, Write]]]:
    """Those who may be changed by what was read, and those who may not, with the sentence."""
    contacts = Contact.objects.select_related("account").in_bulk([item.contact_id for item in items])
    undoes = undone(job, contacts) if job.undoes_id else {}
    living, kind = Living(job.account), write_kind(job)
    claims, refused = [], []
    for item in items:
        contact = contacts[item.contact_id]
        wish = wish_of(job, item, undoes.get(contact.pk))
        write = Write(token=uuid.uuid4(), account=job.account, contact=contact, kind=kind, by=job.by, **wish)
        remote = contact.remote
        try:
            if contact.missing_since:
                raise Refused("Constant Contact does not know this contact any more. Nothing was sent.")
            body = act_of(write).body(write, remote, living)
            if not _exactly(job, item, remote, body):
                raise Refused(MORE)
            claims.append(Claim(item, write, remote, body))
        except Refused as exc:
            write.message = exc.advice[:500]
            refused.append((item, write))
    return claims, refused


def _exactly(job: Job, item: JobItem, before: JSON, body: JSON) -> bool:
    """Whether the call makes of this contact what its body says, no more and no less.

    It does the same to everybody, while an undo gives back what this one person really lost or got.
    """
    group, endpoint = item.group, ENDPOINTS[Job.Kind(job.kind)]
    if group is None or job.kind == Job.Kind.DELETE:
        return True
    thing, wish = (Thing.LISTS, group.lists) if "list" in endpoint else (Thing.TAGS, group.tags)
    made = edited(held(before, thing), wish, Way.REMOVE if "remove" in endpoint else Way.ADD).after
    return {each.lower() for each in made} == {each.lower() for each in held(body, thing)}


@transaction.atomic
def _written_down(
    job: Job, claims: list[Claim], refused: list[tuple[JobItem, Write]], client: Client
) -> Activity | None:
    """Claim each contact for its change and write every intent down. None when nobody is left to send."""
    runs.save(job)
    now = timezone.now()
    claimed, busy = _claimed(claims)
    judging.refuse_all(job, refused + busy)
    if not claimed:
        return None
    group: JobGroup | None = claimed[0].item.group
    kind = ENDPOINTS[Job.Kind(job.kind)]
    activity = Activity.objects.create(
        account=job.account,
        job=job,
        group=group,
        kind=kind,
        people=len(claimed),
        fence=job.fence,
        sent_at=now,
        sent_since=client.server_time or now,
    )
    drafts = [
        intent_draft(
            each.write, each.before, each.body, fields=act_of(each.write).fields, job=job.pk, activity=activity.pk
        )
        for each in claimed
    ]
    keys = [each.write.pk for each in claimed]
    entries = audit.record_all(drafts, by=job.by, account=job.account)
    Write.objects.filter(pk__in=keys).update(activity=activity, state=State.INTENDED, sent_at=now)
    set_each(Write, "intent", {pk: entry.pk for pk, entry in zip(keys, entries, strict=True)})
    set_each(JobItem, "write", {each.item.pk: each.write.pk for each in claimed})
    mirror.mark_all_written([each.write.person.pk for each in claimed], now)
    note(job, activity, AuditEntry.Outcome.INTENDED)
    return activity


def _claimed(claims: list[Claim]) -> tuple[list[Claim], list[tuple[JobItem, Write]]]:
    """Those whose contact is nobody else's just now. The index in the database decides (faults D9)."""
    Write.objects.bulk_create((each.write for each in claims), ignore_conflicts=True)
    tokens = [each.write.token for each in claims]
    keys = dict(Write.objects.filter(token__in=tokens).values_list("token", "pk"))
    claimed = [each for each in claims if each.write.token in keys]
    for each in claimed:
        each.write.pk = keys[each.write.token]
    claimed = _freshly_read(claimed)
    busy = [(each.item, each.write) for each in claims if each.write.token not in keys]
    others = _others([write.person.pk for _, write in busy])
    for _, write in busy:
        write.message = others.get(write.person.pk, UNDONE if write.undoes else JUST_NOW)
    return claimed, busy


def _freshly_read(claimed: list[Claim]) -> list[Claim]:
    """Without those whom another change of ours reached after they were read: they are looked at again.

    From the claim on nobody else can change them, and whoever did so before has marked them as written.
    """
    items = JobItem.objects.filter(pk__in=[each.item.pk for each in claimed], contact__written_at__gte=F("read_at"))
    old = set(items.values_list("pk", flat=True))
    if not old:
        return claimed
    Write.objects.filter(pk__in=[each.write.pk for each in claimed if each.item.pk in old]).delete()
    JobItem.objects.filter(pk__in=old).update(read_at=None)
    return [each for each in claimed if each.item.pk not in old]


def _others(contacts: list[int]) -> dict[int, str]:
    """Who is changing these contacts just now."""
    found = Write.objects.filter(contact__in=contacts, state__in=Write.OPEN).select_related("by", "item", "contact")
    said = {}
    for other in found if contacts else ():
        item = getattr(other, "item", None)
        where = f" in job {item.job_id}" if item else ""
        who = f" by {other.by}" if other.by else ""
        said[other.person.pk] = (
            f"This contact is being changed right now{where}{who}. Nothing more was sent. Wait for the end of that."
        )
    return said


def post(job: Job, activity: Activity, call: Callable[[], JSON]) -> None:
    """The one POST. Whatever leaves a doubt ends as "unknown"; what surely was not done frees its people again."""
    try:
        if is_late(activity):
            raise LostLease
        answer = call()
    except APIError as problem:
        if problem.may_have_happened:
            sent = Activity.objects.filter(pk=activity.pk, state=Activity.State.INTENDED)
            sent.update(state=Activity.State.UNKNOWN, message=problem.plain[:500])
            return
        again = isinstance(problem, NOT_THEIR_FAULT)
        judging.not_sent(job, activity, problem, again=again)
        if again:
            raise
        return
    state = str(answer.get("state") or "")[:32]
    # Also when somebody else took the job over meanwhile and does not know yet: now the activity has a name.
    Activity.objects.filter(pk=activity.pk, state__in=Activity.OPEN).update(
        state=Activity.State.RUNNING, remote_id=str(answer["activity_id"])[:64], remote_state=state
    )


def _body(job: Job, activity: Activity) -> JSON:
    ids = activity.writes.order_by("pk").values_list("contact__remote_id", flat=True)
    contacts = [str(each) for each in islice(ids, PER_CALL)]
    if job.kind == Job.Kind.DELETE:
        return {"contact_ids": contacts}
    group = activity.group
    wish = {"list_ids": group.lists if group else []} if "list" in activity.kind else {}
    tags = {"tag_ids": group.tags if group else []} if "tagging" in activity.kind else {}
    return {"source": {"contact_ids": contacts}, **wish, **tags}


def is_late(activity: Activity) -> bool:
    """Whether too much time passed since the intents to send them now."""
    # A process that slept past this point may have been judged by somebody else's reading already.
    return (timezone.now() - activity.sent_at).total_seconds() > settings.STALE_SECONDS / 4


def note(job: Job, activity: Activity, outcome: AuditEntry.Outcome) -> None:
    """The activity's own line in the history."""
    audit.record(
        "activity",
        outcome,
        by=job.by,
        account=job.account,
        job=job.pk,
        target=activity.remote_id,
        detail={"activity": activity.pk, "kind": activity.kind, "people": activity.people},
    )
