"""What takes an import back as far as that goes: a job of its own, about those whom it brought."""

import uuid
from collections.abc import Iterator
from itertools import batched

from contacts.models import Job, User, Write
from contacts.models.audit import told_by
from contacts.rules.refusal import Refused
from contacts.services.ending import JSON
from contacts.services.jobs.freezing import freeze

AT_ONCE = 2_000
WAYS = (Job.Kind.REMOVE_LISTS, Job.Kind.DELETE)
NOBODY = "This import brought nobody for whom that could be done."


def take_back(job: Job, kind: Job.Kind, *, by: User, token: uuid.UUID) -> Job:
    """A plan to take them off the lists again, or to delete those who were new. Raises Refused as ``freeze`` does."""
    if job.kind != Job.Kind.IMPORT or kind not in WAYS:
        raise Refused("Only an import is taken back like this. Nothing was planned.")
    if not job.has_ended:
        raise Refused("Stop the job first, or wait for its end.")
    chosen = f"Whom job {job.pk} put on these lists" if kind == Job.Kind.REMOVE_LISTS else f"Whom job {job.pk} made"
    brought = _made if kind == Job.Kind.DELETE else _put_on_lists
    people = [contact for contact, before in _proved(job) if brought(job, before)]
    if not people:
        raise Refused(f"{NOBODY} Nothing was planned.")
    lists = job.lists if kind == Job.Kind.REMOVE_LISTS else []
    note = f"After the import in job {job.pk}"
    return freeze(job.account, kind, by=by, contacts=people, chosen=chosen, token=token, lists=lists, note=note)


def _made(_job: Job, before: JSON) -> bool:
    """Whether nobody was there before."""
    return not before


def _put_on_lists(job: Job, before: JSON) -> bool:
    """Whether they were on none of the job's lists before: whoever was on one keeps it."""
    return not {each.lower() for each in before.get("list_memberships") or ()} & set(job.lists)


def _proved(job: Job) -> Iterator[tuple[int, JSON]]:
    """Contact, and how Constant Contact showed them right before the row was sent, by the intents themselves."""
    done = Write.objects.filter(item__job=job, state__in=Write.PROVED, contact__isnull=False).order_by("pk")
    for some in batched(done.values_list("contact", "intent").iterator(chunk_size=AT_ONCE), AT_ONCE):
        told = told_by(intent for _, intent in some)
        yield from ((contact, told[intent].get("before", {})) for contact, intent in some if intent in told)
