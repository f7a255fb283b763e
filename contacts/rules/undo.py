"""Taking a change back: what that can do, and when it would overwrite somebody else's change (faults W12)."""

from typing import Any

from contacts.rules.compare import moved, touched
from contacts.rules.showing import LABELS
from contacts.rules.words import listed

JSON = dict[str, Any]

_MAILED = "An email that an automation sent meanwhile cannot be called back."
_TAKEN_OFF = f"They go back to the lists they were on before. {_MAILED}"
# What undoing each kind of change does, and what it cannot.
LIMITS = {
    "reactivate": "They will be hidden again. A welcome email, if one was sent, cannot be called back.",
    "lists": _TAKEN_OFF,
    "add_lists": _TAKEN_OFF,
    "remove_lists": "They are put back on the lists they were taken off. That may start an automation of such a list.",
    "add_tags": f"They lose these tags again. {_MAILED}",
    "remove_tags": "They get these tags back. That may start an automation of such a tag.",
    "create": "They will be hidden in Constant Contact, which erases nobody: the address stays taken. A welcome email, "
    "if one was sent, cannot be called back.",
    "delete": "They become active again, on the lists and with the tags they had that still exist. "
    "That may start an automation of such a list.",
}
# What cannot be taken back at all, and what there is instead.
NO_WAY_BACK = {
    "unsubscribe": "This cannot be undone from here: Constant Contact forgets when and how they had agreed, so going "
    "back would claim a consent that nobody gave. They can come back themselves, by the sign-up form.",
    "sign_up": "This cannot be undone from here: Constant Contact forgets the permission from before. They can be "
    "taken off the lists, unsubscribed or deleted.",
    "import": "An import has no undo: Constant Contact keeps no values from before. They can be taken off the lists "
    "again, or deleted.",
    "resubscribe": "This cannot be undone: an email that was sent cannot be called back.",
}
_HIDES, _REVIVES = ("reactivate", "create"), "delete"


def may_undo(kind: str, after: JSON, now: JSON) -> str:
    """Why a change of this kind cannot be undone cleanly; nothing when it can.

    ``after`` is the contact as our change left it, ``now`` a fresh read, both in GET shape. Any change since, the
    person's own included, is somebody's wish that going back would bury.
    """
    if kind in _HIDES and now.get("deleted_at"):
        return "This contact is deleted already, so there is nothing to undo."
    if kind == _REVIVES and not now.get("deleted_at"):
        return "This contact is not deleted any more, so there is nothing to undo."
    changed = [LABELS[each.field] for each in (*touched(after, now), *moved(after, now))]
    if not changed:
        return ""
    return (
        f"This cannot be undone cleanly: the contact was changed in Constant Contact since ({listed(changed)}). "
        "Nothing was sent."
    )
