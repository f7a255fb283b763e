"""What our copy knows about the addresses somebody asks for, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from operator import attrgetter
from typing import Any

from django.utils import timezone

from contacts.api.client import Call
from contacts.models import Contact, ContactList, Erasure, How, LinkedAccount, Membership, Tag
from contacts.rules.addresses import Kind, Query
from contacts.rules.standing import Standing, moment_of
from contacts.rules.texts import reply_with
from contacts.rules.verdict import FormerList, Memory, State, Verdict, judge
from contacts.rules.zones import zone_named
from contacts.selectors.erased import among
from contacts.selectors.near import near_matches

JSON = dict[str, Any]


@dataclass(frozen=True)
class Live:
    """One question to Constant Contact: when, the calls it took, and what came of it.

    ``problem`` is empty when there was an answer, ``said`` is the exact text of a refusal. ``remote`` is the contact
    as it was sent, None when there is none. ``more_calls_at`` is set when the day's calls are used up.
    """

    at: datetime
    calls: Sequence[Call]
    problem: str = ""
    said: str = ""
    remote: JSON | None = None
    more_calls_at: datetime | None = None


@dataclass(frozen=True)
class Card:
    """One question and its verdict, from our copy; ``live`` is None until Constant Contact was asked.

    ``erased`` is the request on which our copy of this person was erased: nobody asks about them then.
    """

    query: Query
    contact: Contact | None
    verdict: Verdict
    memory: Memory
    shown: str
    reply: str
    near: Sequence[Contact] = ()
    live: Live | None = None
    erased: Erasure | None = None

    @property
    def is_live(self) -> bool:
        """Whether the verdict rests on what Constant Contact answered just now."""
        return self.live is not None and not self.live.problem

    @property
    def is_known(self) -> bool:
        """Whether there is a verdict at all: that our copy lacks an address proves nothing about Constant Contact."""
        return self.contact is not None or self.is_live

    @property
    def since(self) -> date | None:
        """The date the verdict is about: deleted, or opted out."""
        if self.contact is None:
            return None
        opted_out = self.contact.opt_out_at
        return self.contact.deleted_on or (opted_out.date() if opted_out else None)

    @property
    def is_deleted(self) -> bool:
        """Whether Constant Contact hides this contact."""
        return self.contact is not None and self.contact.deleted_on is not None


@dataclass(frozen=True)
class Kept:
    """What we hold of one contact besides its row: the memory, and Constant Contact's ids of its lists now."""

    memory: Memory
    on_now: tuple[str, ...]


def cards(account: LinkedAccount, queries: Sequence[Query], *, personal: bool) -> list[Card]:
    """A verdict for each readable question, from our copy alone.

    ``personal`` is whether names and unasked addresses may be shown. Three queries whatever the number, one more where
    somebody was erased, and two more for near matches when a single address is not known.
    """
    found = _found(account, queries)
    memories = _memories(account, {contact.pk: contact for contact in found.values()}.values())
    gone = among(account, [query for query in queries if query not in found])
    made = [
        replace(_card(account, query, found.get(query), memories, personal=personal), erased=gone.get(query))
        for query in queries
    ]
    if len(made) == 1 and personal:
        return [with_near(account, made[0])]
    return made


def card_of(
    account: LinkedAccount,
    query: Query,
    contact: Contact | None,
    *,
    personal: bool,
    stays: Iterable[Membership] | None = None,
) -> Card:
    """The verdict on one contact that is at hand, or on the lack of one; ``stays`` are its own, if they are at hand."""
    memories = _memories(account, [contact] if contact else [], at_hand=stays)
    return _card(account, query, contact, memories, personal=personal)


def with_near(account: LinkedAccount, card: Card) -> Card:
    """The card with addresses that look much like the one that is not known."""
    if card.contact or card.erased or card.query.kind != Kind.ADDRESS:
        return card
    return replace(card, near=near_matches(account, card.query.value))


def by_what_can_be_fixed(made: Iterable[Card]) -> list[Card]:
    """What can be done now comes first, then what needs the person, then what needs nothing."""

    def rank(card: Card) -> tuple[bool, bool, bool]:
        nothing_to_do = card.contact is None or card.verdict.state in (State.ACTIVE, State.ON_NO_LIST)
        return (not card.verdict.may_reactivate, not card.memory.former, nothing_to_do)

    return sorted(made, key=rank)


def list_names(account: LinkedAccount, list_ids: Iterable[str]) -> list[str]:
    """The names of these lists; Constant Contact's id stands for one that our copy does not know."""
    return _names(ContactList, account, list_ids)


def tag_names(account: LinkedAccount, tag_ids: Iterable[str]) -> list[str]:
    """The names of these tags, as for lists."""
    return _names(Tag, account, tag_ids)


def _names(model: type[ContactList] | type[Tag], account: LinkedAccount, remote_ids: Iterable[str]) -> list[str]:
    ids = [str(each) for each in remote_ids]
    known = model.objects.filter(account=account, remote_id__in=ids).values_list("remote_id", "name")
    names = {str(remote_id): name for remote_id, name in known}
    return [names.get(each, each) for each in ids]


def zone(account: LinkedAccount) -> tzinfo:
    """The account's time zone; the name is Constant Contact's, and this machine may not know it."""
    return zone_named(account.time_zone)


def masked(address: str) -> str:
    """An address that a viewer did not ask for by its name: ``m…@example.net``."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}…{at}{domain}" if address else ""


def _found(account: LinkedAccount, queries: Sequence[Query]) -> dict[Query, Contact]:
    addresses = {query: query.value.lower() for query in queries if query.kind == Kind.ADDRESS}
    ids = {query: query.value.lower() for query in queries if query.kind == Kind.CONTACT_ID}
    known = Contact.objects.filter(account=account).light()
    by_address: dict[str, Contact] = {}
    # The last one wins: present before missing, and the one that changed last.
    rows = list(known.filter(address_key__in=set(addresses.values()))) if addresses else []
    for contact in sorted(rows, key=lambda row: (row.missing_since is None, row.updated_at)):
        by_address[contact.address_key] = contact
    by_id = (
        {str(contact.remote_id): contact for contact in known.filter(remote_id__in=set(ids.values()))} if ids else {}
    )
    return {
        **{query: by_address[key] for query, key in addresses.items() if key in by_address},
        **{query: by_id[key] for query, key in ids.items() if key in by_id},
    }


def _memories(
    account: LinkedAccount, contacts: Iterable[Contact], *, at_hand: Iterable[Membership] | None = None
) -> dict[int, Kept]:
    """What we remember of each contact, and the lists it is on now, by its key."""
    rows = {contact.pk: contact for contact in contacts}
    stays: dict[int, list[Membership]] = defaultdict(list)
    if at_hand is None and rows:
        at_hand = Membership.objects.filter(contact__in=rows).select_related("list").order_by("list__name")
    for stay in sorted(at_hand or (), key=attrgetter("began_at")):
        stays[stay.contact_id].append(stay)
    asked = _asked_on(account, rows.values())
    return {
        pk: Kept(memory(account, contact, stays[pk], asked_on=asked.get(pk)), _on_now(stays[pk]))
        for pk, contact in rows.items()
    }


def memory(
    account: LinkedAccount, contact: Contact, stays: Iterable[Membership], *, asked_on: date | None = None
) -> Memory:
    """What Constant Contact forgot: the lists that ended with the deletion, and when we noticed it.

    Lists are known when we saw the contact alive before: its deletion then has a beginning of its window, or ended
    a list.
    """
    here = zone(account)
    ended = [stay for stay in stays if stay.ended_how == How.DELETED and stay.ended_at == contact.deleted_to]
    return Memory(
        former=tuple(_former(stay, here) for stay in ended),
        noticed_from=_local(contact.deleted_from, here),
        noticed_to=_local(contact.deleted_to, here),
        known_since=_local(account.known_since, here),
        lists_known=contact.deleted_from is not None or bool(ended),
        asked_on=asked_on,
    )


def _asked_on(account: LinkedAccount, contacts: Iterable[Contact]) -> dict[int, date]:
    """When those who are awaited were asked: the address changed last when the confirmation email went out."""
    awaited = [contact.pk for contact in contacts if contact.permission == "pending_confirmation"]
    found = {}
    for contact in Contact.objects.filter(pk__in=awaited).only("raw") if awaited else ():
        asked = moment_of(contact.remote.get("email_address", {}).get("updated_at"))
        if asked:
            found[contact.pk] = asked.astimezone(zone(account)).date()
    return found


def _former(stay: Membership, here: tzinfo) -> FormerList:
    known_from = None if stay.began_how == How.AT_LINK else stay.began_at.astimezone(here).date()
    if known_from and stay.told_on and known_from >= stay.told_on:
        # All the file says is that they were on it on its day.
        known_from = None
    return FormerList(
        name=stay.list.name,
        since=known_from,
        until=stay.ended_at.astimezone(here).date() if stay.ended_at else None,
        alive=stay.list.gone_at is None,
        list_id=str(stay.list.remote_id),
        told_on=stay.told_on,
    )


def _on_now(stays: Iterable[Membership]) -> tuple[str, ...]:
    return tuple(str(stay.list.remote_id) for stay in stays if stay.ended_at is None)


def _local(moment: datetime | None, here: tzinfo) -> datetime | None:
    return moment.astimezone(here) if moment else None


def _card(
    account: LinkedAccount, query: Query, contact: Contact | None, kept: Mapping[int, Kept], *, personal: bool
) -> Card:
    known = kept[contact.pk] if contact else Kept(Memory(known_since=account.known_since), ())
    shown = _shown(query, contact, personal=personal)
    verdict = judge(
        _standing(account, contact, known, shown, personal=personal) if contact else None,
        memory=known.memory,
        query=shown,
        today=timezone.now().astimezone(zone(account)).date(),
        reader_acts=personal,
    )
    reply = reply_with(verdict.reply, form_link=account.sign_up_link)
    return Card(query, contact, verdict, known.memory, shown=shown, reply=reply)


def _standing(account: LinkedAccount, contact: Contact, known: Kept, shown: str, *, personal: bool) -> Standing:
    """What the rules judge, its dates as the account's people read them; without a name for viewers."""
    here = zone(account)
    standing = contact.standing(list_ids=known.on_now)
    return replace(
        standing,
        name=standing.name if personal else "",
        address=shown if standing.address else "",
        opt_out_date=_local(standing.opt_out_date, here),
        opt_in_date=_local(standing.opt_in_date, here),
    )


def _shown(query: Query, contact: Contact | None, *, personal: bool) -> str:
    """The card's title: what was asked for by name, else the contact's address, hidden from viewers."""
    if contact is None or query.kind == Kind.ADDRESS:
        return query.shown
    return contact.address if personal else masked(contact.address)
