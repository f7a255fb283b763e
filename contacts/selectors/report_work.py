"""Reactivations by person and by reason, as the history has them: nobody's act is counted twice, none is left out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple

from django.db.models import BigIntegerField, DateTimeField, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from contacts.mirror.reckoning import has_evidence, proved
from contacts.models import LinkedAccount, ReactivatedMonth, Reckoned, User
from contacts.rules.consent import Basis
from contacts.rules.history_query import CCADMIN, Query
from contacts.rules.history_words import REASONS
from contacts.rules.months import month_of
from contacts.rules.roles import Right, Role, may
from contacts.selectors.check import zone

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Work(NamedTuple):
    """So many reactivations by one person, or for one reason; ``text`` finds them in the history, row by row."""

    name: str
    number: int
    text: str


@dataclass(frozen=True)
class Reactivations:
    """Who brought people back since ``first`` and why; ``without`` are the acts that had no note."""

    first: date
    people: list[Work]
    reasons: list[Work]
    without: Work
    own_only: bool

    @property
    def total(self) -> int:
        """All of them."""
        return sum(each.number for each in self.people)

    @property
    def most(self) -> int:
        """The longest bar."""
        return max((each.number for each in (*self.people, *self.reasons, self.without)), default=0) or 1


def work_of(account: LinkedAccount, *, user: User, role: Role, first: date) -> dict[str, QuerySet[Any, Any]]:
    """Reactivations that were counted, those since then, and who did them; to be asked together with other things."""
    kept = ReactivatedMonth.objects.visible_to(user).filter(account=account, month__gte=first)
    since = Reckoned.objects.filter(account=account)
    start = datetime.combine(first, time(), tzinfo=zone(account))
    rest = proved(account).filter(
        Q(at__gte=start),
        pk__gt=Coalesce(Subquery(since.values("through")), Value(0), output_field=BigIntegerField()),
        at__gte=Coalesce(Subquery(since.values("at")), Value(LONG_AGO), output_field=DateTimeField()),
    )
    if not may(role, Right.AUDIT_ALL):
        kept, rest = kept.filter(actor=user.pk), rest.filter(actor_id=user.pk)
    people = Q(pk__in=kept.values("actor")) | Q(pk__in=rest.values("actor_id"))
    return {
        "kept": kept.order_by("month").values_list("month", "actor", "basis", "evidence", "number"),
        "rest": rest.order_by("pk").values_list("at", "actor_id", "basis", "detail"),
        "people": User.objects.filter(people).only("name", "email"),
    }


def reactivations(account: LinkedAccount, found: Mapping[str, Any], *, role: Role, first: date) -> Reactivations:
    """By person and by reason, the most first; every reason that can be chosen is there, also with nobody."""
    names = {0: CCADMIN} | {each.pk: str(each) for each in found["people"]}
    people: Counter[int] = Counter()
    reasons: Counter[str] = Counter(dict.fromkeys(map(str, Basis), 0))
    without = 0
    for _, actor, basis, evidence, number in work_rows(account, found):
        people[actor] += number
        reasons[basis or "none"] += number
        without += 0 if evidence else number
    proof = Query(action="reactivate", outcome="proved", first=first)
    return Reactivations(
        first=first,
        people=[
            Work(names.get(pk, f"Person {pk}"), number, replace(proof, actor=str(pk) if pk else CCADMIN).text)
            for pk, number in people.most_common()
        ],
        reasons=[
            Work(REASONS.get(basis, basis), number, replace(proof, basis=basis).text)
            for basis, number in reasons.most_common()
        ],
        without=Work("No evidence", without, replace(proof, evidence="no").text),
        own_only=not may(role, Right.AUDIT_ALL),
    )


def work_rows(account: LinkedAccount, found: Mapping[str, Any]) -> list[tuple[date, int, str, bool, int]]:
    """Month, actor, basis, evidence and number: what was kept, with what came since."""
    here = zone(account)
    made: Counter[tuple[date, int, str, bool]] = Counter()
    for month, actor, basis, evidence, number in found["kept"]:
        made[month, actor, basis, evidence] += number
    for at, actor, basis, detail in found["rest"]:
        made[month_of(at.astimezone(here).date()), actor or 0, basis, has_evidence(detail)] += 1
    return [(*key, number) for key, number in sorted(made.items())]
