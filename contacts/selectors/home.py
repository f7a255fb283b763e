"""What Home shows: how the account stands, what needs a person, and the latest work."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from contacts.models import Approval, AuditEntry, Contact, Job, LinkedAccount, User, Write
from contacts.selectors import approvals, deleted, jobs, outside, spikes
from contacts.selectors.history import Line, lines_of
from contacts.selectors.spikes import Told

RECENT = 8
WRONG = (Write.State.DIFFERS, Write.State.DRIFTED)
DAYS = 7
WAITING = (Job.State.TRIED, Job.State.PAUSED)
# An act shows by its end, and what was seen to change outside is nobody's work here.
NO_WORK = (AuditEntry.Outcome.INTENDED, AuditEntry.Outcome.SEEN)


@dataclass(frozen=True)
class StatusCount:
    """How many contacts have a status, and the page that shows exactly them."""

    status: str
    label: str
    number: int


@dataclass(frozen=True)
class Home:
    """One page's facts. ``doubtful`` changes have no proved end yet, ``differing`` ended otherwise than asked.

    ``spikes`` are those that nobody has looked into; ``undone`` are kinds of what was undone outside, in words;
    ``refused`` counts the deleted whom somebody asked for here.
    ``waiting`` jobs go on only when somebody says so; ``to_approve`` are the questions this person may answer,
    ``asked`` those that somebody else must.
    """

    counts: list[StatusCount]
    total: int
    doubtful: list[Write]
    differing: list[Write]
    spikes: list[Told]
    undone: list[tuple[str, str]]
    refused: int
    to_approve: list[Approval]
    asked: list[Approval]
    waiting: list[Job]
    recent: list[Line]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing needs a person, apart from the spikes."""
        work = self.to_approve or self.asked or self.waiting
        return not (work or self.doubtful or self.differing or self.undone or self.refused)


def home(account: LinkedAccount, *, user: User, own_only: bool, may_approve: bool) -> Home:
    """Nine queries, whatever the size of the account."""
    counts = [
        StatusCount(value, str(label), account.counts.get(value, 0))
        for value, label in Contact.Status.choices
        if value != Contact.Status.UNKNOWN or account.counts.get(value)
    ]
    writes = (
        Write.objects.visible_to(user).filter(account=account).select_related("contact", "by").defer("contact__raw")
    )
    week = timezone.now() - timedelta(days=DAYS)
    entries = AuditEntry.objects.visible_to(user).filter(account=account).order_by("-at", "-id")
    # A job is one piece of work: its people and its bulk calls have their lines in its report.
    entries = entries.exclude(outcome__in=NO_WORK).filter(part=None)
    if own_only:
        entries = entries.filter(actor_id=user.pk)
    asked = approvals.waiting(account, user=user)
    to_approve = [each for each in asked if may_approve and each.asked_by_id != user.pk]
    waiting = jobs.visible(user, account).filter(state__in=WAITING).exclude(pk__in=[each.job_id for each in asked])
    undone = outside.numbers(account, user=user)
    return Home(
        counts=counts,
        total=sum(count.number for count in counts),
        doubtful=list(writes.filter(state=Write.State.UNKNOWN).order_by("-id")[:RECENT]),
        differing=list(writes.filter(state__in=WRONG, ended_at__gte=week).order_by("-id")[:RECENT]),
        spikes=spikes.loud(account, user=user),
        undone=[(kind, outside.in_words(kind, number)) for kind, number in undone.items()],
        refused=deleted.refused(account, user=user),
        to_approve=to_approve,
        asked=[each for each in asked if each not in to_approve],
        waiting=list(waiting.order_by("-id")[:RECENT]),
        recent=lines_of(account, list(entries[:RECENT])),
    )
