"""What the plan of a job shows before anything is sent: groups, who is left alone, effects, and cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from math import ceil

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from contacts.connect.budget import EASE, KEPT
from contacts.models import CallBudget, ContactList, Job, JobGroup
from contacts.rules.job_words import Left as Why
from contacts.rules.job_words import group_names, left_alone
from contacts.rules.plan import FEW, NEEDS_CHOICE, PER_CALL, TRIAL, minutes
from contacts.rules.words import listed
from contacts.selectors.jobs import Names
from contacts.selectors.plan_effects import ADDS, effects

Kind, Way = Job.Kind, Job.Way
SHOWN = 8
#: Rows of a file in one call; what does not fit 4 MB takes another.
MOST_ROWS = 5_000


@dataclass(frozen=True)
class Group:
    """People who get the same. ``share`` is their number against the largest group, in percent."""

    group: JobGroup
    names: Sequence[str]
    calls: int
    share: int
    notes: Sequence[str]


@dataclass(frozen=True)
class Left:
    """People who are left alone for one reason; ``choice`` is whether choosing a list would take them in."""

    reason: Why
    number: int
    choice: bool


@dataclass(frozen=True)
class Cost:
    """Calls by each way, and what is left of today for background work after what running jobs still need."""

    calls: dict[str, int]
    way: str
    left: int
    limit: int

    @property
    def needed(self) -> int:
        """Calls by the way that is chosen."""
        return self.calls.get(self.way, 0)

    @property
    def ways(self) -> list[tuple[str, str, int, str, int]]:
        """Each way with its name, calls, share of a day in words, and minutes the calls take at least."""
        per_second = max(settings.CC_CALLS_PER_SECOND - 1, 0.5) / EASE
        told = {
            Way.PUT.value: "One by one",
            Way.ACTIVITY.value: "In bulk, by Constant Contact’s own jobs",
            Way.FILE.value: "In bulk, as files",
        }
        return [
            (
                way,
                name,
                self.calls[way],
                _share(self.calls[way], self.limit),
                minutes(self.calls[way], per_second=per_second),
            )
            for way, name in told.items()
            if way in self.calls
        ]

    @property
    def why(self) -> str:
        """Why this way is taken."""
        put, bulk = self.calls.get(Way.PUT, 0), self.calls.get(Way.ACTIVITY, 0)
        if self.way == Way.PUT and put <= FEW * 2:
            return "One by one, because for a few people that is quicker, and each answer is its own proof."
        if self.way == Way.PUT:
            return "One by one: each answer is its own proof."
        if Way.PUT not in self.calls:
            return "In bulk: portions of at most 5,000 rows, so that nothing is dropped, each proved by reading again."
        if put > bulk:
            return f"In bulk: {bulk:,} calls in place of {put:,}. Everybody is read again by pages to prove it."
        return "In bulk. Everybody is read again by pages to prove it."

    @property
    def shortage(self) -> str:
        """What to do when today's calls do not suffice; empty when they do."""
        if self.needed <= self.left:
            return ""
        other = min((number for way, number in self.calls.items() if way != self.way), default=self.needed)
        days = 1 + ceil((self.needed - self.left) / max(1, int(self.limit * (1 - KEPT))))
        instead = (
            f"{'In bulk' if self.way == Way.PUT else 'One by one'} it takes {other:,}, or"
            if other < self.needed and Way.PUT in self.calls
            else "So"
        )
        return (
            f"This needs {self.needed:,} calls; {self.left:,} are left until midnight (00:00 UTC). "
            f"{instead} it is split over {days} days by itself."
        )


@dataclass(frozen=True)
class Plan:
    """One job's plan, as it will be carried out."""

    groups: Sequence[Group]
    more: Sequence[Group]
    left: Sequence[Left]
    effects: Sequence[str]
    cost: Cost
    undecided: str

    @property
    def left_alone(self) -> int:
        """How many of the selection nothing happens to."""
        return sum(each.number for each in self.left)

    @property
    def needs_lists(self) -> int:
        """How many would be taken in by choosing a list for them."""
        return sum(each.number for each in self.left if each.choice)

    @property
    def more_people(self) -> int:
        """How many are in the groups that are folded away."""
        return sum(each.group.people for each in self.more)


def plan_of(job: Job, known: Names) -> Plan:
    """The plan in eight queries at most, whatever its size."""
    groups = [_group(job, each, known) for each in job.groups.all()]
    largest = max((each.group.people for each in groups), default=1) or 1
    groups = [
        Group(each.group, each.names, each.calls, round(100 * each.group.people / largest), each.notes)
        for each in groups
    ]
    return Plan(
        groups=groups[:SHOWN],
        more=groups[SHOWN:],
        left=_left(job),
        effects=list(effects(job, [each.group for each in groups], known)),
        cost=cost_of(job),
        undecided=_undecided(job, known),
    )


def cost_of(job: Job) -> Cost:
    """What the job costs, against what is left of today. Two queries."""
    today = timezone.now().astimezone(UTC).date()
    budget = CallBudget.objects.filter(day=today).order_by("-used").first()
    spent = budget is not None and budget.spent_until is not None and budget.spent_until > timezone.now()
    limit = settings.CC_CALLS_PER_DAY
    others = Job.objects.filter(state=Job.State.RUNNING).exclude(pk=job.pk)
    reserved = others.aggregate(calls=Sum("calls_left"))["calls"] or 0
    left = int(limit * (1 - KEPT)) - (budget.used if budget else 0) - reserved
    return Cost({way: int(calls) for way, calls in job.cost.items()}, job.way, 0 if spent else max(0, left), limit)


def may_try(job: Job) -> bool:
    """Whether a trial says anything: with no more than five people the run itself is one."""
    return job.kind != Kind.DELETE_LIST and job.people > TRIAL


def _group(job: Job, group: JobGroup, known: Names) -> Group:
    each = 3 if job.kind == Kind.DELETE else 2
    most = MOST_ROWS if job.kind == Kind.IMPORT else PER_CALL
    calls = each * group.people if job.way == Way.PUT else ceil(group.people / most)
    names = group_names(group.label, known.of([*group.lists, *group.tags]))
    return Group(group, names, calls, 0, list(_notes(job, group, known)))


def _notes(job: Job, group: JobGroup, known: Names) -> Iterator[str]:
    if group.fewer:
        yield f"A list no longer exists for {group.fewer:,}; they go to the lists that do."
    if job.kind not in ADDS:
        return
    # What nobody has said about automations stands once, under the effects.
    for each in group.lists:
        if each in known.lists and known.lists[each].automation == ContactList.Automation.YES:
            yield f"{known.lists[each].name}: starts an automation."


def _left(job: Job) -> list[Left]:
    of_file = job.kind == Kind.IMPORT
    told = [(left_alone(name, of_file=of_file), number) for name, number in job.left_out.items()]
    choose = job.kind == Kind.REACTIVATE and not job.undoes_id
    rows = [Left(why, number, choose and str(why) in NEEDS_CHOICE) for why, number in told if why]
    return sorted(rows, key=lambda each: -each.number)


def _undecided(job: Job, known: Names) -> str:
    """What has to be chosen before there is a plan at all."""
    if job.undoes_id or job.kind == Kind.DELETE_LIST:
        return ""
    gone = [each for each in job.lists if each not in known.lists or known.lists[each].gone_at]
    if gone:
        exist = "no longer exists" if len(gone) == 1 else "no longer exist"
        return f"{listed(known.of(gone))} {exist} in Constant Contact. Choose again."
    if job.kind in (Kind.ADD_LISTS, Kind.REMOVE_LISTS) and not job.lists:
        return "Choose at least one list first; then the plan says who is concerned."
    if job.kind in (Kind.ADD_TAGS, Kind.REMOVE_TAGS) and not job.tags:
        return "Choose at least one tag first; then the plan says who is concerned."
    return ""


def _share(calls: int, limit: int) -> str:
    percent = 100 * calls / limit if limit else 0
    if 0 < percent < 0.05:
        return "under 0.1 %"
    return f"{percent:.1f} %" if percent < 10 else f"{percent:,.0f} %"
