"""The history as a table that a spreadsheet opens: one row an entry, in words, oldest first."""

import csv
import heapq
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from contacts.models import AuditEntry, ContactEvent, ContactList
from contacts.models.audit import told_by
from contacts.selectors.history import OUTSIDE, Line, lines_of
from contacts.services.exporting.view import AT_ONCE, Tally, View
from contacts.tables import cell

JSON = dict[str, Any]
type Row = Mapping[str, object]
type Names = Mapping[str, str]
HEAD = (
    *("When (UTC)", "Who", "Role", "What", "On whom", "Contact id", "Job", "Consent basis", "Reason", "Note", "Sure?"),
    *("How it ended", "HTTP status", "Proof", "Lists", "Lists added", "Lists removed", "Fields changed"),
    *("Seen between (UTC)", "Personal details", "Entry", "Hash"),
)


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """The text itself."""
        return text


def table(view: View, *, until: int, tally: Tally) -> Iterator[bytes]:
    """Head and rows. Five queries for some hundreds of entries."""
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    # Spreadsheets take a file for UTF-8 only with this mark in front.
    yield ("\ufeff" + writer.writerow(HEAD)).encode()
    both = heapq.merge(_entries(view, until=until), _events(view), key=lambda each: each[0])
    for _, row in both:
        tally.rows += 1
        yield writer.writerow([cell(row.get(name, "")) for name in HEAD]).encode()


def _entries(view: View, *, until: int) -> Iterator[tuple[datetime, Row]]:
    lists = ContactList.objects.filter(account=view.account).values_list("remote_id", "name")
    names = {str(remote_id): name for remote_id, name in lists}
    for entries in view.batches(until=until):
        told = told_by({each.pk for each in entries} | {each.begins_id for each in entries}) if view.personal else {}
        for line in lines_of(view.account, entries):
            # What was seen on one contact is told by its own events, which say more.
            if not (view.contact and line.seen):
                yield line.entry.at, _of_entry(line, told, names, personal=view.personal)


def _of_entry(line: Line, told: Mapping[int | None, JSON], names: Names, *, personal: bool) -> Row:
    entry = line.entry
    own, asked = told.get(entry.pk, {}), told.get(entry.begins_id or entry.pk, {})
    return {
        "When (UTC)": _moment(entry.at),
        "Who": line.who,
        "Role": entry.role,
        "What": line.what,
        "On whom": _whom(line, own, personal=personal),
        "Contact id": entry.target,
        "Job": entry.job or "",
        "Consent basis": line.basis,
        "Reason": entry.reason,
        "Note": own.get("note") or "",
        "Sure?": line.sure,
        "How it ended": entry.get_outcome_display(),
        "HTTP status": entry.http_status or "",
        "Proof": entry.proof,
        "Lists": _named(entry.detail.get("lists"), names),
        **_moved(_lists(asked.get("before")), _lists(asked.get("sent")), names),
        "Fields changed": "; ".join(map(str, entry.fields)),
        "Seen between (UTC)": _window(line.noticed_from, line.noticed_to) if line.seen else "",
        "Personal details": _details(entry, told, personal=personal),
        "Entry": entry.sequence,
        "Hash": entry.hash,
    }


def _events(view: View) -> Iterator[tuple[datetime, Row]]:
    """What was seen to change on the one contact; what we did ourselves is told by its entries."""
    lists = ContactList.objects.filter(account=view.account).values_list("pk", "name")
    names = {str(pk): name for pk, name in lists} if view.contact else {}
    rows = view.events().exclude(sure=ContactEvent.Sure.US)
    for event in rows.iterator(chunk_size=AT_ONCE):
        before, after = event.changes.get("list_memberships") or (None, None)
        yield (
            event.noticed_to,
            {
                "When (UTC)": _moment(event.noticed_to),
                "Who": OUTSIDE.get(event.sure, ""),
                "What": event.get_kind_display(),
                "On whom": event.contact.address if view.personal else "a contact",
                "Contact id": event.contact.remote_id,
                "Sure?": event.get_sure_display(),
                "How it ended": AuditEntry.Outcome.SEEN.label,
                **_moved(_lists({"list_memberships": before}), _lists({"list_memberships": after}), names),
                "Fields changed": "; ".join(sorted(event.changes)),
                "Seen between (UTC)": _window(event.noticed_from, event.noticed_to),
                "Personal details": "none" if view.personal else "not shown to this role",
                "Entry": event.entry.sequence if event.entry else "",
                "Hash": event.entry.hash if event.entry else "",
            },
        )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _window(start: datetime | None, end: datetime) -> str:
    return f"{_moment(start)} and {_moment(end)}" if start else f"until {_moment(end)}"


def _whom(line: Line, own: JSON, *, personal: bool) -> str:
    """The address as it was told then, else as our copy has it now."""
    if not personal:
        return "a contact" if line.contact else line.about
    address = own.get("address") or (line.contact.address if line.contact else "")
    return str(address or line.about)


def _details(entry: AuditEntry, told: Mapping[int | None, JSON], *, personal: bool) -> str:
    if not entry.payload_digest:
        return "none"
    if not personal:
        return "not shown to this role"
    return "kept" if entry.pk in told else "erased"


def _lists(body: object) -> list[str] | None:
    """The lists of a contact as it was read, sent or seen; None when it is not about lists."""
    lists = body.get("list_memberships") if isinstance(body, dict) else None
    return [str(each) for each in lists] if isinstance(lists, list) else None


def _moved(before: list[str] | None, after: list[str] | None, names: Names) -> Row:
    if before is None or after is None:
        return {}
    return {
        "Lists added": _named([each for each in after if each not in before], names),
        "Lists removed": _named([each for each in before if each not in after], names),
    }


def _named(lists: object, names: Names) -> str:
    """The names of lists; an id stands where our copy has no name for it."""
    return "; ".join(names.get(str(each), str(each)) for each in lists) if isinstance(lists, list) else ""
