"""One contact's history: what was seen to change, and what was asked for here, newest first, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict

from contacts.models import (
    AuditEntry,
    Contact,
    ContactEvent,
    ContactList,
    CustomField,
    Erasure,
    LinkedAccount,
    Tag,
    User,
)
from contacts.models.audit import told_by
from contacts.rules.roles import Right, Role, may
from contacts.rules.showing import LABELS, shown
from contacts.selectors.history import OUTSIDE, Line, folded, lines_of, permitted
from contacts.selectors.history_entry import columns

JSON = dict[str, Any]
SIZE = 25
KINDS = {"": "Everything", "ours": "Asked for here", "seen": "Seen in Constant Contact"}
#: Fields that have words of their own beside "fields changed".
APART = ("list_memberships", "taggings", "deleted_at")


@dataclass(frozen=True)
class Moved:
    """One field of an event in words; empty text stands for nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Made:
    """What one act of ours did: the lists it was about, field names as words; ``proved``: an answer showed it."""

    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    changed: Sequence[str] = ()
    cleared: Sequence[str] = ()
    note: str = ""
    proved: bool = False
    erased: bool = False


@dataclass(frozen=True)
class Happening:
    """One line of a contact's history: an event seen in Constant Contact, or an act of ours with what it did."""

    at: datetime
    key: str
    event: ContactEvent | None = None
    moved: Sequence[Moved] = ()
    line: Line | None = None
    made: Made | None = None

    @property
    def sure(self) -> str:
        """One of the five words of certainty; what the history's own line says of an event is newer than the event."""
        if self.line:
            return self.line.sure
        return str(self.event.get_sure_display()) if self.event else ""

    @property
    def who(self) -> str:
        """Who did it: a name only for our own acts."""
        if self.event is None:
            return self.line.who if self.line else ""
        sure = self.line.entry.sure if self.line and self.line.entry.sure else self.event.sure
        return OUTSIDE.get(sure, "ccadmin")


@dataclass(frozen=True)
class Past:
    """One page of a contact's history. ``after`` and ``before`` name its neighbours."""

    rows: list[Happening]
    after: str | None
    before: str | None
    kind: str


@dataclass(frozen=True)
class Edge:
    """A place in the history: acts of ours come before what was seen at the same moment."""

    at: datetime
    rank: int
    pk: int

    def beyond(self, column: str, *, rank: int, older: bool) -> Q:
        """Rows of a table of this rank that come after this place, or before it."""
        word = "lt" if older else "gt"
        condition = Q(**{f"{column}__{word}": self.at})
        if rank == self.rank:
            return condition | Q(**{column: self.at, f"pk__{word}": self.pk})
        return condition | Q(**{column: self.at}) if (rank < self.rank) == older else condition


def past(account: LinkedAccount, contact: Contact, *, user: User, role: Role, query: QueryDict) -> Past:
    """One page, newest first. What we did ourselves is told by its entry, not by the event it left. Eight queries."""
    events = ContactEvent.objects.filter(contact=contact).select_related("entry")
    if may(role, Right.AUDIT_ALL):
        # Others do not see everybody's entries: to them the event says that it was done here.
        events = events.exclude(sure=ContactEvent.Sure.US)
    entries = _entries(account, contact.remote_id, user=user, role=role).exclude(outcome=AuditEntry.Outcome.SEEN)
    return _page(account, entries, events, query=query)


def remains(account: LinkedAccount, remote_id: UUID, *, user: User, role: Role, query: QueryDict) -> Past:
    """What the history still says of a contact whose copy is gone."""
    entries = _entries(account, remote_id, user=user, role=role)
    return _page(account, entries, ContactEvent.objects.none(), query=query)


def erasure_of(account: LinkedAccount, remote_id: UUID, *, user: User) -> Erasure | None:
    """The newest request after which our copy of a contact was erased."""
    rows = Erasure.objects.visible_to(user).filter(account=account, remote_id=remote_id)
    return rows.order_by("-id").first()


def _entries(account: LinkedAccount, remote_id: UUID, *, user: User, role: Role) -> QuerySet[AuditEntry]:
    rows = permitted(account, user=user, role=role).filter(target=str(remote_id))
    return folded(rows, "request").select_related("begins")


def _page(
    account: LinkedAccount, entries: QuerySet[AuditEntry], events: QuerySet[ContactEvent], *, query: QueryDict
) -> Past:
    kind = query.get("kind", "") if query.get("kind", "") in KINDS else ""
    entries = entries.none() if kind == "seen" else entries
    events = events.none() if kind == "ours" else events
    backwards = "before" in query and "after" not in query
    edge = _edge(query.get("before" if backwards else "after", ""), entries, events)
    if edge:
        entries = entries.filter(edge.beyond("at", rank=1, older=not backwards))
        events = events.filter(edge.beyond("noticed_to", rank=0, older=not backwards))
    sign = "" if backwards and edge else "-"
    both: list[tuple[datetime, int, int, AuditEntry | ContactEvent]] = [
        *((row.at, 1, row.pk, row) for row in entries.order_by(f"{sign}at", f"{sign}id")[: SIZE + 1]),
        *((row.noticed_to, 0, row.pk, row) for row in events.order_by(f"{sign}noticed_to", f"{sign}id")[: SIZE + 1]),
    ]
    merged = sorted(both, key=lambda each: each[:3], reverse=sign == "-")
    more, merged = len(merged) > SIZE, merged[:SIZE]
    if sign == "":
        merged.reverse()
    rows = _happenings(account, [row for *_, row in merged])
    has_before, has_after = (more, True) if sign == "" else (edge is not None, more)
    return Past(
        rows,
        after=rows[-1].key if rows and has_after else None,
        before=rows[0].key if rows and has_before else None,
        kind=kind,
    )


def _edge(text: str, entries: QuerySet[AuditEntry], events: QuerySet[ContactEvent]) -> Edge | None:
    """The place that ``entry-12`` or ``event-12`` names, when it is in this history."""
    table, _, number = text.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    if table == "entry":
        at = entries.filter(pk=int(number)).values_list("at", flat=True).first()
    else:
        at = events.filter(pk=int(number)).values_list("noticed_to", flat=True).first() if table == "event" else None
    return Edge(at, int(table == "entry"), int(number)) if at else None


def _happenings(account: LinkedAccount, rows: Sequence[AuditEntry | ContactEvent]) -> list[Happening]:
    entries = [row if isinstance(row, AuditEntry) else row.entry for row in rows]
    lines = {line.entry.pk: line for line in lines_of(account, [each for each in entries if each])}
    told = told_by(key for row in rows if isinstance(row, AuditEntry) for key in (row.pk, row.begins_id))
    remote, local = _names(account)
    made = []
    for row in rows:
        if isinstance(row, AuditEntry):
            made.append(Happening(row.at, f"entry-{row.pk}", line=lines[row.pk], made=_made(row, told, remote)))
        else:
            line = lines.get(row.entry_id or 0)
            made.append(Happening(row.noticed_to, f"event-{row.pk}", event=row, moved=_moved(row, local), line=line))
    return made


def _made(entry: AuditEntry, told: dict[int | None, JSON], names: dict[str, str]) -> Made:
    """From the personal part of the entry and of the one it ends; from the clear part once that was erased."""
    intent = entry.begins or entry
    asked, ended = told.get(intent.pk, {}), told.get(entry.pk, {})
    if "sent" not in asked:
        note = str(ended.get("note") or asked.get("note") or "")
        return Made(note=note, erased=bool(intent.payload_digest) and intent.pk not in told)
    rows = [row for row in columns(entry, asked, ended, names) if row.field not in APART]
    before, after = (_lists(each) for each in (asked["before"], ended.get("after") or asked["sent"]))
    return Made(
        added=[names.get(each, each) for each in after if each not in before],
        removed=[names.get(each, each) for each in before if each not in after],
        changed=[row.label for row in rows if row.kind in ("added", "changed")],
        cleared=[row.label for row in rows if row.kind == "removed"],
        note=str(asked.get("note") or ""),
        proved="after" in ended and ended["after"] is not None,
    )


def _lists(body: JSON) -> list[str]:
    lists = body.get("list_memberships")
    return [str(each) for each in lists] if isinstance(lists, list) else []


def _moved(event: ContactEvent, names: dict[str, dict[str, str]]) -> list[Moved]:
    made = []
    for field, (before, after) in event.changes.items():
        words = names.get(field, {})
        label = LABELS.get(field, field.replace("_", " ").capitalize())
        made.append(Moved(label, shown(field, before, words), shown(field, after, words)))
    return made


def _names(account: LinkedAccount) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """What things are called: by Constant Contact's ids, and as an event names them, lists and tags by our own key."""
    lists, tags, fields = (
        list(kind.objects.filter(account=account).values_list("pk", "remote_id", "name"))
        for kind in (ContactList, Tag, CustomField)
    )
    own = [{str(pk): name for pk, _, name in rows} for rows in (lists, tags)]
    remote = {str(remote_id): name for rows in (lists, tags, fields) for _, remote_id, name in rows}
    return remote, {"list_memberships": own[0], "taggings": own[1], "custom_fields": remote}
