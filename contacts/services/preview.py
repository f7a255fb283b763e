"""What a reactivation would do, shown before the click: lists, fields, effects, and the exact request."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from contacts.models import Access, Contact, ContactEvent, ContactList, How, LinkedAccount, Tag, Tagging, User, Write
from contacts.rules.consent import Basis
from contacts.rules.memory import FormerList, Memory
from contacts.rules.merge import MOST_LISTS, body_for
from contacts.rules.preview import Preview as Effects
from contacts.rules.preview import preview as effects_of
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, Role, may
from contacts.selectors.check import JSON, Card
from contacts.services.acts import seen_digest
from contacts.services.writing import under_way

ANY_LIST = str(uuid.UUID(int=0))
_DEEDS = {Right.REACTIVATE: "reactivate", Right.EDIT_LISTS: "change lists"}


@dataclass(frozen=True)
class Choices:
    """What the person has chosen so far; empty marks mean a form that was not touched yet."""

    lists: frozenset[str] | None = None
    basis: str = ""
    note: str = ""
    seen: str = ""
    after_event: int | None = None


@dataclass(frozen=True)
class ListChoice:
    """A list to tick; ``former`` says since when the contact was on it."""

    list_id: str
    name: str
    note: str
    ticked: bool
    former: FormerList | None = None


@dataclass(frozen=True)
class Preview:
    """A form that acts once, and everything that will follow from it. ``token`` is the form's own."""

    former: Sequence[ListChoice]
    others: Sequence[ListChoice]
    gone: Sequence[str]
    effects: Effects
    body: JSON
    tags: Sequence[str]
    active: int | None
    basis: str
    note: str
    evidence_required: bool
    token: uuid.UUID
    seen: str
    after_event: int
    changed: Sequence[ContactEvent] = ()

    most_lists = MOST_LISTS
    bases = tuple(Basis)

    @property
    def chosen(self) -> Sequence[ListChoice]:
        """The lists that are ticked."""
        return [each for each in (*self.former, *self.others) if each.ticked]

    @property
    def opens_others(self) -> bool:
        """Whether the lists they were not on are shown at once: there is nothing else, or one of them is ticked."""
        return not self.former or any(each.ticked for each in self.others)

    @property
    def ticked(self) -> int:
        """How many lists are ticked."""
        return len(self.chosen)


@dataclass(frozen=True)
class Offer:
    """What can be done about a card here and now: a form, or the sentence that says what is in the way.

    Both are empty while the verdict is not fresh. ``running`` is a change of this contact whose end is not known yet.
    """

    preview: Preview | None = None
    obstacle: str = ""
    running: Write | None = None


def offer(card: Card, *, account: LinkedAccount, by: User, role: Role, choices: Choices | None = None) -> Offer:
    """The reactivation that this person may do now, if the card's verdict allows one.

    ``choices`` were made on a form that was not carried out: it is shown again, because a new reading comes before
    anything is sent in any case.
    """
    contact = card.contact
    if contact is None or not card.verdict.may_reactivate:
        return Offer()
    blocked = obstacle(account, role=role)
    if blocked:
        return Offer(obstacle=blocked)
    running = Write.objects.filter(contact=contact, state__in=Write.OPEN).select_related("by").first()
    if running:
        return Offer(obstacle=under_way(running), running=running)
    if choices is None and not card.is_live:
        return Offer()
    remote = card.live.remote if card.live and card.live.remote else contact.remote
    try:
        return Offer(preview(contact, remote=remote, memory=card.memory, by=by, choices=choices or Choices()))
    except Refused as exc:
        return Offer(obstacle=exc.advice)


def obstacle(account: LinkedAccount, *, role: Role, right: Right = Right.REACTIVATE) -> str:
    """Why this person cannot change anybody here just now; empty when nothing is in the way."""
    if not may(role, right):
        return f"Your role is to look. Agents, marketers, managers and admins can {_DEEDS[right]}."
    if account.state != LinkedAccount.State.LINKED:
        return "The link to Constant Contact does not work. Connect the account again first."
    if account.writing == LinkedAccount.Writing.PAUSED:
        reason = f": “{account.writing_reason}”" if account.writing_reason else ""
        return f"Writing is paused by {account.writing_by or 'someone'}{reason}."
    if not account.cc_may_write:
        return "The Constant Contact user this account was linked with may not edit contacts."
    return "" if account.may_write else "This account is linked to look only."


def preview(contact: Contact, *, remote: JSON, memory: Memory, by: User, choices: Choices) -> Preview:
    """The form for one contact as it was read, with what was chosen before.

    Raises Refused when something the contact has cannot be sent back as it is.
    """
    account = contact.account
    former, others = _lists(account, memory, choices)
    wished = [each.list_id for each in (*former, *others) if each.ticked]
    # Without a choice yet, or with too many, a stand-in shows what would happen to everything else.
    body = body_for(remote, lists=wished if 0 < len(wished) <= MOST_LISTS else [ANY_LIST])
    events = ContactEvent.objects.filter(contact=contact).order_by("id")
    latest, since = events.last(), choices.after_event
    return Preview(
        former=former,
        others=others,
        gone=[each.name for each in memory.former if not each.alive],
        effects=effects_of(remote, body, names=_names(account, former, others)),
        body=body if ANY_LIST not in body["list_memberships"] else {},
        tags=_lost_tags(contact),
        active=_active(account, remote),
        basis=choices.basis or _last_basis(account, by),
        note=choices.note,
        evidence_required=account.evidence_required,
        token=uuid.uuid4(),
        seen=choices.seen or seen_digest(remote),
        after_event=latest.pk if latest else 0,
        changed=list(events.filter(pk__gt=since)) if since is not None else [],
    )


def _lists(account: LinkedAccount, memory: Memory, choices: Choices) -> tuple[list[ListChoice], list[ListChoice]]:
    """The former lists that still exist, ticked from memory, and all others."""
    remembered = {each.list_id: each for each in memory.former if each.alive}
    ticked = remembered.keys() if choices.lists is None else choices.lists
    made = []
    for each in ContactList.objects.filter(account=account, gone_at=None).order_by("name", "id"):
        list_id = str(each.remote_id)
        made.append(ListChoice(list_id, each.name, each.note, list_id in ticked, remembered.get(list_id)))
    places = list(remembered)
    former = sorted((each for each in made if each.former), key=lambda each: places.index(each.list_id))
    return former, [each for each in made if not each.former]


def _names(account: LinkedAccount, *lists: Sequence[ListChoice]) -> dict[str, str]:
    """What Constant Contact's ids of lists and tags stand for."""
    tags = Tag.objects.filter(account=account).values_list("remote_id", "name")
    named = {each.list_id: each.name for some in lists for each in some}
    return {ANY_LIST: "the lists you choose", **{str(tag_id): name for tag_id, name in tags}, **named}


def _lost_tags(contact: Contact) -> list[str]:
    """Tags that ended with the deletion: Constant Contact does not put them back."""
    ended = Tagging.objects.filter(contact=contact, ended_how=How.DELETED, ended_at=contact.deleted_to)
    return sorted(set(ended.values_list("tag__name", flat=True)))


def _active(account: LinkedAccount, remote: JSON) -> int | None:
    """The active contacts of now, when this one would count as one more."""
    email = remote.get("email_address")
    permission = email.get("permission_to_send") if isinstance(email, dict) else ""
    counted = account.counts.get("active")
    return counted if permission in ("explicit", "implicit") and isinstance(counted, int) else None


def _last_basis(account: LinkedAccount, by: User) -> str:
    access = Access.objects.filter(user=by, account=account).only("last_basis").first()
    return access.last_basis if access and access.last_basis in Basis else ""
