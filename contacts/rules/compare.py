"""Is the contact what we asked for, what it was, what the preview showed? The proof of every change.

Everything is compared in canonical form, so that the shapes of GET and PUT, their order and their spelling of times
do not count as differences (faults D10, D12).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contacts.rules.canonical import FIELDS, PARTS, canonical, empty, instant
from contacts.rules.showing import LABELS, shown

JSON = dict[str, Any]
Kind = Literal["added", "removed", "changed", "same"]

PREVIEWED = ("deleted_at", *FIELDS)
_SYSTEM = ("create_source", "created_at")
_SYSTEM_EMAIL = ("opt_in_source", "opt_in_date", "opt_out_source", "opt_out_date", "confirm_status")


@dataclass(frozen=True)
class Difference:
    """One field that is not as asked. ``asked`` and ``got`` are plain JSON values in canonical form, None for nothing.

    ``added``: there is more than was asked; ``removed``: something asked is not there.
    """

    field: str
    kind: Kind
    asked: Any
    got: Any


@dataclass(frozen=True)
class Row:
    """One field in three columns, as text; ``kind`` says what became of it between before and after."""

    field: str
    label: str
    before: str
    sent: str
    after: str
    kind: Kind


def differences(asked: JSON, got: JSON) -> list[Difference]:
    """What of a whole PUT body is not in ``got``, an answer in GET shape. Empty: the answer proves the change.

    A body is the whole contact, so what it leaves out counts as empty. Read-only properties are not compared.
    """
    return _between(canonical(asked), canonical(got), FIELDS)


def unshown(asked: JSON, got: JSON) -> list[str]:
    """Subresources that were sent and that ``got`` does not mention at all: it proves nothing about them.

    Whether the answer of a PUT shows subresources is not documented; a GET shows them only when asked to.
    """
    return [name for name in (*PARTS, "sms_channel") if not empty(asked.get(name)) and name not in got]


def same(before: JSON, now: JSON) -> bool:
    """Whether a contact is exactly as it was: nothing of it changed, its deletion and its last change included."""
    return not touched(before, now) and instant(before.get("updated_at")) == instant(now.get("updated_at"))


def touched(before: JSON, now: JSON, fields: Iterable[str] = PREVIEWED) -> list[Difference]:
    """Which of ``fields`` changed between two readings: the preview's and the one right before the write."""
    return _between(_with_deletion(before), _with_deletion(now), tuple(fields))


def three(before: JSON, sent: JSON, after: JSON | None, *, names: Mapping[str, str] | None = None) -> list[Row]:
    """Before, sent and after, field by field; fields that are empty in all three are left out.

    Without an answer ``kind`` compares with what was sent. ``names`` turns ids of lists, tags and custom fields into
    words; an id it lacks is shown as it is.
    """
    columns = [_with_deletion(before), canonical(sent), _with_deletion(after or {})]
    end = columns[2] if after is not None else columns[1] or columns[0]
    rows = []
    for name in PREVIEWED:
        if any(name in column for column in columns):
            was, asked, got = (shown(name, column.get(name), names or {}) for column in columns)
            rows.append(Row(name, LABELS[name], was, asked, got, kind_of(columns[0].get(name), end.get(name))))
    return rows


def moved(before: JSON, after: JSON) -> list[Difference]:
    """What a PUT cannot name and must not move: how and when the person opted in or out, and where they came from.

    A difference after our own write means that someone else acted in between, or that Constant Contact took our
    write for consent: an alarm in both cases (faults W5).
    """
    return _between(_system(before), _system(after), tuple(sorted({*_system(before), *_system(after)})))


def kind_of(asked: Any, got: Any) -> Kind:
    """How ``got`` differs from ``asked``; for lists, whether there is only more or only less."""
    if asked == got:
        return "same"
    if empty(asked):
        return "added"
    if empty(got):
        return "removed"
    if isinstance(asked, list) and isinstance(got, list):
        if all(each in got for each in asked):
            return "added"
        if all(each in asked for each in got):
            return "removed"
    return "changed"


def _between(asked: JSON, got: JSON, fields: tuple[str, ...]) -> list[Difference]:
    pairs = ((name, asked.get(name), got.get(name)) for name in fields)
    return [Difference(name, kind_of(one, other), one, other) for name, one, other in pairs if one != other]


def _with_deletion(contact: JSON) -> JSON:
    deleted = contact.get("deleted_at")
    return canonical(contact) | ({"deleted_at": deleted} if deleted else {})


def _system(contact: JSON) -> JSON:
    email = contact.get("email_address")
    shown = {name: contact.get(name) for name in _SYSTEM}
    if isinstance(email, dict):
        shown |= {f"email_address.{name}": email.get(name) for name in _SYSTEM_EMAIL}
    return {name: instant(value) for name, value in shown.items() if not empty(value)}
