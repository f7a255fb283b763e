"""Is the contact what we asked for, what it was, what the preview showed? The proof of every change.

Everything is compared in canonical form, so that the shapes of GET and PUT, their order and their spelling of times
do not count as differences (faults D10, D12).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from contacts.rules.canonical import FIELDS, canonical, empty, instant

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


def differences(asked: JSON, got: JSON) -> list[Difference]:
    """What of a whole PUT body is not in ``got``, an answer in GET shape. Empty: the answer proves the change.

    A body is the whole contact, so what it leaves out counts as empty. Read-only properties are not compared.
    """
    return _between(canonical(asked), canonical(got), FIELDS)


def same(before: JSON, now: JSON) -> bool:
    """Whether a contact is exactly as it was: nothing of it changed, its deletion and its last change included."""
    return not touched(before, now) and instant(before.get("updated_at")) == instant(now.get("updated_at"))


def touched(before: JSON, now: JSON, fields: Iterable[str] = PREVIEWED) -> list[Difference]:
    """Which of ``fields`` changed between two readings: the preview's and the one right before the write."""
    return _between(_with_deletion(before), _with_deletion(now), tuple(fields))


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
