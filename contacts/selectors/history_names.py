"""Names and ids in the filter of the history: who and what a name means on this account, and what an id is called."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from contacts.models import Access, AuditEntry, Contact, ContactList, LinkedAccount, Tag, User
from contacts.rules.history_query import CCADMIN, Known, Query
from contacts.rules.roles import Right, Role, may

UNKNOWN = {"actor": "somebody", "list": "one", "tag": "one"}


@dataclass(frozen=True)
class Names:
    """What the ids of one query are called, by key: ``text`` as somebody may write it, ``words`` as a chip says it."""

    text: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def actors(account: LinkedAccount, *, user: User, role: Role) -> QuerySet[User]:
    """Who has a role on this account or acted on it; only oneself without the right to see everybody."""
    people = User.objects.only("id", "name", "email").order_by("name", "email")
    if not may(role, Right.AUDIT_ALL):
        return people.filter(pk=user.pk)
    acted = AuditEntry.objects.filter(account=account, actor_id=OuterRef("pk"))
    has_role = Access.objects.filter(account=account, user=OuterRef("pk"))
    return people.filter(Exists(has_role) | Exists(acted))


def known(account: LinkedAccount, *, user: User, role: Role) -> Known:
    """Who or what a name means on this account; the ids of all it fits."""

    def ids(key: str, name: str) -> Sequence[str]:
        if key == "actor":
            if name.lower() == "me":
                return [str(user.pk)]
            return [str(each.pk) for each in _called(name, actors(account, user=user, role=role))]
        if key == "contact":
            rows = Contact.objects.filter(account=account, address_key=name.lower())
            return [str(each) for each in rows.values_list("remote_id", flat=True)[:2]]
        return _named(_names(ContactList if key == "list" else Tag, account), name)

    return ids


def to_name(account: LinkedAccount, *, user: User, role: Role, query: Query) -> dict[str, QuerySet[Any]]:
    """What ``names_of`` has to know: ``people``, ``lists``, ``tags`` and ``named`` contacts, to be asked together."""
    tags, contacts = _names(Tag, account), Contact.objects.filter(account=account)
    return {
        "people": actors(account, user=user, role=role),
        "lists": _names(ContactList, account),
        "tags": tags if query.tag else tags.none(),
        "named": contacts.filter(remote_id=query.contact).only("address") if query.contact else contacts.none(),
    }


def names_of(query: Query, found: Mapping[str, Sequence[Any]], *, personal: bool) -> Names:
    """What the query's ids are called here; an id that is not of this account stays as it is.

    ``found`` is what ``to_name`` has to know. The text has a name only where it means nothing else, and an address
    only for those who may see it.
    """
    names = Names(words={key: f"{what} that is not known here" for key, what in UNKNOWN.items()})
    actor = next((each for each in found["people"] if str(each.pk) == query.actor), None)
    if actor:
        names.text["actor"], names.words["actor"] = actor.email, str(actor)
    elif query.actor == CCADMIN:
        names.words["actor"] = CCADMIN
    for key, value, rows in (("list", query.list, found["lists"]), ("tag", query.tag, found["tags"])):
        row = next((each for each in rows if str(each.remote_id) == value), None)
        if row:
            names.words[key] = row.name
            if _named(rows, row.name) == [value]:
                names.text[key] = row.name
    if query.contact:
        contact = next(iter(found["named"]), None)
        names.words["contact"] = "one contact" if contact else "a contact that is not in our copy"
        if contact and personal and contact.address:
            names.text["contact"] = names.words["contact"] = contact.address
    return names


def _called(name: str, people: Iterable[User]) -> list[User]:
    """Who has this address or name; else everybody whose name or address has a word that begins so."""
    wanted, people = name.casefold(), list(people)
    exact = [each for each in people if wanted in (each.email.casefold(), each.name.casefold())]
    return exact or [
        each
        for each in people
        if any(word.startswith(wanted) for word in (each.email.casefold(), *each.name.casefold().split()))
    ]


def _names(kind: type[ContactList] | type[Tag], account: LinkedAccount) -> QuerySet[Any]:
    return kind.objects.filter(account=account).only("remote_id", "name", "gone_at").order_by("name", "id")


def _named(rows: Iterable[ContactList | Tag], name: str) -> list[str]:
    """The lists or tags of this name; one that is gone only when no living one has it."""
    fit = [each for each in rows if each.name.strip().casefold() == name.strip().casefold()]
    return [str(each.remote_id) for each in fit if each.gone_at is None] or [str(each.remote_id) for each in fit]
