"""What follows from a job, in sentences that its plan shows before anything is sent."""

from collections.abc import Iterator, Sequence

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from contacts.models import Contact, ContactList, How, Job, JobGroup, JobItem, Membership, Tagging
from contacts.rules.words import count, listed
from contacts.selectors.jobs import Names

Kind = Job.Kind
MAILABLE = ("explicit", "implicit")
ADDS = (Kind.REACTIVATE, Kind.ADD_LISTS, Kind.IMPORT)
OF_THE_DELETION = Q(contact=OuterRef("contact"), ended_how=How.DELETED, ended_at=F("contact__deleted_to"))


def effects(job: Job, groups: Sequence[JobGroup], known: Names) -> Iterator[str]:
    """What follows, one sentence each; ``groups`` are the plan's."""
    people = job.items.filter(reason="", write=None)
    if job.kind in (Kind.REACTIVATE, Kind.DELETE):
        yield from _active(job, people)
    if job.kind == Kind.IMPORT:
        yield from _imported(job, groups, known)
    if job.kind in ADDS:
        yield _automations(groups, known)
    if job.kind == Kind.REACTIVATE:
        yield _tags(people)
        yield from _told(people)
    if job.kind == Kind.REMOVE_LISTS:
        yield _last_list(groups, people)
    if job.kind == Kind.DELETE:
        yield "Constant Contact hides them and takes them off every list; it erases nobody. We remember their lists."
    if job.kind in (Kind.ADD_TAGS, Kind.REMOVE_TAGS):
        yield "Tags change neither lists nor permission."


def _active(job: Job, people: QuerySet[JobItem]) -> Iterator[str]:
    # Counted now: what the last sync counted may be older than a job that has just ended.
    shown = Contact.objects.filter(account=job.account, status=Contact.Status.ACTIVE, missing_since=None)
    before = shown.count()
    number = people.filter(contact__permission__in=MAILABLE).count()
    if not number:
        yield f"Active contacts: {before:,}, and as many afterwards. None of these counts as active."
    elif job.kind == Kind.REACTIVATE:
        yield f"Active contacts: {before:,} → {before + number:,}. Constant Contact sets the tier by the highest count."
    else:
        after = max(0, before - number)
        yield f"Active contacts: {before:,} → {after:,}. The tier stays where the highest count was."


def _imported(job: Job, groups: Sequence[JobGroup], known: Names) -> Iterator[str]:
    """What an import does beyond the rows: who counts as active, what permission they have, on which lists they are."""
    sizes = {each.label: each.people for each in groups}
    shown = Contact.objects.filter(account=job.account, status=Contact.Status.ACTIVE, missing_since=None)
    before, more = shown.count(), sizes.get("new", 0) + sizes.get("deleted", 0)
    tier = "Constant Contact sets the tier by the highest count." if more else "Nobody is new or comes back."
    yield f"Active contacts: {before:,} → {before + more:,} at most. {tier}"
    yield f"Everybody is put on {listed(known.of(job.lists))}, and stays on the lists they are on."
    if sizes.get("new"):
        yield "New people have implied permission. Nobody is imported as having agreed expressly."
    if sizes.get("update"):
        yield "Whoever is there already keeps their permission and every field that the file leaves empty."
    yield "Each row is judged again right before it is sent. Who opted out or was deleted meanwhile is left alone."


def _automations(groups: Sequence[JobGroup], known: Names) -> str:
    """How many automation emails may go out, as far as people here know."""
    yes, unknown = [], []
    for list_id in dict.fromkeys(each for group in groups for each in group.lists):
        the_list = known.lists.get(list_id)
        if the_list and the_list.automation == ContactList.Automation.YES:
            yes.append(list_id)
        elif the_list and the_list.automation == ContactList.Automation.UNKNOWN:
            unknown.append(list_id)
    mailed = sum(group.people for group in groups if set(group.lists) & set(yes))
    told = "No email comes from the change itself."
    if yes:
        verb = "starts" if len(yes) == 1 else "start"
        told = (
            f"Up to {count(mailed, 'automation email')}: {listed(known.of(yes))} {verb} an automation when someone is "
            "added. Turn it off in Constant Contact first if they should not be mailed."
        )
    if unknown:
        told += (
            f" Nobody here has said whether an automation starts for {listed(known.of(unknown))}; look in Constant "
            "Contact under Automations, and say it on the page of the list."
        )
    return told


def _tags(people: QuerySet[JobItem]) -> str:
    number = people.filter(Exists(Tagging.objects.filter(OF_THE_DELETION))).count()
    had = f"{number:,} of them had some." if number else "None of them had any that we know of."
    return f"Tags are not put back by Constant Contact. {had}"


def _told(people: QuerySet[JobItem]) -> Iterator[str]:
    """For how many the former lists are an old export's word."""
    number = people.filter(Exists(Membership.objects.filter(OF_THE_DELETION, told_on__isnull=False))).count()
    if number:
        yield f"Of {number:,} of them a file that you gave us says which lists they were on; we never saw it ourselves."


def _last_list(groups: Sequence[JobGroup], people: QuerySet[JobItem]) -> str:
    taken = {each for group in groups for each in group.lists}
    others = Membership.objects.filter(Q(contact=OuterRef("contact"), ended_at=None) & ~Q(list__remote_id__in=taken))
    number = people.filter(~Exists(others)).count()
    if not number:
        return "Everybody stays on at least one other list."
    return f"This is the last list for {number:,} of them: they stay active on no list and still count."
