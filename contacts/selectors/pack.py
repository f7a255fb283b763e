"""Everything that is held about one contact, section by section, for the person themselves (product guide G5)."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model

from contacts.models import (
    AuditEntry,
    Contact,
    ContactEvent,
    ContactList,
    Job,
    JobItem,
    LinkedAccount,
    Membership,
    Reversal,
    Tag,
    Tagging,
    Write,
)
from contacts.rules.consent import LABELS as BASES
from contacts.rules.history_words import ACTIONS
from contacts.rules.showing import readable

JSON = dict[str, Any]
AT_ONCE: Final = 500
#: Bytes that stand for something else that is in the pack.
INNER: Final = ("raw", "digest", "search", "account", "id")


@dataclass(frozen=True)
class Section:
    """One kind of thing that is held: its name in the file, its words on the page, its rows."""

    name: str
    words: str
    rows: Iterable[JSON]
    model: type[Model] | None = None

    def codes(self, name: str) -> Mapping[Any, str]:
        """What the stored words of a column are called; empty for a column that has none."""
        if self.model is AuditEntry and name == "action":
            return ACTIONS
        if name == "basis":
            return BASES
        column = (
            next((each for each in self.model._meta.concrete_fields if each.name == name), None) if self.model else None
        )
        return dict(column.flatchoices) if column else {}


def sections(contact: Contact) -> Iterator[Section]:
    """All of it, each section one query (the history two) once its rows are taken."""
    yield Section("contact", "Our copy of the contact", [_columns(contact, without=INNER)], Contact)
    yield Section("record", "The record as Constant Contact sent it last", [contact.remote])
    stays = _all(contact.memberships.select_related("list").order_by("pk"))
    yield Section(
        "lists", "Lists, now and earlier", ({"list": each.list.name, **_interval(each)} for each in stays), Membership
    )
    tags = _all(contact.taggings.select_related("tag").order_by("pk"))
    yield Section(
        "tags", "Tags, now and earlier", ({"tag": each.tag.name, **_interval(each)} for each in tags), Tagging
    )
    events = _all(contact.events.order_by("pk"))
    names = _names(contact.account)
    yield Section("events", "Changes that were seen", (_event(each, names) for each in events), ContactEvent)
    yield Section("history", "Lines of the history, with their details", _history(contact), AuditEntry)
    writes = _all(contact.writes.select_related("by").order_by("pk"))
    yield Section("changes", "Changes that were made here", (_write(each) for each in writes), Write)
    items = _all(JobItem.objects.filter(contact=contact).select_related("job", "write").order_by("pk"))
    yield Section("jobs", "Places in jobs", (_item(each) for each in items), Job)
    back = _all(Reversal.objects.filter(contact=contact).order_by("pk"))
    without = ("id", "account", "contact", "write", "event")
    rows = (_columns(each, without=without) for each in back)
    yield Section("reversals", "Changes of ours that were undone", rows, Reversal)


def as_json(contact: Contact, *, head: JSON) -> Iterator[str]:
    """The same as one JSON text, row by row, so that nothing is held in memory."""
    yield json.dumps(head, ensure_ascii=False, indent=1).rstrip("}\n")
    for section in sections(contact):
        yield f',\n "{section.name}": ['
        for place, row in enumerate(section.rows):
            yield (",\n  " if place else "\n  ") + _json(row)
        yield "]"
    yield "\n}\n"


def _json(row: JSON) -> str:
    """The row as it is; in escapes where it has half of a surrogate pair, for which UTF-8 has no bytes."""
    text = json.dumps(row, ensure_ascii=False, default=str)
    return text if readable(text) == text else json.dumps(row, default=str)


def _all(rows: Any) -> Iterator[Any]:
    return iter(rows.iterator(chunk_size=AT_ONCE))


def _history(contact: Contact) -> Iterator[JSON]:
    entries = AuditEntry.objects.filter(account=contact.account_id, target=str(contact.remote_id))
    for entry in _all(entries.select_related("payload").order_by("sequence")):
        sealed = getattr(entry, "payload", None)
        yield {
            **{name: getattr(entry, name) for name in ("sequence", "at", "actor", "role", "action", "outcome")},
            **{name: getattr(entry, name) for name in ("sure", "job", "reason", "basis", "proof", "fields", "detail")},
            "details": json.loads(zlib.decompress(sealed.body)) if sealed else None,
        }


def _names(account: LinkedAccount) -> dict[str, dict[int, str]]:
    """What an event's lists and tags are called: it has them by our own keys, which mean nothing elsewhere."""
    lists = ContactList.objects.filter(account=account).values_list("pk", "name")
    tags = Tag.objects.filter(account=account).values_list("pk", "name")
    return {"list_memberships": dict(lists), "taggings": dict(tags)}


def _event(event: ContactEvent, names: Mapping[str, Mapping[int, str]]) -> JSON:
    row = _columns(event, without=("id", "contact", "entry"))
    for field, called in names.items():
        if field in event.changes:
            row["changes"] = row["changes"] | {field: [_called(each, called) for each in event.changes[field]]}
    return row


def _called(keys: list[int] | None, names: Mapping[int, str]) -> list[str] | None:
    return None if keys is None else [names.get(each, str(each)) for each in keys]


def _write(write: Any) -> JSON:
    fields = ("kind", "state", "lists", "tags", "basis", "note", "message", "began_at", "sent_at", "ended_at")
    return {**{name: getattr(write, name) for name in fields}, "by": str(write.by or "")}


def _item(item: JobItem) -> JSON:
    ended = item.write.state if item.write else ""
    return {"job": item.job_id, "kind": item.job.kind, "note": item.job.note, "left_alone": item.reason, "end": ended}


def _interval(row: Any) -> JSON:
    told_on = getattr(row, "told_on", None)
    told = {name: getattr(row, name) for name in ("began_at", "ended_at", "began_how", "ended_how")}
    return told | ({"told_on": told_on} if told_on else {})


def _columns(row: Model, *, without: Iterable[str]) -> JSON:
    return {each.name: getattr(row, each.attname) for each in row._meta.concrete_fields if each.name not in without}
