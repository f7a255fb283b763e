"""The one resubscribe mail that Constant Contact sends to somebody who opted out, once in their life."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from contacts.models import Contact, User, Write
from contacts.rules.newcomers import CREATE_BASES, NO_EVIDENCE
from contacts.rules.refusal import Refused
from contacts.services import writing

#: Used: Constant Contact took the order, or said that it had taken one before (CC reference, section 12).
USED = Q(state__in=Write.PROVED) | Q(state=Write.State.REJECTED, outcome__http_status=409)


@dataclass(frozen=True)
class Used:
    """What we know of the one mail. ``ours`` when Constant Contact took our order, not somebody else's before."""

    write: Write
    ours: bool
    contact: Contact

    @property
    def is_waiting(self) -> bool:
        """Whether they may still click: they did not opt out anew since."""
        opted_out, ordered = self.contact.opt_out_at, self.write.ended_at
        return self.ours and not (opted_out and ordered and opted_out > ordered)


def used(contact: Contact) -> Used | None:
    """Whether the one mail was ordered already, as far as we know; None when it may still be there."""
    orders = Write.objects.filter(USED, contact=contact, kind=Write.Kind.RESUBSCRIBE)
    write = orders.select_related("by").order_by("id").first()
    return Used(write, write.state in Write.PROVED, contact) if write else None


def resubscribe(
    contact: Contact, *, by: User, lists: Sequence[str], basis: str, note: str, token: uuid.UUID, seen: str = ""
) -> Write:
    """Order the mail; whoever clicks the link in it joins ``lists`` (Constant Contact's ids).

    ``seen`` is ``acts.seen_digest`` of what the page showed. Raises Refused without evidence that they asked, and while
    the contact is being changed; every other end is in the Write. A 200 proves only that the order was taken.
    """
    if basis not in CREATE_BASES or not note.strip():
        raise Refused(NO_EVIDENCE)
    wish: writing.Wish = {"lists": list(lists), "basis": basis, "note": note, "seen": seen}
    write = writing.begin(contact, kind=Write.Kind.RESUBSCRIBE, by=by, token=token, **wish)
    return writing.carry_out(write)
