"""A frozen set of people becomes a plan: groups, reasons, cost. All of it from our copy, without one call."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched

from django.db import transaction
from django.utils import timezone

from contacts.models import ContactList, Job, JobGroup, JobItem, User, Write
from contacts.rules.plan import Place, Reason, Wish, cost, largest_first, place
from contacts.rules.preflight import Verdict
from contacts.rules.refusal import Refused
from contacts.services.jobs.approvals import FROZEN, question
from contacts.services.jobs.importing import planning as importing
from contacts.services.jobs.rights import need_right
from contacts.services.jobs.subjects import subjects

AT_ONCE = 5_000
Kind = Job.Kind
LABELS = {str(each): each.words.label for each in Verdict} | {str(each): each.label for each in Reason}
type Wanted = tuple[frozenset[str], frozenset[str]]


def choose(
    job: Job,
    *,
    by: User,
    lists: Iterable[str] | None = None,
    tags: Iterable[str] | None = None,
    basis: str | None = None,
    note: str | None = None,
    way: str | None = None,
) -> Job:
    """Change what was chosen, None keeps it; other lists or tags are planned again, the cheaper way first.

    Raises Refused once something was sent, and while a second person is asked about the plan.
    """
    need_right(job.account, job.kind, by=by, undoes=job.undoes)
    with transaction.atomic():
        job = _unsent(job)
        wish = (job.lists, job.tags)
        job.lists = job.lists if lists is None else _known_lists(job, lists)
        job.tags = job.tags if tags is None else sorted(set(map(str, tags)))
        job.basis = job.basis if basis is None else basis
        job.note = job.note if note is None else note[:500]
        if (job.lists, job.tags) != wish:
            _planned(job)
        if way is not None and way in job.cost:
            job.way = Job.Way(way)
        job.save(update_fields=["basis", "note", "way"])
    return job


def renew(job: Job) -> list[str]:
    """Plan again when our copy was read anew since; one sentence for each thing that is another now.

    Not while a second person is asked about the plan.
    """
    if job.state != Job.State.PLANNED or not _is_older(job):
        return []
    with transaction.atomic():
        fresh = _locked(job)
        if fresh.state != Job.State.PLANNED or question(fresh):
            return []
        before = {"": fresh.people, **fresh.left_out}
        way = fresh.way
        _planned(fresh)
        if way in fresh.cost:
            fresh.way = way
            fresh.save(update_fields=["way"])
    job.refresh_from_db()
    return list(_moved(before, {"": job.people, **job.left_out}))


def _is_older(job: Job) -> bool:
    """Whether what the plan was made from was read anew since."""
    if job.kind == Kind.IMPORT:
        return importing.is_older(job)
    return job.kind != Kind.DELETE_LIST and job.plan_of != job.account.synced_at


def _planned(job: Job) -> None:
    if job.kind == Kind.IMPORT:
        importing.plan(job)
    else:
        plan(job)


def plan(job: Job) -> None:
    """Give every person of the job a group or a reason, and the job its cost."""
    places = list(_places(job))
    sizes = Counter((each.lists, each.tags) for _, each in places if each.reason is None)
    lost = Counter((each.lists, each.tags) for _, each in places if each.reason is None and each.fewer)
    groups = _groups(job, list(sizes), sizes, lost)
    by_place: dict[tuple[int | None, str, bool], list[int]] = defaultdict(list)
    for item, each in places:
        group = None if each.reason else groups[each.lists, each.tags]
        by_place[group, each.reason or "", each.fewer].append(item)
    for (group, reason, fewer), items in by_place.items():
        for some in batched(items, AT_ONCE):
            JobItem.objects.filter(pk__in=some).update(group=group, reason=reason, fewer=fewer)
    job.people = sum(sizes.values())
    job.left_out = dict(Counter(str(each.reason) for _, each in places if each.reason))
    _price(job, [sizes[each] for each in sizes])
    job.planned_at, job.plan_of = timezone.now(), job.account.synced_at
    job.save()


def pool(job: Job) -> int:
    """How many contacts a reading by pages goes through for this job."""
    counts = job.account.counts
    ghosts = int(counts.get("deleted", 0))
    if job.kind == Kind.REACTIVATE:
        return ghosts
    return sum(int(each) for each in counts.values()) - ghosts


def _price(job: Job, sizes: Sequence[int]) -> None:
    told = cost(job.kind, sizes, pool=pool(job))
    job.cost = {Job.Way.PUT.value: told.put, Job.Way.ACTIVITY.value: told.activity}
    job.way = Job.Way(told.way)


def _places(job: Job) -> Iterator[tuple[int, Place]]:
    """Each item with its place. An undo's places are those of the changes it takes back."""
    wish = Wish(frozenset(job.lists), frozenset(job.tags))
    given = _undone(job) if job.undoes_id and job.undoes and job.undoes.kind != Kind.DELETE else None
    for item, contact_id, subject in subjects(job):
        if given is None:
            yield item, place(job.kind, subject, wish)
        elif subject.missing or subject.busy:
            yield item, Place(reason=Reason.MISSING if subject.missing else Reason.BUSY)
        elif subject.standing.deleted:
            yield item, Place(reason=Reason.NOTHING if job.kind == Kind.DELETE else Reason.DELETED)
        else:
            yield item, given[contact_id]


def _undone(job: Job) -> dict[int, Place]:
    """Contact to what a change of the job that is undone did: its lists and tags are taken back."""
    deletes = job.kind == Kind.DELETE
    done = Write.objects.filter(item__job=job.undoes).values_list("contact", "lists", "tags")
    return {contact: Place() if deletes else Place(frozenset(lists), frozenset(tags)) for contact, lists, tags in done}


def _groups(job: Job, wanted: list[Wanted], sizes: Counter[Wanted], lost: Counter[Wanted]) -> dict[Wanted, int]:
    job.items.update(group=None)
    job.groups.all().delete()
    order = largest_first(wanted, [sizes[each] for each in wanted])
    rows = [
        JobGroup(
            job=job,
            number=number,
            lists=sorted(wanted[at][0]),
            tags=sorted(wanted[at][1]),
            people=sizes[wanted[at]],
            fewer=lost[wanted[at]],
        )
        for number, at in enumerate(order, start=1)
    ]
    JobGroup.objects.bulk_create(rows)
    keys = dict(job.groups.values_list("number", "pk"))
    return {wanted[at]: keys[number] for number, at in enumerate(order, start=1)}


def _locked(job: Job) -> Job:
    return Job.objects.select_for_update(of=("self",)).select_related("account", "by", "undoes").get(pk=job.pk)


def _unsent(job: Job) -> Job:
    fresh = _locked(job)
    if fresh.state != Job.State.PLANNED:
        raise Refused("This job has begun already, so its plan stays as it is. Nothing was changed.")
    if question(fresh):
        raise Refused(FROZEN)
    return fresh


def _known_lists(job: Job, lists: Iterable[str]) -> list[str]:
    wished = sorted(set(map(str, lists)))
    alive = ContactList.objects.filter(account=job.account, gone_at=None, remote_id__in=wished)
    if alive.count() != len(wished):
        raise Refused("A list you chose no longer exists. Choose another. Nothing was changed.")
    return wished


def _moved(before: dict[str, int], after: dict[str, int]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name, 0), after.get(name, 0)
        if was != now:
            label = LABELS.get(name, "To do")
            yield f"{label}: {now:,}, it was {was:,}."
