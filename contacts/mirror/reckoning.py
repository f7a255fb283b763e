"""The numbers of the reports, counted after each sync and kept: a page that is asked for never counts a million rows.

Only what can have changed since the last count is counted: the months of lists since then, the entries of the history
since the last one. Deletions are counted whole, from an index that has what it takes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from contacts.models import (
    AuditEntry,
    Contact,
    ContactEvent,
    ContactList,
    DayCount,
    DeletedMonth,
    How,
    LinkedAccount,
    ListMonth,
    Membership,
    ReactivatedMonth,
    Reckoned,
)
from contacts.models.joining import Joined
from contacts.rules.months import month_of, months_between, next_month
from contacts.rules.zones import day_of_deletion, zone_named

#: How somebody can have left a list. Whom a file told us of is not among them, nor who was on a list that was deleted.
LEFT: Final = (How.SEEN, How.US, How.UNSUBSCRIBED)
#: How a reactivation can end that brought somebody back.
PROVED: Final = (AuditEntry.Outcome.CONFIRMED, AuditEntry.Outcome.APPLIED)
AT_ONCE: Final = 2_000
#: Entries follow one another by number; their clock may have been put right by so much.
A_DAY: Final = timedelta(days=1)
SURE = ContactEvent.Sure


def count_reports(account: LinkedAccount) -> None:
    """Bring every number but the day's up to date. Not to be called inside a transaction."""
    _count_deletions(account)
    _count_lists(account)
    _count_reactivations(account)


def keep_day(account: LinkedAccount, counts: dict[str, int], *, at: datetime) -> None:
    """Write down how the account stood on the day of ``at``; a later count of the same day takes its place."""
    day = at.astimezone(zone_named(account.time_zone)).date()
    columns = {"counts": counts, "active": counts.get(Contact.Status.ACTIVE, 0), "counted_at": at}
    DayCount.objects.update_or_create(account=account, day=day, defaults={"how": DayCount.How.COUNTED, **columns})


def proved(account: LinkedAccount) -> QuerySet[AuditEntry]:
    """The ends of reactivations that brought somebody back."""
    return AuditEntry.objects.filter(account=account, action="reactivate", outcome__in=PROVED)


def _count_deletions(account: LinkedAccount) -> None:
    counted = {month: Counter(hidden=number) for month, number in _hidden(account).items()}
    back = ContactEvent.objects.filter(was_deleted_on__isnull=False, contact__account=account).order_by()
    for day, sure, number in back.values_list("was_deleted_on", "sure").annotate(number=Count("pk")):
        counted.setdefault(month_of(day), Counter())["reactivated" if sure == SURE.US else "returned"] += number
    names = ("hidden", "reactivated", "returned")
    # A month whose last one was erased is there still, with nobody in it.
    rows = {month: dict.fromkeys(names, 0) for month in _kept_months(account)}
    rows |= {month: {name: numbers[name] for name in names} for month, numbers in counted.items()}
    DeletedMonth.objects.bulk_create(
        (DeletedMonth(account=account, month=month, **numbers) for month, numbers in rows.items()),
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["account", "month"],
        update_fields=names,
    )


def _hidden(account: LinkedAccount) -> Counter[date]:
    """Those who are hidden still, each in the month in which the windows of the deleted have them. Three queries."""
    here, counted = zone_named(account.time_zone), Counter[date]()
    hidden = Contact.objects.filter(account=account, missing_since=None, deleted_on__isnull=False).order_by()
    first = hidden.order_by("deleted_to").values_list("deleted_to", flat=True).first()
    if first is None:
        return counted
    # Their date is all that says when: so they are counted by days, which are fewer than the looks that found them.
    before = Q(deleted_from=None, deleted_on__lt=first.astimezone(here).date())
    for day, number in hidden.filter(before).values_list("deleted_on").annotate(number=Count("pk")):
        counted[month_of(day)] += number
    looks = hidden.exclude(before).values_list("deleted_from", "deleted_to", "deleted_on")
    for start, end, on, number in looks.annotate(number=Count("pk")).iterator(chunk_size=AT_ONCE):
        counted[month_of(day_of_deletion(start, end, on, here))] += number
    return counted


def _kept_months(account: LinkedAccount) -> Iterable[date]:
    return DeletedMonth.objects.filter(account=account).values_list("month", flat=True)


def _count_lists(account: LinkedAccount) -> None:
    """The months since the last count, one after another: each is a piece of the indexes by list and time."""
    here = zone_named(account.time_zone)
    for month in months_between(_last_counted(account, here), timezone.now().astimezone(here).date()):
        counted = _moves(account, *(_midnight(day, here) for day in (month, next_month(month))))
        ListMonth.objects.bulk_create(
            (ListMonth(list_id=pk, month=month, **numbers) for pk, numbers in counted),
            batch_size=AT_ONCE,
            update_conflicts=True,
            unique_fields=["list", "month"],
            update_fields=["joined", "left", "deleted"],
        )


def _last_counted(account: LinkedAccount, here: tzinfo) -> date:
    """The day of the last look, on Constant Contact's clock as the stays are; before the first count, all we know."""
    was_counted = DayCount.objects.filter(account=account, how=DayCount.How.COUNTED).exists()
    since = (account.watermark if was_counted else None) or account.known_since or timezone.now()
    return since.astimezone(here).date()


def _moves(account: LinkedAccount, start: datetime, end: datetime) -> Iterator[tuple[int, dict[str, int]]]:
    """Each list that moved between these moments: who joined, left, or went because they were deleted. Two queries."""
    stays = Membership.objects.filter(list__in=ContactList.objects.filter(account=account).values("pk")).order_by()
    began = stays.filter(Joined(), began_at__gte=start, began_at__lt=end)
    # What an old export names was over before we looked.
    ended = stays.filter(ended_at__gte=start, ended_at__lt=end, seed=None)
    numbers: dict[int, dict[str, int]] = {}
    for pk, joined in began.values_list("list").annotate(number=Count("pk")):
        numbers.setdefault(pk, {"left": 0, "deleted": 0})["joined"] = joined
    told = {"left": Count("pk", filter=Q(ended_how__in=LEFT)), "gone": Count("pk", filter=Q(ended_how=How.DELETED))}
    for pk, left, deleted in ended.values_list("list").annotate(**told):
        numbers.setdefault(pk, {"joined": 0}).update(left=left, deleted=deleted)
    yield from numbers.items()


def _count_reactivations(account: LinkedAccount) -> None:
    """Those since the last one that was counted. Two runs of one account never end at the same time."""
    here, so_far = zone_named(account.time_zone), Reckoned.objects.filter(account=account).first()
    entries = proved(account).order_by("pk")
    entries = entries.filter(pk__gt=so_far.through, at__gte=so_far.at) if so_far else entries
    found: Counter[tuple[date, int, str, bool]] = Counter()
    last: tuple[int, datetime] | None = None
    columns = entries.values_list("pk", "at", "actor_id", "basis", "detail")
    for pk, at, actor, basis, detail in columns.iterator(chunk_size=AT_ONCE):
        found[(month_of(at.astimezone(here).date()), actor or 0, basis, has_evidence(detail))] += 1
        last = pk, max(at, last[1]) if last else at
    if last is None:
        return
    with transaction.atomic():
        for (month, actor, basis, evidence), number in found.items():
            key: dict[str, Any] = {"month": month, "actor": actor, "basis": basis, "evidence": evidence}
            row, _ = ReactivatedMonth.objects.get_or_create(account=account, **key)
            ReactivatedMonth.objects.filter(pk=row.pk).update(number=F("number") + number)
        Reckoned.objects.update_or_create(account=account, defaults={"through": last[0], "at": last[1] - A_DAY})


def has_evidence(detail: dict[str, Any]) -> bool:
    """Whether the act was given a note, as ``AuditMark`` says it too."""
    return detail.get("evidence") is not False


def _midnight(day: date, here: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=here)
