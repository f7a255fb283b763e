"""The only writer of alerts: what people of an account are told once, in the page and by e-mail.

Raising one talks to nobody (services/alerts.py sends the mail). What each kind keeps in its detail:

- link: ``reason`` (a word of ours)              - spike: ``spike`` (id), ``number``
- reversal: ``number``, ``entry`` (seen in it)   - approval: ``job``, ``people``, ``asked_by`` (ids and a number)
- verify: ``chain``, ``faults``, ``sequence``    - budget: ``used``, ``limit``, ``until`` (ISO 8601)
"""

from typing import Any

from django.utils import timezone

from contacts.models import Alert, LinkedAccount


def notice(account: LinkedAccount, kind: Alert.Kind, *, key: str, **detail: Any) -> Alert | None:
    """Raise an alert about ``key``, inside the caller's transaction; None when it was raised before.

    ``key`` (64 characters at most) names the occurrence, not the condition: a link that breaks again next month
    is another alert and needs another key. ``detail`` holds numbers and keys, never a name, an address or a text
    that somebody typed.
    """
    alert, is_new = Alert.objects.get_or_create(account=account, kind=kind, key=key, defaults={"detail": detail})
    return alert if is_new else None


def over(account: LinkedAccount, kind: Alert.Kind, *, key: str = "") -> int:
    """Close what stands of this kind, all of it or only ``key``, because it is over; says how many were closed."""
    standing = Alert.objects.filter(account=account, kind=kind, closed_at=None)
    if key:
        standing = standing.filter(key=key)
    return standing.update(closed_at=timezone.now())
