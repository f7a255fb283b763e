"""The one secret of a linked account, sealed: access token, refresh token, expiry, and whose they are."""

import json
from dataclasses import dataclass, field
from typing import Any, Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils import timezone

from contacts.api.errors import LinkExpired
from contacts.api.oauth_token import TokenAnswer
from contacts.models import LinkedAccount

# The vendor's own library once called expires_in an epoch time (CC reference, section 3.4). No token lives longer.
LONGEST_LIFE = 7 * 86_400
MARGIN = 60


class CannotOpen(LinkExpired):
    """The stored credential does not open: its key is missing, it was damaged, or it belongs to another account."""

    happened = (
        "The stored connection to Constant Contact cannot be opened: its encryption key is missing or it was changed."
    )
    remedy = "Your copy and history are safe. Bring the key back (CCADMIN_ENCRYPTION_KEYS), or link the account again."


@dataclass(frozen=True)
class Credential:
    """``expires_at`` is in seconds since 1970, on our own clock."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: float

    @classmethod
    def of(cls, answer: TokenAnswer, *, previous: Self | None = None) -> Self:
        """From a token answer. One without a refresh token leaves the former in force (CC reference, section 3.9)."""
        refresh = answer.refresh or (previous.refresh if previous else "")
        return cls(answer.access, refresh, timezone.now().timestamp() + min(answer.expires_in, LONGEST_LIFE))

    @property
    def fresh(self) -> bool:
        """Whether the access token lasts for another minute."""
        return self.expires_at > timezone.now().timestamp() + MARGIN


def seal(credential: Credential, account: LinkedAccount) -> str:
    """The text for ``LinkedAccount.credential``, written with the first key."""
    content = {
        "account": account.pk,
        "access": credential.access,
        "refresh": credential.refresh,
        "expires_at": credential.expires_at,
    }
    return sealed(content)


def sealed(content: dict[str, Any]) -> str:
    """JSON, sealed with the first key. Raises CannotOpen when there is no key at all."""
    return _keys().encrypt(json.dumps(content).encode()).decode()


def opened(text: str) -> dict[str, Any]:
    """What ``sealed`` sealed, with any of the keys. Raises CannotOpen."""
    try:
        content = json.loads(_keys().decrypt(text.encode()))
    except (InvalidToken, ValueError):
        raise CannotOpen from None
    if not isinstance(content, dict):
        raise CannotOpen
    return content


def unseal(account: LinkedAccount) -> Credential:
    """Open with any of the keys. Raises CannotOpen.

    The row's own id is inside: without that, a credential copied to another row would open there and let one
    account's people act on another's.
    """
    content = opened(account.credential)
    if content.get("account") != account.pk:
        raise CannotOpen
    return Credential(content["access"], content["refresh"], content["expires_at"])


def rotate_all() -> int:
    """Write every credential again with the first key, while the site works. Returns how many. Raises CannotOpen.

    The former text is compared, not the version: a renewal that is on its way must still find its version.
    ``marks.rotate_all`` does the same for what erasures need.
    """
    held = LinkedAccount.objects.exclude(credential="")
    return sum(
        LinkedAccount.objects.filter(pk=account.pk, credential=account.credential).update(
            credential=seal(unseal(account), account)
        )
        for account in held
    )


def _keys() -> MultiFernet:
    """All keys read, the first one writes. Raises CannotOpen when there is none or one is no key."""
    try:
        return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
    except ValueError:
        raise CannotOpen from None
