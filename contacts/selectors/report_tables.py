"""The reports as tables for a file: every day, every month, every list that is known."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from contacts.models import DayCount, DeletedMonth, LinkedAccount, ListMonth, User
from contacts.rules.area import STATUSES
from contacts.rules.history_query import CCADMIN
from contacts.rules.history_words import REASONS
from contacts.rules.roles import Role
from contacts.selectors.report_work import LONG_AGO, work_of, work_rows
from contacts.selectors.together import together

AT_ONCE: Final = 2_000
#: The words of the API for a status, which a program reads.
NAMES: Final = tuple(STATUSES)

type Rows = Iterator[Sequence[object]]


def status(account: LinkedAccount, *, user: User, role: Role) -> Rows:
    """Contacts by status for every day that was counted or is known from dates."""
    yield ("Day", "How we know", "Counted at (UTC)", *(label for label, _ in STATUSES.values()))
    rows = DayCount.objects.visible_to(user).filter(account=account).order_by("day")
    for day in rows.iterator(chunk_size=AT_ONCE):
        at = day.counted_at.isoformat(timespec="seconds") if day.counted_at else ""
        yield (day.day, day.get_how_display(), at, *(day.counts.get(name, 0) for name in NAMES))


def deleted(account: LinkedAccount, *, user: User, role: Role) -> Rows:
    """Deletions by month and what became of them."""
    yield ("Month", "Deleted", "Reactivated from here", "Came back otherwise", "Hidden still")
    for each in DeletedMonth.objects.visible_to(user).filter(account=account).order_by("month"):
        numbers = (each.reactivated, each.returned, each.hidden)
        yield (f"{each.month:%Y-%m}", sum(numbers), *numbers)


def lists(account: LinkedAccount, *, user: User, role: Role) -> Rows:
    """Each list, also a deleted one, by month."""
    yield ("List", "List id", "Month", "Joined", "Left", "Deleted")
    rows = ListMonth.objects.filter(list__account__in=LinkedAccount.objects.visible_to(user), list__account=account)
    columns = ("list__name", "list__remote_id", "month", "joined", "left", "deleted")
    ordered = rows.order_by("list__name", "list", "month").values_list(*columns)
    for name, pk, month, *numbers in ordered.iterator(chunk_size=AT_ONCE):
        yield (name, pk, f"{month:%Y-%m}", *numbers)


def reactivations(account: LinkedAccount, *, user: User, role: Role) -> Rows:
    """By month, person, reason and whether there was a note; only one's own for those who see no more of the audit."""
    yield ("Month", "Person", "Reason", "Evidence", "Reactivated")
    found: dict[str, Any] = together(work_of(account, user=user, role=role, first=LONG_AGO.date()))
    names = {0: CCADMIN} | {each.pk: str(each) for each in found["people"]}
    for month, actor, basis, evidence, number in work_rows(account, found):
        why = REASONS.get(basis or "none", basis)
        yield (f"{month:%Y-%m}", names.get(actor, f"Person {actor}"), why, "yes" if evidence else "no", number)


TABLES: Mapping[str, Callable[..., Rows]] = {
    "status": status,
    "deleted": deleted,
    "lists": lists,
    "reactivations": reactivations,
}
