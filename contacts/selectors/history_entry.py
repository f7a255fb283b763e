"""One entry of the history on its own page: what was asked, how it ended, what proves it, and what stands beside it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from operator import attrgetter
from typing import Any

from django.db.models import Exists, F, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from contacts.models import (
    AuditCheckpoint,
    AuditEntry,
    ContactList,
    CustomField,
    LinkedAccount,
    ListChange,
    RequestLog,
    Tag,
    User,
    Write,
)
from contacts.models.mirror import Named
from contacts.rules import lists as list_rules
from contacts.rules.compare import Row, three
from contacts.rules.history_query import Query
from contacts.rules.roles import Right, Role, may
from contacts.rules.showing import choice
from contacts.selectors.history import Line, as_lines, contacts_of
from contacts.selectors.history_page import beside
from contacts.selectors.history_rows import found, order_of, permitted
from contacts.selectors.together import together

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
    calls: list[RequestLog] = field(default_factory=list)

    @property
    def signed(self) -> list[tuple[Row, str]]:
        """The three columns of what did not stay the same, with the sign of what became of each field."""
        return [(row, SIGNS[row.kind]) for row in self.rows if row.kind != "same"]

    @property
    def same(self) -> list[Row]:
        """The fields that stayed as they were."""
        return [row for row in self.rows if row.kind == "same"]


def page(
    account: LinkedAccount, pk: int, *, user: User, role: Role, query: Query
) -> tuple[Change, int | None, int | None] | None:
    """The entry and the keys of its newer and its older neighbour in the query; None when it may not be seen.

    Two queries.
    """
    told = _told(permitted(account, user=user, role=role), pk)
    if told is None:
        return None
    rows, order = found(account, user=user, role=role, query=query), order_of(query)
    personal = may(role, Right.SEE_PERSONAL)
    about = together(
        _about(account, told)
        | {
            "newer": beside(rows, told.entry, order=order, newer=True),
            "older": beside(rows, told.entry, order=order, newer=False),
            "calls": _calls(told) if personal else RequestLog.objects.none(),
        }
    )
    newer, older = (about[name][0][0] if about[name] else None for name in ("newer", "older"))
    return _change(account, told, about), newer, older


def change(entry: AuditEntry) -> Change:
    """The entry together with the one it ends or the last one that ends it, and their payloads. Two queries.

    Whoever calls this has seen to it that the reader may see the entry; it is one of an account.
    """
    account, told = entry.account, _told(AuditEntry.objects.all(), entry.pk)
    if account is None or told is None:
        raise ValueError(entry.pk)
    return _change(account, told, together(_about(account, told)))


def names_of(account: LinkedAccount) -> dict[str, str]:
    """What the lists, tags and custom fields of an account are called, by Constant Contact's ids. One query."""
    return _names(together(named(account)))


def named(account: LinkedAccount) -> dict[str, QuerySet[Any, Any]]:
    """Whatever an id of Constant Contact may name, to be asked together with other things."""
    kinds: tuple[tuple[str, type[Named]], ...] = (("lists", ContactList), ("tags", Tag))
    rows = {
        name: kind._default_manager.filter(account=account).values_list("remote_id", "name") for name, kind in kinds
    }
    return {**rows, "fields": CustomField.objects.filter(account=account).only("remote_id", "name", "choices")}


def _names(about: dict[str, Any]) -> dict[str, str]:
    things = {str(remote_id): name for kind in ("lists", "tags") for remote_id, name in about[kind]}
    return things | names_of_fields(about["fields"])


def names_of_fields(fields: Iterable[CustomField]) -> dict[str, str]:
    """Custom fields and their choices as ``rules.showing`` looks them up."""
    found = {str(each.remote_id): each.name for each in fields}
    return found | {choice(each.remote_id, key): label for each in fields for key, label in each.choices.items()}


@dataclass(frozen=True)
class _Told:
    """An entry with the one that it ends, or itself, and the last one that ends that."""

    entry: AuditEntry
    intent: AuditEntry
    outcome: AuditEntry | None


def _told(seen: QuerySet[AuditEntry], pk: int) -> _Told | None:
    """The entry of this key, if it is among those ``seen``. One query for all three and their payloads."""
    begun = AuditEntry.objects.filter(pk=pk).annotate(intent=Coalesce(F("begins_id"), F("pk"))).values("intent")[:1]
    last = AuditEntry.objects.filter(begins=Subquery(begun)).order_by("-sequence").values("pk")[:1]
    rows = AuditEntry.objects.filter(Exists(seen.filter(pk=pk)), pk__in=[Value(pk), Subquery(begun), Subquery(last)])
    read = {row.pk: row for row in rows.select_related("payload").defer("payload__salt")}
    if pk not in read:
        return None
    entry = read[pk]
    intent = read[entry.begins_id] if entry.begins_id else entry
    ends = [row for row in read.values() if row.begins_id == intent.pk]
    return _Told(entry, intent, max(ends, key=attrgetter("sequence"), default=None))


def _about(account: LinkedAccount, told: _Told) -> dict[str, QuerySet[Any, Any]]:
    return {
        "contacts": contacts_of(account, [told.entry]).only("remote_id", "address"),
        "checkpoints": _checkpoints(told.entry)[:1],
        "writes": Write.objects.filter(intent=told.intent.pk).only("token", "kind")[:1],
        **named(account),
    }


def _change(account: LinkedAccount, read: _Told, about: dict[str, Any]) -> Change:
    entry, outcome, asked = read.entry, read.outcome, read.intent.read_along
    ended = (outcome.read_along if outcome else None) or {}
    told, names = asked or {}, _names(about)
    [line] = as_lines(account, [entry], contacts=about["contacts"])
    return Change(
        line=line,
        intent=read.intent,
        outcome=outcome,
        asked=told,
        ended=ended,
        rows=columns(entry, told, ended, names) if "sent" in told else [],
        erased=bool(read.intent.payload_digest) and asked is None,
        write=next(iter(about["writes"]), None),
        lists=[names.get(each, "a list that is not in our copy") for each in entry.detail.get("lists") or ()],
        checkpoint=next(iter(about["checkpoints"]), None),
        calls=[] if line.seen or "sent" not in told else about.get("calls", []),
    )


def _calls(told: _Told) -> QuerySet[RequestLog]:
    """The calls to Constant Contact of the same person and job while the change was under way; kept for 30 days."""
    intent, last = told.intent, told.outcome or told.intent
    rows = RequestLog.objects.filter(account=intent.account_id, by=intent.actor_id, job=intent.job)
    return rows.filter(at__gte=intent.at - BEFORE, at__lte=last.at + AFTER).order_by("id")[:CALLS]


def columns(entry: AuditEntry, asked: JSON, ended: JSON, names: dict[str, str]) -> list[Row]:
    """Before, sent and after, field by field."""
    if entry.action in ListChange.Kind:
        return list_rules.three(asked["before"], asked["sent"], ended.get("after"))
    return three(asked["before"], asked["sent"], ended.get("after"), names=names)


def _checkpoints(entry: AuditEntry) -> QuerySet[AuditCheckpoint]:
    """Those that are signed over the entry, the first one first."""
    later = AuditCheckpoint.objects.filter(chain=entry.chain_id, sequence__gte=entry.sequence)
    return later.order_by("sequence")
