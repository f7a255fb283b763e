"""A contact that Constant Contact itself no longer knows: not the same as a deleted one."""

from datetime import datetime

from django.db import transaction

from contacts.models import Contact, ContactEvent, How, Membership


@transaction.atomic
def mark_missing(contact: Contact, *, seen_at: datetime, since: datetime | None) -> None:
    """Note that CC answered 404 for this id. The row stays, with everything it knew, and its lists end."""
    if not Contact.objects.filter(pk=contact.pk, missing_since=None).update(missing_since=seen_at):
        return
    Membership.objects.filter(contact=contact, ended_at=None).update(ended_at=seen_at, ended_how=How.SEEN)
    noticed_from = min(since, seen_at) if since else None
    ContactEvent.objects.create(
        contact=contact, kind=ContactEvent.Kind.MISSING, noticed_from=noticed_from, noticed_to=seen_at
    )
