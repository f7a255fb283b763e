"""Follow what was sent in bulk to its end in Constant Contact, also what we are not sure has arrived there."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from contacts import audit
from contacts.api.client import Client
from contacts.api.errors import NotFound
from contacts.models import Activity, AuditEntry, Job
from contacts.services.jobs import runs
from contacts.services.jobs.importing.portions import IMPORTS
from contacts.services.jobs.importing.verdicts import keep_lines

JSON = dict[str, Any]
#: Activity id to what Constant Contact shows of it.
Shown = dict[str, JSON]
State = Activity.State
ENDED = ("completed", "failed", "cancelled", "timed_out")
#: Longer than any activity was seen to run (CC reference, section 15): then it is judged by reading alone.
LONGEST = timedelta(minutes=45)


def follow(job: Job, client: Client) -> bool:
    """One look at the activities under way. True once all of them have ended, or will never tell."""
    open_now = list(job.activities.filter(state__in=Activity.OPEN).order_by("pk"))
    unknown = [each for each in open_now if each.state != State.RUNNING]
    running = [each for each in open_now if each.state == State.RUNNING]
    lost = unknown if _quiet(unknown) else []
    if running or lost:
        # One page of the newest activities tells about all of ours.
        shown = {str(each.get("activity_id")): each for each in client.activities_page().items}
        _look_at(running, shown, client)
        _look_for(job, lost, shown)
    left = list(job.activities.filter(state__in=Activity.OPEN))
    if not left:
        return True
    oldest = min(each.sent_at for each in left)
    often = 1 if timezone.now() - oldest < timedelta(seconds=20) else 10
    pause = timedelta(seconds=settings.POLL_SECONDS * often)
    number = len(left)
    words = "bulk job is" if number == 1 else "bulk jobs are"
    runs.wait(job, until=timezone.now() + pause, message=f"{number} {words} under way in Constant Contact.")
    return False


def _quiet(sent: list[Activity]) -> bool:
    """Whether a call that is on its way to Constant Contact would have arrived by now (faults D8)."""
    newest = max((each.sent_at for each in sent), default=timezone.now())
    return timezone.now() >= newest + timedelta(seconds=settings.QUIET_SECONDS)


def _look_at(running: list[Activity], shown: Shown, client: Client) -> None:
    """How far each of ours is; one that the page does not show is asked for by itself."""
    for each in running:
        found = shown.get(each.remote_id) or _asked_for(each, client)
        if found is not None:
            _note(each, found)


def _asked_for(activity: Activity, client: Client) -> JSON | None:
    try:
        return client.activity(activity.remote_id)
    except NotFound:
        # Not to be found yet, or not any more: what was accepted just now may still come to pass.
        if _quiet([activity]):
            _end(activity, "", "Constant Contact does not know this bulk job any more.")
        return None


def _note(activity: Activity, shown: JSON) -> None:
    state = str(shown.get("state") or "")[:32]
    errors = shown.get("activity_errors")
    activity.errors = len(errors) if isinstance(errors, list) else 0
    if state in ENDED:
        if isinstance(errors, list) and activity.kind in IMPORTS:
            keep_lines(activity, errors)
        _end(activity, state, "")
    elif timezone.now() - activity.sent_at > LONGEST:
        _end(activity, state, "Constant Contact still shows this bulk job as under way. We stopped waiting for it.")
    elif state != activity.remote_state:
        Activity.objects.filter(pk=activity.pk).update(remote_state=state)


def _look_for(job: Job, lost: list[Activity], shown: Shown) -> None:
    """A call whose answer never came may have made an activity that we cannot name.

    While anything that began since is still at work for the account, it may be ours: wait. Then reading tells.
    """
    if not lost:
        return
    ours = set(Activity.objects.filter(account=job.account).exclude(remote_id="").values_list("remote_id", flat=True))
    since = min(each.sent_since or each.sent_at for each in lost) - timedelta(minutes=1)
    working = any(
        each.get("state") not in ENDED and name not in ours and _began(each, since) for name, each in shown.items()
    )
    for each in lost:
        if not working or timezone.now() - each.sent_at > LONGEST:
            _end(each, "", "We never heard whether this bulk job began. Everybody in it is read again.")


def _began(shown: JSON, since: datetime) -> bool:
    # ISO times of one form compare as text; without one it may be anything.
    created = shown.get("created_at")
    return not isinstance(created, str) or created >= f"{since:%Y-%m-%dT%H:%M:%S}"


def _end(activity: Activity, state: str, message: str) -> None:
    ended = Activity.objects.filter(pk=activity.pk, state__in=Activity.OPEN).update(
        state=State.ENDED,
        remote_state=state,
        errors=activity.errors,
        message=message,
        ended_at=timezone.now(),
    )
    if ended:
        outcome = AuditEntry.Outcome.DONE if state == "completed" else AuditEntry.Outcome.UNKNOWN
        audit.record(
            "activity",
            AuditEntry.Outcome.FAILED if state in ENDED[1:] else outcome,
            by=activity.job.by,
            account=activity.account,
            job=activity.job_id,
            target=activity.remote_id,
            reason=message,
            detail={"activity": activity.pk, "state": state, "errors": activity.errors},
        )
