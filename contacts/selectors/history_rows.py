"""Which entries of the history a person may see, which of them a filter means, and the order they are read in."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from contacts.mirror.reckoning import PROVED
from contacts.models import AuditEntry, AuditMark, Contact, LinkedAccount, User
from contacts.rules.history_query import CCADMIN, Query
from contacts.rules.roles import Right, Role, may
from contacts.selectors.check import zone
from contacts.selectors.together import together

#: So many rows tell what is rare.
PROBE: Final = 2_000


def found(
    account: LinkedAccount,
    *,
    user: User,
    role: Role,
    query: Query,
    contact: Contact | None = None,
    along_marks: bool = True,
) -> QuerySet[AuditEntry]:
    """The entries of one account that the query means and this person may see; in no order, not folded by page.

    Nothing when the query has a part that was not understood. ``contact`` narrows to one contact as well.
    ``along_marks`` is what ``marks_lead`` says; either way the same entries are found.
    """
    rows = permitted(account, user=user, role=role)
    if query.problems:
        return rows.none()
    if contact is not None:
        rows = rows.filter(target=str(contact.remote_id))
    rows = rows.filter(*_numbers(account, query)) if along_marks and _marks(query) else rows
    for place, word in enumerate(_marks(query)):
        if along_marks:
            # One call each: two marks of an entry are two rows. The first and rarest one leads the way.
            rows = rows.filter(*_numbers(account, query, of="marks__entry"), marks__account=account, marks__word=word)
            rows = rows if place else rows.annotate(place=F("marks__entry_id"))
        else:
            rows = rows.filter(Exists(AuditMark.objects.filter(entry=OuterRef("pk"), account=account, word=word)))
    return folded(rows.filter(*_conditions(account, query)), query.folding)


def permitted(account: LinkedAccount, *, user: User, role: Role) -> QuerySet[AuditEntry]:
    """Everybody's entries for those who may see them all, else one's own acts; what was seen is nobody's act."""
    rows = AuditEntry.objects.of(account, user=user).annotate(place=F("id"))
    return rows if may(role, Right.AUDIT_ALL) else rows.filter(actor_id=user.pk)


def marks_lead(account: LinkedAccount, *, user: User, role: Role, query: Query) -> bool:
    """Whether few entries have the marks of the query, beside those that fit its other parts.

    A list's hundred thousand entries are not walked for an end that none of them had. One query when both are asked
    for, else none.
    """
    words, others = _marks(query), list(_conditions(account, replace(query, first=None, last=None)))
    if not words or len(others) == 1:
        return True
    marked = AuditMark.objects.filter(account=account, word=words[0])
    rows = permitted(account, user=user, role=role).filter(*others)
    few = together({}, {"marked": marked.values("pk")[:PROBE], "others": rows.values("pk")[:PROBE]})
    return few["marked"] <= few["others"]


def order_of(query: Query, *, along_marks: bool = True) -> tuple[str, ...]:
    """How ``found`` is read page by page, newest first, along an index.

    What is found by a mark, a job or a contact is read in the order of those indexes: by ``place``, the entry's
    number, which follows the time.
    """
    by_number = (along_marks and _marks(query)) or query.job or query.contact
    return ("-place",) if by_number else ("-at", "-id")


def folded(rows: QuerySet[AuditEntry], fold: str) -> QuerySet[AuditEntry]:
    """``request``: without entries that a later one ends or follows; ``job``: without a job's parts as well."""
    if fold == "none":
        return rows
    if fold == "job":
        rows = rows.filter(part=None)
    ended = AuditEntry.objects.filter(begins=OuterRef("pk"))
    followed = AuditEntry.objects.filter(begins=OuterRef("begins"), pk__gt=OuterRef("pk"))
    return rows.filter(~Exists(ended), ~Exists(followed))


def _conditions(account: LinkedAccount, query: Query) -> Iterator[Q]:
    for name in ("action", "job"):
        value = getattr(query, name)
        if value:
            yield Q(**{name: value})
    if query.outcome:
        yield Q(outcome__in=PROVED) if query.outcome == "proved" else Q(outcome=query.outcome)
    if query.basis:
        yield Q(basis="" if query.basis == "none" else query.basis)
    if query.actor:
        # Not by an empty "sure", which is most of the history: by the few entries that nobody asked for.
        itself = Q(actor_id=None) & ~Q(outcome=AuditEntry.Outcome.SEEN)
        yield itself if query.actor == CCADMIN else Q(actor_id=int(query.actor))
    if query.sure:
        yield Q(sure=None if query.sure == "us" else query.sure)
    if query.contact:
        yield Q(target=query.contact)
    yield _between(account, query)


def _marks(query: Query) -> list[str]:
    """The marks that an entry must have."""
    return [f"{kind}:{getattr(query, kind)}" for kind in ("evidence", "tag", "list") if getattr(query, kind)]


def _numbers(account: LinkedAccount, query: Query, *, of: str = "pk") -> Iterator[Q]:
    """Between which keys the days of the query lie, a day to spare on each side for a clock that was put right.

    What is read in the order of keys need not walk from the newest entry to the last of these days.
    """
    rows = AuditEntry.objects.filter(account=account)
    for day, sign, after in ((query.first, "gte", -1), (query.last, "lte", 2)):
        if day:
            edge = datetime.combine(day + timedelta(days=after), time(), tzinfo=zone(account))
            first, last = (
                rows.filter(at__gte=edge).order_by("at", "id"),
                rows.filter(at__lt=edge).order_by("-at", "-id"),
            )
            found = first if sign == "gte" else last
            yield Q(**{f"{of}__{sign}": Subquery(found.values("pk")[:1])})


def _between(account: LinkedAccount, query: Query) -> Q:
    """From the first moment of the first day until just before the day after the last one, in the account's zone."""
    here, condition = zone(account), Q()
    if query.first:
        condition &= Q(at__gte=datetime.combine(query.first, time(), tzinfo=here))
    if query.last:
        condition &= Q(at__lt=datetime.combine(query.last + timedelta(days=1), time(), tzinfo=here))
    return condition
