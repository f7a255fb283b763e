"""The alerts of an account as a person may see them: in words, with the page that shows what each is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from contacts.models import Alert, Letter, LinkedAccount, User
from contacts.rules.alerts import KINDS, Telling, may_see, telling
from contacts.rules.roles import Right, Role, may
from contacts.selectors.paging import Slice, one_page

#: What Home shows of its own accord: a spike, a change undone, a job that waits, a broken link.
SHOWN_ELSEWHERE = (Alert.Kind.SPIKE, Alert.Kind.REVERSAL, Alert.Kind.APPROVAL, Alert.Kind.LINK)


@dataclass(frozen=True)
class Shown:
    """One alert in words. ``url`` is "" where this person may not open the page behind it, or nothing is there now."""

    alert: Alert
    telling: Telling
    name: str
    icon: str
    url: str
    may_close: bool
    unsent: int = 0


@dataclass(frozen=True)
class Page:
    """``found`` knows its neighbours, ``shown`` are its alerts in words."""

    found: Slice[Alert]
    shown: list[Shown]


def seen_by(user: User, account: LinkedAccount, role: Role) -> QuerySet[Alert]:
    """Alerts of the account that the role may learn of; nobody is told of their own question for approval."""
    seen = Alert.objects.visible_to(user).filter(account=account, kind__in=may_see(role))
    somebody_else = Q(detail__asked_by__isnull=True) | ~Q(detail__asked_by=user.pk)
    return seen.filter(~Q(kind=Alert.Kind.APPROVAL) | somebody_else)


def page(account: LinkedAccount, *, user: User, role: Role, past: bool, query: QueryDict) -> Page:
    """One page of those that stand, or of those that are over, newest first."""
    rows = seen_by(user, account, role).filter(closed_at__isnull=not past)
    found = one_page(rows, order=("-id",), query=query)
    unsent = _unsent(found.rows)
    return Page(found, [shown(alert, account, role, unsent=unsent.get(alert.pk, 0)) for alert in found.rows])


def on_home(account: LinkedAccount, *, user: User, role: Role) -> QuerySet[Alert]:
    """Standing ones that Home shows in no other way, the newest few."""
    rows = seen_by(user, account, role).filter(closed_at=None).exclude(kind__in=SHOWN_ELSEWHERE)
    return rows.order_by("-id")[:5]


def address(
    account: LinkedAccount, page: str, *, args: Mapping[str, int] | None = None, query: dict[str, str] | None = None
) -> str:
    """The whole address of one of the account's pages, for a mail."""
    return settings.BASE_URL + reverse(page, kwargs={"account": account.slug, **(args or {})}, query=query)


def shown(alert: Alert, account: LinkedAccount, role: Role, *, unsent: int = 0) -> Shown:
    """One alert in words. No query."""
    words, kind = telling(alert.kind, alert.detail), KINDS[alert.kind]
    # What is over is shown by a page about that very thing; other pages show how things are now.
    opens = may(role, words.needs) and bool(words.args or alert.closed_at is None)
    url = reverse(words.page, kwargs={"account": account.slug, **words.args}) if opens else ""
    may_close = alert.closed_at is None and may(role, Right.BULK)
    return Shown(alert, words, kind.name, kind.icon, url, may_close, unsent)


def _unsent(alerts: Iterable[Alert]) -> dict[int, int]:
    """Alert to the number of people whose mail has failed so far, in one query."""
    rows = Letter.objects.filter(alert__in=[each.pk for each in alerts], sent_at=None).exclude(trouble="")
    return dict(rows.values_list("alert").annotate(number=Count("pk")).order_by("alert"))
