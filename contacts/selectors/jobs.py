"""What the pages of jobs show: the list, how far one job is, and its people one by one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.http import QueryDict
from django.utils import timezone

from contacts.models import Activity, ContactList, Job, JobGroup, JobItem, LinkedAccount, Tag, User, Write
from contacts.rules.job_words import COUNTED, VERDICTS, Left, button, ending, group_names, left_alone, title
from contacts.rules.plan import TRIAL
from contacts.rules.words import count
from contacts.selectors.check import masked
from contacts.selectors.paging import Slice, one_page

State, Order = Job.State, Job.Order
# Each person of a plan is in exactly one of these, so that the numbers add up.
BUCKETS: Mapping[str, tuple[str, ...]] = {
    "done": Write.PROVED,
    "refused": (Write.State.REFUSED,),
    "failed": (Write.State.REJECTED, Write.State.NOT_APPLIED, Write.State.DIFFERS, Write.State.DRIFTED),
    "unknown": (Write.State.UNKNOWN,),
    "sending": (Write.State.READING, Write.State.INTENDED),
}
BUCKET_OF = {str(state): name for name, states in BUCKETS.items() for state in states}
STATES = {
    State.PLANNED: ("clipboard-check", "Planned, nothing sent yet"),
    State.RUNNING: ("refresh", "Running"),
    State.TRIED: ("circle-dashed", f"Tried {TRIAL}, waits for you"),
    State.PAUSED: ("player-pause", "Paused"),
    State.STOPPED: ("ban", "Stopped"),
    State.DONE: ("circle-check", "Done"),
}
ASKS = ("user-check", "Waiting for approval")
FOLLOWING = {Order.TRY: f"Trying {TRIAL} first", Order.PAUSE: "Pausing", Order.STOP: "Stopping"}
COLUMNS = (
    *(
        "job",
        "reason",
        "contact__remote_id",
        "contact__address",
        "contact__deleted_on",
        "line",
        "row__address_key",
        "group__lists",
        "group__tags",
    ),
    *("write__state", "write__message", "write__began_at", "write__ended_at"),
    *("write__outcome__proof", "write__outcome__actor_id", "write__intent__actor_id"),
)


@dataclass(frozen=True)
class Tally:
    """How many people of a job, or of one group of it, have come how far."""

    done: int = 0
    refused: int = 0
    failed: int = 0
    unknown: int = 0
    sending: int = 0
    waiting: int = 0

    @property
    def all(self) -> int:
        """Everybody: the numbers add up to this."""
        return sum(vars(self).values())

    @property
    def ended(self) -> int:
        """Those whose end is known and final."""
        return self.done + self.refused + self.failed

    @property
    def sent(self) -> int:
        """Those whose turn has come, whether or not their end is known."""
        return self.all - self.waiting

    @property
    def words(self) -> list[tuple[str, str, int]]:
        """Verdict, its words and its number, those that are empty left out."""
        return [(name, VERDICTS[name], number) for name, number in vars(self).items() if number]

    @property
    def sentence(self) -> str:
        """``1,100 done and verified, 2 failed, 1,825 not begun``."""
        return ", ".join(f"{number:,} {COUNTED[name]}" for name, number in vars(self).items() if number)


@dataclass(frozen=True)
class Names:
    """What Constant Contact's ids of lists and tags stand for in one account."""

    lists: Mapping[str, ContactList]
    tags: Mapping[str, str]

    def of(self, ids: Iterable[str]) -> list[str]:
        """The names in the order of the alphabet; a list or tag that nobody knows any more is called so."""
        return sorted(self.lists[each].name if each in self.lists else self.tags.get(each, "unknown") for each in ids)


@dataclass(frozen=True)
class Progress:
    """How far a job is: everybody of the present order, group by group, and Constant Contact's own bulk jobs."""

    tally: Tally
    groups: Sequence[tuple[JobGroup, list[str], Tally]]
    activities: Sequence[Activity]
    trial: bool

    @property
    def quarter(self) -> int:
        """0 to 4: how far, coarse enough to be said aloud each time it moves."""
        return self.tally.ended * 4 // self.tally.all if self.tally.all else 0

    @property
    def activities_in_words(self) -> str:
        """How Constant Contact's own bulk jobs stand."""
        ended = sum(each.state in (Activity.State.ENDED, Activity.State.REJECTED) for each in self.activities)
        return f"{ended} of {count(len(self.activities), 'bulk job')} at Constant Contact ended."


@dataclass(frozen=True)
class Sight:
    """What a person may see of a row: addresses and what was said about them, and whose audit entries (None: all)."""

    personal: bool
    entries_of: int | None


@dataclass(frozen=True)
class Row:
    """One person of a job: where they were to go, the verdict, why, and what proves it."""

    item: JobItem
    shown: str
    places: Sequence[str]
    bucket: str
    verdict: str
    why: str
    at: datetime | None
    proof: str
    entry: int | None


@dataclass(frozen=True)
class Rows:
    """One page of people of a job, and the filter in words."""

    rows: Sequence[Row]
    page: Slice[JobItem]
    number: int
    verdict: str
    reason: Left | None
    group: JobGroup | None
    verdicts: Mapping[str, str]


def visible(user: User, account: LinkedAccount) -> QuerySet[Job]:
    """The account's jobs, with whom they belong to."""
    return (
        Job.objects.visible_to(user)
        .filter(account=account)
        .select_related("account", "by", "undoes", "retries", "file")
    )


def names(account: LinkedAccount) -> Names:
    """The account's lists and tags by Constant Contact's ids, those that are gone too. Two queries."""
    lists = {str(each.remote_id): each for each in ContactList.objects.filter(account=account)}
    tags = Tag.objects.filter(account=account).values_list("remote_id", "name")
    return Names(lists, {str(remote_id): name for remote_id, name in tags})


def titled(job: Job, known: Names) -> str:
    """What a job does, in one line."""
    return title(job.kind, job.people, _chosen(job, known))


def run_in_words(job: Job, known: Names, *, people: int, asks: bool) -> str:
    """What the button says that runs a plan, or what is left of it, or ``asks`` a second person for that."""
    return button(job.kind, people, _chosen(job, known), rest=job.state != State.PLANNED, asks=asks)


def _chosen(job: Job, known: Names) -> list[str]:
    """The names of the lists or tags that the job is about."""
    return known.of(job.tags if job.kind.endswith("tags") else job.lists)


def state_of(job: Job, *, asks: bool = False) -> tuple[str, str]:
    """An icon and words for how far a job is; ``asks`` is whether a second person is asked about it."""
    if asks:
        return ASKS
    icon, words = STATES[State(job.state)]
    return icon, FOLLOWING.get(Order(job.order), words) if job.state == State.RUNNING else words


def is_trial(job: Job) -> bool:
    """Whether the job is about the few of the trial just now."""
    return job.state == State.TRIED or (job.state == State.RUNNING and job.order == Order.TRY)


def progress(job: Job, known: Names) -> Progress:
    """How far the job is. Three queries, whatever its size."""
    trial = is_trial(job)
    counted: dict[int | None, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = job.items.filter(reason="", **({"trial": True} if trial else {}))
    for group, state, number in rows.values_list("group", "write__state").order_by().annotate(number=Count("pk")):
        for place in (group, None):
            counted[place][BUCKET_OF.get(state or "", "waiting")] += number
    groups = [
        (group, group_names(group.label, known.of([*group.lists, *group.tags])), Tally(**counted[group.pk]))
        for group in job.groups.all()
        if group.pk in counted
    ]
    return Progress(Tally(**counted[None]), groups, list(job.activities.order_by("pk")), trial)


def not_done(job: Job) -> int:
    """How many may be tried again, because nothing was done to them."""
    return job.items.not_done().count()


def ended_in_words(job: Job, tally: Tally) -> str:
    """The sentence of a report: its numbers add up to everybody in the plan."""
    told = {name: getattr(tally, name) for name in ("done", "refused", "failed", "unknown")}
    return ending(job.kind, **told, left=tally.waiting + tally.sending)


def rows(job: Job, known: Names, sight: Sight, *, query: QueryDict) -> Rows:
    """One page of the job's people. ``verdict``, ``reason`` and ``group`` (its number) of ``query`` narrow it.

    Five queries at most.
    """
    verdict = query.get("verdict", "") if query.get("verdict", "") in VERDICTS else ""
    reason = left_alone(query.get("reason", ""), of_file=job.kind == Job.Kind.IMPORT)
    number = query.get("group", "")
    group = job.groups.filter(number=int(number)).first() if number.isdecimal() and len(number) < 7 else None
    found = _narrowed(job, verdict=verdict, reason=reason, group=group)
    page = one_page(whole(found), order=("id",), query=query)
    made = [row(item, known, sight) for item in page.rows]
    has_all = page.before is None and page.after is None
    return Rows(made, page, len(made) if has_all else found.count(), verdict, reason, group, VERDICTS)


def tried(job: Job, known: Names, sight: Sight) -> list[Row]:
    """The few of the trial."""
    return [row(item, known, sight) for item in whole(job.items.filter(trial=True)).order_by("id")]


def whole(items: QuerySet[JobItem]) -> QuerySet[JobItem]:
    """Items with what a row shows, and no more."""
    return items.select_related("contact", "row", "group", "write__outcome", "write__intent").only(*COLUMNS)


def row(item: JobItem, known: Names, sight: Sight) -> Row:
    """One person in words."""
    write, reason = item.write, left_alone(item.reason, of_file=item.line is not None)
    entry = (write.outcome or write.intent) if write else None
    bucket = "left" if item.reason else BUCKET_OF.get(write.state, "waiting") if write else "waiting"
    message = write.message if write and sight.personal and bucket != "done" else ""
    address = item.contact.address if item.contact else item.row.address_key if item.row else ""
    return Row(
        item=item,
        shown=address if sight.personal else masked(address),
        places=known.of([*item.group.lists, *item.group.tags]) if item.group else [],
        bucket=bucket,
        verdict=reason.label if reason else str(write.get_state_display()) if write else VERDICTS["waiting"],
        why=reason.sentence if reason else message,
        at=write.ended_at or write.began_at if write else None,
        proof=write.outcome.proof if write and write.outcome else "",
        entry=entry.pk if entry and sight.entries_of in (None, entry.actor_id) else None,
    )


def _narrowed(job: Job, *, verdict: str, reason: Left | None, group: JobGroup | None) -> QuerySet[JobItem]:
    found: QuerySet[JobItem] = job.items.all()
    if verdict == "left":
        found = found.exclude(reason="")
    elif verdict == "waiting":
        found = found.filter(reason="", write=None)
    elif verdict:
        found = found.filter(write__state__in=BUCKETS[verdict])
    if reason:
        found = found.filter(reason=str(reason))
    return found.filter(group=group) if group else found


def waits_until(job: Job) -> datetime | None:
    """When a job that must wait goes on, as long as that is worth saying."""
    soon = timezone.now() + timedelta(seconds=2)
    return job.not_before if job.state == State.RUNNING and job.not_before and job.not_before > soon else None
