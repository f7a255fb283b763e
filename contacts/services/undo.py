"""Take a proved change back, whatever it was."""

import uuid

from contacts.models import User, Write
from contacts.services import writing


def undo(done: Write, *, by: User, token: uuid.UUID | None = None) -> Write:
    """Make the contact what it was before ``done``, if nobody changed it since.

    ``rules.undo.LIMITS`` says what cannot be taken back; it needs the right that ``done`` needed. Raises Refused while
    the contact is being changed, or when ``done`` was undone already; every other end is in the Write.
    """
    write = writing.begin(done.person, kind=Write.Kind.UNDO, by=by, token=token, undoes=done)
    return writing.carry_out(write)
