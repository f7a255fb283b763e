"""What is said to the question about a large job: yes by a second person, back, or taken back by who asked."""

from django.db import transaction

from contacts.backends import role_on
from contacts.models import Approval, Job, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.services.jobs.approvals import State, mark_of, question, settle
from contacts.services.jobs.orders import begin, complete
from contacts.services.jobs.rights import need_right

MOST_WORDS = 300
CHANGED = "The plan has changed since you looked at it. Look at it again. Nothing was sent."
MOVED = "The plan is not the one that was asked about any more. Send it back; it can be asked anew. Nothing was sent."
MAY_NOT = "Your role on this account does not allow approving jobs. Nothing was sent."
OWN = "You asked for this approval yourself, so somebody else has to give it. Nothing was sent."
ASKER_GONE = "Whoever asked for this may not run it any more. Send it back; somebody else can ask. Nothing was sent."
UNASKED = "Nobody asks for an approval of this job. Nothing was sent."
ENDS = {
    State.APPROVED: "This job was approved already.",
    State.SENT_BACK: "This job was sent back already. Nothing was sent.",
    State.WITHDRAWN: "The question was taken back meanwhile. Nothing was sent.",
}


@transaction.atomic
def approve(job: Job, *, by: User, mark: str) -> Job:
    """Let the plan run, in the name of who asked. ``mark`` is that of the plan which was looked at.

    Raises Refused for another plan, for who asked, for a person without the right, when who asked has lost theirs,
    and when nothing may be sent.
    """
    job, asked = _second_word(job, by=by, mark=mark)
    if asked.mark != mark_of(job):
        raise Refused(MOVED)
    if asked.asked_by is None:
        raise Refused(ASKER_GONE)
    try:
        need_right(job.account, job.kind, by=asked.asked_by, undoes=job.undoes)
    except Refused as refused:
        raise Refused(ASKER_GONE) from refused
    complete(job)
    settle(asked, job, State.APPROVED, by=by)
    begin(job, Job.Order.RUN, by=asked.asked_by, approval=asked)
    return job


@transaction.atomic
def send_back(job: Job, *, by: User, mark: str, note: str) -> Job:
    """Let the plan not run as it is, for a reason that who asked will read. Raises Refused as ``approve`` does."""
    if not note.strip():
        raise Refused("Say why you send it back: whoever asked needs to know what to change. Nothing was done.")
    job, asked = _second_word(job, by=by, mark=mark)
    settle(asked, job, State.SENT_BACK, by=by, note=note.strip()[:MOST_WORDS])
    return job


@transaction.atomic
def withdraw(job: Job, *, by: User) -> Job:
    """Take the question back, so that the plan can be changed again. Raises Refused for all but who asked."""
    job, asked = _asked(job)
    if asked.asked_by_id != by.pk:
        raise Refused("Only whoever asked can take the question back. Nothing was changed.")
    if role_on(job.account, by) is None:
        raise Refused(MAY_NOT)
    settle(asked, job, State.WITHDRAWN, by=by)
    return job


def _second_word(job: Job, *, by: User, mark: str) -> tuple[Job, Approval]:
    """The locked job and the question about it, which this person may answer. Raises Refused."""
    role = role_on(job.account, by)
    if role is None or not may(role, Right.APPROVE):
        raise Refused(MAY_NOT)
    job, asked = _asked(job)
    if asked.asked_by_id == by.pk:
        raise Refused(OWN)
    if asked.mark != mark:
        raise Refused(CHANGED)
    return job, asked


def _asked(job: Job) -> tuple[Job, Approval]:
    rows = Job.objects.select_for_update(of=("self",)).select_related("account", "by", "undoes")
    job = rows.get(pk=job.pk)
    asked = question(job)
    if asked:
        return job, asked
    last = job.approvals.order_by("-pk").first()
    raise Refused(ENDS[State(last.state)] if last else UNASKED)
