"""Taking a reactivation back: what that can do, and when it would overwrite somebody else's change (faults W12)."""

from typing import Any

from contacts.rules.compare import moved, touched
from contacts.rules.showing import LABELS
from contacts.rules.words import listed

JSON = dict[str, Any]

LIMITS = "They will be hidden again. A welcome email, if one was sent, cannot be called back."


def may_undo(after: JSON, now: JSON) -> str:
    """Why a reactivation cannot be undone cleanly; nothing when it can.

    ``after`` is the contact as our reactivation left it, ``now`` a fresh read, both in GET shape. Any change since,
    the person's own included, is somebody's wish that deleting them again would bury.
    """
    if now.get("deleted_at"):
        return "This contact is deleted already, so there is nothing to undo."
    changed = [LABELS[each.field] for each in (*touched(after, now), *moved(after, now))]
    if not changed:
        return ""
    return (
        f"This cannot be undone cleanly: the contact was changed in Constant Contact since ({listed(changed)}). "
        "Nothing was sent."
    )
