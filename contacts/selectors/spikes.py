"""Spikes: far more deletions than usual between two looks, in words, and how many of these people are still hidden."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from contacts.models import Contact, LinkedAccount, Spike, User
from contacts.rules import spikes as rules
from contacts.selectors.check import zone

MOST, LOUD = 50, 3


@dataclass(frozen=True)
class Told:
    """One spike in words. ``left`` of its people are hidden still, ``back`` are not any more."""

    spike: Spike
    sentence: str
    between: str
    left: int

    @property
    def back(self) -> int:
        """How many came back since, whoever did it."""
        return max(self.spike.number - self.left, 0)

    @property
    def is_alarming(self) -> bool:
        """Whether a person should look: not our own work, not dismissed, and somebody is hidden still."""
        foreign = rules.is_alarming(self.spike.number, by_us=self.spike.by_us)
        return foreign and self.spike.dismissed_at is None and self.left > 0


def noticed_since(look: Any, *, account: Any) -> Q:
    """Those whose deletion was noticed by what followed one look, given as a moment or as a column of an outer query.

    The pages of a look are read one after the other, so it is the beginning of the window that tells it from its
    neighbours. A contact that was new to us has none: it belongs here when it was also made since.
    """
    window = Q(deleted_from=look) | Q(deleted_from=None, created_at__gte=look)
    return Q(account=account, missing_since=None, deleted_on__isnull=False, deleted_to__gte=look) & window


def people_of(spike: Spike) -> Q:
    """The people of one spike who are hidden still."""
    return noticed_since(spike.noticed_from, account=spike.account_id) & Q(deleted_to__lte=spike.noticed_to)


def latest(account: LinkedAccount, *, user: User) -> list[Told]:
    """The last spikes, newest first. One query."""
    return [told(account, each) for each in _counted(account, user)[:MOST]]


def loud(account: LinkedAccount, *, user: User) -> list[Told]:
    """What Home must say: the newest that nobody dismissed, that we did not do, and that hide somebody still."""
    foreign = _counted(account, user).filter(dismissed_at=None, number__gte=F("by_us") + rules.FEW)
    return [told(account, each) for each in foreign.filter(left__gt=0)[:LOUD]]


def one(account: LinkedAccount, pk: int, *, user: User) -> Told | None:
    """One spike of this account, or None."""
    spike = _counted(account, user).filter(pk=pk).first()
    return told(account, spike) if spike else None


def told(account: LinkedAccount, spike: Any) -> Told:
    """The spike in words, in the account's zone; ``left`` has been counted by the query."""
    here = zone(account)
    surge = rules.Surge(
        spike.number,
        spike.noticed_from.astimezone(here),
        spike.noticed_to.astimezone(here),
        normal=spike.normal,
        by_us=spike.by_us,
        known_for=spike.noticed_from - account.known_since if account.known_since else timedelta(),
    )
    today = timezone.now().astimezone(here).date()
    between = rules.between(surge.start, surge.end, today=today)
    return Told(spike, rules.sentence(surge, today=today), between, spike.left)


def _counted(account: LinkedAccount, user: User) -> QuerySet[Any]:
    window = noticed_since(OuterRef("noticed_from"), account=OuterRef("account"))
    hidden = Contact.objects.filter(window, deleted_to__lte=OuterRef("noticed_to"))
    number = hidden.order_by().values("account").annotate(number=Count("pk")).values("number")
    rows = Spike.objects.visible_to(user).filter(account=account).order_by("-noticed_to", "-id")
    return rows.annotate(left=Coalesce(Subquery(number, output_field=IntegerField()), 0))
