"""Who is on which list and has which tag, from when to when: one open interval each, and the past is kept.

Constant Contact forgets the lists of a contact that is deleted. These rows are what remembers them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contacts.mirror import bulk
from contacts.mirror.events import Change
from contacts.mirror.look import Look
from contacts.models import ContactList, How, Membership, Tag, Tagging

UNNAMED = "Unnamed"


@dataclass(frozen=True)
class Track:
    """One kind of interval: the model of its rows, that of the things it is about, and what a row calls the thing."""

    rows: type[Any]
    things: type[Any]
    field: str

    def wanted(self, change: Change) -> frozenset[UUID]:
        """The things the contact has, as Constant Contact names them."""
        return change.reading.list_ids if self.field == "list" else change.reading.tag_ids


LISTS = Track(Membership, ContactList, "list")
TAGS = Track(Tagging, Tag, "tag")


def follow(track: Track, changes: list[Change]) -> None:
    """Open and close the intervals of these contacts, and note on each change what it had and has now."""
    things = _things(track, {each for change in changes for each in track.wanted(change)}, changes[0].look)
    open_now = _open(track, changes)
    begun: list[tuple[object, ...]] = []
    ended: dict[How, list[int]] = defaultdict(list)
    for change in changes:
        held = open_now.get(change.pk, {})
        wanted = {things[each] for each in track.wanted(change) if each in things}
        begun += [_begin(change, thing) for thing in wanted - held.keys()]
        if left := held.keys() - wanted:
            ended[_ended_how(track, change)] += [held[thing] for thing in left]
        change.note(track.field, before=held.keys(), after=wanted)
    for how, pks in ended.items():
        track.rows.objects.filter(pk__in=pks).update(ended_at=changes[0].look.seen_at, ended_how=how)
    bulk.insert(track.rows, ["contact", track.field, "began_at", "began_how", "ended_how"], begun)


def _begin(change: Change, thing: int) -> tuple[object, ...]:
    return change.pk, thing, change.look.seen_at, str(change.look.began_how), ""


def _ended_how(track: Track, change: Change) -> How:
    if change.became_deleted:
        return How.DELETED
    if change.became_unsubscribed and track is LISTS:
        return How.UNSUBSCRIBED
    return How.US if change.look.by_us else How.SEEN


def _open(track: Track, changes: list[Change]) -> dict[int, dict[int, int]]:
    """Contact to thing to the open interval's key, for the contacts that we held before."""
    held = [each.pk for each in changes if each.before is not None]
    found: dict[int, dict[int, int]] = defaultdict(dict)
    rows = track.rows.objects.filter(contact__in=held, ended_at=None)
    for pk, contact, thing in rows.values_list("pk", "contact", track.field) if held else ():
        found[contact][thing] = pk
    return found


def _things(track: Track, ids: Iterable[UUID], look: Look) -> dict[UUID, int]:
    """CC's ids to our keys. One that we do not know yet gets a row; its name comes with the next reading of names.

    What is gone is left out: it may still be named for a while after it was deleted.
    """
    ids = set(ids)
    if not ids:
        return {}
    rows = track.things.objects.filter(account=look.account, remote_id__in=ids)
    known = {remote_id: (pk, gone_at) for remote_id, pk, gone_at in rows.values_list("remote_id", "pk", "gone_at")}
    unnamed = [
        track.things(account=look.account, remote_id=each, name=f"{UNNAMED} {track.field}")
        for each in sorted(ids - known.keys())
    ]
    track.things.objects.bulk_create(unnamed)
    new = {each.remote_id: each.pk for each in unnamed}
    return {remote_id: pk for remote_id, (pk, gone_at) in known.items() if gone_at is None} | new
