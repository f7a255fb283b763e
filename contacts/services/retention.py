"""How long the personal part of the history is kept; the entries themselves are kept for ever."""

from calendar import monthrange
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from contacts import audit
from contacts.models import AuditChain, AuditEntry, AuditPayload, LinkedAccount, ListChange, User, Write
from contacts.rules.refusal import Refused

#: Payloads that are deleted in one transaction.
AT_ONCE = 2_000
#: Ten years.
LONGEST = 120


def keep_for(account: LinkedAccount, *, months: int, by: User) -> None:
    """Say how many months payloads are kept; 0 for ever. Raises Refused for a number that is none."""
    if not 0 <= months <= LONGEST:
        raise Refused(f"Choose a number of months from 0 to {LONGEST}. Nothing was changed.")
    with transaction.atomic():
        held = LinkedAccount.objects.select_for_update().get(pk=account.pk)
        if held.payload_months == months:
            return
        detail = {"before": held.payload_months, "after": months}
        audit.record("retention_rule", AuditEntry.Outcome.DONE, by=by, account=account, detail=detail)
        LinkedAccount.objects.filter(pk=account.pk).update(payload_months=months)
    account.refresh_from_db()


def forget_old(*, now: datetime | None = None) -> int:
    """Delete the payloads that every account's rule says are old, in portions. Returns how many."""
    accounts = LinkedAccount.objects.exclude(payload_months=0)
    return sum(_of_account(each, before=months_before(now or timezone.now(), each.payload_months)) for each in accounts)


def months_before(moment: datetime, months: int) -> datetime:
    """The same day and time so many months earlier; the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def _of_account(account: LinkedAccount, *, before: datetime) -> int:
    gone, after = 0, 0
    last = AuditEntry.objects.filter(account=account, at__lt=before).order_by("-at", "-id").values_list("pk", flat=True)
    until = last.first() or 0
    while portion := _portion(account, before, after=after, until=until):
        if not gone:
            # What was signed before can still be told from what was cut off, once its details are gone.
            audit.checkpoint(AuditChain.objects.get(name=audit.chain_name(account)))
        audit.drop_payloads(account, {pk: sequence for pk, sequence, _ in portion}, months=account.payload_months)
        gone, after = gone + len(portion), portion[-1][2]
    return gone


def _portion(account: LinkedAccount, before: datetime, *, after: int, until: int) -> list[tuple[int, int, int]]:
    """Old payloads with their entries' numbers and keys, the oldest first; none whose entry's end is not known yet.

    Read along the keys of the entries, which grow with their numbers, between these two: what is gone already is not
    passed again.
    """
    open_now = Q(Exists(Write.objects.filter(intent=OuterRef("entry"), state__in=Write.OPEN))) | Q(
        Exists(ListChange.objects.filter(intent=OuterRef("entry"), state__in=ListChange.OPEN))
    )
    kept = AuditPayload.objects.filter(entry__gt=after, entry__lte=until)
    old = kept.filter(entry__account=account, entry__at__lt=before).exclude(open_now)
    return list(old.order_by("entry_id").values_list("pk", "entry__sequence", "entry_id")[:AT_ONCE])
