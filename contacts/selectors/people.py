"""The list of contacts, filtered, searched, sorted and paged by key, and what every list of people is made of."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone

from contacts.models import Contact, ContactList, LinkedAccount, Membership, User
from contacts.models.mirror import ContactQuerySet
from contacts.selectors.paging import Slice, one_page
from contacts.selectors.persons import Person, late, persons, stays_of
from contacts.selectors.searching import Search
from contacts.selectors.together import together

JSON = dict[str, Any]
COUNT_LIMIT = 10_000
#: So many are looked up one by one and sorted sooner than the first fifty of them are found among a million.
FEW = 4_000
SORTS = {"address": ("address_key", "id"), "-address": ("-address_key", "-id"), "-changed": ("-updated_at", "-id")}
CHANGED = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days"}


@dataclass(frozen=True)
class Filter:
    """What of a list is asked for. ``text`` never stands in a URL: it may be an address."""

    status: str = ""
    list_id: str = ""
    changed: str = ""
    sort: str = ""
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether everything is asked for."""
        return not (self.status or self.list_id or self.changed or self.text)


@dataclass(frozen=True)
class People:
    """One page of people. ``number`` counts all that match, up to a limit; ``more`` says it stopped there."""

    rows: list[Person]
    page: Slice[Contact]
    number: int
    more: bool
    filter: Filter
    lists: list[ContactList]


def contacts(account: LinkedAccount, *, user: User, query: QueryDict, text: str, personal: bool) -> People:
    """One page of the contacts Constant Contact shows; with ``status=deleted`` those it hides.

    Three queries at most: how many the parts of the filter fit, the rows, and what belongs to them. A search adds its
    own.
    """
    wish, search = _wish(query, text), Search.of(text.strip()[:200])
    limit = search.limit(account) if search.words else COUNT_LIMIT
    lists = ContactList.objects.visible_to(user).filter(account=account, gone_at=None)
    lists = lists.only("remote_id", "name", "counts").order_by("name", "id")
    fits = _fits(account, user, wish)
    known = together({"lists": lists}, {name: rows[: COUNT_LIMIT + 1] for name, rows in fits.items()}) if fits else {}
    rows = _quick(account, user, wish, known)
    page = one_page(rows, order=SORTS[wish.sort], query=query, take=search.first if search.words else late)
    number = len(page.rows) if page.is_all else _kept(account, wish, known)
    counted = {"number": rows.order_by()[: COUNT_LIMIT + 1]} if number is None and not search.words else {}
    known |= together({"stays": stays_of(page.rows)} | ({} if known else {"lists": lists}), counted)
    if number is None:
        number = search.number(rows, most=limit + 1) if search.words else known["number"]
    made = persons(account, page.rows, known["stays"], personal=personal)
    return People(made, page, min(number, limit), number > limit, wish, known["lists"])


def matching(account: LinkedAccount, *, user: User, query: QueryDict, text: str) -> ContactQuerySet:
    """Everybody ``contacts`` shows for the same filter, on all of its pages.

    Nobody for a filter that cannot be read: the page may ignore it, a plan must not mean more people than were shown.
    """
    wish = _wish(query, text)
    read = {"status": wish.status, "list": wish.list_id, "changed": wish.changed}
    if any(query.get(name) and not value for name, value in read.items()):
        return Contact.objects.none()
    return _wished(account, user, wish)


def in_words(account: LinkedAccount, *, query: QueryDict, text: str) -> str:
    """The filter as a plan says it: no name and no address, so a search is told only as such."""
    wish = _wish(query, text)
    words = [f"Status {Contact.Status(wish.status).label}" if wish.status else "Everyone shown in Constant Contact"]
    if wish.list_id:
        name = ContactList.objects.filter(account=account, remote_id=wish.list_id).values_list("name", flat=True)
        words.append(f"on the list {name.first() or 'that was chosen'}")
    if wish.changed:
        words.append(f"changed in the {CHANGED[wish.changed].lower()}")
    if wish.text:
        words.append("found by a search")
    return ", ".join(words)


def _wish(query: QueryDict, text: str) -> Filter:
    return Filter(
        status=known(query.get("status", ""), dict(Contact.Status.choices)),
        list_id=_uuid(query.get("list", "")),
        changed=known(query.get("changed", ""), CHANGED),
        sort=known(query.get("sort", ""), SORTS) or "address",
        text=text.strip()[:200],
    )


def _wished(account: LinkedAccount, user: User, wish: Filter) -> ContactQuerySet:
    rows = _of_status(searched(everyone(account, user), wish.text), wish)
    if wish.list_id:
        rows = rows.filter(Exists(_on_list(account, wish).filter(contact=OuterRef("pk"))))
    return rows.filter(updated_at__gte=_since(wish)) if wish.changed else rows


def _of_status(rows: ContactQuerySet, wish: Filter) -> ContactQuerySet:
    return rows.filter(status=wish.status) if wish.status else rows.filter(deleted_on=None)


def _on_list(account: LinkedAccount, wish: Filter) -> QuerySet[Membership]:
    return Membership.objects.filter(list__account=account, list__remote_id=wish.list_id, ended_at=None)


def _since(wish: Filter) -> datetime:
    return timezone.now() - timedelta(days=int(wish.changed))


def _fits(account: LinkedAccount, user: User, wish: Filter) -> dict[str, QuerySet[Any]]:
    """Whom single parts of the filter fit, each by an index of its own."""
    fits: dict[str, QuerySet[Any]] = {}
    if wish.list_id:
        fits["list"] = _on_list(account, wish)
    if wish.changed:
        fits["changed"] = _of_status(everyone(account, user), wish).filter(updated_at__gte=_since(wish))
    if wish.status and wish.sort == "-changed":
        fits["status"] = everyone(account, user).filter(status=wish.status)
    return fits


def _quick(account: LinkedAccount, user: User, wish: Filter, known: Mapping[str, Any]) -> ContactQuerySet:
    """Whom the filter fits, but for the search, asked so that either database takes the quick way.

    Few are looked up and sorted; of many the first are found in their order, which no condition may lead away from.
    """
    fits = _fits(account, user, wish)
    name = min(fits, key=lambda each: known[each], default="")
    is_few = bool(name) and known[name] <= FEW
    if is_few:
        # Without a word on the account, whose index of addresses the database would walk from A to Z.
        keys = fits[name].values("contact" if name == "list" else "pk")
        rows = Contact.objects.filter(pk__in=keys, missing_since=None).light()
    else:
        rows = everyone(account, user)
    if wish.status and wish.sort == "-changed":
        rows = rows.alias(hushed=Coalesce("status", "status")).filter(hushed=wish.status)
    else:
        rows = _of_status(rows, wish)
    if wish.list_id and not (is_few and name == "list"):
        # By its key, of which PostgreSQL knows how many are on it; by a join it would guess an average.
        listed = next((each for each in known["lists"] if str(each.remote_id) == wish.list_id), None)
        on = Membership.objects.filter(list=listed, ended_at=None) if listed else _on_list(account, wish)
        rows = rows.filter(Exists(on.filter(contact=OuterRef("pk"))))
    if wish.changed:
        rows = rows.alias(moved=Coalesce("updated_at", "updated_at")).filter(moved__gte=_since(wish))
    return rows


def _kept(account: LinkedAccount, wish: Filter, known: Mapping[str, Any]) -> int | None:
    """How many fit, from what the last sync counted or what is known already; None when it has to be counted."""
    if wish.text or (wish.changed and wish.list_id):
        return None
    if wish.changed:
        return int(known["changed"])
    if "status" in known and not wish.list_id:
        return int(known["status"])
    if wish.list_id:
        counts: JSON = next((each.counts for each in known["lists"] if str(each.remote_id) == wish.list_id), {})
        is_kept = known["list"] > FEW and wish.status != Contact.Status.DELETED and "members" in counts
        return _of_states(counts["members"], wish.status) if is_kept else None
    living = sum(number for status, number in account.counts.items() if status != Contact.Status.DELETED)
    number = account.counts.get(wish.status, 0) if wish.status else living
    # Nothing that happened since would make so many so few.
    return number if number > 2 * COUNT_LIMIT else None


def _of_states(members: Mapping[str, int], status: str) -> int:
    """How many members of a list have this status, as ``mirror.tallies`` counts them."""
    if not status:
        return sum(members.values())
    by_account = members.get("by_account", 0) if status == Contact.Status.UNSUBSCRIBED else 0
    return members.get(status, 0) + by_account


def everyone(account: LinkedAccount, user: User) -> ContactQuerySet:
    """The contacts of an account that Constant Contact still knows, hidden or not, without their originals."""
    return Contact.objects.visible_to(user).filter(account=account, missing_since=None).light()


def searched(rows: ContactQuerySet, text: str) -> ContactQuerySet:
    """Everybody among the rows whom a search finds."""
    return Search.of(text).among(rows)


def known(value: str, names: Container[str]) -> str:
    """The value when it is one of the names, else nothing: what a URL says is never believed."""
    return value if value in names else ""


def _uuid(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        return ""
