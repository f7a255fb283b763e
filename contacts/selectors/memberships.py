"""The lists of one contact among all lists of its account."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts.mirror.reading import folded
from contacts.models import Contact, ContactList, How, Membership
from contacts.rules.memberships import Listing

STARTS = {ContactList.Automation.YES: True, ContactList.Automation.NO: False}


@dataclass(frozen=True)
class Choice:
    """One list, and the contact's place on it. ``since`` is None when it began before we first looked."""

    list_id: str
    name: str
    note: str
    favorite: bool
    gone: bool
    starts: bool | None
    on: bool
    ticked: bool
    since: datetime | None = None

    @property
    def listing(self) -> Listing:
        """The list as the rules speak of it."""
        return Listing(self.name, self.starts)


def choices(contact: Contact, *, on: Collection[str], ticked: Collection[str]) -> list[Choice]:
    """Every list that exists or that the contact is on: favourites first, then by name. Two queries.

    ``on`` and ``ticked`` are Constant Contact's ids; one that our copy does not know stands for itself.
    """
    since = _since(contact)
    rows = {str(each.remote_id): each for each in ContactList.objects.filter(account=contact.account_id)}
    shown = [key for key, row in rows.items() if row.gone_at is None or key in on]
    made = [
        _choice(key, rows.get(key), on, ticked, since) for key in (*shown, *(each for each in on if each not in rows))
    ]
    return sorted(made, key=lambda each: (not each.favorite, folded(each.name), each.list_id))


def matching(found: Sequence[Choice], text: str) -> list[Choice]:
    """Those with ``text`` in their name or note, and those that are ticked or were: they must stay in sight."""
    part = folded(text.strip())
    return [each for each in found if each.ticked or each.on or part in folded(f"{each.name} {each.note}")]


def _choice(
    list_id: str,
    row: ContactList | None,
    on: Collection[str],
    ticked: Collection[str],
    since: dict[str, datetime | None],
) -> Choice:
    return Choice(
        list_id=list_id,
        name=row.name if row else list_id,
        note=row.note if row else "",
        favorite=bool(row and row.favorite),
        gone=bool(row and row.gone_at),
        starts=STARTS.get(ContactList.Automation(row.automation)) if row else None,
        on=list_id in on,
        ticked=list_id in ticked,
        since=since.get(list_id),
    )


def _since(contact: Contact) -> dict[str, datetime | None]:
    stays = Membership.objects.filter(contact=contact, ended_at=None).select_related("list")
    return {str(each.list.remote_id): None if each.began_how == How.AT_LINK else each.began_at for each in stays}
