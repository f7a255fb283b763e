"""At the end of a run: the history tells what was seen to change at Constant Contact since it last did.

Changes of one kind, as sure as each other and found by the same look, are one entry, however many people they are
about; the events keep who they were. All of it belongs to the transaction that ends the run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from contacts import audit
from contacts.models import AuditEntry, Contact, ContactEvent, ContactList, LinkedAccount, SeenActivity, Tag
from contacts.rules import attribution
from contacts.rules.attribution import Finished, Seen

JSON = dict[str, Any]
Kind, Sure = ContactEvent.Kind, ContactEvent.Sure

#: So many events are marked in one statement.
AT_ONCE = 5000
#: What a bulk job of Constant Contact can do to a contact; it neither unsubscribes nor makes one unknown.
BY_BULK = (Kind.CREATED, Kind.CHANGED, Kind.LISTS, Kind.TAGS, Kind.DELETED, Kind.REVIVED)
#: Which of our rows an event names in its changes, and what the entry calls them.
MOVED = {"list_memberships": ("lists", ContactList), "taggings": ("tags", Tag)}


@dataclass
class Group:
    """What becomes one entry: events of one kind, equally sure, noticed by looks that began at one moment."""

    kind: str
    sure: str
    start: datetime | None
    end: datetime
    events: list[int] = field(default_factory=list)
    people: set[int] = field(default_factory=set)
    activities: Sequence[Finished] = ()

    @property
    def may_be_bulk(self) -> bool:
        """Whether one of Constant Contact's bulk jobs may be behind it."""
        return self.sure == Sure.UNKNOWN and self.kind in BY_BULK and self.start is not None


def untold(account: LinkedAccount) -> QuerySet[ContactEvent]:
    """What was seen and is not in the history yet. Our own acts never are among it: they have their own lines."""
    # The sum keeps SQLite from walking all contacts of the account: few events are not told, and they have an index.
    return ContactEvent.objects.alias(of=F("contact__account") + 0).filter(of=account.pk, told_at=None)


def lacks_a_cause(account: LinkedAccount) -> bool:
    """Whether anything is to be told that a bulk job of Constant Contact may have done."""
    return untold(account).filter(sure=Sure.UNKNOWN, kind__in=BY_BULK, noticed_from__isnull=False).exists()


def tell(account: LinkedAccount) -> list[AuditEntry]:
    """Write the entries, oldest event first, and mark their events as told. For use inside a transaction.

    Only the events that were counted are marked, so one that another process stores meanwhile is told by the next
    run. So many queries for each group, and for every 5,000 of its events.
    """
    groups = _groups(account)
    if not groups:
        return []
    _attribute(account, groups)
    targets = _targets(groups)
    drafts = [_draft(group, target) for group, target in zip(groups, targets, strict=True)]
    entries = audit.record_all(drafts, by=None, account=account)
    now = timezone.now()
    for group, entry in zip(groups, entries, strict=True):
        for part in batched(group.events, AT_ONCE):
            ContactEvent.objects.filter(pk__in=part).update(entry=entry, sure=group.sure, told_at=now)
    return entries


def _groups(account: LinkedAccount) -> list[Group]:
    found: dict[tuple[str, str, datetime | None], Group] = {}
    # Put in order here: asked for it, SQLite walks all events there ever were.
    rows = untold(account).order_by().values_list("pk", "contact", "kind", "sure", "noticed_from", "noticed_to")
    for pk, contact, kind, sure, start, end in rows.iterator(chunk_size=AT_ONCE):
        group = found.setdefault((kind, sure, start), Group(kind, sure, start, end))
        group.events.append(pk)
        group.people.add(contact)
        group.end = max(group.end, end)
    return sorted(found.values(), key=lambda group: min(group.events))


def _attribute(account: LinkedAccount, groups: list[Group]) -> None:
    """Make those likely for which bulk jobs that are not ours ended in time."""
    open_groups = [each for each in groups if each.may_be_bulk]
    starts = [each.start for each in open_groups if each.start]
    if not starts:
        return
    ended = SeenActivity.objects.filter(account=account, state="completed", completed_at__gt=min(starts))
    rows = ended.values_list("remote_id", "completed_at", "items")
    finished = [Finished(name, at, items) for name, at, items in rows if at]
    for group in open_groups:
        alone = not any(other is not group and _overlap(group, other) for other in open_groups)
        seen = Seen(len(group.people), start=group.start, end=group.end, alone=alone)
        group.activities = attribution.likely(seen, finished)
        if group.activities:
            group.sure = Sure.LIKELY


def _overlap(one: Group, other: Group) -> bool:
    if one.start is None or other.start is None:
        return False
    return max(one.start, other.start) < min(one.end, other.end)


def _targets(groups: list[Group]) -> Iterator[str]:
    """Constant Contact's id of the one person a group is about, "" when there are several."""
    single = [next(iter(each.people)) if len(each.people) == 1 else None for each in groups]
    rows = Contact.objects.filter(pk__in=[each for each in single if each])
    names = dict(rows.values_list("pk", "remote_id"))
    return (str(names.get(each, "")) if each else "" for each in single)


def _draft(group: Group, target: str) -> audit.Draft:
    detail: JSON = {
        "number": len(group.people),
        "from": group.start.isoformat() if group.start else None,
        "to": group.end.isoformat(),
        "lists": [],
        **_moved(group),
    }
    if group.activities:
        detail["activities"] = [
            {"id": each.remote_id, "completed_at": each.completed_at.isoformat(), "items": each.items}
            for each in group.activities
        ]
    facts = audit.Facts(sure=str(group.sure), target=target, detail=detail)
    return audit.Draft(f"seen_{group.kind}", AuditEntry.Outcome.SEEN, None, facts)


def _moved(group: Group) -> JSON:
    """The lists and tags that these people came on or went off, as Constant Contact names them."""
    if group.kind in (Kind.CHANGED, Kind.MISSING):
        return {}
    keys: dict[str, set[int]] = {name: set() for name in MOVED}
    for part in batched(group.events, AT_ONCE):
        for changes in ContactEvent.objects.filter(pk__in=part).values_list("changes", flat=True):
            for name in MOVED.keys() & changes.keys():
                before, after = changes[name]
                keys[name].update(set(before) ^ set(after))
    told: JSON = {}
    for name, (word, model) in MOVED.items():
        if keys[name]:
            rows = model._default_manager.filter(pk__in=keys[name]).values_list("remote_id", flat=True)
            told[word] = sorted(map(str, rows))
    return told
