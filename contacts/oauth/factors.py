"""The secrets of second factors, sealed in the database like the tokens: allauth would keep them in the clear."""

import logging
import secrets
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from contacts.connect.credential import CannotOpen, opened, sealed

logger = logging.getLogger("contacts.sign_in")

#: Where allauth keeps a secret among the data of a factor.
SECRETS = ("secret", "seed")
#: How a sealed text begins. One without it is from before secrets were sealed; ``rotate_keys`` seals it.
SEAL = "gAAAA"


class SealedFactors(DefaultMFAAdapter):
    """Seals with CCADMIN_ENCRYPTION_KEYS."""

    def encrypt(self, text: str) -> str:
        """The text as it is stored. Raises CannotOpen when there is no key at all."""
        return sealed({"factor": text})

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed. When no key opens it nobody's code fits any more: the person needs their other factor."""
        try:
            return _open(encrypted_text)
        except CannotOpen:
            logger.error("A second factor cannot be opened: bring its key back (CCADMIN_ENCRYPTION_KEYS).")
            return secrets.token_hex(20).translate(str.maketrans("0189", "ABCD")).upper()


def rotate_all() -> int:
    """Seal every secret again with the first key. Returns how many factors. Raises CannotOpen."""
    return sum(_rotate(factor) for factor in Authenticator.objects.all())


def _rotate(factor: Authenticator) -> int:
    before: dict[str, Any] = dict(factor.data)
    after = before | {name: sealed({"factor": _open(before[name])}) for name in SECRETS if name in before}
    if after == before:
        return 0
    # Whoever renewed the factor meanwhile has sealed it with the first key already.
    return Authenticator.objects.filter(pk=factor.pk, data=before).update(data=after)


def _open(text: str) -> str:
    if not text.startswith(SEAL):
        return text
    factor = opened(text).get("factor")
    if not isinstance(factor, str):
        raise CannotOpen
    return factor
