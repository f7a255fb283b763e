"""What was observed to change on a contact between two looks, and how sure we are who did it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from contacts.mirror.look import Look
from contacts.mirror.reading import Reading, clean_json
from contacts.models import Contact, ContactEvent

JSON = dict[str, Any]
Kind = ContactEvent.Kind
Sure = ContactEvent.Sure

BY_SOURCE = {"Contact": Sure.CONTACT, "Account": Sure.ACCOUNT}
# Said by another event, or no change of the person at all.
QUIET = {"updated_at", "update_source", "deleted_at", "list_memberships", "taggings", "email_address"}
CONSENT = {"permission_to_send", "opt_in_source", "opt_in_date", "opt_out_source", "opt_out_date", "opt_out_reason"}


@dataclass
class Change:
    """A contact whose copy differs from our row: the columns as they become, the row as it was (None for a new one).

    ``pk`` of a new one is known once the row is written.
    """

    columns: JSON
    before: Contact | None
    reading: Reading
    remote: JSON
    look: Look
    pk: int = 0
    moved: JSON = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.before is not None:
            self.pk = self.before.pk

    @property
    def became_deleted(self) -> bool:
        return self.columns["deleted_on"] is not None and (self.before is None or self.before.deleted_on is None)

    @property
    def became_unsubscribed(self) -> bool:
        return self.columns["permission"] == "unsubscribed" and (
            self.before is None or self.before.permission != "unsubscribed"
        )

    def note(self, name: str, *, before: Iterable[int], after: Iterable[int]) -> None:
        """The keys of our lists or tags it had and has now, if that changed."""
        if set(before) != set(after):
            self.moved[name] = [sorted(before), sorted(after)]


def describe(change: Change) -> Iterator[ContactEvent]:
    """The events of one change, none for what was there when we first looked."""
    if change.before is None:
        yield from _arrival(change)
        return
    yield from _turns(change, change.before)
    changes = _details(change.before.remote, change.remote)
    if changes:
        told = _event(change, Kind.CHANGED, changes, change.look.sure)
        if change.before.address_key not in ("", change.columns["address_key"]):
            # Who asks about the former address is led to them.
            told.was_address = change.before.address_key
        yield told


def _arrival(change: Change) -> Iterator[ContactEvent]:
    """A contact that is new to us is new at all only when it was made since we last looked."""
    look, created_at = change.look, change.columns["created_at"]
    if look.noticed_from is None or created_at is None or created_at < look.noticed_from:
        return
    by = BY_SOURCE.get(str(change.remote.get("create_source")), Sure.UNKNOWN)
    yield _event(change, Kind.CREATED, _lists(change), look.sure if look.by_us else by)
    if change.became_deleted:
        yield _event(change, Kind.DELETED, {}, look.sure)


def _turns(change: Change, before: Contact) -> Iterator[ContactEvent]:
    """Deleted, revived, unsubscribed, another permission; else the lists and tags for themselves."""
    columns, sure, lists = change.columns, change.look.sure, _lists(change)
    deleted, revived = change.became_deleted, before.deleted_on is not None and columns["deleted_on"] is None
    if deleted or revived:
        turn = _event(change, Kind.DELETED if deleted else Kind.REVIVED, lists, sure)
        # The contact's own row forgets it now.
        turn.was_deleted_on = before.deleted_on if revived else None
        yield turn
    if before.permission != columns["permission"]:
        told = {"permission_to_send": [before.permission, columns["permission"]]}
        yield _event(
            change,
            Kind.UNSUBSCRIBED if change.became_unsubscribed else Kind.PERMISSION,
            told if deleted or revived else told | lists,
            _by_whom(change, before),
        )
    elif lists and not (deleted or revived):
        yield _event(change, Kind.LISTS, lists, sure)
    if "tag" in change.moved:
        yield _event(change, Kind.TAGS, {"taggings": change.moved["tag"]}, sure)


def _lists(change: Change) -> JSON:
    return {"list_memberships": change.moved["list"]} if "list" in change.moved else {}


def _by_whom(change: Change, before: Contact) -> Sure:
    """Who changed the permission: us, or whom CC itself names as the source (CC reference, section 8)."""
    if change.look.by_us:
        return Sure.US
    if change.became_unsubscribed:
        return BY_SOURCE.get(change.columns["opt_out_source"], Sure.UNKNOWN)
    if change.columns["opt_in_at"] != before.opt_in_at:
        return BY_SOURCE.get(change.columns["opt_in_source"], Sure.UNKNOWN)
    return Sure.UNKNOWN


def _details(before: JSON, after: JSON) -> JSON:
    """Property names to [before, after], the address apart from the consent that has events of its own."""
    changes = {
        name: [before.get(name), after.get(name)]
        for name in sorted((before.keys() | after.keys()) - QUIET)
        if before.get(name) != after.get(name)
    }
    was, now = _email(before), _email(after)
    for name in sorted((was.keys() | now.keys()) - CONSENT - {"updated_at", "created_at"}):
        if was.get(name) != now.get(name):
            changes[f"email_address.{name}"] = [was.get(name), now.get(name)]
    return changes


def _email(remote: JSON) -> JSON:
    email = remote.get("email_address")
    return email if isinstance(email, dict) else {}


def _event(change: Change, kind: Kind, changes: JSON, sure: Sure) -> ContactEvent:
    return ContactEvent(
        contact_id=change.pk,
        kind=kind,
        noticed_from=change.look.noticed_from,
        noticed_to=change.look.seen_at,
        changes=clean_json(changes),
        sure=sure,
        # What we did ourselves has its own lines in the history already.
        told_at=change.look.seen_at if sure == Sure.US else None,
    )
