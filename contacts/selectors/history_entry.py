"""One entry of the history on its own page: what was asked, how it ended, what proves it, and what stands beside it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from contacts.models import (
    AuditCheckpoint,
    AuditEntry,
    ContactList,
    CustomField,
    LinkedAccount,
    ListChange,
    RequestLog,
    Tag,
    Write,
)
from contacts.rules import lists as list_rules
from contacts.rules.compare import Row, three
from contacts.rules.history_query import Query
from contacts.selectors.history import Line, lines_of, order_of
from contacts.selectors.paging import neighbours

JSON = dict[str, Any]
SIGNS = {"added": "+", "removed": "−", "changed": "~"}
CALLS = 20
#: A change begins with a look that comes before its first line.
BEFORE, AFTER = timedelta(seconds=10), timedelta(seconds=2)


@dataclass(frozen=True)
class Change:
    """One entry on its own page: what was asked, what Constant Contact answered, and how the two compare."""

    line: Line
    intent: AuditEntry
    outcome: AuditEntry | None
    asked: JSON
    ended: JSON
    rows: list[Row]
    erased: bool
    write: Write | None
    lists: list[str] = field(default_factory=list)
    checkpoint: AuditCheckpoint | None = None

    @property
    def signed(self) -> list[tuple[Row, str]]:
        """The three columns of what did not stay the same, with the sign of what became of each field."""
        return [(row, SIGNS[row.kind]) for row in self.rows if row.kind != "same"]

    @property
    def same(self) -> list[Row]:
        """The fields that stayed as they were."""
        return [row for row in self.rows if row.kind == "same"]


def change(entry: AuditEntry) -> Change:
    """The entry together with the one it ends or the last one that ends it, and their payloads. Eleven queries."""
    intent = entry.begins or entry
    outcome = intent.ends.order_by("-sequence").first()
    asked = intent.told()
    ended = outcome.told() if outcome else None
    told = asked or {}
    [line] = lines_of(entry.account, [entry]) if entry.account else [Line(entry, None)]
    names = names_of(entry.account) if entry.account else {}
    lists = entry.detail.get("lists") or ()
    return Change(
        line=line,
        intent=intent,
        outcome=outcome,
        asked=told,
        ended=ended or {},
        rows=columns(entry, told, ended or {}, names) if "sent" in told else [],
        erased=bool(intent.payload_digest) and asked is None,
        write=Write.objects.filter(intent=intent).first(),
        lists=[names.get(each, "a list that is not in our copy") for each in lists],
        checkpoint=_checkpoint(entry),
    )


def calls_of(change: Change) -> list[RequestLog]:
    """The calls to Constant Contact of the same person and job while the change was under way; kept for 30 days."""
    if change.line.seen or "sent" not in change.asked:
        return []
    intent, last = change.intent, change.outcome or change.intent
    rows = RequestLog.objects.filter(account=intent.account, by=intent.actor_id, job=intent.job)
    return list(rows.filter(at__gte=intent.at - BEFORE, at__lte=last.at + AFTER).order_by("id")[:CALLS])


def beside(rows: QuerySet[AuditEntry], entry: AuditEntry, query: Query) -> tuple[int | None, int | None]:
    """The keys of the next newer and the next older entry among ``rows``. Two queries."""
    return neighbours(rows, entry, order=order_of(query))


def columns(entry: AuditEntry, asked: JSON, ended: JSON, names: dict[str, str]) -> list[Row]:
    """Before, sent and after, field by field."""
    if entry.action in ListChange.Kind:
        return list_rules.three(asked["before"], asked["sent"], ended.get("after"))
    return three(asked["before"], asked["sent"], ended.get("after"), names=names)


def names_of(account: LinkedAccount) -> dict[str, str]:
    """What the lists, tags and custom fields of an account are called, by Constant Contact's ids. Three queries."""
    return {
        str(remote_id): name
        for kind in (ContactList, Tag, CustomField)
        for remote_id, name in kind.objects.filter(account=account).values_list("remote_id", "name")
    }


def _checkpoint(entry: AuditEntry) -> AuditCheckpoint | None:
    later = AuditCheckpoint.objects.filter(chain=entry.chain_id, sequence__gte=entry.sequence)
    return later.order_by("sequence").first()
