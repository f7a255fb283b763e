"""The rows of every table of people: each with its verdict from our copy, the lists it is on, and what we remember."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet

from contacts.models import Contact, ContactList, LinkedAccount, Membership
from contacts.rules.verdict import Memory, Verdict, judge
from contacts.selectors.check import masked, memory

# In the order of the model's own fields, as ``from_db`` wants them.
STAY = tuple(field.attname for field in Membership._meta.concrete_fields)
LIST = tuple(
    field.attname
    for field in ContactList._meta.concrete_fields
    if field.attname in ("id", "remote_id", "name", "gone_at")
)


@dataclass(frozen=True)
class Person:
    """One row: the contact, its verdict from our copy, the lists it is on, and what we remember."""

    contact: Contact
    verdict: Verdict
    lists: list[str]
    memory: Memory
    shown: str


def late(rows: QuerySet[Contact], number: int) -> list[Contact]:
    """The first of ordered rows, each read only once it is known to be among them. One query.

    Rows are large and the columns that pages filter and sort by stand in an index, which is enough to find the keys.
    """
    found = Contact.objects.filter(pk__in=rows.values("pk")[:number])
    return list(found.order_by(*rows.query.order_by).light())


def stays_of(contacts: Iterable[Contact]) -> QuerySet[Membership, Any]:
    """What ``persons`` has to know of their lists, to be asked together with other things."""
    rows = Membership.objects.filter(contact__in=[each.pk for each in contacts]).order_by("list__name", "id")
    return rows.values_list(*STAY, *(f"list__{name}" for name in LIST))


def persons(
    account: LinkedAccount, contacts: Iterable[Contact], stays: Iterable[tuple[Any, ...]], *, personal: bool
) -> list[Person]:
    """The rows of a table, from what ``stays_of`` found. No query."""
    by_contact = _by_contact(stays)
    return [_person(account, contact, by_contact[contact.pk], personal=personal) for contact in contacts]


def _by_contact(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Membership]]:
    stays: dict[int, list[Membership]] = defaultdict(list)
    lists: dict[int, ContactList] = {}
    for row in rows:
        stay = Membership.from_db(DEFAULT_DB_ALIAS, STAY, row[: len(STAY)])
        if stay.list_id not in lists:
            lists[stay.list_id] = ContactList.from_db(DEFAULT_DB_ALIAS, LIST, row[len(STAY) :])
        stay.list = lists[stay.list_id]
        stays[stay.contact_id].append(stay)
    return stays


def _person(account: LinkedAccount, contact: Contact, stays: list[Membership], *, personal: bool) -> Person:
    now = [stay.list for stay in stays if stay.ended_at is None]
    kept = memory(account, contact, stays)
    standing = contact.standing(list_ids=tuple(str(each.remote_id) for each in now))
    shown = contact.address if personal else masked(contact.address)
    return Person(contact, judge(standing, memory=kept), [each.name for each in now], kept, shown)
