"""The days before we counted, rebuilt once for each account from the dates that Constant Contact gives."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from contacts.models import Contact, DayCount, LinkedAccount
from contacts.rules import past
from contacts.rules.past import Dates, Turns
from contacts.rules.zones import zone_named

AT_ONCE: Final = 5_000
DAY: Final = timedelta(days=1)
How = DayCount.How


def due() -> QuerySet[LinkedAccount]:
    """Accounts that have been counted, and whose days before that have not been rebuilt."""
    days = DayCount.objects.filter(account=OuterRef("pk"))
    return LinkedAccount.objects.filter(Exists(days.filter(how=How.COUNTED)), ~Exists(days.filter(how=How.DATES)))


def rebuild(account: LinkedAccount) -> int:
    """Write down every day from the first date to the day before the first count; says how many days.

    Every contact is read once, a few thousand at a time; one that was killed begins anew. The day before the first
    count is always written, so that an account without a past is not asked again.
    """
    counted = DayCount.objects.filter(account=account, how=How.COUNTED).order_by("day").first()
    if counted is None:
        return 0
    last = counted.day - DAY
    first = last.replace(year=last.year - past.YEARS, day=1)
    found: Turns = Counter()
    for contact in _dates(account, zone_named(account.time_zone)):
        for day, status, number in past.turns(contact, first=first):
            found[day, status] += number
    begins = min(past.earliest(found, last=last), last)
    rows = [
        DayCount(account=account, day=day, counts=counts, active=counts.get(past.ACTIVE, 0), how=How.DATES)
        for day, counts in past.days(found, first=begins, last=last)
    ]
    with transaction.atomic():
        # Two workers at once: the second one's days are the same.
        DayCount.objects.bulk_create(rows, batch_size=AT_ONCE // 10, ignore_conflicts=True)
    return len(rows)


def _dates(account: LinkedAccount, here: tzinfo) -> Iterator[Dates]:
    """The dates of everybody Constant Contact knows, in the account's zone."""
    columns = ("status", "permission", "created_at", "opt_out_at", "deleted_on")
    people = Contact.objects.filter(account=account, missing_since=None).order_by()
    for status, permission, made, opted_out, deleted in people.values_list(*columns).iterator(chunk_size=AT_ONCE):
        yield Dates(
            status=status,
            before=past.before_deletion(permission),
            made=_day(made, here),
            opted_out=_day(opted_out, here),
            deleted=deleted,
        )


def _day(moment: datetime | None, here: tzinfo) -> date | None:
    return moment.astimezone(here).date() if moment else None
