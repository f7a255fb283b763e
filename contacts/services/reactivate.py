"""Bring a deleted contact back."""

import uuid
from collections.abc import Iterable

from contacts.models import Access, Contact, User, Write
from contacts.services import writing


def reactivate(
    contact: Contact,
    *,
    by: User,
    lists: Iterable[str],
    basis: str,
    note: str = "",
    token: uuid.UUID | None = None,
    seen: str = "",
) -> Write:
    """Bring a deleted contact back and put it on ``lists`` (Constant Contact's list ids).

    ``seen`` is ``acts.seen_digest`` of what the preview showed, ``token`` makes a second click find the first.
    The basis is remembered for this person's next form. Raises Refused while the form is incomplete or the contact is
    being changed; every other end is in the Write.
    """
    wished = [str(each) for each in lists]
    write = writing.begin(
        contact, kind=Write.Kind.REACTIVATE, by=by, token=token, lists=wished, basis=basis, note=note, seen=seen
    )
    Access.objects.filter(user=by, account=contact.account_id).update(last_basis=basis)
    return writing.carry_out(write)
