"""The people of a job as our copy shows them now, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import F

from contacts.models import Contact, How, Job, Membership, Tagging, Write
from contacts.rules.plan import Subject

type Ids = dict[int, set[str]]


def subjects(job: Job) -> Iterator[tuple[int, int, Subject]]:
    """Item, contact and what a plan must know of the person, in the order of the items."""
    lists, tags = _now(job)
    former, gone = _former(job)
    busy = set(
        Write.objects.filter(contact__job_items__job=job, state__in=Write.OPEN).values_list("contact", flat=True)
    )
    people = Contact.objects.filter(job_items__job=job).light().annotate(item=F("job_items__pk"))
    for contact in people.order_by("item").iterator(chunk_size=2000):
        pk = contact.pk
        yield (
            contact.item,  # type: ignore[attr-defined]
            pk,
            Subject(
                standing=contact.standing(list_ids=tuple(sorted(lists[pk]))),
                lists=frozenset(lists[pk]),
                tags=frozenset(tags[pk]),
                former=frozenset(former[pk]),
                gone=len(gone[pk]),
                lists_known=contact.deleted_from is not None or bool(former[pk] or gone[pk]),
                missing=contact.missing_since is not None,
                busy=pk in busy,
            ),
        )


def _now(job: Job) -> tuple[Ids, Ids]:
    """Contact to the lists and the tags they have now. A reactivation does not ask."""
    lists: Ids = defaultdict(set)
    tags: Ids = defaultdict(set)
    if job.kind == Job.Kind.REACTIVATE:
        return lists, tags
    stays = Membership.objects.filter(contact__job_items__job=job, ended_at=None)
    for contact, remote_id in stays.values_list("contact", "list__remote_id"):
        lists[contact].add(str(remote_id))
    held = Tagging.objects.filter(contact__job_items__job=job, ended_at=None)
    for contact, remote_id in held.values_list("contact", "tag__remote_id"):
        tags[contact].add(str(remote_id))
    return lists, tags


def _former(job: Job) -> tuple[Ids, Ids]:
    """Contact to the lists that ended with their deletion: those that exist, and those that are gone since."""
    alive: Ids = defaultdict(set)
    gone: Ids = defaultdict(set)
    if job.kind != Job.Kind.REACTIVATE:
        return alive, gone
    ended = Membership.objects.filter(
        contact__job_items__job=job, ended_how=How.DELETED, ended_at=F("contact__deleted_to")
    )
    for contact, remote_id, gone_at in ended.values_list("contact", "list__remote_id", "list__gone_at"):
        (alive if gone_at is None else gone)[contact].add(str(remote_id))
    return alive, gone
