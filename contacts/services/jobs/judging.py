"""How each person of an activity ended, by what was read after it: never by what the activity says of itself."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import batched

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contacts import audit
from contacts.api.errors import APIError
from contacts.models import Activity, AuditEntry, Contact, Job, JobItem, Write
from contacts.models.audit import told_by
from contacts.models.each import set_each
from contacts.rules.compare import Difference, same
from contacts.rules.standing import Standing
from contacts.services.acts import act_of
from contacts.services.ending import JSON, Result, State, end_draft
from contacts.services.jobs import runs

AT_ONCE = 500
#: Verdicts that nobody asked for: somebody else acted, or Constant Contact did something else.
ODD = (State.DIFFERS, State.DRIFTED)
#: More of them than this share, and than so many, among those who ended last, and the job pauses (faults D13).
MOST_ODD, FEW_ODD = 0.02, 2
WIDENED = "Paused: the permission of somebody this job changed is wider than it was. Look at the report first."
Verdict = Callable[[Write, JSON], Result | None]
MANY = "Paused: several people are neither as they were nor as asked. Look at the report first."


def judge(job: Job, *, verdict: Verdict | None = None) -> bool:
    """Judge up to 500 people who were read again. True once nobody is left who can be judged now.

    ``verdict`` judges one of them by its intent; an import has its own.
    """
    open_now = Write.objects.filter(item__job=job, state__in=Write.OPEN, item__read_at__gte=job.look_at)
    some = list(
        open_now.select_related("contact", "item__contact", "account", "activity", "by", "intent", "undoes")
        .order_by("pk")
        .filter(unchanged_reads__lt=2)[:AT_ONCE]
    )
    told = told_by(write.intent_id for write in some)
    judged = [(write, (verdict or _result)(write, told.get(write.intent_id, {}))) for write in some]
    ended = [(write, result) for write, result in judged if result is not None]
    with transaction.atomic():
        runs.save(job)
        end_all(job, ended)
        waiting = [write.pk for write, result in judged if result is None]
        Write.objects.filter(pk__in=waiting).update(unchanged_reads=1)
        # Read once and not in place: not before it is read again.
        JobItem.objects.filter(write__in=waiting).update(read_at=None)
        beware(job, [write for write, result in ended if result.state in ODD])
    return len(some) < AT_ONCE


def beware(job: Job, odd: Sequence[Write]) -> None:
    """Send nothing more when changes go wrong: a permission got wider, or too many people differ (faults D13)."""
    if not odd:
        return
    told = told_by(write.intent_id for write in odd)
    now = Contact.objects.light().in_bulk([write.contact_id for write in odd if write.contact_id])
    if any(_widened(told.get(each.intent_id, {}), now[each.contact_id]) for each in odd if each.contact_id):
        runs.order(job, Job.Order.PAUSE, WIDENED)
        return
    ended = Write.objects.filter(item__job=job, ended_at__isnull=False).order_by("-ended_at")
    last = list(ended.values_list("state", flat=True)[:AT_ONCE])
    if sum(state in ODD for state in last) > max(FEW_ODD, MOST_ODD * len(last)):
        runs.order(job, Job.Order.PAUSE, MANY)


def pause() -> timedelta:
    """How far apart the two readings are that say together that a change will not come."""
    return timedelta(seconds=settings.CONFIRM_SECONDS)


def end_all(job: Job, ended: Iterable[tuple[Write, Result]]) -> None:
    """Write many ends down: history first, then the states, in the caller's transaction."""
    for some in batched(ended, AT_ONCE):
        _end(job, some)


def _end(job: Job, ended: Sequence[tuple[Write, Result]]) -> None:
    drafts = [end_draft(write, result, job=job.pk) for write, result in ended]
    entries = audit.record_all(drafts, by=job.by, account=job.account)
    set_each(Write, "outcome", {write.pk: entry.pk for (write, _), entry in zip(ended, entries, strict=True)})
    by_end: dict[tuple[Write.State, str], list[int]] = defaultdict(list)
    for write, result in ended:
        by_end[result.state, result.message[:500]].append(write.pk)
    for (state, message), keys in by_end.items():
        Write.objects.filter(pk__in=keys).update(state=state, message=message, ended_at=timezone.now(), address_key="")


@transaction.atomic
def refuse_all(job: Job, refused: Iterable[tuple[JobItem, Write]]) -> None:
    """A row for the report and a line in the history for each person who is left as they are: no intent, an end.

    The writes are not saved yet and say in ``message`` why.
    """
    for some in batched(refused, AT_ONCE):
        _refuse(job, some)


def _refuse(job: Job, refused: Sequence[tuple[JobItem, Write]]) -> None:
    now = timezone.now()
    for _, write in refused:
        # An undo that was refused takes nothing back, so another one may be tried.
        write.state, write.ended_at = State.REFUSED, now
    Write.objects.bulk_create(write for _, write in refused)
    keys = dict(Write.objects.filter(token__in=[w.token for _, w in refused]).values_list("token", "pk"))
    for _, write in refused:
        write.pk = keys[write.token]
    drafts = [end_draft(write, Result(State.REFUSED, write.message), job=job.pk) for _, write in refused]
    entries = audit.record_all(drafts, by=job.by, account=job.account)
    set_each(Write, "outcome", {write.pk: entry.pk for (_, write), entry in zip(refused, entries, strict=True)})
    set_each(JobItem, "write", {item.pk: write.pk for item, write in refused})
    Write.objects.filter(pk__in=keys.values()).exclude(address_key="").update(address_key="")


@transaction.atomic
def not_sent(job: Job, activity: Activity, problem: APIError, *, again: bool) -> None:
    """The activity was surely not taken: that is everybody's verdict, unless they are to be sent ``again``, with new
    intents.
    """
    runs.save(job)
    Activity.objects.filter(pk=activity.pk).update(state=Activity.State.REJECTED, message=problem.plain[:500])
    audit.record(
        "activity",
        AuditEntry.Outcome.REJECTED,
        by=job.by,
        account=job.account,
        job=job.pk,
        http_status=problem.status,
        detail={"activity": activity.pk, "kind": activity.kind, "people": activity.people},
        payload={"message": problem.advice},
    )
    result = Result(State.REJECTED, problem.plain, http_status=problem.status)
    writes = activity.writes.select_related("contact", "intent").order_by("pk")
    end_all(job, ((write, result) for write in writes))
    if again:
        JobItem.objects.filter(write__activity=activity).update(write=None)


def _result(write: Write, told: JSON) -> Result | None:
    """The verdict of one person; None when a second reading has to come first."""
    before, body = told.get("before", {}), told.get("sent", {})
    if write.person.missing_since:
        return Result(State.DRIFTED, "Constant Contact does not know this contact any more.", proof="re-read")
    remote = write.person.remote
    missing = act_of(write).missing(before, body, remote)
    completed = write.activity is not None and write.activity.remote_state == "completed"
    if not missing:
        state = State.CONFIRMED if completed else State.APPLIED
        return Result(state, "Done and verified by reading again.", remote, proof="re-read")
    if write.unchanged_reads == 0:
        return None
    return _missed(write, before, remote, missing)


def _missed(write: Write, before: JSON, remote: JSON, missing: list[Difference]) -> Result:
    """Two readings show that it is not as asked: untouched, opted out meanwhile, or something else."""
    if same(before, remote):
        message = f"Constant Contact did not make this change{because(write.activity)}. The contact is as it was."
        return Result(State.NOT_APPLIED, message, remote, proof="two re-reads", differences=missing)
    if Standing.of(remote).opted_out and not Standing.of(before).opted_out:
        message = "They opted out meanwhile. Look at what differs."
        return Result(State.DRIFTED, message, remote, proof="two re-reads", differences=missing)
    message = "The contact is neither as it was nor as we asked. Look at what differs."
    return Result(State.DRIFTED, message, remote, proof="two re-reads", differences=missing)


def because(activity: Activity | None) -> str:
    """Why an activity did not do what it was sent for, as far as its state says."""
    if activity is None or activity.remote_state == "completed":
        return ""
    words = {"failed": "failed", "cancelled": "was cancelled", "timed_out": "timed out"}
    return f": its bulk job {words.get(activity.remote_state, 'was never seen to end')}"


def _widened(told: JSON, now: Contact) -> bool:
    """Whether the person may be mailed with more right than before: our change must never do that (faults D13)."""
    # Whoever is new may be written to by the import itself, and no more than that.
    before = Standing.of(told.get("before") or {"email_address": {"permission_to_send": "implicit"}})
    ranks = {"unsubscribed": 0, "temp_hold": 0, "pending_confirmation": 1, "not_set": 2, "implicit": 3, "explicit": 4}
    return ranks.get(now.permission, 0) > ranks.get(before.permission, 4)
