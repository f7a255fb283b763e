"""The end of a file: its bytes at once, its rows in slices, and a line in the history that it is over."""

from datetime import timedelta
from threading import Event
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from contacts import audit
from contacts.models import AuditEntry, ContactFile, FilePart, FileRow, Job, User
from contacts.rules.refusal import Refused
from contacts.slices import Turn

State = ContactFile.State
#: So long a page waits for the rows to go; the hourly tidying takes the rest.
AT_MOST: Final = 5.0
OVER: Final[dict[str, object]] = {"header": [], "columns": {}, "settings": {}, "lease_owner": "", "lease_until": None}


def refuse(file: ContactFile, sentence: str, *, owner: str = "") -> None:
    """The file cannot be used, and nothing of it is kept but the reason.

    ``owner`` is who carries it on; nothing happens when a person took it out of those hands meanwhile.
    """
    with transaction.atomic():
        rows = ContactFile.objects.filter(pk=file.pk, lease_owner=owner).exclude(state=State.REFUSED)
        if not rows.update(state=State.REFUSED, message=sentence[:500], counts={}, **OVER):
            return
        FilePart.objects.filter(file=file).delete()
    _delete_rows(file, Turn(seconds=AT_MOST, stop=Event()))
    file.refresh_from_db()


def forget(file: ContactFile, *, by: User | None) -> None:
    """Delete what was in the file; ``by`` None means that its days are over. Raises Refused while a job needs it."""
    with transaction.atomic():
        locked = ContactFile.objects.select_for_update().select_related("account").get(pk=file.pk)
        if locked.forgotten_at:
            return
        job = Job.objects.filter(file=locked, state__in=Job.OPEN).order_by("pk").first()
        if job:
            raise Refused(f"Job {job.pk} rests on this file and has not ended. Stop that job first.")
        ContactFile.objects.filter(pk=file.pk).update(forgotten_at=timezone.now(), **OVER)
        FilePart.objects.filter(file=locked).delete()
        detail = {"file": locked.pk, "rows": locked.rows}
        audit.record("file_deleted", AuditEntry.Outcome.DONE, by=by, account=locked.account, detail=detail)
    _delete_rows(file, Turn(seconds=AT_MOST, stop=Event()))
    file.refresh_from_db()


def forget_old(*, seconds: float, stop: Event) -> bool:
    """End files whose days are over, and what is left of those that ended; False when there is more to do."""
    turn = Turn(seconds=seconds, stop=stop)
    days = timezone.now() - timedelta(days=settings.FILE_DAYS)
    jobs = Job.objects.filter(file=OuterRef("pk"), state__in=Job.OPEN)
    for file in ContactFile.objects.filter(~Exists(jobs), forgotten_at=None, created_at__lt=days).order_by("pk"):
        forget(file, by=None)
        if stop.is_set():
            return False
    over = ContactFile.objects.filter(Q(state=State.REFUSED) | Q(forgotten_at__isnull=False))
    left = over.filter(Exists(FileRow.objects.filter(file=OuterRef("pk")))).order_by("pk")
    return all(_delete_rows(file, turn) for file in left)


def _delete_rows(file: ContactFile, turn: Turn) -> bool:
    return turn.delete(FileRow.objects.filter(file=file), by="number")
