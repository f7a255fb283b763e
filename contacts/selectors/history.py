"""Entries of the history in words, each with the contact that it is about."""

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from operator import itemgetter

from contacts.models import AuditEntry, Contact, LinkedAccount, ListChange, Write
from contacts.models.mirror import ContactQuerySet
from contacts.rules.consent import LABELS as BASES
from contacts.rules.history_words import ACTIONS, EXPORTS, SEEN, SURE
from contacts.rules.words import clock, count
from contacts.selectors.check import zone

OF_CONTACTS = set(Write.Kind.values)
OF_LISTS = (*ListChange.Kind.values, "list_note", "delete_list")
#: What a job's own lines tell already: its people and its bulk calls.
ABOUT = {
    "grant": "a colleague",
    **dict.fromkeys(OF_LISTS, "a list"),
    "activity": "several contacts",
    "export": "several contacts",
}
SEVERAL = ("job_", "seen_")
#: About one contact when they have a target.
OF_ONE = (*OF_CONTACTS, "export", "erase", "erase_copy", "erase_lifted")
OUTSIDE = {
    "contact": "The contact",
    "account": "Somebody in Constant Contact",
    "likely": "Unknown, outside",
    "unknown": "Unknown, outside",
}


@dataclass(frozen=True)
class Line:
    """One entry in words, with the contact it is about when our copy still has it.

    ``activities`` are the clock times, in the account's zone, and the contacts counted of the bulk jobs of Constant
    Contact that may explain what was seen; ``note`` is what was given as evidence, for those who may see it.
    """

    entry: AuditEntry
    contact: Contact | None
    activities: Sequence[tuple[str, int | None]] = ()
    note: str = ""

    @property
    def action(self) -> str:
        """What was asked or seen, in words."""
        words = ACTIONS.get(self.entry.action, self.entry.action.replace("_", " ").capitalize())
        if self.entry.action == "export":
            return EXPORTS.get(self.entry.detail.get("what"), words)
        return re.sub(r"(?:\ba )?\b([jJ]ob)\b", rf"\1 {self.entry.job}", words) if self.names_job else words

    @property
    def what(self) -> str:
        """The action, for what was seen with how many it was seen on: ``Deleted (3,012 people)``."""
        return f"{self.brief} ({self.people})" if self.seen and self.number > 1 else self.brief

    @property
    def brief(self) -> str:
        """The action without a number: ``Deleted``."""
        return SEEN.get(self.entry.action, self.action)

    @property
    def people(self) -> str:
        """How many it was seen on: ``3,012 people``."""
        return count(self.number, "person", "people")

    @property
    def end(self) -> str:
        """How it ended; nothing for what was seen, which nobody asked for."""
        return "" if self.seen else self.entry.get_outcome_display()

    @property
    def names_job(self) -> bool:
        """Whether the action is a job's own, so that its words name the job."""
        return bool(self.entry.job) and self.entry.action.startswith("job_")

    @property
    def seen(self) -> bool:
        """Whether this was seen in Constant Contact, not asked for here."""
        return self.entry.sure is not None

    @property
    def who(self) -> str:
        """Who did it: a name only when we hold the request ourselves."""
        return self.entry.actor if self.entry.sure is None else OUTSIDE.get(self.entry.sure, "Unknown, outside")

    @property
    def number(self) -> int:
        """How many contacts it was seen on."""
        number = self.entry.detail.get("number")
        return number if isinstance(number, int) else 1

    @property
    def noticed_from(self) -> datetime | None:
        """Not so yet at this moment, for what was seen."""
        return _moment(self.entry.detail.get("from"))

    @property
    def noticed_to(self) -> datetime:
        """Seen at this moment."""
        return _moment(self.entry.detail.get("to")) or self.entry.at

    @property
    def sure(self) -> str:
        """One of the five words of certainty; "likely" with the bulk jobs that make it so."""
        words = SURE.get(self.entry.sure or "us", self.entry.sure or "")
        if not self.activities:
            return words
        jobs = "bulk job of Constant Contact" if len(self.activities) == 1 else f"{self._bulk_jobs},"
        return f"{words}: {jobs} {self._finished}"

    @property
    def explanation(self) -> str:
        """What may explain it, never more than the times say; empty when nothing does."""
        if not self.activities:
            return ""
        counted = [items for _, items in self.activities if items is not None]
        number = f" and counted {count(sum(counted), 'contact')}" if len(counted) == len(self.activities) else ""
        jobs, say = (
            ("A bulk job of Constant Contact", "it does") if len(self.activities) == 1 else (self._bulk_jobs, "they do")
        )
        return f"{jobs} finished {self._finished}{number}; {say} not say which kind."

    @property
    def _bulk_jobs(self) -> str:
        return f"{count(len(self.activities), 'bulk job')} of Constant Contact"

    @property
    def _finished(self) -> str:
        """``14:07``, ``14:07 to 14:12``."""
        first, last = self.activities[0][0], self.activities[-1][0]
        return first if first == last else f"{first} to {last}"

    @property
    def about(self) -> str:
        """What it is about when no contact of our copy is: several, a colleague, a list or the account itself."""
        if self.entry.action in OF_CONTACTS or (self.entry.target and (self.seen or self.entry.action in OF_ONE)):
            return "a contact that is not in our copy"
        if self.entry.action.startswith("people_"):
            return "a colleague"
        several = "several contacts" if self.entry.action.startswith(SEVERAL) else "this account"
        return ABOUT.get(self.entry.action, several)

    @property
    def basis(self) -> str:
        """The consent basis that was stated, in words."""
        return BASES.get(self.entry.basis, self.entry.basis)


def lines_of(account: LinkedAccount, entries: list[AuditEntry]) -> list[Line]:
    """The entries in words, each with its contact: one query for all of them."""
    return as_lines(account, entries, contacts=contacts_of(account, entries).light())


def as_lines(
    account: LinkedAccount, entries: Iterable[AuditEntry], *, contacts: Iterable[Contact], notes: bool = False
) -> list[Line]:
    """The entries in words, each with its contact among ``contacts``; ``notes`` of entries read with their payload."""
    here, known = zone(account), {str(each.remote_id): each for each in contacts}
    return [
        Line(
            entry,
            known.get(entry.target),
            list(_activities(entry, here)) if "activities" in entry.detail else (),
            str((entry.read_along or {}).get("note") or "") if notes and entry.payload_digest else "",
        )
        for entry in entries
    ]


def contacts_of(account: LinkedAccount | None, entries: Iterable[AuditEntry]) -> ContactQuerySet:
    """The contacts that these entries are about."""
    ids = {each for each in (_uuid(entry.target) for entry in entries) if each}
    return Contact.objects.filter(account=account, remote_id__in=ids)


def _activities(entry: AuditEntry, here: tzinfo) -> Iterator[tuple[str, int | None]]:
    """Clock time and contacts counted of each bulk job that may explain the entry, in the order they finished."""
    rows = [(_moment(each.get("completed_at")), each.get("items")) for each in entry.detail.get("activities") or ()]
    for ended, items in sorted(((ended, items) for ended, items in rows if ended), key=itemgetter(0)):
        yield clock(ended.astimezone(here)), items


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _uuid(target: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(target)
    except ValueError:
        return None
