"""One contact's history: what was seen to change, and what was asked for here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts.models import AuditEntry, Contact, ContactEvent, ContactList, CustomField, LinkedAccount, Tag, User
from contacts.rules.showing import LABELS, shown
from contacts.selectors.history import Line, lines_of

MOST = 200


@dataclass(frozen=True)
class Moved:
    """One field of an event in words; empty text stands for nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Happening:
    """One line of a contact's history: an event seen in Constant Contact, or an entry of our own."""

    at: datetime
    event: ContactEvent | None = None
    moved: Sequence[Moved] = ()
    line: Line | None = None


def events(account: LinkedAccount, contact: Contact, *, user: User, own_only: bool) -> list[Happening]:
    """The newest happenings first, at most 200 of each kind. Six queries."""
    seen = ContactEvent.objects.filter(contact=contact).order_by("-noticed_to", "-id")[:MOST]
    entries = AuditEntry.objects.visible_to(user).filter(account=account, target=str(contact.remote_id))
    if own_only:
        entries = entries.filter(actor_id=user.pk)
    lines = lines_of(account, list(entries.order_by("-id")[:MOST]))
    names = _names(account)
    happenings = [Happening(event.noticed_to, event=event, moved=_moved(event, names)) for event in seen]
    happenings += [Happening(line.entry.at, line=line) for line in lines]
    return sorted(happenings, key=lambda each: each.at, reverse=True)


def _moved(event: ContactEvent, names: dict[str, dict[str, str]]) -> list[Moved]:
    made = []
    for field, (before, after) in event.changes.items():
        words = names.get(field, {})
        label = LABELS.get(field, field.replace("_", " ").capitalize())
        made.append(Moved(label, shown(field, before, words), shown(field, after, words)))
    return made


def _names(account: LinkedAccount) -> dict[str, dict[str, str]]:
    """What the ids in an event are called: lists and tags by our own key, custom fields by Constant Contact's."""
    return {
        "list_memberships": {str(each.pk): each.name for each in ContactList.objects.filter(account=account)},
        "taggings": {str(each.pk): each.name for each in Tag.objects.filter(account=account)},
        "custom_fields": {str(each.remote_id): each.name for each in CustomField.objects.filter(account=account)},
    }
