"""One contact's history: what was seen to change, and what was asked for here."""

from dataclasses import dataclass
from datetime import datetime

from contacts.models import AuditEntry, Contact, ContactEvent, LinkedAccount, User
from contacts.selectors.history import Line, lines_of

MOST = 200


@dataclass(frozen=True)
class Happening:
    """One line of a contact's history: an event seen in Constant Contact, or an entry of our own."""

    at: datetime
    event: ContactEvent | None = None
    line: Line | None = None


def events(account: LinkedAccount, contact: Contact, *, user: User, own_only: bool) -> list[Happening]:
    """The newest happenings first, at most 200 of each kind. Three queries."""
    seen = ContactEvent.objects.filter(contact=contact).order_by("-noticed_to", "-id")[:MOST]
    entries = AuditEntry.objects.visible_to(user).filter(account=account, target=str(contact.remote_id))
    if own_only:
        entries = entries.filter(actor_id=user.pk)
    lines = lines_of(account, list(entries.order_by("-id")[:MOST]))
    happenings = [Happening(event.noticed_to, event=event) for event in seen]
    happenings += [Happening(line.entry.at, line=line) for line in lines]
    return sorted(happenings, key=lambda each: each.at, reverse=True)
