"""Contacts that Constant Contact itself no longer knows: not the same as deleted ones."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from contacts.models import Contact, ContactEvent, How, LinkedAccount, Membership, Tagging

AT_ONCE = 1000


def mark_missing(account: LinkedAccount, pks: Iterable[int], *, seen_at: datetime, since: datetime | None) -> int:
    """Note that CC answered 404 for these ids, and return how many of them were new.

    The rows stay with everything they knew; their lists and tags end. One transaction for a thousand.
    """
    wanted = list(pks)
    parts = [wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE)]
    return sum(_mark(account, part, seen_at=seen_at, since=since) for part in parts)


@transaction.atomic
def _mark(account: LinkedAccount, pks: list[int], *, seen_at: datetime, since: datetime | None) -> int:
    fresh = Contact.objects.select_for_update().filter(account=account, pk__in=pks, missing_since=None)
    new = list(fresh.values_list("pk", flat=True))
    Contact.objects.filter(pk__in=new).update(missing_since=seen_at)
    for intervals in (Membership.objects, Tagging.objects):
        intervals.filter(contact__in=new, ended_at=None).update(ended_at=seen_at, ended_how=How.SEEN)
    window = {"noticed_from": min(since, seen_at) if since else None, "noticed_to": seen_at}
    kind = ContactEvent.Kind.MISSING
    ContactEvent.objects.bulk_create(ContactEvent(contact_id=pk, kind=kind, **window) for pk in new)
    return len(new)
