"""What the pages show of the question to a second person: who asks, who may answer, and how it was answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from contacts.models import Approval, Job, LinkedAccount, User
from contacts.rules.roles import Right, Role, may
from contacts.rules.words import listed

State = Approval.State
FEW_NAMES = 5


@dataclass(frozen=True)
class Approving:
    """One job and its second person, for who looks at it.

    ``needed`` is whether a run takes a second person, by the account's limit of now. ``names`` are those who may
    approve it, the looker left out unless somebody else asks. ``last`` is the newest question that was answered.
    """

    asked: Approval | None
    last: Approval | None
    needed: bool
    names: Sequence[str]
    user: User
    role: Role

    @property
    def is_mine(self) -> bool:
        """Whether the looker is who asked."""
        return self.asked is not None and self.asked.asked_by_id == self.user.pk

    @property
    def may_answer(self) -> bool:
        """Whether the looker may approve it or send it back."""
        return self.asked is not None and not self.is_mine and may(self.role, Right.APPROVE)

    @property
    def who(self) -> str:
        """``Dermot or Orla``; empty when nobody may."""
        more = len(self.names) - FEW_NAMES
        shown = [*self.names[:FEW_NAMES], f"{more:,} more"] if more > 0 else list(self.names)
        return listed(shown, last="or")


def questions(job: Job) -> list[Approval]:
    """Every question about the job, the newest first, with who asked and who answered. One query."""
    return list(job.approvals.select_related("asked_by", "answered_by").order_by("-pk"))


def open_now(account: LinkedAccount, *, user: User) -> QuerySet[Approval]:
    """The open questions of the account, the oldest first."""
    asked = Approval.objects.filter(job__in=Job.objects.visible_to(user), job__account=account, state=State.ASKED)
    return asked.order_by("pk")


def among(jobs: Sequence[Job]) -> set[int]:
    """Which of these jobs wait for a second person. One query."""
    return set(Approval.objects.filter(job__in=jobs, state=State.ASKED).values_list("job", flat=True))
