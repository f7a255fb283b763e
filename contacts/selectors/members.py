"""Who is on an account: what its admin may know of each person, and the day a role ends on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from allauth.mfa.models import Authenticator
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils import timezone

from contacts.backends import SECOND_FACTORS
from contacts.models import Access, AuditEntry, LinkedAccount
from contacts.selectors.check import zone
from contacts.selectors.paging import Slice, one_page


@dataclass(frozen=True)
class Member:
    """One person on the account.

    Until they come, nothing is told that was not typed at the invitation: it would say whether somebody with this
    address was known here before.
    """

    access: Access
    come: bool
    secure: bool
    last_day: date | None
    run_out: bool

    @property
    def name(self) -> str:
        """The name they go by, empty while they have not come."""
        return self.access.user.name if self.come else ""

    @property
    def called(self) -> str:
        """The name, or else the address."""
        return self.name or self.access.user.email

    @property
    def signed_in_at(self) -> datetime | None:
        """Their last sign-in."""
        return self.access.user.last_login if self.come else None

    @property
    def shut_out(self) -> bool:
        """Whether they may not sign in any more."""
        return self.come and not self.access.user.is_active


@dataclass(frozen=True)
class Members:
    """One page of the people on an account, by address."""

    rows: list[Member]
    page: Slice[Access]


def members(account: LinkedAccount, *, query: QueryDict) -> Members:
    """One page of them; two queries whatever their number."""
    page = one_page(_known(account), order=("address", "id"), query=query)
    return Members(list(_told(account, page.rows)), page)


def member(account: LinkedAccount, pk: int) -> Member | None:
    """One of them by the key of their access; None when it is another account's. One query."""
    return next(_told(account, _known(account).filter(pk=pk)), None)


def end_of(day: date, account: LinkedAccount) -> datetime:
    """The moment at which this day is over where the account is."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone(account))


def today(account: LinkedAccount) -> date:
    """The day it is where the account is."""
    return timezone.now().astimezone(zone(account)).date()


def _known(account: LinkedAccount) -> QuerySet[Access]:
    acted = AuditEntry.objects.filter(account=account, actor_id=OuterRef("user_id"))
    factors = Authenticator.objects.filter(user_id=OuterRef("user_id"), type__in=SECOND_FACTORS)
    return (
        Access.objects.filter(account=account)
        .select_related("user", "account")
        .annotate(
            address=Lower("user__email"),
            come=Q(user__last_login__gte=F("granted_at")) | Exists(acted),
            secure=Exists(factors),
        )
    )


def _told(account: LinkedAccount, rows: Iterable[Access]) -> Iterator[Member]:
    here, now = zone(account), timezone.now()
    for each in rows:
        ends = each.expires_at
        last_day = (ends - timedelta(microseconds=1)).astimezone(here).date() if ends else None
        come = bool(each.come)  # type: ignore[attr-defined]
        secure = come and each.secure  # type: ignore[attr-defined]
        yield Member(each, come, secure, last_day, run_out=bool(ends and ends <= now))
