"""The list of contacts, filtered, searched, sorted and paged by key, and what every list of people is made of."""

from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.utils import timezone

from contacts.models import Contact, ContactList, LinkedAccount, Membership, User
from contacts.models.mirror import ContactQuerySet
from contacts.rules.verdict import Memory, Verdict, judge
from contacts.selectors.check import masked, memory
from contacts.selectors.paging import Slice, one_page
from contacts.selectors.searching import Search

COUNT_LIMIT = 10_000
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
class Person:
    """One row: the contact, its verdict from our copy, the lists it is on, and what we remember."""

    contact: Contact
    verdict: Verdict
    lists: list[str]
    memory: Memory
    shown: str


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
    """One page of the contacts Constant Contact shows; with ``status=deleted`` those it hides. Six queries."""
    wish = _wish(query, text)
    rows = _wished(account, user, wish)
    page = one_page(rows, order=SORTS[wish.sort], query=query)
    number = counted(rows, page)
    made = persons(account, page.rows, personal=personal)
    lists = list(ContactList.objects.visible_to(user).filter(account=account, gone_at=None).order_by("name", "id"))
    return People(made, page, min(number, COUNT_LIMIT), number > COUNT_LIMIT, wish, lists)


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
    rows = searched(everyone(account, user), wish.text)
    rows = rows.filter(status=wish.status) if wish.status else rows.filter(deleted_on=None)
    if wish.list_id:
        rows = rows.filter(Exists(_on_list(wish.list_id)))
    if wish.changed:
        rows = rows.filter(updated_at__gte=timezone.now() - timedelta(days=int(wish.changed)))
    return rows


def everyone(account: LinkedAccount, user: User) -> ContactQuerySet:
    """The contacts of an account that Constant Contact still knows, hidden or not, without their originals."""
    return Contact.objects.visible_to(user).filter(account=account, missing_since=None).light()


def searched(rows: ContactQuerySet, text: str) -> ContactQuerySet:
    """Everybody among the rows whom a search finds."""
    return Search.of(text).among(rows)


def _on_list(list_id: str) -> Any:
    open_now = Membership.objects.filter(contact=OuterRef("pk"), ended_at=None)
    return open_now.filter(list__remote_id=list_id)


def counted(rows: ContactQuerySet, page: Slice[Contact]) -> int:
    """How many match, at most one more than the limit; no query when the page is all there is."""
    is_all = page.before is None and page.after is None
    return len(page.rows) if is_all else rows.order_by()[: COUNT_LIMIT + 1].count()


def persons(account: LinkedAccount, contacts: list[Contact], *, personal: bool) -> list[Person]:
    """The rows of a table, each with its verdict and its lists. One query."""
    stays = _stays(contacts)
    return [_person(account, contact, stays[contact.pk], personal=personal) for contact in contacts]


def _stays(contacts: list[Contact]) -> dict[int, list[Membership]]:
    stays: dict[int, list[Membership]] = defaultdict(list)
    for stay in Membership.objects.filter(contact__in=contacts).select_related("list").order_by("list__name", "id"):
        stays[stay.contact_id].append(stay)
    return stays


def _person(account: LinkedAccount, contact: Contact, stays: list[Membership], *, personal: bool) -> Person:
    now = [stay.list for stay in stays if stay.ended_at is None]
    kept = memory(account, contact, stays)
    standing = contact.standing(list_ids=tuple(str(each.remote_id) for each in now))
    shown = contact.address if personal else masked(contact.address)
    return Person(contact, judge(standing, memory=kept), [each.name for each in now], kept, shown)


def known(value: str, names: Container[str]) -> str:
    """The value when it is one of the names, else nothing: what a URL says is never believed."""
    return value if value in names else ""


def _uuid(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        return ""
