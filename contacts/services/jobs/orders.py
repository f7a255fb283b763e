"""What a person says to a job: try a few, run, pause, stop, undo, once more. The worker follows."""

import uuid

from django.db import transaction
from django.utils import timezone

from contacts import audit
from contacts.models import Approval, AuditEntry, Contact, Job, User, Write
from contacts.rules.consent import Basis
from contacts.rules.plan import TRIAL
from contacts.rules.refusal import Refused
from contacts.services.jobs import approvals
from contacts.services.jobs.approvals import remaining
from contacts.services.jobs.freezing import freeze
from contacts.services.jobs.importing.freezing import freeze_import
from contacts.services.jobs.importing.planning import need_copy, need_same_file
from contacts.services.jobs.planning import renew
from contacts.services.jobs.rights import need_right
from contacts.services.jobs.runs import calls

Kind, State, Order = Job.Kind, Job.State, Job.Order
PROVED = (Write.State.CONFIRMED, Write.State.APPLIED)
INVERSE = {
    Kind.REACTIVATE: Kind.DELETE,
    Kind.DELETE: Kind.REACTIVATE,
    Kind.ADD_LISTS: Kind.REMOVE_LISTS,
    Kind.REMOVE_LISTS: Kind.ADD_LISTS,
    Kind.ADD_TAGS: Kind.REMOVE_TAGS,
    Kind.REMOVE_TAGS: Kind.ADD_TAGS,
}
NO_WAY_BACK = (
    "An import has no undo: Constant Contact keeps no values from before, and an email that an automation sent cannot "
    "be called back. Whoever is new, or came back, can be taken off these lists again or deleted, by a job of its own."
)
LIMITS = {
    Kind.REACTIVATE: "They will be hidden again. A welcome email, if one was sent, cannot be called back.",
    Kind.DELETE: "They go back to the lists they were on. Tags are not put back by Constant Contact.",
    Kind.ADD_LISTS: "They are taken off again. An email that an automation sent cannot be called back.",
    Kind.REMOVE_LISTS: "They are put back on. That may start an automation, as for anybody who is added.",
    Kind.ADD_TAGS: "The tags are taken away again.",
    Kind.REMOVE_TAGS: "The tags are given again.",
}


def try_few(job: Job, *, by: User) -> Job:
    """Do five people of the largest group, to look at the result before all the others. Raises Refused as run does."""
    moved = renew(job)
    with transaction.atomic():
        job = _locked(job, by=by)
        if job.state != State.PLANNED:
            raise Refused("The trial has been made already." if job.state != State.RUNNING else _running(job))
        if approvals.question(job):
            raise Refused(approvals.FROZEN)
        _unmoved(moved)
        complete(job)
        few = job.items.filter(write=None, reason="").order_by("group__number", "pk")
        if few.count() <= TRIAL:
            raise Refused(f"There are no more than {TRIAL} people in this job. Run it: each one is proved.")
        job.items.filter(pk__in=list(few.values_list("pk", flat=True)[:TRIAL])).update(trial=True)
        begin(job, Order.TRY, by=by)
    return job


def run(job: Job, *, by: User, people: int) -> Job:
    """Do everybody who is left, or ask a second person for it when the account has them asked about so many.

    ``people`` is the number that was typed. Raises Refused, also when the plan changed or waits for an answer.
    """
    moved = renew(job)
    with transaction.atomic():
        job = _locked(job, by=by)
        if job.state not in (State.PLANNED, State.TRIED, State.PAUSED):
            raise Refused(_running(job) if job.state == State.RUNNING else "This job has ended. Nothing was sent.")
        needed = approvals.needs_approval(job)
        if needed and approvals.question(job):
            raise Refused(approvals.ASKED)
        _unmoved(moved)
        complete(job)
        left = remaining(job)
        if people != left:
            raise Refused(f"Type {left:,} to say that you mean all of them. You typed {people:,}. Nothing was sent.")
        if needed:
            approvals.ask(job, by=by)
        else:
            approvals.drop(job, by=by)
            begin(job, Order.RUN, by=by)
    return job


def pause(job: Job, *, by: User) -> Job:
    """Send nothing more for now; what is under way is followed to its end. Raises Refused."""
    with transaction.atomic():
        job = _locked(job, by=by)
        if job.state != State.RUNNING:
            raise Refused("This job is not running, so there is nothing to pause.")
        _say(job, Order.PAUSE, by=by, message=f"Paused by {by}.")
    return job


def stop(job: Job, *, by: User) -> Job:
    """End the job. Rows that are done stay done, what is under way is followed to its end. Raises Refused."""
    with transaction.atomic():
        job = _locked(job, by=by)
        if job.has_ended:
            raise Refused("This job has ended already.")
        approvals.drop(job, by=by)
        _say(job, Order.STOP, by=by, message=f"Stopped by {by}.")
        if job.state != State.RUNNING:
            job.state, job.finished_at, job.calls_left, job.calls = State.STOPPED, timezone.now(), 0, calls(job)
            job.save(update_fields=["state", "finished_at", "calls_left", "calls"])
    return job


def undo(job: Job, *, by: User, token: uuid.UUID) -> Job:
    """A plan that takes back what this job did and proved, for those nobody changed since. Raises Refused."""
    earlier = Job.objects.filter(token=token, undoes=job, by=by).first()
    if earlier:
        return earlier
    problem = may_undo(job)
    if problem:
        raise Refused(problem)
    kind = INVERSE[Kind(job.kind)]
    done = Contact.objects.filter(writes__item__job=job, writes__state__in=PROVED)
    basis = Basis.OUR_MISTAKE.value if kind == Kind.REACTIVATE else ""
    note = f"Undo of job {job.pk}"
    chosen = f"Everybody whom job {job.pk} changed"
    return freeze(
        job.account, kind, by=by, contacts=done, chosen=chosen, token=token, basis=basis, note=note, undoes=job
    )


def retry(job: Job, *, by: User, token: uuid.UUID) -> Job:
    """A plan for those whom this job did not change, with new intents. Raises Refused when there are none."""
    earlier = Job.objects.filter(token=token, retries=job, by=by).first()
    if earlier:
        return earlier
    problem = may_retry(job)
    if problem:
        raise Refused(problem)
    if job.kind == Kind.IMPORT:
        return _import_again(job, by=by, token=token)
    left = Contact.objects.filter(job_items__in=job.items.not_done())
    chosen = f"Everybody whom job {job.pk} did not change"
    wish = {"lists": job.lists, "tags": job.tags, "basis": job.basis, "note": job.note, "undoes": job.undoes}
    return freeze(job.account, Kind(job.kind), by=by, contacts=left, chosen=chosen, token=token, retries=job, **wish)


def _import_again(job: Job, *, by: User, token: uuid.UUID) -> Job:
    if job.file is None:
        raise Refused("The file of this import is not kept any more. Bring it again. Nothing was planned.")
    wish = {"lists": job.lists, "include": job.options["include"], "basis": job.basis, "note": job.note}
    return freeze_import(job.file, by=by, token=token, retries=job, **wish)


def may_undo(job: Job) -> str:
    """Why the job cannot be undone; empty when it can, in whole or in part."""
    if job.kind == Kind.IMPORT:
        return NO_WAY_BACK
    if job.kind == Kind.DELETE_LIST:
        return "A list cannot be brought back in Constant Contact. Make a new one and put its former members on it."
    if job.undoes_id:
        return "This job is an undo. Plan the change anew instead."
    if not job.has_ended:
        return "Stop the job first, or wait for its end."
    if not Write.objects.filter(item__job=job, state__in=PROVED).exists():
        return "This job changed nobody, so there is nothing to undo."
    if job.undone_by.exclude(state=State.STOPPED).exists():
        return "This job is being undone, or was, by another job."
    return ""


def may_retry(job: Job) -> str:
    """Why nobody can be tried again; empty when somebody can."""
    if not job.has_ended:
        return "Stop the job first, or wait for its end."
    if job.started_at is None:
        return "This plan was cancelled before anything was sent. Plan it anew."
    if not job.items.not_done().exists():
        return "Nobody is left to try again in this job."
    return ""


def undo_limits(job: Job) -> str:
    """What an undo can and cannot do, in a sentence or two."""
    return LIMITS.get(Kind(job.kind), "") + " Whoever was changed since is left as they are."


def _locked(job: Job, *, by: User) -> Job:
    need_right(job.account, job.kind, by=by, undoes=job.undoes)
    rows = Job.objects.select_for_update(of=("self",)).select_related("account", "by", "undoes")
    return rows.get(pk=job.pk)


def _unmoved(moved: list[str]) -> None:
    if moved:
        raise Refused(f"The plan was computed again: {' '.join(moved)} Look at it, then run it. Nothing was sent.")


def complete(job: Job) -> None:
    """Raise Refused while something is missing that the job needs."""
    account = job.account
    if not account.may_write:
        raise Refused("Nothing can be sent to this account just now: writing is paused, or it is linked to look only.")
    if not job.people and job.kind != Kind.DELETE_LIST:
        raise Refused("There is nobody to change in this plan. Nothing was sent.")
    if job.kind == Kind.IMPORT:
        need_same_file(job)
        need_copy(job)
    if job.kind == Kind.REACTIVATE and job.basis not in Basis:
        raise Refused("Say who asked for this: it is kept with every change as evidence.")
    if job.kind == Kind.REACTIVATE and account.evidence_required and not job.note.strip():
        raise Refused("Add a note or a ticket number: this account keeps evidence for every reactivation.")


def begin(job: Job, what: Job.Order, *, by: User, approval: Approval | None = None) -> None:
    """Hand the job to the worker in this person's name, in the caller's transaction that has its row."""
    job.state, job.by = State.RUNNING, by
    job.step, job.cursor, job.tries, job.not_before = "", "", 0, None
    job.look_at = None
    job.started_at = job.started_at or timezone.now()
    job.calls_left = max(0, int(job.cost.get(job.way, 0)) - calls(job))
    job.save()
    _say(job, what, by=by, message="", approval=approval)


def _say(job: Job, what: Job.Order, *, by: User, message: str, approval: Approval | None = None) -> None:
    job.order, job.message = what, message
    job.save(update_fields=["order", "message"])
    detail = {"kind": job.kind, "way": job.way, "people": remaining(job), "lists": job.lists, "tags": job.tags}
    audit.record(
        f"job_{what}",
        AuditEntry.Outcome.DONE,
        by=by,
        account=job.account,
        job=job.pk,
        basis=job.basis,
        detail=detail | ({"approval": approval.pk} if approval else {}),
        payload={"note": job.note} if job.note else None,
    )


def _running(job: Job) -> str:
    return f"Job {job.pk} is running already. Nothing more was sent."
