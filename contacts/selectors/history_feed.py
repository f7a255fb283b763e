"""One page of the history: its lines, the chips of its filter, and what else could be asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.http import QueryDict

from contacts.models import AuditEntry, ContactEvent, ContactList, LinkedAccount, SavedView, User
from contacts.rules.history_query import CCADMIN, Query, in_words
from contacts.rules.history_words import ASKED, FOLDS, OUTCOMES, SEEN, SURE
from contacts.rules.roles import Right, Role, may
from contacts.selectors.check import masked
from contacts.selectors.history import Line, found, lines_of, order_of
from contacts.selectors.history_names import actors, names_of
from contacts.selectors.paging import Slice, one_page

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
    outcomes = OUTCOMES
    sure = SURE
    folds = FOLDS
    ccadmin = CCADMIN


@dataclass(frozen=True)
class SeenPerson:
    """One contact of an entry about what was seen, as far as the reader may see it."""

    event: ContactEvent
    shown: str


def feed(
    account: LinkedAccount, *, user: User, role: Role, query: Query, typed: str, choices: Choices, url: QueryDict
) -> Feed:
    """One page of what the query means, newest first. ``typed`` is kept when it could not be read. Nine queries."""
    rows = found(account, user=user, role=role, query=query)
    page = one_page(rows, order=order_of(query), query=url)
    personal = may(role, Right.SEE_PERSONAL)
    names = names_of(account, query, choices.people, personal=personal)
    is_all = page.before is None and page.after is None
    chips = [Chip(key, words, query.without(key).text) for key, words in in_words(query, names.words)]
    if not page.rows and len(chips) > 1 and not query.problems:
        chips = [replace(chip, number=_without(account, user, role, query, chip.key)) for chip in chips]
    return Feed(
        rows=lines_of(account, page.rows, notes=personal),
        page=page,
        number=len(page.rows) if is_all else 0 if query.is_empty else capped(rows, order=order_of(query)),
        query=query,
        typed=typed if query.problems else query.written(names.text),
        chips=chips,
        problems=query.problems,
    )


def choices(account: LinkedAccount, *, user: User, role: Role, today: date) -> Choices:
    """What can be asked for on this account. Three queries."""
    lists = ContactList.objects.filter(account=account).order_by("name", "id")
    return Choices(
        people=actors(account, user=user, role=role),
        lists=list(lists),
        views=[
            *built_in(user, today=today, every=may(role, Right.AUDIT_ALL)),
            *(View(row.name, row.query, row) for row in views(account, user=user)),
        ],
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
    page = one_page(rows, order=("id",), query=query)
    people = [
        SeenPerson(each, each.contact.address if personal else masked(each.contact.address)) for each in page.rows
    ]
    return people, page


def capped(rows: QuerySet[AuditEntry], *, order: tuple[str, ...]) -> int:
    """How many there are, at most one more than the limit. The order keeps the database on the page's own index."""
    return rows.order_by(*order)[: COUNT_LIMIT + 1].count()


def told(number: int) -> str:
    """A capped number: ``12``, ``1,000+``."""
    return f"{COUNT_LIMIT:,}+" if number > COUNT_LIMIT else f"{number:,}"


def _without(account: LinkedAccount, user: User, role: Role, query: Query, key: str) -> int:
    """How many there would be with one part of the filter left out."""
    looser = query.without(key)
    return capped(found(account, user=user, role=role, query=looser), order=order_of(looser))
