"""The question to a second person: when a job needs one, who may answer, and what the answer is about.

A question freezes the plan. Its mark is a digest of that plan, so that a yes to one plan never runs another.
"""

import hashlib
import json

from django.utils import timezone

from contacts import alerts, audit
from contacts.models import Access, Alert, Approval, AuditEntry, Job, LinkedAccount, Membership, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, Role, may

State = Approval.State
APPROVING = [role.value for role in Role if may(role, Right.APPROVE)]
NOBODY = (
    "This job needs the approval of a second person, and nobody else on this account may give it. "
    "Ask an admin to give somebody the manager role, or to raise the limit."
)
FROZEN = "This plan waits for approval, so it stays as it is. Withdraw the question to change it. Nothing was changed."
ASKED = "This job waits for approval already. Somebody else has to approve it. Nothing was sent."
ACTIONS = {State.APPROVED: "job_approve", State.SENT_BACK: "job_send_back", State.WITHDRAWN: "job_withdraw"}


def remaining(job: Job) -> int:
    """How many people a run would change now."""
    if job.kind == Job.Kind.DELETE_LIST:
        return job.people
    return job.items.filter(write=None, reason="").count()


def needs_approval(job: Job) -> bool:
    """Whether a run of what is left takes a second person's word that it does not have yet.

    What counts is the account's limit now. The word for a job that was paused still stands, as long as its plan does.
    """
    if _size(job) <= job.account.approval_above:
        return False
    given = job.approvals.filter(state=State.APPROVED).order_by("-pk").first()
    return given is None or given.mark != mark_of(job)


def question(job: Job) -> Approval | None:
    """The question that is open about this job."""
    return job.approvals.filter(state=State.ASKED).select_related("asked_by").first()


def approvers(account: LinkedAccount, *, besides: User | None) -> list[User]:
    """Who may approve what ``besides`` asks for, by name."""
    allowed = Access.objects.current().filter(account=account, role__in=APPROVING).select_related("user")
    others = [access.user for access in (allowed.exclude(user=besides) if besides else allowed)]
    return sorted(others, key=lambda user: str(user).casefold())


def mark_of(job: Job) -> str:
    """A digest of all that a run of this job would do, to whom, why, and which way.

    It begins with the job's own token, so that nobody finds out by guessing what the note says.
    """
    wish = [str(job.token), job.kind, job.lists, job.tags, job.basis, job.note, job.way, job.undoes_id, job.people]
    groups = list(job.groups.order_by("number").values_list("number", "lists", "tags"))
    digest = hashlib.sha256(json.dumps([wish, groups]).encode())
    if job.kind == Job.Kind.IMPORT:
        digest.update(json.dumps([job.file_id, job.options], sort_keys=True).encode())
    columns = ("contact_id", "group__number", "reason", "fewer", "line")
    rows = job.items.order_by("contact_id", "line").values_list(*columns)
    for row in rows.iterator(chunk_size=5000):
        digest.update(repr(row).encode())
    return digest.hexdigest()


def ask(job: Job, *, by: User) -> Approval:
    """Ask a second person about the plan as it stands, in the caller's transaction. Raises Refused."""
    if question(job):
        raise Refused(ASKED)
    if not approvers(job.account, besides=by):
        raise Refused(NOBODY)
    asked = Approval.objects.create(job=job, people=_size(job), mark=mark_of(job), asked_by=by)
    _record("job_ask", asked, job, by=by, note=job.note)
    detail = {"job": job.pk, "people": asked.people, "asked_by": by.pk}
    alerts.notice(job.account, Alert.Kind.APPROVAL, key=f"approval-{asked.pk}", **detail)
    return asked


def settle(asked: Approval, job: Job, state: Approval.State, *, by: User, note: str = "") -> None:
    """Answer the question for good, in the caller's transaction that has the job's row."""
    asked.state, asked.answered_by, asked.answered_at, asked.note = state, by, timezone.now(), note
    asked.save(update_fields=["state", "answered_by", "answered_at", "note"])
    _record(ACTIONS[state], asked, job, by=by, note=note)
    alerts.over(job.account, Alert.Kind.APPROVAL, key=f"approval-{asked.pk}")


def drop(job: Job, *, by: User) -> None:
    """Take back the question when there is one: the job was stopped, or needs no approval any more."""
    asked = question(job)
    if asked:
        settle(asked, job, State.WITHDRAWN, by=by)


def _size(job: Job) -> int:
    """What is held against the limit; of a list that is to be deleted also the members who came since its plan."""
    if job.kind != Job.Kind.DELETE_LIST:
        return remaining(job)
    members = Membership.objects.filter(
        list__account=job.account_id, list__remote_id__in=job.lists, ended_at=None
    ).count()
    return max(job.people, members)


def _record(action: str, asked: Approval, job: Job, *, by: User, note: str) -> None:
    audit.record(
        action,
        AuditEntry.Outcome.DONE,
        by=by,
        account=job.account,
        job=job.pk,
        basis=job.basis,
        detail={"kind": job.kind, "people": asked.people, "approval": asked.pk, "mark": asked.mark},
        payload={"note": note} if note else None,
    )
