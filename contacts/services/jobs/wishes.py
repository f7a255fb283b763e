"""What a job wishes for one of its people, in the words of the write path."""

from collections.abc import Iterable

from contacts.models import Job, JobItem, Write
from contacts.services.writing import Wish


def write_kind(job: Job) -> Write.Kind:
    """The kind of the single changes. Those of an undo are undone one by one, so that nobody's later change is lost."""
    if job.undoes_id and job.kind != Job.Kind.REACTIVATE:
        return Write.Kind.UNDO
    return Write.Kind(job.kind)


def wish_of(job: Job, item: JobItem, undoes: Write | None = None) -> Wish:
    """The wish for one person: the lists and tags of their group, and the job's evidence."""
    lists, tags = (item.group.lists, item.group.tags) if item.group else ([], [])
    wish = Wish(lists=list(lists), tags=list(tags), basis=job.basis, note=job.note)
    if undoes is not None and write_kind(job) == Write.Kind.UNDO:
        wish["undoes"] = undoes
    return wish


def undone(job: Job, contacts: Iterable[int]) -> dict[int, Write]:
    """Contact to the proved change that this job takes back."""
    done = Write.objects.filter(item__job=job.undoes_id, contact__in=list(contacts), state__in=Write.PROVED)
    return {write.person.pk: write for write in done.select_related("contact", "intent", "outcome")}
