"""What the audit pages show: entries, their pairs, and the three columns of a change."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from contacts.models import AuditEntry, Contact, ContactList, CustomField, LinkedAccount, ListChange, Tag, User, Write
from contacts.rules import lists as list_rules
from contacts.rules.compare import Row, three
from contacts.rules.consent import Basis
from contacts.rules.plan import TRIAL
from contacts.selectors.paging import Slice, one_page

JSON = dict[str, Any]
ACTIONS = {
    **{str(value): str(label) for value, label in Write.Kind.choices},
    **{str(value): str(label) for value, label in ListChange.Kind.choices},
    "list_note": "Note something on a list",
    "undo": "Undo a change",
    "link": "Link the account",
    "reconnect": "Reconnect the account",
    "unlink": "Unlink the account",
    "link_broken": "The link broke",
    "pause_writing": "Pause writing",
    "resume_writing": "Resume writing",
    "look_only": "Look only",
    "grant": "Give a role",
    "erase_copy": "Erase our copy",
    "account_rules": "Change how reactivating works",
    "sync_held": "Hold a sync",
    "sync_released": "Release a held sync",
    "sync_dismissed": "Dismiss a held sync",
    "spike_dismissed": "Dismiss a spike of deletions",
    "job_try": f"Try {TRIAL} of a job",
    "job_run": "Run a job",
    "job_pause": "Pause a job",
    "job_stop": "Stop a job",
    "job_tried": "Job tried",
    "job_paused": "Job paused",
    "job_stopped": "Job stopped",
    "job_done": "Job done",
    "activity": "Bulk job at Constant Contact",
    "delete_list": "Delete a list",
    "export": "Export people",
}

OF_CONTACTS = set(Write.Kind.values)
OF_LISTS = (*ListChange.Kind.values, "list_note", "delete_list")
ABOUT = {
    "grant": "a colleague",
    **dict.fromkeys(OF_LISTS, "a list"),
    "activity": "several contacts",
    "export": "several contacts",
}


@dataclass(frozen=True)
class Line:
    """One entry in words, with the contact it is about when our copy still has it."""

    entry: AuditEntry
    contact: Contact | None

    @property
    def action(self) -> str:
        """What was asked, in words."""
        words = ACTIONS.get(self.entry.action, self.entry.action.replace("_", " ").capitalize())
        return re.sub(r"(?:\ba )?\b([jJ]ob)\b", rf"\1 {self.entry.job}", words) if self.names_job else words

    @property
    def names_job(self) -> bool:
        """Whether the action is a job's own, so that its words name the job."""
        return bool(self.entry.job) and self.entry.action.startswith("job_")

    @property
    def about(self) -> str:
        """What it is about when no contact of our copy is: several, a colleague, a list or the account itself."""
        if self.entry.action in OF_CONTACTS:
            return "a contact that is not in our copy"
        several = "several contacts" if self.entry.action.startswith("job_") else "this account"
        return ABOUT.get(self.entry.action, several)

    @property
    def basis(self) -> str:
        """The consent basis that was stated, in words."""
        return next((basis.label for basis in Basis if basis == self.entry.basis), self.entry.basis)


@dataclass(frozen=True)
class Lines:
    """One page of history, and which entries of the chain it could show."""

    rows: list[Line]
    page: Slice[AuditEntry]
    action: str
    outcome: str
    actions: dict[str, str]
    job: int | None


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


def lines(account: LinkedAccount, *, user: User, own_only: bool, query: QueryDict) -> Lines:
    """One page of the account's history, newest first; ``own_only`` leaves only what this person did."""
    entries = AuditEntry.objects.visible_to(user).filter(account=account)
    if own_only:
        entries = entries.filter(actor_id=user.pk)
    action, outcome = query.get("action", ""), query.get("outcome", "")
    entries = entries.filter(action=action) if action in ACTIONS else entries
    entries = entries.filter(outcome=outcome) if outcome in AuditEntry.Outcome else entries
    number = query.get("job", "")
    job = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else None
    entries = entries.filter(job=job) if job is not None else entries
    page = one_page(entries, order=("-id",), query=query)
    return Lines(lines_of(account, page.rows), page, action, outcome, ACTIONS, job)


def lines_of(account: LinkedAccount, entries: list[AuditEntry]) -> list[Line]:
    """The entries in words, each with its contact: one query for all of them."""
    contacts = _contacts(account, entries)
    return [Line(entry, contacts.get(entry.target)) for entry in entries]


def change(entry: AuditEntry) -> Change:
    """The entry together with the one it ends or the last one that ends it, and their payloads."""
    intent = entry.begins or entry
    outcome = intent.ends.order_by("-sequence").first()
    asked = intent.told()
    ended = outcome.told() if outcome else None
    told = asked or {}
    contacts = _contacts(entry.account, [entry])
    return Change(
        line=Line(entry, contacts.get(entry.target)),
        intent=intent,
        outcome=outcome,
        asked=told,
        ended=ended or {},
        rows=_columns(entry, told, ended or {}) if "sent" in told else [],
        erased=bool(intent.payload_digest) and asked is None,
        write=Write.objects.filter(intent=intent).first(),
    )


def _columns(entry: AuditEntry, asked: JSON, ended: JSON) -> list[Row]:
    if entry.action in ListChange.Kind:
        return list_rules.three(asked["before"], asked["sent"], ended.get("after"))
    account = entry.account
    names = {str(each.remote_id): each.name for each in ContactList.objects.filter(account=account)}
    names |= {str(each.remote_id): each.name for each in Tag.objects.filter(account=account)}
    names |= {str(each.remote_id): each.name for each in CustomField.objects.filter(account=account)}
    return three(asked["before"], asked["sent"], ended.get("after"), names=names)


def _contacts(account: LinkedAccount | None, entries: list[AuditEntry]) -> dict[str, Contact]:
    ids = [each for each in (_uuid(entry.target) for entry in entries) if each]
    rows = Contact.objects.filter(account=account, remote_id__in=ids).light()
    return {str(row.remote_id): row for row in rows}


def _uuid(target: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(target)
    except ValueError:
        return None
