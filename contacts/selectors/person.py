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
from contacts.models.mirror import Named
from contacts.rules.roles import Right, Role, may
from contacts.rules.showing import LABELS, shown
from contacts.selectors.history import OUTSIDE, Line, as_lines
from contacts.selectors.history_entry import columns, names_of_fields
from contacts.selectors.history_rows import folded, permitted
from contacts.selectors.timeline import Timeline, drawn, stays_of
from contacts.selectors.together import together

JSON = dict[str, Any]
SIZE = 25
KINDS = {"": "Everything", "ours": "Asked for here", "seen": "Seen in Constant Contact"}
BYTES = ("raw", "digest")
#: Whatever an id may name.
NAMED: tuple[tuple[str, type[Named], tuple[str, ...]], ...] = (
    ("lists", ContactList, ("remote_id", "name", "gone_at")),
    ("tags", Tag, ("remote_id", "name")),
    ("fields", CustomField, ("remote_id", "name", "choices")),
)
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
class Story:
    """A page of a contact's history: of one that we have a copy of, with its lists over time, or of one erased."""

    contact: Contact | None
    erasure: Erasure | None
    past: Past
    timeline: Timeline | None


@dataclass(frozen=True)
class Edge:
    """A place in the history: acts of ours come before what was seen at the same moment."""

    at: datetime
    rank: int
    pk: int

    def beyond(self, column: str, *, rank: int, older: bool) -> Q:
        """Rows of a table of this rank that come after this place, or before it."""
        word = "lt" if older else "gt"
        # The first condition lets the database start in the middle of the index.
        bound, condition = Q(**{f"{column}__{word}e": self.at}), Q(**{f"{column}__{word}": self.at})
        if rank == self.rank:
            return bound & (condition | Q(**{f"pk__{word}": self.pk}))
        return bound if (rank < self.rank) == older else condition


def story(
    account: LinkedAccount, remote_id: UUID, *, user: User, role: Role, query: QueryDict, now: datetime
) -> Story | None:
    """One page of a contact's history, newest first; None when nobody knows of such a contact. Three queries.

    What we did ourselves is told by its entry, not by the event it left.
    """
    entries = _entries(account, remote_id, user=user, role=role)
    events = _events(account, remote_id, role=role)
    erasures = Erasure.objects.visible_to(user).filter(account=account, remote_id=remote_id).defer("terms")
    about = together(
        {
            "contacts": Contact.objects.visible_to(user).filter(account=account, remote_id=remote_id).defer(*BYTES),
            "erasures": erasures.order_by("-id")[:1],
            "stays": stays_of(account, remote_id),
            **{name: kind._default_manager.filter(account=account).only(*columns) for name, kind, columns in NAMED},
            **_place(query, entries, events),
        }
    )
    contact, erasure = (next(iter(about[name]), None) for name in ("contacts", "erasures"))
    if contact is None and erasure is None:
        return None
    if contact is None:
        return Story(None, erasure, _page(account, entries, events.none(), about=about, query=query), None)
    made = _page(account, entries.exclude(outcome=AuditEntry.Outcome.SEEN), events, about=about, query=query)
    return Story(contact, None, made, drawn(account, about["stays"], lists=about["lists"], now=now))


def erasure_of(account: LinkedAccount, remote_id: UUID, *, user: User) -> Erasure | None:
    """The newest request after which our copy of a contact was erased."""
    rows = Erasure.objects.visible_to(user).filter(account=account, remote_id=remote_id)
    return rows.order_by("-id").first()


def _entries(account: LinkedAccount, remote_id: UUID, *, user: User, role: Role) -> QuerySet[AuditEntry]:
    rows = permitted(account, user=user, role=role).filter(target=str(remote_id))
    return folded(rows, "request")


def _events(account: LinkedAccount, remote_id: UUID, *, role: Role) -> QuerySet[ContactEvent]:
    events = ContactEvent.objects.filter(contact__account=account, contact__remote_id=remote_id)
    # Others do not see everybody's entries: to them the event says that it was done here.
    return events.exclude(sure=ContactEvent.Sure.US) if may(role, Right.AUDIT_ALL) else events


def _page(
    account: LinkedAccount,
    entries: QuerySet[AuditEntry],
    events: QuerySet[ContactEvent],
    *,
    about: dict[str, Any],
    query: QueryDict,
) -> Past:
    kind = query.get("kind", "") if query.get("kind", "") in KINDS else ""
    entries = entries.none() if kind == "seen" else entries
    events = events.none() if kind == "ours" else events
    backwards = "before" in query and "after" not in query
    edge = _edge(query, about, kind=kind)
    if edge:
        entries = entries.filter(edge.beyond("at", rank=1, older=not backwards))
        events = events.filter(edge.beyond("noticed_to", rank=0, older=not backwards))
    sign = "" if backwards and edge else "-"
    entries = entries.select_related("payload", "begins__payload").defer("payload__salt", "begins__payload__salt")
    both: list[tuple[datetime, int, int, AuditEntry | ContactEvent]] = [
        *((row.at, 1, row.pk, row) for row in entries.order_by(f"{sign}at", f"{sign}id")[: SIZE + 1]),
        *(
            (row.noticed_to, 0, row.pk, row)
            for row in events.select_related("entry").order_by(f"{sign}noticed_to", f"{sign}id")[: SIZE + 1]
        ),
    ]
    merged = sorted(both, key=lambda each: each[:3], reverse=sign == "-")
    more, merged = len(merged) > SIZE, merged[:SIZE]
    if sign == "":
        merged.reverse()
    rows = _happenings(account, [row for *_, row in merged], about)
    has_before, has_after = (more, True) if sign == "" else (edge is not None, more)
    return Past(
        rows,
        after=rows[-1].key if rows and has_after else None,
        before=rows[0].key if rows and has_before else None,
        kind=kind,
    )


def _named(query: QueryDict) -> tuple[str, int]:
    """The table and the key of the line that names the page, ``entry-12`` or ``event-12``; 0 when none does."""
    backwards = "before" in query and "after" not in query
    table, _, number = query.get("before" if backwards else "after", "").partition("-")
    return table, int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0


def _place(
    query: QueryDict, entries: QuerySet[AuditEntry], events: QuerySet[ContactEvent]
) -> dict[str, QuerySet[Any, Any]]:
    """When the line was that names the page, to be asked together with the rest."""
    table, key = _named(query)
    if table == "entry" and key:
        return {"place": entries.filter(pk=key).values_list("at", "outcome")}
    return {"place": events.filter(pk=key).values_list("noticed_to", "sure")} if table == "event" and key else {}


def _edge(query: QueryDict, about: dict[str, Any], *, kind: str) -> Edge | None:
    """The place that the query names, when it is in what is shown of this history."""
    (table, key), found = _named(query), next(iter(about.get("place", ())), None)
    if found is None or kind == {"entry": "seen", "event": "ours"}[table]:
        return None
    if about["contacts"] and found[1] == AuditEntry.Outcome.SEEN:
        return None
    return Edge(found[0], int(table == "entry"), key)


def _happenings(
    account: LinkedAccount, rows: Sequence[AuditEntry | ContactEvent], about: dict[str, Any]
) -> list[Happening]:
    entries = [row if isinstance(row, AuditEntry) else row.entry for row in rows]
    found = as_lines(account, [each for each in entries if each], contacts=about["contacts"])
    lines = {line.entry.pk: line for line in found}
    remote, local = _names(about)
    made = []
    for row in rows:
        if isinstance(row, AuditEntry):
            made.append(Happening(row.at, f"entry-{row.pk}", line=lines[row.pk], made=_made(row, remote)))
        else:
            line = lines.get(row.entry_id or 0)
            made.append(Happening(row.noticed_to, f"event-{row.pk}", event=row, moved=_moved(row, local), line=line))
    return made


def _made(entry: AuditEntry, names: dict[str, str]) -> Made:
    """From the personal part of the entry and of the one it ends; from the clear part once that was erased."""
    intent = entry.begins or entry
    kept = intent.read_along
    asked, ended = kept or {}, entry.read_along or {}
    if "sent" not in asked:
        note = str(ended.get("note") or asked.get("note") or "")
        return Made(note=note, erased=bool(intent.payload_digest) and kept is None)
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


def _names(about: dict[str, Any]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """What things are called: by Constant Contact's ids, and as an event names them, lists and tags by our own key."""
    lists, tags = ({str(each.pk): each.name for each in about[name]} for name in ("lists", "tags"))
    remote = {str(each.remote_id): each.name for name in ("lists", "tags") for each in about[name]}
    remote |= names_of_fields(about["fields"])
    return remote, {"list_memberships": lists, "taggings": tags, "custom_fields": remote}
