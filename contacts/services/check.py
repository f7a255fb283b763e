"""Explain an address: at once from our copy, then from Constant Contact itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from contacts import mirror
from contacts.api.client import Call, Client
from contacts.api.errors import APIError, NotFound, QuotaSpent, Unreadable
from contacts.connect import connect
from contacts.mirror.erased import address_key
from contacts.models import Contact, Erasure, LinkedAccount, User
from contacts.rules.addresses import Kind, Query, parse
from contacts.rules.roles import Right, Role, may
from contacts.selectors.check import JSON, Card, Live, by_what_can_be_fixed, card_of, cards, with_near
from contacts.selectors.erased import among


@dataclass(frozen=True)
class Answers:
    """What was asked: the cards of what could be read, what can be fixed now first, and the lines that could not."""

    cards: Sequence[Card]
    unreadable: Sequence[Query]


def look_up(account: LinkedAccount, text: str, *, role: Role) -> Answers:
    """Answer every line of ``text`` from our copy alone, in a fixed number of queries."""
    queries = parse(text)
    readable = [each for each in queries if each.kind != Kind.UNREADABLE]
    found = cards(account, readable, personal=may(role, Right.SEE_PERSONAL))
    unreadable = [each for each in queries if each.kind == Kind.UNREADABLE]
    return Answers(by_what_can_be_fixed(found), unreadable)


def about(contact: Contact) -> Query:
    """The question that names a contact by its id."""
    contact_id = str(contact.remote_id)
    return Query(Kind.CONTACT_ID, contact_id, contact_id)


def from_copy(contact: Contact, *, role: Role) -> Card:
    """The card of one contact that is at hand, without asking anybody."""
    return card_of(contact.account, about(contact), contact, personal=may(role, Right.SEE_PERSONAL))


def live(account: LinkedAccount, query: Query, *, by: User, role: Role) -> Card:
    """Answer one question after a fresh reading, which our copy follows at once.

    One call; a second one, by address, when Constant Contact does not know the contact of our copy any more. Never
    raises for what Constant Contact answers: the card then is the one of our copy, with the reason.
    """
    personal = may(role, Right.SEE_PERSONAL)
    known = cards(account, [query], personal=personal)[0]
    if known.erased:
        return known
    at = timezone.now()
    try:
        client = connect(account, person=True, by=by)
    except APIError as exc:
        return replace(known, live=_failed(at, (), exc))
    remote: JSON | None = None
    try:
        remote = _ask(client, account, known)
        contact = _store(client, account, remote, fetched_at=at) if remote else None
    except APIError as exc:
        return replace(known, live=_failed(at, client.calls, exc))
    except mirror.Erased:
        return replace(known, erased=_erased(account, remote or {}))
    if contact and contact.deleted_on:
        Contact.objects.filter(pk=contact.pk).update(asked_at=at)
    card = card_of(account, query, contact, personal=personal)
    answered = replace(card, live=Live(timezone.now(), tuple(client.calls), remote=remote))
    return with_near(account, answered) if personal else answered


def _erased(account: LinkedAccount, remote: JSON) -> Erasure | None:
    """The request on which the person was erased who was shown just now."""
    contact_id, address = str(remote.get("contact_id")), address_key(remote)
    queries = [Query(Kind.CONTACT_ID, contact_id, contact_id), Query(Kind.ADDRESS, address, address)]
    return next(iter(among(account, queries).values()), None)


def _failed(at: datetime, calls: Iterable[Call], problem: APIError) -> Live:
    more_calls_at = None
    if isinstance(problem, QuotaSpent):
        tomorrow = at.astimezone(UTC).date() + timedelta(days=1)
        more_calls_at = datetime.combine(tomorrow, datetime.min.time(), UTC)
    return Live(at, tuple(calls), problem.advice, problem.message, more_calls_at=more_calls_at)


def _ask(client: Client, account: LinkedAccount, known: Card) -> JSON | None:
    """The contact as Constant Contact holds it now, or None when it knows none.

    A contact that our copy has is asked for by its id: whether the address finds a deleted one every time is not
    documented (CC reference, section 9).
    """
    contact_id = str(known.contact.remote_id) if known.contact else known.query.value
    if known.contact or known.query.kind == Kind.CONTACT_ID:
        remote = _by_id(client, account, contact_id, known.contact)
        if remote is not None and _answers(remote, known.query):
            return remote
    if known.query.kind != Kind.ADDRESS:
        return None
    found = client.find_contacts(known.query.value)
    return min(found, key=_is_deleted, default=None)


def _by_id(client: Client, account: LinkedAccount, contact_id: str, contact: Contact | None) -> JSON | None:
    try:
        return client.get_contact(contact_id)
    except NotFound:
        if contact:
            seen_at = client.server_time or timezone.now()
            mirror.mark_missing(account, [contact.pk], seen_at=seen_at, since=account.watermark)
        return None


def _answers(remote: JSON, query: Query) -> bool:
    """Whether this contact is still the one that was asked for: its address may have been changed since."""
    email = remote.get("email_address")
    address = email.get("address") if isinstance(email, dict) else None
    return query.kind == Kind.CONTACT_ID or str(address).strip().lower() == query.value.lower()


def _is_deleted(remote: JSON) -> bool:
    return bool(remote.get("deleted_at"))


def _store(client: Client, account: LinkedAccount, remote: JSON, *, fetched_at: datetime) -> Contact:
    seen_at = client.server_time or timezone.now()
    try:
        return mirror.store_contact(account, remote, fetched_at=fetched_at, seen_at=seen_at, since=account.watermark)
    except mirror.Erased:
        raise
    except Contact.DoesNotExist:
        raise Unreadable("a contact with an id that is none") from None
