"""The history as a table that a spreadsheet opens: one row an entry, in words."""

import csv
from collections.abc import Iterator, Mapping
from typing import Any

from contacts.models import AuditEntry, ContactList
from contacts.models.audit import told_by
from contacts.rules.cells import cell
from contacts.selectors.history import Line, lines_of
from contacts.services.exporting.view import View

JSON = dict[str, Any]
HEAD = (
    *("When (UTC)", "Who", "Role", "What", "On whom", "Contact id", "Job", "Consent basis", "Reason", "Note", "Sure?"),
    *("How it ended", "HTTP status", "Proof", "Lists", "Lists added", "Lists removed", "Fields changed"),
    *("Personal details", "Entry", "Hash"),
)


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """The text itself."""
        return text


def table(view: View, *, until: int) -> Iterator[bytes]:
    """Head and rows, oldest first. Five queries for some hundreds of entries."""
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    # Spreadsheets take a file for UTF-8 only with this mark in front.
    yield ("\ufeff" + writer.writerow(HEAD)).encode()
    lists = ContactList.objects.filter(account=view.account)
    names = {str(remote_id): name for remote_id, name in lists.values_list("remote_id", "name")}
    for entries in view.batches(until=until):
        told = told_by({each.pk for each in entries} | {each.begins_id for each in entries}) if view.personal else {}
        for line in lines_of(view.account, entries):
            yield writer.writerow([cell(each) for each in _row(line, told, names, personal=view.personal)]).encode()


def _row(
    line: Line, told: Mapping[int | None, JSON], names: Mapping[str, str], *, personal: bool
) -> tuple[object, ...]:
    entry = line.entry
    own = told.get(entry.pk, {})
    asked = told.get(entry.begins_id or entry.pk, {})
    before, sent = _lists(asked.get("before")), _lists(asked.get("sent"))
    known = before is not None and sent is not None
    return (
        entry.at.isoformat(timespec="seconds"),
        line.who,
        entry.role,
        line.what,
        _whom(line, own, personal=personal),
        entry.target,
        entry.job or "",
        line.basis,
        entry.reason,
        own.get("note", ""),
        line.sure,
        entry.get_outcome_display(),
        entry.http_status or "",
        entry.proof,
        _named(entry.detail.get("lists"), names),
        _named([each for each in sent or () if each not in (before or ())], names) if known else "",
        _named([each for each in before or () if each not in (sent or ())], names) if known else "",
        "; ".join(map(str, entry.fields)),
        _details(entry, told, personal=personal),
        entry.sequence,
        entry.hash,
    )


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


def _lists(remote: object) -> list[str] | None:
    """The lists of a contact as it was read or sent; None when it is not about one."""
    lists = remote.get("list_memberships") if isinstance(remote, dict) else None
    return [str(each) for each in lists] if isinstance(lists, list) else None


def _named(lists: object, names: Mapping[str, str]) -> str:
    """The names of lists; an id stands where our copy has no name for it."""
    return "; ".join(names.get(str(each), str(each)) for each in lists) if isinstance(lists, list) else ""
