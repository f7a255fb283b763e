"""What the history keeps about doors that stayed shut."""

import logging
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone

from contacts import audit
from contacts.models import AuditEntry, LinkedAccount, User

log = logging.getLogger(__name__)
REFUSED_ACCESS = "refused_access"
ONCE_IN = timedelta(minutes=1)


def note_refusal(account: LinkedAccount, *, by: User, page: str) -> None:
    """A member asked for a page, or sent a form, that their role does not reach: kept once a minute for each page.

    A page that polls, or a person who insists, must not fill the chain. It never raises for the database's sake: the
    door stays shut whether or not that can be written down.
    """
    try:
        with transaction.atomic():
            lately = AuditEntry.objects.filter(account=account, actor_id=by.pk, at__gt=timezone.now() - ONCE_IN)
            if not lately.filter(action=REFUSED_ACCESS, detail__page=page).exists():
                refused = AuditEntry.Outcome.REFUSED
                audit.record(REFUSED_ACCESS, refused, by=by, account=account, detail={"page": page})
    except DatabaseError:
        log.exception("A refused access to %s could not be written down", page)
