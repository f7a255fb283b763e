"""Delete a list itself: one call, followed to its end, proved by reading the lists again. Its history stays."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from contacts import audit, mirror
from contacts.api.client import Client
from contacts.api.errors import APIError
from contacts.models import Activity, AuditEntry, ContactList, Job
from contacts.services.jobs import following, runs
from contacts.services.jobs.runs import Order
from contacts.services.jobs.troubles import NOT_THEIR_FAULT


def step(job: Job, client: Client) -> bool:
    """Send, wait, read. False when it has ended."""
    if job.activities.filter(state__in=Activity.OPEN).exists():
        if following.follow(job, client):
            runs.save(job, step="prove", cursor="")
        return True
    if job.step == "prove":
        return _prove(job, client)
    if job.order != Order.RUN or not runs.to_send(job):
        return False
    _send(job, client)
    return True


def _send(job: Job, client: Client) -> None:
    [list_id] = job.lists
    with transaction.atomic():
        runs.save(job, step="")
        activity = Activity.objects.create(
            account=job.account,
            job=job,
            kind="list_delete",
            people=job.people,
            fence=job.fence,
            sent_since=client.server_time or timezone.now(),
        )
        audit.record(
            "delete_list",
            AuditEntry.Outcome.INTENDED,
            by=job.by,
            account=job.account,
            job=job.pk,
            target=list_id,
            detail={"activity": activity.pk, "people": job.people},
        )
    try:
        answer = client.delete_list(list_id)
    except APIError as problem:
        _not_taken(job, activity, problem)
        return
    Activity.objects.filter(pk=activity.pk, state__in=Activity.OPEN).update(
        state=Activity.State.RUNNING, remote_id=str(answer["activity_id"])[:64]
    )


def _not_taken(job: Job, activity: Activity, problem: APIError) -> None:
    """No activity that we know of: perhaps one all the same, none for good, or none yet; the last is raised."""
    sent = Activity.objects.filter(pk=activity.pk, state=Activity.State.INTENDED)
    if problem.may_have_happened:
        sent.update(state=Activity.State.UNKNOWN, message=problem.plain[:500])
        return
    again = isinstance(problem, NOT_THEIR_FAULT)
    with transaction.atomic():
        runs.save(job)
        ended_at = None if again else timezone.now()
        sent.update(state=Activity.State.REJECTED, message=problem.plain[:500], ended_at=ended_at)
        _end(job, AuditEntry.Outcome.REJECTED, problem.plain, said=problem.advice)
    if again:
        raise problem


def _prove(job: Job, client: Client) -> bool:
    """Read every list; what is not shown as alive any more is gone."""
    page = client.lists_page(cursor=job.cursor or None)
    seen_at = client.server_time or timezone.now()
    [list_id] = job.lists
    shown = {str(each.get("list_id")): each for each in page.items}
    with transaction.atomic():
        mirror.store_lists(job.account, page.items, seen_at=seen_at)
        found = shown.get(list_id)
        if found is None and page.cursor:
            runs.save(job, cursor=page.cursor)
            return True
        runs.save(job, step="", cursor="")
        gone = found is None or found.get("deleted_at") is not None
        if gone:
            _mark_gone(job, list_id, seen_at=seen_at)
        _end(
            job,
            AuditEntry.Outcome.CONFIRMED if gone else AuditEntry.Outcome.NOT_APPLIED,
            "The list is deleted. Its members stay in the account, and its history stays here."
            if gone
            else "Constant Contact still shows the list. Nothing else was changed; you may plan this again.",
        )
    return True


def _mark_gone(job: Job, list_id: str, *, seen_at: datetime) -> None:
    the_list = ContactList.objects.filter(account=job.account, remote_id=list_id, gone_at=None).first()
    if the_list is not None:
        alive = ContactList.objects.filter(account=job.account, gone_at=None).exclude(pk=the_list.pk)
        mirror.close_unseen(ContactList, job.account, seen=set(alive.values_list("pk", flat=True)), seen_at=seen_at)


def _end(job: Job, outcome: AuditEntry.Outcome, message: str, *, said: str = "") -> None:
    [list_id] = job.lists
    Job.objects.filter(pk=job.pk).update(message=message[:500])
    job.message = message[:500]
    audit.record(
        "delete_list",
        outcome,
        by=job.by,
        account=job.account,
        job=job.pk,
        target=list_id,
        reason=message,
        proof="re-read" if outcome != AuditEntry.Outcome.REJECTED else "",
        payload={"message": said} if said else None,
    )
