"""The days before we counted, worked out once for each account from the dates that Constant Contact gives.

Every contact is read once, in turns: how far that is and what was found so far are saved together, so that a killed
worker does one portion again. Nobody sees half a past: the days are written in one transaction, which ends the walk.
"""

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from threading import Event
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from contacts import leases
from contacts.models import Contact, DayCount, LinkedAccount, LookBack
from contacts.rules import past
from contacts.rules.past import Dates, Turns
from contacts.rules.zones import zone_named

#: So many contacts are read between two savings, which takes about half a second.
PORTION: Final = 50_000
AT_ONCE: Final = 5_000
DAY: Final = timedelta(days=1)
How = DayCount.How


def due() -> QuerySet[LinkedAccount]:
    """Accounts that have been counted, whose days before that are not known, and that nobody looks back at just now."""
    days = DayCount.objects.filter(account=OuterRef("pk"))
    held = LookBack.objects.filter(account=OuterRef("pk")).exclude(leases.free(timezone.now()))
    return LinkedAccount.objects.filter(
        Exists(days.filter(how=How.COUNTED)), ~Exists(days.filter(how=How.DATES)), ~Exists(held)
    )


def carry_on(account: LinkedAccount, *, stop: Event | None = None, seconds: float | None = None) -> None:
    """Read on for about so many ``seconds``, or to the end, where all the days before the first count are written.

    Nothing happens while somebody else does it.
    """
    stop, owner = stop or Event(), leases.new_owner()
    until = time.monotonic() + seconds if seconds is not None else None
    mine = LookBack.objects.filter(account=account, lease_owner=owner)
    _claim(account, owner)
    try:
        while not stop.is_set() and _step(mine):
            if until and time.monotonic() > until:
                break
    finally:
        mine.update(lease_owner="", lease_until=None)


def _claim(account: LinkedAccount, owner: str) -> None:
    if due().filter(pk=account.pk).exists():
        LookBack.objects.get_or_create(account=account)
        now = timezone.now()
        free = LookBack.objects.filter(leases.free(now), account=account)
        free.update(lease_owner=owner, lease_until=now + leases.LEASE)


def _step(mine: QuerySet[LookBack]) -> bool:
    """One portion of contacts, or the end. False when nothing is left to do here."""
    walk = mine.select_related("account").first()
    last = _last_day(walk.account) if walk else None
    if walk is None or last is None:
        return False
    found, reached = past.unpacked(walk.turns), walk.after
    first = last.replace(year=last.year - past.YEARS, day=1)
    for pk, contact in _portion(walk):
        for day, status, number in past.turns(contact, first=first):
            found[day, status] += number
        reached = pk
    if reached == walk.after:
        return _end(mine, walk.account, found, last=last)
    renewed = timezone.now() + leases.LEASE
    return bool(mine.update(after=reached, turns=past.packed(found), lease_until=renewed))


def _end(mine: QuerySet[LookBack], account: LinkedAccount, found: Turns, *, last: date) -> bool:
    """Write down every day from the first date to ``last``; always False, for nothing follows.

    ``last`` is always written, so that an account without a past is not asked again.
    """
    begins = min(past.earliest(found, last=last), last)
    rows = [
        DayCount(account=account, day=day, counts=counts, active=counts.get(past.ACTIVE, 0), how=How.DATES)
        for day, counts in past.days(found, first=begins, last=last)
    ]
    with transaction.atomic():
        # Not ours any more: somebody else carries it on, or the copy was erased and its numbers with it.
        if mine.delete()[0]:
            DayCount.objects.bulk_create(rows, batch_size=AT_ONCE // 10)
    return False


def _last_day(account: LinkedAccount) -> date | None:
    """The day before the first count; None when there is no count any more."""
    counted = DayCount.objects.filter(account=account, how=How.COUNTED).order_by("day").first()
    return counted.day - DAY if counted else None


def _portion(walk: LookBack) -> Iterator[tuple[int, Dates]]:
    """The key and the dates, in the account's zone, of the next ones Constant Contact knows."""
    here = zone_named(walk.account.time_zone)
    columns = ("pk", "status", "permission", "created_at", "opt_out_at", "deleted_on")
    people = Contact.objects.filter(account=walk.account, missing_since=None, pk__gt=walk.after).order_by("pk")
    for pk, status, permission, made, opted_out, deleted in people.values_list(*columns)[:PORTION].iterator(AT_ONCE):
        yield (
            pk,
            Dates(
                status=status,
                before=past.before_deletion(permission),
                made=_day(made, here),
                opted_out=_day(opted_out, here),
                deleted=deleted,
            ),
        )


def _day(moment: datetime | None, here: tzinfo) -> date | None:
    return moment.astimezone(here).date() if moment else None
