"""One contact's lists: what may be changed, what a choice would mean, and saving it by one PUT."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from contacts.models import Contact, ContactEvent, User, Write
from contacts.rules.editing import Edited, Way, edited, may_not_add, may_not_edit
from contacts.rules.memberships import button, consequences
from contacts.rules.merge import MOST_LISTS
from contacts.rules.roles import Right, Role
from contacts.rules.standing import Standing
from contacts.selectors.memberships import Choice, choices, matching
from contacts.services import writing
from contacts.services.acts import seen_digest
from contacts.services.preview import obstacle

DELETED = "This contact is deleted, so it is on no list. Reactivating it puts it on the lists you choose."


@dataclass(frozen=True)
class Picks:
    """What a form said: the ticked lists, those that were ticked when it was made, and how far its history went."""

    lists: frozenset[str]
    had: frozenset[str]
    note: str = ""
    narrow: str = ""
    after_event: int | None = None


@dataclass(frozen=True)
class Editor:
    """A form that acts once, and everything that will follow from it. ``token`` is the form's own.

    ``closed`` says why this contact may only be taken off lists; ``changed`` what happened since an older form, and
    ``meanwhile`` which lists others added or removed.
    """

    favorites: Sequence[Choice]
    others: Sequence[Choice]
    had: Sequence[str]
    edit: Edited
    meanwhile: Edited
    words: dict[str, str]
    consequences: Sequence[str]
    closed: str
    seen: str
    after_event: int
    note: str = ""
    narrow: str = ""
    changed: Sequence[ContactEvent] = ()
    token: uuid.UUID = field(default_factory=uuid.uuid4)

    most = MOST_LISTS

    @property
    def count(self) -> int:
        """On how many lists the contact will be."""
        return len(self.edit.after)

    @property
    def too_many(self) -> int:
        """How many lists are over what Constant Contact takes."""
        return max(0, self.count - MOST_LISTS)

    @property
    def kept(self) -> list[str]:
        """The names of lists that stay."""
        return self._named(self.edit.kept)

    @property
    def button(self) -> str:
        """What the button says that saves."""
        return button(self.added, self.removed)

    @property
    def added(self) -> list[str]:
        """The names of lists that come."""
        return self._named(self.edit.added)

    @property
    def removed(self) -> list[str]:
        """The names of lists that go."""
        return self._named(self.edit.removed)

    @property
    def added_meanwhile(self) -> list[str]:
        """The names of lists that others added."""
        return self._named(self.meanwhile.added)

    @property
    def removed_meanwhile(self) -> list[str]:
        """The names of lists that others removed."""
        return self._named(self.meanwhile.removed)

    @property
    def preview(self) -> str:
        """The mark of the choice that is shown."""
        return mark_of(self.edit.after)

    def _named(self, ids: Iterable[str]) -> list[str]:
        return [self.words.get(each, each) for each in ids]


@dataclass(frozen=True)
class Offer:
    """What can be done about a contact's lists here and now: a form, or the sentence that says what is in the way."""

    on: Sequence[Choice]
    editor: Editor | None = None
    obstacle: str = ""
    running: Write | None = None


def offer(contact: Contact, *, role: Role, unread: str = "", picks: Picks | None = None) -> Offer:
    """The lists of a contact as our copy has them, and the form to change them.

    ``unread`` is why our copy could not be read anew; nothing is changed from an old one.
    """
    standing = _standing(contact)
    running = Write.objects.filter(contact=contact, state__in=Write.OPEN).select_related("by").first()
    blocked = _blocked(contact, standing, role=role, running=running) or unread
    if blocked:
        on = _on(standing)
        shown = [each for each in choices(contact, on=on, ticked=on) if each.on]
        return Offer(shown, obstacle=blocked, running=running)
    made = editor(contact, picks=picks)
    return Offer([each for each in (*made.favorites, *made.others) if each.on], editor=made)


def _blocked(contact: Contact, standing: Standing, *, role: Role, running: Write | None) -> str:
    if standing.deleted:
        return DELETED
    return (
        obstacle(contact.account, role=role, right=Right.EDIT_LISTS)
        or may_not_edit(standing)
        or (writing.under_way(running) if running else "")
    )


def editor(contact: Contact, *, picks: Picks | None = None) -> Editor:
    """The form for a contact as our copy has it.

    What an older form changed is kept, also when the lists are others by now: only its own ticks count as wishes.
    """
    standing = _standing(contact)
    on = _on(standing)
    picks = picks or Picks(lists=frozenset(on), had=frozenset(on))
    ticked = (set(on) | (picks.lists - picks.had)) - (picks.had - picks.lists)
    found = choices(contact, on=on, ticked=ticked)
    edit = edited(on, [each.list_id for each in found if each.ticked], Way.EXACTLY)
    shown = matching(found, picks.narrow)
    events = ContactEvent.objects.filter(contact=contact).order_by("id")
    latest, since = events.last(), picks.after_event
    return Editor(
        favorites=[each for each in shown if each.favorite],
        others=[each for each in shown if not each.favorite],
        had=on,
        edit=edit,
        meanwhile=edited(sorted(picks.had), on, Way.EXACTLY),
        words={each.list_id: each.name for each in found},
        consequences=consequences(standing, edit, {each.list_id: each.listing for each in found}),
        closed=may_not_add(standing),
        seen=seen_digest(contact.remote),
        after_event=latest.pk if latest else 0,
        note=picks.note,
        narrow=picks.narrow,
        changed=list(events.filter(pk__gt=since)) if since is not None else [],
    )


def mark_of(lists: Iterable[str]) -> str:
    """A mark of a choice of lists: saving asks for the one that was shown."""
    return uuid.uuid5(uuid.NAMESPACE_OID, " ".join(sorted(lists))).hex


def save(
    contact: Contact, *, by: User, lists: Iterable[str], note: str = "", token: uuid.UUID | None = None, seen: str = ""
) -> Write:
    """Put a contact on exactly these lists (Constant Contact's ids).

    ``seen`` is the editor's mark of what it showed. Raises Refused while the contact is being changed; every other
    end is in the Write.
    """
    write = writing.begin(contact, kind=Write.Kind.LISTS, by=by, token=token, lists=list(lists), note=note, seen=seen)
    return writing.carry_out(write)


def _standing(contact: Contact) -> Standing:
    return Standing.of(contact.remote, once_opted_out=contact.once_opted_out)


def _on(standing: Standing) -> list[str]:
    """The lists of now, spelled as our rows and forms spell ids."""
    return [each.lower() for each in standing.list_ids]
