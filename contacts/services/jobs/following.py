"""Follow what was sent in bulk to its end in Constant Contact, also what we are not sure has arrived there."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from contacts import audit
from contacts.api.client import Client
from contacts.api.errors import NotFound
from contacts.models import Activity, AuditEntry, Job
from contacts.services.jobs import runs

State = Activity.State
ENDED = ("completed", "failed", "cancelled", "timed_out")
#: Longer than any activity was seen to run (CC reference, section 15): then it is judged by reading alone.
LONGEST = timedelta(minutes=45)


def follow(job: Job, client: Client) -> bool:
    """One look at the activities under way. True once all of them have ended, or will never tell."""
    open_now = list(job.activities.filter(state__in=Activity.OPEN).order_by("pk"))
    unknown = [each for each in open_now if each.state != State.RUNNING]
    if unknown and _quiet(unknown):
        _look_for(job, unknown, client)
    elif [each for each in open_now if each.state == State.RUNNING]:
        _look_at(job, open_now, client)
    left = job.activities.filter(state__in=Activity.OPEN)
    if not left.exists():
        return True
    oldest = min(each.sent_at for each in left)
    often = 1 if timezone.now() - oldest < timedelta(seconds=20) else 10
    pause = timedelta(seconds=settings.POLL_SECONDS * often)
    number = left.count()
    words = "bulk job is" if number == 1 else "bulk jobs are"
    runs.wait(job, until=timezone.now() + pause, message=f"{number} {words} under way in Constant Contact.")
    return False


def _quiet(unknown: list[Activity]) -> bool:
    """Whether a call that is on its way to Constant Contact would have arrived by now (faults D8)."""
    newest = max(each.sent_at for each in unknown)
    return timezone.now() >= newest + timedelta(seconds=settings.QUIET_SECONDS)


def _look_at(job: Job, open_now: list[Activity], client: Client) -> None:
    """One page of the newest activities tells about all of ours; one that it does not show is asked for by itself."""
    page = client.activities_page()
    shown = {str(each.get("activity_id")): each for each in page.items}
    for each in open_now:
        if each.state != State.RUNNING:
            continue
        if each.remote_id not in shown:
            try:
                shown[each.remote_id] = client.activity(each.remote_id)
            except NotFound:
                _end(each, "", "Constant Contact does not know this bulk job any more.")
                continue
        _note(each, shown[each.remote_id])


def _note(activity: Activity, shown: dict[str, object]) -> None:
    state = str(shown.get("state") or "")[:32]
    errors = shown.get("activity_errors")
    activity.errors = len(errors) if isinstance(errors, list) else 0
    if state in ENDED:
        _end(activity, state, "")
    elif timezone.now() - activity.sent_at > LONGEST:
        _end(activity, state, "Constant Contact still shows this bulk job as under way. We stopped waiting for it.")
    elif state != activity.remote_state:
        Activity.objects.filter(pk=activity.pk).update(remote_state=state)


def _look_for(job: Job, unknown: list[Activity], client: Client) -> None:
    """A call whose answer never came may have made an activity that we cannot name.

    While anything that began since is still at work for the account, it may be ours: wait. Then reading tells.
    """
    ours = set(Activity.objects.filter(account=job.account).exclude(remote_id="").values_list("remote_id", flat=True))
    since = min(each.sent_since or each.sent_at for each in unknown) - timedelta(minutes=1)
    working = [
        each
        for each in client.activities_page().items
        if each.get("state") not in ENDED and str(each.get("activity_id")) not in ours and _began(each, since)
    ]
    for each in unknown:
        if not working or timezone.now() - each.sent_at > LONGEST:
            _end(each, "", "We never heard whether this bulk job began. Everybody in it is read again.")


def _began(shown: dict[str, object], since: object) -> bool:
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
