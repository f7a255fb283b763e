"""What Home shows: how the account stands, what needs a person, and the latest work."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from contacts.models import Approval, AuditEntry, Contact, Job, LinkedAccount, User, Write
from contacts.rules.area import Area
from contacts.rules.roles import Right, Role, may
from contacts.selectors import alerts, approvals, deleted, outside, reports, spikes
from contacts.selectors.alerts import Shown
from contacts.selectors.check import zone
from contacts.selectors.history import Line, lines_of
from contacts.selectors.spikes import Told
from contacts.selectors.together import together

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
    ``area`` is how the last 90 days went.
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
    alerts: list[Shown]
    recent: list[Line]
    area: Area

    @property
    def is_quiet(self) -> bool:
        """Whether nothing needs a person, apart from the spikes."""
        work = self.to_approve or self.asked or self.waiting
        return not (work or self.doubtful or self.differing or self.undone or self.refused)


def home(account: LinkedAccount, *, user: User, role: Role) -> Home:
    """Three queries, whatever the size of the account."""
    counts = [
        StatusCount(value, str(label), account.counts.get(value, 0))
        for value, label in Contact.Status.choices
        if value != Contact.Status.UNKNOWN or account.counts.get(value)
    ]
    today = timezone.now().astimezone(zone(account)).date()
    days = {"days": reports.days_of(account, user=user, days=reports.HOME_DAYS, today=today)}
    found = together(_asked(account, user, role) | days, {"refused": deleted.refused(account, user=user)})
    contacts, jobs = ({each.pk: each for each in found[name]} for name in ("contacts", "jobs"))
    for write in (*found["doubtful"], *found["differing"]):
        write.contact = contacts.get(write.contact_id)
    for each in found["asked"]:
        each.job = jobs[each.job_id]
    may_approve = may(role, Right.APPROVE)
    to_approve = [each for each in found["asked"] if may_approve and each.asked_by_id != user.pk]
    return Home(
        counts=counts,
        total=sum(count.number for count in counts),
        doubtful=found["doubtful"],
        differing=found["differing"],
        spikes=spikes.loud(account, user=user),
        undone=[(kind, outside.in_words(kind, number)) for kind, number in outside.counted(found["undone"]).items()],
        refused=found["refused"],
        to_approve=to_approve,
        asked=[each for each in found["asked"] if each not in to_approve],
        waiting=found["waiting"],
        alerts=[alerts.shown(each, account, role) for each in found["alerts"]],
        recent=lines_of(account, found["recent"]),
        area=reports.picture(found["days"], days=reports.HOME_DAYS, first=None, today=today),
    )


def _asked(account: LinkedAccount, user: User, role: Role) -> dict[str, QuerySet[Any, Any]]:
    """The rows of each block, and what they belong to."""
    writes = Write.objects.visible_to(user).filter(account=account).order_by("-id")
    week = timezone.now() - timedelta(days=DAYS)
    doubtful = writes.filter(pk__in=_of_state(Write.State.UNKNOWN))[:RECENT]
    differing = writes.filter(pk__in=_of_state(*WRONG), ended_at__gte=week)[:RECENT]
    questions = approvals.open_now(account, user=user)
    jobs = Job.objects.visible_to(user).filter(account=account)
    about = Q(pk__in=doubtful.values("contact")) | Q(pk__in=differing.values("contact"))
    return {
        "doubtful": doubtful,
        "differing": differing,
        "contacts": Contact.objects.filter(about).only("remote_id", "address"),
        "undone": outside.numbers(account, user=user),
        "asked": questions,
        "jobs": jobs.filter(pk__in=questions.values("job")),
        "waiting": jobs.filter(state__in=WAITING).exclude(pk__in=questions.values("job")).order_by("-id")[:RECENT],
        "alerts": alerts.on_home(account, user=user, role=role),
        "recent": _recent(account, user, own_only=not may(role, Right.AUDIT_ALL)),
    }


def _of_state(*states: Write.State) -> QuerySet[Write, Any]:
    """The keys of the changes in these states, which are few: SQLite would walk all changes of the account for them."""
    return Write.objects.filter(state__in=states).values("pk")


def _recent(account: LinkedAccount, user: User, *, own_only: bool) -> QuerySet[AuditEntry]:
    """A job is one piece of work: its people and its bulk calls have their lines in its report."""
    entries = AuditEntry.objects.of(account, user=user).order_by("-at", "-id")
    entries = entries.exclude(outcome__in=NO_WORK).filter(part=None)
    return (entries.filter(actor_id=user.pk) if own_only else entries)[:RECENT]
