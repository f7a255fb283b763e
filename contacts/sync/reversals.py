"""At the end of a run: which of the changes that were seen undid one of ours within seven days.

What we did is in the contact's own events, in the order in which the copy followed it; so nothing depends on whether
two clocks agree about which of two moments came first. That a change of ours was proved is in its Write.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from contacts import alerts, audit
from contacts.models import (
    Alert,
    AuditEntry,
    ContactEvent,
    ContactList,
    LinkedAccount,
    Reversal,
    SyncRun,
    User,
    Write,
)
from contacts.rules.refusal import Refused
from contacts.rules.reversals import Turn, undone
from contacts.selectors import outside
from contacts.sync import history
from contacts.sync.walks import OVERLAP

Kind, Sure = ContactEvent.Kind, ContactEvent.Sure

WEEK = timedelta(days=7)
#: Runs may have failed for days since something was seen, so older changes of ours are looked at too.
LOOKED_BACK = timedelta(days=30)
TURNS = (Kind.DELETED, Kind.REVIVED, Kind.LISTS, Kind.UNSUBSCRIBED, Kind.PERMISSION)
#: A change of ours may have had its effect in these states.
EFFECTIVE = (*Write.PROVED, Write.State.INTENDED, Write.State.UNKNOWN, Write.State.DIFFERS, Write.State.DRIFTED)
#: Stands for a change of ours whose write is not known: it replaces older wishes, and cannot be undone itself.
NO_WRITE = 0
#: What a change of ours makes of a contact, and what taking it back does.
EFFECTS: dict[str, str] = {
    Write.Kind.REACTIVATE: Kind.REVIVED,
    Write.Kind.DELETE: Kind.DELETED,
    Write.Kind.LISTS: Kind.LISTS,
    Write.Kind.ADD_LISTS: Kind.LISTS,
    Write.Kind.REMOVE_LISTS: Kind.LISTS,
}
OPPOSITE: dict[str, str] = {Kind.REVIVED: Kind.DELETED, Kind.DELETED: Kind.REVIVED, Kind.LISTS: Kind.LISTS}


@dataclass(frozen=True)
class Ours:
    """A change of ours that may have had its effect; ``ended_at``, on our clock, only when that was proved."""

    pk: int
    effect: str
    ended_at: datetime | None


def notice(run: SyncRun) -> int:
    """Write down what undid our work, and raise one alert about all of it; returns how many there are.

    Part of the transaction that ends a run, and before the history tells its events: each is looked at once. The same
    few queries whatever the number of people, but that a thousand rows are inserted at a time.
    """
    theirs = _theirs(run.account)
    stories = _stories(theirs)
    if not stories:
        return 0
    writes = _writes(theirs)
    rows = [row for contact, events in stories.items() for row in _rows(run.account, events, writes[contact])]
    _name_lists(rows)
    Reversal.objects.bulk_create(rows, batch_size=1000)
    if rows:
        alerts.notice(run.account, Alert.Kind.REVERSAL, key=f"run-{run.pk}", number=len(rows))
    return len(rows)


def dismiss(account: LinkedAccount, chosen: QuerySet[Reversal], *, by: User) -> int:
    """A person has seen them, and nobody needs to look again; one line each in the history, on the contact's too.

    Returns how many there were. Raises Refused when none is left to dismiss.
    """
    with transaction.atomic():
        rows = list(chosen.select_for_update(of=("self",)).select_related("contact").defer("contact__raw"))
        if not rows:
            raise Refused("Nothing of that is left to dismiss: somebody has dismissed or answered it already.")
        drafts = [_dismissal(each) for each in rows]
        audit.record_all(drafts, by=by, account=account)
        said = {"dismissed_at": timezone.now(), "dismissed_by": str(by)[:200]}
        Reversal.objects.filter(pk__in=[each.pk for each in rows]).update(**said)
        if not outside.standing(account, user=by).exists():
            alerts.over(account, Alert.Kind.REVERSAL)
    return len(rows)


def _dismissal(reversal: Reversal) -> audit.Draft:
    detail = {"reversal": reversal.pk, "kind": reversal.kind, "write": reversal.write_id, "lists": reversal.lists}
    facts = audit.Facts(target=str(reversal.contact.remote_id), detail=detail)
    return audit.Draft("reversal_dismissed", AuditEntry.Outcome.DONE, None, facts)


def _theirs(account: LinkedAccount) -> QuerySet[ContactEvent]:
    """What was seen just now on contacts that we changed not long ago."""
    since = timezone.now() - LOOKED_BACK
    ours = Write.objects.filter(contact=OuterRef("contact"), state__in=Write.PROVED, ended_at__gte=since)
    return history.untold(account).filter(Exists(ours), kind__in=TURNS)


def _stories(theirs: QuerySet[ContactEvent]) -> dict[int, list[ContactEvent]]:
    """Contact to what befell it, in order: everything that we did, and what is new from outside."""
    fields = ("contact", "kind", "sure", "noticed_to", "changes")
    found: dict[int, list[ContactEvent]] = defaultdict(list)
    for event in theirs.only(*fields):
        found[event.contact_id].append(event)
    if found:
        ours = ContactEvent.objects.filter(contact__in=theirs.values("contact"), sure=Sure.US, kind__in=TURNS)
        for event in ours.only(*fields):
            found[event.contact_id].append(event)
    for events in found.values():
        events.sort(key=lambda each: each.pk)
    return found


def _writes(theirs: QuerySet[ContactEvent]) -> dict[int, list[Ours]]:
    """Contact to our changes of it, in the order in which they were made: one ends before the next begins."""
    rows = Write.objects.filter(contact__in=theirs.values("contact"), state__in=EFFECTIVE).order_by("pk")
    found: dict[int, list[Ours]] = defaultdict(list)
    columns = ("pk", "contact", "kind", "undoes__kind", "state", "ended_at")
    for pk, contact, kind, undoes, state, ended_at in rows.values_list(*columns):
        effect = OPPOSITE.get(EFFECTS.get(undoes or "", "")) if kind == Write.Kind.UNDO else EFFECTS.get(kind)
        if effect:
            found[contact].append(Ours(pk, effect, ended_at if state in Write.PROVED else None))
    return found


def _rows(account: LinkedAccount, events: list[ContactEvent], writes: list[Ours]) -> Iterator[Reversal]:
    """What undid one of these writes of a contact in time; the lists are named by our own keys still."""
    noticed = {each.pk: each.noticed_to for each in events}
    ended = {each.pk: each.ended_at for each in writes}
    acts = _acts(events, writes)
    for each in undone(_turn(event, acts) for event in events):
        ended_at = ended.get(each.act)
        # Constant Contact's clock against ours, hence the overlap.
        if ended_at and noticed[each.event] <= ended_at + WEEK + OVERLAP:
            yield Reversal(
                account=account,
                contact_id=events[0].contact_id,
                write_id=each.act,
                event_id=each.event,
                kind=each.kind,
                lists=sorted(each.lists),
            )


def _turn(event: ContactEvent, acts: dict[int, int]) -> Turn:
    before, after = event.changes.get("list_memberships", ((), ()))
    was, now = frozenset(before), frozenset(after)
    act = acts.get(event.pk, NO_WRITE) if event.sure == Sure.US else None
    return Turn(event.pk, event.kind, act, added=now - was, removed=was - now)


def _acts(events: list[ContactEvent], writes: list[Ours]) -> dict[int, int]:
    """Which of our writes left which of our events: the newest the newest, among those with the same effect."""
    traces, done = defaultdict(list), defaultdict(list)
    for event in events:
        if event.sure == Sure.US and (effect := _effect(event)):
            traces[effect].append(event.pk)
    for each in writes:
        done[each.effect].append(each.pk)
    pairs = (zip(reversed(traces[effect]), reversed(done[effect]), strict=False) for effect in traces)
    return dict(chain.from_iterable(pairs))


def _effect(event: ContactEvent) -> str:
    if event.kind in (Kind.DELETED, Kind.REVIVED):
        return event.kind
    return Kind.LISTS if "list_memberships" in event.changes else ""


def _name_lists(rows: list[Reversal]) -> None:
    """Our keys of lists become the ids that Constant Contact has for them."""
    keys = {key for row in rows for key in row.lists}
    names = dict(ContactList.objects.filter(pk__in=keys).values_list("pk", "remote_id")) if keys else {}
    for row in rows:
        row.lists = sorted(str(names[key]) for key in row.lists if key in names)
