"""Names and ids in the filter of the history: who and what a name means on this account, and what an id is called."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from contacts.models import AuditEntry, Contact, ContactList, LinkedAccount, Tag, User
from contacts.rules.history_query import CCADMIN, Known, Query
from contacts.rules.roles import Right, Role, may

UNKNOWN = {"actor": "somebody", "list": "one", "tag": "one"}


@dataclass(frozen=True)
class Names:
    """What the ids of one query are called, by key: ``text`` as somebody may write it, ``words`` as a chip says it."""

    text: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def actors(account: LinkedAccount, *, user: User, role: Role) -> list[User]:
    """Who has a role on this account or acted on it; only oneself without the right to see everybody. One query."""
    if not may(role, Right.AUDIT_ALL):
        return [user]
    acted = AuditEntry.objects.filter(account=account, actor_id=OuterRef("pk"))
    people = User.objects.filter(Q(accesses__account=account) | Exists(acted)).distinct()
    return list(people.order_by("name", "email"))


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
        return _named(ContactList if key == "list" else Tag, account, name)

    return ids


def names_of(account: LinkedAccount, query: Query, people: Sequence[User], *, personal: bool) -> Names:
    """What the query's ids are called here; an id that is not of this account stays as it is. Three queries at most.

    The text has a name only where it means nothing else, and an address only for those who may see it.
    """
    names = Names(words={key: f"{what} that is not known here" for key, what in UNKNOWN.items()})
    actor = next((each for each in people if str(each.pk) == query.actor), None)
    if actor:
        names.text["actor"], names.words["actor"] = actor.email, str(actor)
    elif query.actor == CCADMIN:
        names.words["actor"] = CCADMIN
    for key, kind in (("list", ContactList), ("tag", Tag)):
        value = getattr(query, key)
        row = kind.objects.filter(account=account, remote_id=value).first() if value else None
        if row:
            names.words[key] = row.name
            if _named(kind, account, row.name) == [str(row.remote_id)]:
                names.text[key] = row.name
    if query.contact:
        contact = Contact.objects.filter(account=account, remote_id=query.contact).light().first()
        names.words["contact"] = "one contact" if contact else "a contact that is not in our copy"
        if contact and personal and contact.address:
            names.text["contact"] = names.words["contact"] = contact.address
    return names


def _called(name: str, people: Sequence[User]) -> list[User]:
    """Who has this address or name; else everybody whose name or address has a word that begins so."""
    wanted = name.casefold()
    exact = [each for each in people if wanted in (each.email.casefold(), each.name.casefold())]
    return exact or [
        each
        for each in people
        if any(word.startswith(wanted) for word in (each.email.casefold(), *each.name.casefold().split()))
    ]


def _named(kind: type[ContactList] | type[Tag], account: LinkedAccount, name: str) -> list[str]:
    """The lists or tags of this name; one that is gone only when no living one has it."""
    rows = kind.objects.filter(account=account).values_list("remote_id", "name", "gone_at")
    fit = [
        (str(remote_id), gone) for remote_id, each, gone in rows if each.strip().casefold() == name.strip().casefold()
    ]
    return [remote_id for remote_id, gone in fit if gone is None] or [remote_id for remote_id, _ in fit]
