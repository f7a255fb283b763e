"""What Home shows: how the account stands, what needs a person, and the latest work."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef
from django.utils import timezone

from contacts.models import AuditEntry, Contact, ContactEvent, LinkedAccount, User, Write
from contacts.selectors.history import Line, lines_of

RECENT = 8
WINDOWS = 3
WRONG = (Write.State.DIFFERS, Write.State.DRIFTED)
DAYS = 7


@dataclass(frozen=True)
class StatusCount:
    """How many contacts have a status, and the page that shows exactly them."""

    status: str
    label: str
    number: int


@dataclass(frozen=True)
class Deletions:
    """How many contacts were noticed as deleted between two looks, on Constant Contact's clock."""

    number: int
    noticed_from: datetime | None
    noticed_to: datetime | None


@dataclass(frozen=True)
class Home:
    """One page's facts. ``doubtful`` changes have no proved end yet, ``differing`` ended otherwise than asked."""

    counts: list[StatusCount]
    total: int
    doubtful: list[Write]
    differing: list[Write]
    deletions: list[Deletions]
    recent: list[Line]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing needs a person."""
        return not (self.doubtful or self.differing or self.deletions)


def home(account: LinkedAccount, *, user: User, own_only: bool) -> Home:
    """Five queries, whatever the size of the account."""
    counts = [
        StatusCount(value, str(label), account.counts.get(value, 0))
        for value, label in Contact.Status.choices
        if value != Contact.Status.UNKNOWN or account.counts.get(value)
    ]
    writes = (
        Write.objects.visible_to(user).filter(account=account).select_related("contact", "by").defer("contact__raw")
    )
    week = timezone.now() - timedelta(days=DAYS)
    entries = AuditEntry.objects.visible_to(user).filter(account=account).order_by("-id")
    if own_only:
        entries = entries.filter(actor_id=user.pk)
    return Home(
        counts=counts,
        total=sum(count.number for count in counts),
        doubtful=list(writes.filter(state=Write.State.UNKNOWN).order_by("-id")[:RECENT]),
        differing=list(writes.filter(state__in=WRONG, ended_at__gte=week).order_by("-id")[:RECENT]),
        deletions=_deletions(account, user, since=week),
        recent=lines_of(account, list(entries.exclude(outcome=AuditEntry.Outcome.INTENDED)[:RECENT])),
    )


def _deletions(account: LinkedAccount, user: User, *, since: datetime) -> list[Deletions]:
    """The largest groups of the last days; what we hid ourselves by an undo is not among them."""
    lately = Contact.objects.visible_to(user).filter(
        account=account, deleted_to__gte=since, deleted_on__gte=since.date()
    )
    by_us = ContactEvent.objects.filter(
        contact=OuterRef("pk"), kind=ContactEvent.Kind.DELETED, sure=ContactEvent.Sure.US, noticed_to__gte=since
    )
    groups = lately.exclude(Exists(by_us)).values("deleted_to").annotate(number=Count("pk"), first=Min("deleted_from"))
    return [
        Deletions(group["number"], group["first"], group["deleted_to"])
        for group in groups.order_by("-number", "-deleted_to")[:WINDOWS]
    ]
