"""The weekly digest: on Monday at seven, on the account's own clock, a letter for each manager who wants one."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from contacts.models import Access, Letter, LinkedAccount
from contacts.rules.alerts import wants_digest
from contacts.rules.roles import Role
from contacts.rules.weeks import told_last
from contacts.selectors.check import zone

# A week with a change of the clock is an hour shorter; the exact moment is looked at for each account.
SOONEST = timedelta(days=6, hours=22)


def maybe_due(now: datetime) -> QuerySet[LinkedAccount]:
    """Accounts whose last digest is about a week old, or that never had one: nobody on most days."""
    told = Q(digest_at=None) | Q(digest_at__lt=now - SOONEST)
    return LinkedAccount.objects.filter(told).exclude(state=LinkedAccount.State.UNLINKED)


def make_out(now: datetime) -> None:
    """The letters of every account whose week has ended. A worker that was away tells the latest week only."""
    for account in maybe_due(now):
        moment = told_last(now, zone(account))
        if account.digest_at is None or account.digest_at < moment:
            _make_out(account, moment)


def _make_out(account: LinkedAccount, moment: datetime) -> None:
    """``digest_at`` becomes the Monday's moment itself; whoever changes it first makes the letters out.

    An account that was linked after that moment has had no such week: it begins with the next one.
    """
    with transaction.atomic():
        untold = LinkedAccount.objects.filter(pk=account.pk, digest_at=account.digest_at)
        if untold.update(digest_at=moment) and account.linked_at < moment:
            members = Access.objects.current().filter(account=account)
            Letter.objects.bulk_create(
                (
                    Letter(account=account, user_id=each.user_id, week=moment.date())
                    for each in members
                    if wants_digest(Role(each.role), each.digest)
                ),
                # The account's time zone may have moved meanwhile: one week is told once all the same.
                ignore_conflicts=True,
            )
