"""A privacy pack as a page to read: dates, codes and ids in words. The file has them as they are kept."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import islice
from typing import Any, Final

from contacts.models import Contact
from contacts.rules.showing import LABELS, readable, shown
from contacts.rules.words import clock, day
from contacts.selectors import pack
from contacts.selectors.check import zone
from contacts.selectors.history_entry import names_of
from contacts.selectors.pack import JSON, Section

#: So many rows of a section stand on the page; the file has all of them.
SHOWN: Final = 100
CALLED: Final = {
    "remote_id": "Contact id",
    "address_key": "Found by",
    "confirm_status": "Confirmation",
    "opt_in_source": "Opt-in by",
    "opt_out_source": "Opt-out by",
    "deleted_from": "Not deleted yet",
    "deleted_to": "Seen deleted",
    "fetched_at": "Read from Constant Contact",
    "asked_at": "Last asked for here",
    "began_at": "From",
    "ended_at": "To",
    "began_how": "How we know",
    "ended_how": "How it ended",
    "told_on": "Says a file of",
    "noticed_from": "Not so yet",
    "noticed_to": "Seen",
    "was_deleted_on": "Had been deleted on",
    "told_at": "In the history since",
    "sequence": "Entry",
    "at": "When",
    "actor": "Who",
    "detail": "Clear facts",
    "details": "Personal part",
    "taggings": "Tags",
}


@dataclass(frozen=True)
class Shown:
    """A section as it stands on the page: each row as names and values; ``more`` says that the file has more rows."""

    words: str
    rows: list[list[tuple[str, str]]]
    more: bool


@dataclass(frozen=True)
class Words:
    """What ids of one account are called, and its time zone."""

    names: Mapping[str, str]
    here: tzinfo

    def row(self, row: JSON, section: Section) -> Iterator[tuple[str, str]]:
        """What has a value, with its name."""
        for name, value in row.items():
            if value in (None, "", [], {}):
                continue
            if name == "changes":
                yield from self._changes(value)
            else:
                label = CALLED.get(name) or LABELS.get(name) or name.replace("_", " ").capitalize()
                yield readable(label), readable(self._value(value, section.codes(name)))

    def _changes(self, changes: JSON) -> Iterator[tuple[str, str]]:
        for field, (before, after) in changes.items():
            was, became = (shown(field, each, self.names) or "nothing" for each in (before, after))
            yield LABELS.get(field, field.replace("_", " ").capitalize()), f"{was} → {became}"

    def _value(self, value: Any, codes: Mapping[Any, str]) -> str:
        if isinstance(value, datetime):
            local = value.astimezone(self.here)
            return f"{day(local)} {clock(local)}"
        if isinstance(value, date):
            return day(value)
        if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
            return "; ".join(self.names.get(str(each), str(each)) for each in value)
        if isinstance(value, dict | list):
            return json.dumps(value, ensure_ascii=False, indent=2, default=str)
        return str(codes.get(value) or value)


def page(contact: Contact) -> list[Shown]:
    """The pack for a page: at most a hundred rows of each section."""
    words = Words(names_of(contact.account), zone(contact.account))
    made = []
    for section in pack.sections(contact):
        rows = list(islice(section.rows, SHOWN + 1))
        made.append(Shown(section.words, [list(words.row(row, section)) for row in rows[:SHOWN]], len(rows) > SHOWN))
    return made
