"""What a week was like on an account: numbers for its managers, each with the page that shows what it counts.

Colleagues are named, contacts never are.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.utils.dateformat import format as format_date

from contacts import audit
from contacts.models import (
    Alert,
    Approval,
    AuditCheckpoint,
    AuditEntry,
    AuditMark,
    Job,
    LinkedAccount,
    RequestLog,
    Reversal,
    SyncRun,
    Verification,
    Write,
)
from contacts.rules.weeks import window
from contacts.selectors.alerts import address
from contacts.selectors.check import zone
from contacts.templatetags.ccadmin import DAY

PROVED = (AuditEntry.Outcome.CONFIRMED, AuditEntry.Outcome.APPLIED)


@dataclass(frozen=True)
class Line:
    """One number in words, and the address of the page behind it."""

    words: str
    url: str


@dataclass(frozen=True)
class Part:
    """Lines that belong together."""

    title: str
    lines: list[Line]


@dataclass(frozen=True)
class Digest:
    """One week of one account; ``first`` and ``last`` are its days, Monday and Sunday."""

    account: LinkedAccount
    first: date
    last: date
    parts: list[Part]


def digest(account: LinkedAccount, ended: date) -> Digest:
    """The week before the Monday ``ended``, counted now: twelve queries, whatever the size of the account."""
    week = _Week(account, ended)
    parts = [
        Part("What we did", [*week.reactivated(), *week.jobs(), *week.approvals()]),
        Part("What happened outside ccadmin", [*week.seen(), *week.undone()]),
        Part("What needs a look", [*week.unknown(), *week.alerts()]),
        Part("How it runs", [*week.syncs(), *week.calls(), *week.proof()]),
    ]
    return Digest(account, week.first, week.last, parts)


class _Week:
    def __init__(self, account: LinkedAccount, ended: date) -> None:
        self.account = account
        self.zone = zone(account)
        self.first, self.last = ended - timedelta(days=7), ended - timedelta(days=1)
        self.began, self.ended = window(ended, self.zone)

    def reactivated(self) -> Iterator[Line]:
        done = AuditEntry.objects.filter(
            self._within("at"), account=self.account, action=Write.Kind.REACTIVATE, outcome__in=PROVED
        )
        people = done.values_list("actor").annotate(number=Count("pk")).order_by("-number", "actor")
        by = [f"{name} {number:,}" for name, number in people]
        total = sum(number for _, number in people)
        yield Line(
            f"Reactivated and verified: {total:,}" + (f" ({', '.join(by)})" if by else ""),
            self._history("action:reactivate"),
        )
        bare = AuditMark.objects.filter(word="evidence:no", account=self.account, entry__in=done.values("pk"))
        yield Line(f"Reactivated without evidence: {bare.count():,}", self._history("action:reactivate evidence:no"))

    def jobs(self) -> Iterator[Line]:
        ended = Job.objects.filter(self._within("finished_at"), account=self.account)
        states = Counter(ended.values_list("state", flat=True))
        yield Line(f"Jobs done: {states['done']:,}; stopped: {states['stopped']:,}", self._page("job_list"))

    def approvals(self) -> Iterator[Line]:
        asked, answered = self._within("asked_at"), self._within("answered_at")
        of_account = Approval.objects.filter(job__account=self.account)
        number = of_account.aggregate(
            asked=Count("pk", filter=asked),
            approved=Count("pk", filter=answered & Q(state=Approval.State.APPROVED)),
            back=Count("pk", filter=answered & Q(state=Approval.State.SENT_BACK)),
            open=Count("pk", filter=Q(state=Approval.State.ASKED)),
        )
        yield Line(
            f"Approvals asked for: {number['asked']:,}; approved: {number['approved']:,};"
            f" sent back: {number['back']:,}; waiting now: {number['open']:,}",
            self._page("job_list"),
        )

    def seen(self) -> Iterator[Line]:
        """What the history tells as seen; one entry counts as many people as it says."""
        kinds = {"seen_deleted": "Deleted in Constant Contact", "seen_revived": "Active again, not by us"}
        entries = AuditEntry.objects.filter(self._within("at"), account=self.account, action__in=kinds)
        numbers: Counter[str] = Counter()
        for action, detail in entries.values_list("action", "detail"):
            numbers[action] += detail.get("number", 0)
        for action, words in kinds.items():
            yield Line(f"{words}: {numbers[action]:,}", self._history(f"action:{action}"))

    def undone(self) -> Iterator[Line]:
        found = Reversal.objects.filter(self._within("noticed_at"), account=self.account)
        kinds = Counter(found.values_list("kind", flat=True))
        each = [f"{label.lower()} {kinds[kind]:,}" for kind, label in Reversal.Kind.choices if kinds[kind]]
        yield Line(
            f"Undid a change of ours: {kinds.total():,}" + (f" ({', '.join(each)})" if each else ""),
            self._page("outside_list"),
        )

    def unknown(self) -> Iterator[Line]:
        number = Write.objects.filter(account=self.account, state=Write.State.UNKNOWN).count()
        yield Line(f"Changes whose end we do not know yet: {number:,}", self._page("home"))

    def alerts(self) -> Iterator[Line]:
        number = Alert.objects.filter(account=self.account, closed_at=None).count()
        yield Line(f"Alerts that stand: {number:,}", self._page("alert_list"))

    def syncs(self) -> Iterator[Line]:
        runs = SyncRun.objects.filter(self._within("finished_at"), account=self.account)
        states = Counter(runs.values_list("state", flat=True))
        yield Line(
            f"Syncs done: {states['done']:,}; failed: {states['failed']:,};"
            f" the last one that was done: {self._moment(self.account.synced_at)}",
            self._page("sync_status"),
        )

    def calls(self) -> Iterator[Line]:
        number = RequestLog.objects.filter(self._within("at"), account=self.account).count()
        yield Line(f"Calls to Constant Contact: {number:,}", self._page("request_list"))

    def proof(self) -> Iterator[Line]:
        chain = audit.chain_name(self.account)
        walk = Verification.objects.filter(chain__name=chain, ended_at__isnull=False).order_by("-ended_at").first()
        said = f"{walk.get_state_display().lower()}, {self._moment(walk.ended_at)}" if walk else "never"
        yield Line(f"History verified: {said}", self._page("audit_verify"))
        mark = AuditCheckpoint.objects.filter(chain__name=chain).order_by("-sequence").first()
        said = f"entry {mark.sequence:,}, {self._moment(mark.at)}" if mark else "none yet"
        yield Line(f"Last signed checkpoint: {said}", self._page("audit_verify"))

    def _within(self, column: str) -> Q:
        return Q(**{f"{column}__gte": self.began, f"{column}__lt": self.ended})

    def _page(self, name: str) -> str:
        return address(self.account, name)

    def _history(self, query: str) -> str:
        return address(self.account, "audit_list", query={"q": f"{query} created:{self.first}..{self.last}"})

    def _moment(self, when: datetime | None) -> str:
        return format_date(when.astimezone(self.zone), f"{DAY} H:i") if when else "never"
