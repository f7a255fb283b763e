"""Whether the work goes on: workers, the queue, syncs, changes without an end, links, checkpoints, letters."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.tasks import TaskResultStatus, default_task_backend
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from contacts.connect import CannotOpen
from contacts.connect.credential import unseal
from contacts.models import CallBudget, Erasure, Letter, LinkedAccount, SyncRun, Verification, Write
from contacts.selectors import syncing
from contacts.services import checkpoints
from contacts.services.doctor.finding import Finding, broken, ok, warning

STUCK: Final = timedelta(minutes=5)
LONG: Final = timedelta(hours=1)
TWO_DAYS: Final = timedelta(days=2)


def of_work() -> Iterator[Finding]:
    """Workers, queue, syncs and changes that are under way."""
    workers = syncing.workers()
    yield ok("workers", workers.words) if workers.number else broken("workers", workers.words)
    trouble = getattr(default_task_backend, "trouble", str)()
    if trouble:
        yield broken("queue", f"{trouble} Nothing is queued until it is back: start it, or mend CCADMIN_QUEUE.")
    now = timezone.now()
    tasks = DBTaskResult.objects.aggregate(
        waiting=Min("enqueued_at", filter=Q(status=TaskResultStatus.READY)),
        failed=Count("pk", filter=Q(status=TaskResultStatus.FAILED)),
    )
    if tasks["waiting"] and now - tasks["waiting"] > STUCK:
        yield warning(
            "queue", "A task has waited for more than five minutes: start another worker, or look at its log."
        )
    else:
        yield ok("queue", "Nothing waits for long.")
    if tasks["failed"]:
        yield warning("queue", f"{tasks['failed']} task(s) failed in the last two days: the log of the worker has why.")
    held = _accounts(
        SyncRun.objects.filter(state=SyncRun.State.HELD, finished_at=None).values_list("account", flat=True)
    )
    if held:
        yield warning("sync", f"Too much vanished at once in account {held}: somebody has to look at its Sync page.")
    unknown = Write.objects.filter(state__in=Write.OPEN, began_at__lt=now - LONG).count()
    if unknown:
        yield warning("changes", f"The end of {unknown} change(s) is not known for more than an hour: see the Audit.")
    yield from _of_calls()


def _of_calls() -> Iterator[Finding]:
    today = timezone.now().astimezone(UTC).date()
    used = CallBudget.objects.filter(day=today).aggregate(used=Max("used"))["used"] or 0
    words = f"{used:,} of {settings.CC_CALLS_PER_DAY:,} calls of today are used"
    nearly = used >= settings.CC_CALLS_PER_DAY * 0.9
    yield warning("calls", f"{words}: only people are served until 00:00 UTC.") if nearly else ok("calls", f"{words}.")


def of_links() -> Iterator[Finding]:
    """Each account's link and how old its copy is."""
    accounts = LinkedAccount.objects.exclude(state=LinkedAccount.State.UNLINKED).order_by("pk")
    for account in accounts:
        yield _of_link(account)
    if not accounts:
        yield ok("links", "No account is linked yet.")


def _of_link(account: LinkedAccount) -> Finding:
    about, now = f"account {account.pk}", timezone.now()
    if account.state == LinkedAccount.State.BROKEN:
        return broken(
            about, "Its link to Constant Contact does not work: an admin reconnects it under Settings, Accounts."
        )
    try:
        credential = unseal(account)
    except CannotOpen:
        return broken(about, "Its connection cannot be opened: see the finding about keys, or link it again.")
    if account.synced_at is None:
        return warning(about, "It was never read to the end: look at its Sync page.")
    late = max(LONG, 4 * timedelta(minutes=settings.SYNC_MINUTES))
    if now - account.synced_at > late:
        hours = (now - account.synced_at).total_seconds() / 3600
        return warning(about, f"Its last good sync is {hours:,.1f} hours old: its Sync page says why.")
    if account.watermark is None or now - account.watermark > late + LONG:
        return warning(
            about, "It is read, but no further than long ago on Constant Contact's clock: ask for a full sweep."
        )
    renewed = "fresh" if credential.fresh else "to be renewed with the next call"
    return ok(about, f"Linked and read in time; the token is {renewed}.")


def of_proof() -> Iterator[Finding]:
    """Copies of the checkpoints, the last check of each chain, people who asked to be erased, letters, backups."""
    places = checkpoints.places()
    if not places.folder and not places.command:
        yield warning("checkpoints", "They have no place outside the database: set CCADMIN_CHECKPOINT_DIR.")
    elif places.trouble:
        yield broken("checkpoints", f"{places.waiting} wait for a copy outside. {places.trouble}")
    elif places.folder and settings.VAR_DIR in places.folder.parents:
        yield warning("checkpoints", "Their copies lie beside the database: let CCADMIN_CHECKPOINT_DIR lead elsewhere.")
    else:
        yield ok("checkpoints", f"Copies go outside; {places.waiting} wait.")
    last = Verification.objects.exclude(state=Verification.State.RUNNING).values("chain").annotate(last=Max("pk"))
    wrong = Verification.objects.filter(pk__in=last.values("last"), state=Verification.State.BROKEN).count()
    if wrong:
        yield broken("history", f"{wrong} chain(s) of the history do not verify: see Audit, Verify.")
    newest = Verification.objects.aggregate(at=Max("ended_at"))["at"]
    if newest and timezone.now() - newest > TWO_DAYS:
        yield warning("history", "It was not checked for two days: the worker does that daily, look at its log.")
    waiting = Erasure.objects.filter(state=Erasure.State.ERASING, asked_at__lt=timezone.now() - LONG).count()
    if waiting:
        yield warning(
            "erasure", f"{waiting} request(s) are not carried out for more than an hour: see the worker's log."
        )
    lost = Letter.objects.filter(due_at=None, sent_at=None).exclude(trouble="").count()
    if lost:
        yield warning("mail", f"{lost} letter(s) could not be sent: run this with --mail.")
    yield ok("backups", "They are not seen from here: DEPLOY.md has the drill that proves one.")


def _accounts(keys: object) -> str:
    return ", ".join(sorted(map(str, keys)))  # type: ignore[call-overload]
