"""What a person says about alerts: that one needs nobody any more, and which of them they want by e-mail."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from contacts import audit
from contacts.models import Access, Alert, AuditEntry, User


def close(alert: Alert, *, by: User) -> None:
    """Nobody needs to be told of it any more; what it is about stays as it is. Closing it twice says nothing new."""
    with transaction.atomic():
        standing = Alert.objects.filter(pk=alert.pk, closed_at=None)
        if standing.update(closed_at=timezone.now(), closed_by=str(by)[:200]):
            audit.record(
                "alert_closed",
                AuditEntry.Outcome.DONE,
                by=by,
                account=alert.account,
                detail={"alert": alert.pk, "kind": alert.kind},
            )


def choose(access: Access, *, kinds: Iterable[str] | None, digest: bool | None) -> None:
    """The person's own choice of mail on one account; None means what their role usually gets."""
    Access.objects.filter(pk=access.pk).update(mail=None if kinds is None else sorted(kinds), digest=digest)
