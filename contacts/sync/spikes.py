"""At the end of a run: whether far more contacts than usual were noticed as deleted. And a person's word on it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q
from django.utils import timezone

from contacts import alerts, audit
from contacts.models import Alert, AuditEntry, Contact, ContactEvent, LinkedAccount, Spike, User, Write
from contacts.rules.refusal import Refused
from contacts.rules.spikes import DAYS_BEFORE, is_alarming, is_spike
from contacts.selectors.check import zone
from contacts.selectors.spikes import noticed_since, people_of
from contacts.selectors.windows import Window
from contacts.sync.walks import OVERLAP

DELETING = (Write.Kind.DELETE, Write.Kind.UNDO)
SENT = (Write.State.INTENDED, Write.State.UNKNOWN, Write.State.CONFIRMED, Write.State.APPLIED)


def notice(account: LinkedAccount, *, since: datetime | None) -> Spike | None:
    """Write down a spike among those who were deleted since the look at ``since``; None when it was a usual day.

    Part of the transaction that ends a run. A run that is carried on or repeated finds the same look, so it makes no
    second one. Without ``since`` the account was never read before, and nobody knows when anybody was deleted.
    """
    if since is None:
        return None
    people = Contact.objects.filter(noticed_since(since, account=account))
    by_us = Count("pk", filter=_deleted_by_us(since))
    found = people.aggregate(number=Count("pk"), by_us=by_us, last=Max("deleted_to"))
    if not found["number"]:
        return None
    normal, days = _normal(account, since), (found["last"] - since) / timedelta(days=1)
    if not is_spike(found["number"], normal=normal, days=days):
        return None
    columns = {"noticed_to": found["last"], "number": found["number"], "by_us": found["by_us"], "normal": normal}
    spike = Spike.objects.update_or_create(account=account, noticed_from=since, defaults=columns)[0]
    if is_alarming(spike.number, by_us=spike.by_us):
        alerts.notice(account, Alert.Kind.SPIKE, key=_key(spike), spike=spike.pk, number=spike.number)
    return spike


def dismiss(spike: Spike, *, by: User, reason: str) -> None:
    """A person looked at it and says why nobody needs to look again. Raises Refused when somebody did before."""
    with transaction.atomic():
        audit.record(
            "spike_dismissed",
            AuditEntry.Outcome.DONE,
            by=by,
            account=spike.account,
            detail={"spike": spike.pk, "number": spike.number},
            # Whoever types it may name a person, so it stays in the payload.
            payload={"note": reason},
        )
        said = {"dismissed_at": timezone.now(), "dismissed_by": str(by)[:200], "dismissed_reason": reason}
        if not Spike.objects.filter(pk=spike.pk, dismissed_at=None).update(**said):
            raise Refused("Somebody else has dismissed this already.")
        alerts.over(spike.account, Alert.Kind.SPIKE, key=_key(spike))
    spike.refresh_from_db()


def _key(spike: Spike) -> str:
    return f"spike-{spike.pk}"


def _normal(account: LinkedAccount, since: datetime) -> float:
    """Deletions a day over the 90 days before, or as many of them as we looked; those of other spikes not counted.

    Only who is hidden still is counted: nobody else has a date any more.
    """
    start = max(since - timedelta(days=DAYS_BEFORE), account.known_since or since)
    days = max((since - start) / timedelta(days=1), 1.0)
    here = zone(account)
    window = Window(start.astimezone(here), since.astimezone(here))
    hidden = Contact.objects.filter(window.condition, account=account, missing_since=None).ghosts()
    spikes = Spike.objects.filter(account=account, noticed_to__gt=start, noticed_from__lt=since)
    for spike in spikes:
        hidden = hidden.filter(~people_of(spike))
    return hidden.count() / days


def _deleted_by_us(since: datetime) -> Q:
    """Whose deletion we saw in the answer to our own call, or asked for since that look."""
    seen = ContactEvent.objects.filter(
        contact=OuterRef("pk"),
        kind=ContactEvent.Kind.DELETED,
        sure=ContactEvent.Sure.US,
        noticed_to=OuterRef("deleted_to"),
    )
    # Our clock against Constant Contact's, hence the overlap.
    asked = Write.objects.filter(
        contact=OuterRef("pk"), kind__in=DELETING, state__in=SENT, began_at__gte=since - OVERLAP
    )
    return Q(Exists(seen)) | Q(Exists(asked))
