"""One page of the history: its lines, the chips of its filter, and what else could be asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from contacts.models import AuditEntry, ContactEvent, ContactList, LinkedAccount, SavedView, User
from contacts.rules.history_query import CCADMIN, Query, in_words
from contacts.rules.history_words import ASKED, ENDS, FOLDS, REASONS, SEEN, SURE
from contacts.rules.roles import Right, Role, may
from contacts.selectors import paging
from contacts.selectors.check import masked
from contacts.selectors.history import Line, as_lines, contacts_of
from contacts.selectors.history_names import names_of, to_name
from contacts.selectors.history_page import one_page
from contacts.selectors.history_rows import found, marks_lead, order_of, permitted
from contacts.selectors.paging import Slice
from contacts.selectors.together import together

COUNT_LIMIT = 1000


@dataclass(frozen=True)
class Chip:
    """One part of the filter in words, and the text of the filter without it.

    ``number`` is how many entries there were without it, told when nothing fits; ``COUNT_LIMIT`` and one more at most.
    """

    key: str
    words: str
    without: str
    number: int = 0

    @property
    def told(self) -> str:
        """The number in words."""
        return told(self.number)


@dataclass(frozen=True)
class View:
    """A filter under a name: built in, one's own, or shared by somebody."""

    name: str
    text: str
    row: SavedView | None = None


@dataclass(frozen=True)
class Feed:
    """One page of history. ``typed`` is what stands in the box: names instead of ids, or what could not be read.

    ``number`` is 0 where nobody asked how many: a whole history of several pages is not counted.
    """

    rows: list[Line]
    page: Slice[AuditEntry]
    number: int
    query: Query
    typed: str
    chips: list[Chip]
    problems: tuple[str, ...]
    choices: "Choices"

    @property
    def told(self) -> str:
        """How many entries fit, in words."""
        return told(self.number)

    @property
    def unfolded(self) -> str:
        """The same filter with the people of jobs shown."""
        return replace(self.query, fold="request").text

    @property
    def every_entry(self) -> str:
        """The same filter with nothing folded away."""
        return replace(self.query, fold="none").text


@dataclass(frozen=True)
class Choices:
    """What the controls of the filter offer."""

    people: list[User]
    lists: list[ContactList]
    views: list[View]
    asked = ASKED
    seen = SEEN
    outcomes = ENDS
    reasons = REASONS
    sure = SURE
    folds = FOLDS
    ccadmin = CCADMIN


@dataclass(frozen=True)
class SeenPerson:
    """One contact of an entry about what was seen, as far as the reader may see it."""

    event: ContactEvent
    shown: str


def feed(
    account: LinkedAccount, *, user: User, role: Role, query: Query, typed: str, today: date, url: QueryDict
) -> Feed:
    """One page of what the query means, newest first, and what else could be asked for; three queries at most.

    ``typed`` is kept when it could not be read.
    """
    personal = may(role, Right.SEE_PERSONAL)
    along_marks = marks_lead(account, user=user, role=role, query=query)
    rows = found(account, user=user, role=role, query=query, along_marks=along_marks)
    order = order_of(query, along_marks=along_marks)
    with_notes = rows.select_related("payload").defer("payload__salt") if personal else rows
    known = permitted(account, user=user, role=role)
    page = one_page(with_notes, known=known, order=order, query=url)
    is_all = page.before is None and page.after is None
    asked = to_name(account, user=user, role=role, query=query) | {
        "views": views(account, user=user).select_related(None).only("name", "query", "shared", "by_id"),
        "contacts": contacts_of(account, page.rows).only("remote_id", "address"),
    }
    counted = {} if is_all or query.is_empty else {"number": capped(rows, order=order)}
    if not page.rows and not query.problems:
        counted |= _looser(account, user=user, role=role, query=query, along_marks=along_marks)
    about = together(asked, counted)
    names = names_of(query, about, personal=personal)
    return Feed(
        rows=as_lines(account, page.rows, contacts=about["contacts"], notes=personal),
        page=page,
        number=len(page.rows) if is_all else about.get("number", 0),
        query=query,
        typed=typed if query.problems else query.written(names.text),
        chips=[
            Chip(key, words, query.without(key).text, about.get(f"without_{key}", 0))
            for key, words in in_words(query, names.words)
        ],
        problems=query.problems,
        choices=_choices(about, user=user, today=today, every=may(role, Right.AUDIT_ALL)),
    )


def views(account: LinkedAccount, *, user: User) -> QuerySet[SavedView]:
    """The saved views this person may open: their own and the shared ones of the account."""
    rows = SavedView.objects.visible_to(user).filter(account=account).select_related("by")
    return rows.filter(Q(by=user) | Q(shared=True))


def built_in(user: User, *, today: date, every: bool) -> list[View]:
    """The views that everybody has; weeks begin on Monday. ``every`` is whether the reader sees more than their own."""
    monday = today - timedelta(days=today.weekday())
    return [
        View("Reactivations without evidence", "action:reactivate evidence:no"),
        *([View("Seen outside ccadmin", "outcome:seen")] if every else []),
        View("We do not know yet", "outcome:unknown"),
        View("Mine this week", Query(actor=str(user.pk), first=monday, last=today).text),
    ]


def times(query: Query, *, today: date) -> list[View]:
    """The same filter over the stretches of time that are asked for most; weeks begin on Monday."""
    monday, day = today - timedelta(days=today.weekday()), timedelta(days=1)
    stretches = {
        "Any time": (None, None),
        "Today": (today, today),
        "This week": (monday, today),
        "Last week": (monday - 7 * day, monday - day),
        "Last 30 days": (today - 29 * day, today),
    }
    return [View(name, replace(query, first=first, last=last).text) for name, (first, last) in stretches.items()]


def people_of(
    entry: AuditEntry, *, query: QueryDict, personal: bool
) -> tuple[Sequence[SeenPerson], Slice[ContactEvent]]:
    """Whom an entry about what was seen is about, page by page; addresses are masked for those who may not see them."""
    rows = ContactEvent.objects.filter(entry=entry).select_related("contact").defer("contact__raw")
    page = paging.one_page(rows, order=("id",), query=query)
    people = [
        SeenPerson(each, each.contact.address if personal else masked(each.contact.address)) for each in page.rows
    ]
    return people, page


def capped(rows: QuerySet[AuditEntry], *, order: tuple[str, ...]) -> QuerySet[AuditEntry]:
    """What is counted: one more than the limit at most. The order keeps the database on the page's own index."""
    return rows.order_by(*order)[: COUNT_LIMIT + 1]


def told(number: int) -> str:
    """A capped number: ``12``, ``1,000+``."""
    return f"{COUNT_LIMIT:,}+" if number > COUNT_LIMIT else f"{number:,}"


def _choices(about: Mapping[str, Any], *, user: User, today: date, every: bool) -> Choices:
    """From what was asked together with the page. No query."""
    saved = [View(row.name, row.query, row) for row in about["views"]]
    views = [*built_in(user, today=today, every=every), *saved]
    return Choices(people=about["people"], lists=about["lists"], views=views)


def _looser(
    account: LinkedAccount, *, user: User, role: Role, query: Query, along_marks: bool
) -> dict[str, QuerySet[AuditEntry]]:
    """What there would be with one part of the filter left out, for each of several parts."""
    keys = [key for key, _ in query.values()]
    looser = {key: query.without(key) for key in keys if len(keys) > 1}
    return {
        f"without_{key}": capped(
            found(account, user=user, role=role, query=each, along_marks=along_marks or len(keys) == 2),
            order=order_of(each, along_marks=along_marks or len(keys) == 2),
        )
        for key, each in looser.items()
    }
