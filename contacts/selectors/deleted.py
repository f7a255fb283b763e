"""Deleted contacts: whom Constant Contact hides, by the day they were deleted and by what can be done for them."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from contacts.models import Contact, LinkedAccount, Spike, User
from contacts.models.mirror import ContactQuerySet
from contacts.selectors import people, pieces, windows
from contacts.selectors.check import zone
from contacts.selectors.histogram import MANY, RANGES, Days, Histogram
from contacts.selectors.paging import Slice, one_page
from contacts.selectors.people import COUNT_LIMIT, known
from contacts.selectors.persons import Person, late, persons, stays_of
from contacts.selectors.pieces import Piece
from contacts.selectors.searching import Search
from contacts.selectors.spikes import people_of
from contacts.selectors.together import together
from contacts.selectors.windows import Window

SORTS = {"-noticed": ("-deleted_to", "id"), "address": ("address_key", "id")}
SPIKES, REFUSED = "spikes", "refused"
TABS = {
    "": "All",
    SPIKES: "Spikes",
    REFUSED: "Refused by forms",
    Piece.UNKNOWN.value: "Unknown lists",
    Piece.OPTED_OUT.value: "Opted out",
}
ASKED_DAYS = 30


@dataclass(frozen=True)
class Filter:
    """What is asked for. ``text`` never stands in a URL: it may be an address. ``lost``: a spike that is none."""

    tab: str
    kind: Piece | None
    window: Window
    spike: Spike | None
    lost: bool
    sort: str
    days: str
    text: str

    @property
    def is_empty(self) -> bool:
        """Whether everybody is asked for."""
        return not (self.tab or self.kind or self.window.is_set or self.spike or self.lost or self.text)

    @property
    def fields(self) -> dict[str, str]:
        """What a form must send along to mean the same people."""
        spike = str(self.spike.pk) if self.spike else ""
        window = {} if self.spike else {"from": self.window.first, "to": self.window.last}
        return {"tab": self.tab, "kind": self.kind or "", "spike": spike, **window}


@dataclass(frozen=True)
class Deleted:
    """One page. ``number`` of people match; ``more`` says that there are more than that.

    ``total`` counts them whatever piece is chosen. ``pieces`` add up to it; they are left out when there are too many.
    """

    filter: Filter
    rows: list[Person]
    page: Slice[Contact]
    number: int
    total: int
    more: bool
    pieces: dict[Piece, int]
    histogram: Histogram


def deleted(
    account: LinkedAccount, *, user: User, query: QueryDict, text: str, personal: bool, spike: Spike | None = None
) -> Deleted:
    """One page of the contacts Constant Contact hides, the last noticed first. Four queries at most, without a search.

    One for the rows, one for what belongs to them, one for the pieces of a number that can be counted, one for the
    days of a large account.
    """
    wish, search = _wish(account, user, query, text, spike), Search.of(text.strip()[:200])
    limit = search.limit(account) if search.words else COUNT_LIMIT
    rows = _wished(account, user, wish)
    whole = _wished(account, user, replace(wish, kind=None)) if wish.kind else rows
    page = one_page(rows, order=SORTS[wish.sort], query=query, take=search.first if search.words else late)
    days = Days(account, _hidden(account, user), wish.days)
    total = _total(account, wish, page)
    counted = {} if total is not None or search.words else {"total": whole.order_by()[: COUNT_LIMIT + 1]}
    at_once = _in_pieces(wish, search.among(whole)) if total and total <= COUNT_LIMIT else {}
    found = together({"stays": stays_of(page.rows)} | days.asked | at_once, counted)
    if total is None:
        total = search.number(whole, most=limit + 1) if search.words else found["total"]
        found |= together(_in_pieces(wish, search.among(whole))) if 0 < total <= limit else {}
    more, total = total > limit, min(total, limit)
    if pieces.named(wish.tab) and _are_many(account):
        more = not page.is_all
    counts = pieces.counted(found["pieces"]) if "pieces" in found else {}
    number = total
    if wish.kind:
        number, more = (counts[wish.kind], False) if counts else (len(page.rows), not page.is_all)
    return Deleted(
        filter=wish,
        rows=persons(account, page.rows, found["stays"], personal=personal),
        page=page,
        number=number,
        total=total,
        more=more,
        pieces=counts,
        histogram=days.histogram(found),
    )


def matching(account: LinkedAccount, *, user: User, query: QueryDict, text: str) -> ContactQuerySet:
    """Everybody the page shows for the same filter, on all of its pages; nobody for a filter it cannot read."""
    wish = _wish(account, user, query, text, None)
    return Search.of(wish.text).among(_wished(account, user, wish))


def in_words(account: LinkedAccount, *, query: QueryDict, text: str) -> str:
    """The filter as a plan says it: no name and no address, so a search is told only as such."""
    here = zone(account)
    window = windows.chosen(query, here)
    spike = _spike(query, Spike.objects.filter(account=account))
    words = ["Deleted contacts"]
    if spike:
        start, end = spike.noticed_from.astimezone(here), spike.noticed_to.astimezone(here)
        words[0] += f" noticed {Window(start, end + windows.MINUTE).words}"
    elif window.words:
        words[0] += f" noticed {window.words}"
    words += [each.label for each in (pieces.named(_tab(query)), _kind(query)) if each]
    if _tab(query) == REFUSED:
        words.append("found deleted when somebody checked them here")
    if text.strip():
        words.append("found by a search")
    return ", ".join(words)


def refused(account: LinkedAccount, *, user: User) -> ContactQuerySet:
    """Who was checked here lately, because some form refused them, and is deleted still."""
    return _hidden(account, user).filter(_asked_for())


def _wish(account: LinkedAccount, user: User, query: QueryDict, text: str, spike: Spike | None) -> Filter:
    asked = "spike" in query and spike is None
    found = _spike(query, Spike.objects.visible_to(user).filter(account=account)) if asked else spike
    return Filter(
        tab=_tab(query),
        kind=_kind(query),
        window=Window() if found else windows.chosen(query, zone(account)),
        spike=found,
        lost=asked and found is None,
        sort=known(query.get("sort", ""), SORTS) or "-noticed",
        days=known(query.get("days", ""), RANGES) or "30",
        text=text.strip()[:200],
    )


def _wished(account: LinkedAccount, user: User, wish: Filter) -> ContactQuerySet:
    """Whom the filter fits, but for the search."""
    wanted = [each for each in (pieces.named(wish.tab), wish.kind) if each]
    # Both say the same of everybody; each has its own indexes.
    is_few = wish.spike or wish.window.is_set or wish.tab == REFUSED
    is_indexed = not is_few and bool(pieces.INDEXED.intersection(wanted))
    rows = people.everyone(account, user).filter(deleted_to__isnull=False) if is_indexed else _hidden(account, user)
    if wish.lost or wish.tab == SPIKES:
        return rows.none()
    if wish.tab == REFUSED:
        rows = rows.filter(_asked_for())
    for piece in wanted:
        rows = rows.filter(pieces.CONDITIONS[piece])
    if Piece.FEWER in wanted:
        # Says nothing new, but where no list is gone, or few were on it, nobody else is looked at.
        rows = rows.filter(pk__in=pieces.were_on_gone_lists(account))
    if wish.sort == "address" and not is_indexed:
        # Says nothing new, but it lets the database walk its index by status and address.
        rows = rows.filter(status=Contact.Status.DELETED)
    return rows.filter(people_of(wish.spike) if wish.spike else wish.window.condition)


def _in_pieces(wish: Filter, rows: ContactQuerySet) -> dict[str, QuerySet[Contact, Any]]:
    """What tells how many are in each piece; a tab of one piece has no others."""
    return {} if pieces.named(wish.tab) else {"pieces": pieces.to_count(rows)}


def _total(account: LinkedAccount, wish: Filter, page: Slice[Contact]) -> int | None:
    """How many match, whatever piece is chosen, as far as that is known; None when they have to be counted.

    To count one piece of a very large account, everybody would have to be looked at: those of the page must do.
    """
    if (page.is_all and not wish.kind) or (pieces.named(wish.tab) and _are_many(account)):
        return len(page.rows)
    if wish.tab or wish.window.is_set or wish.text:
        return None
    if wish.spike:
        return getattr(wish.spike, "left", None)
    number = account.counts.get("deleted", 0)
    # Nothing that happened since would make so many so few.
    return number if number > 2 * COUNT_LIMIT else None


def _are_many(account: LinkedAccount) -> bool:
    return account.counts.get("deleted", 0) > MANY


def _hidden(account: LinkedAccount, user: User) -> ContactQuerySet:
    return people.everyone(account, user).ghosts()


def _asked_for() -> Q:
    """Checked here lately, and not before the deletion."""
    lately = Q(asked_at__gte=timezone.now() - timedelta(days=ASKED_DAYS))
    return lately & (Q(deleted_from=None) | Q(asked_at__gte=F("deleted_from")))


def _tab(query: QueryDict) -> str:
    return known(query.get("tab", ""), TABS)


def _kind(query: QueryDict) -> Piece | None:
    return pieces.named(query.get("kind", ""))


def _spike(query: QueryDict, spikes: QuerySet[Spike]) -> Spike | None:
    pk = query.get("spike", "")
    return spikes.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
