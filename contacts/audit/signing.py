"""Who signs the heads of the chains: one Ed25519 key of this installation (RFC 8032).

The key is CCADMIN_AUDIT_KEY. Without it one is derived from CCADMIN_SECRET_KEY, which is worth less: whoever can sign
in to everything with that secret can sign a forged history too.
"""

from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"ccadmin audit signing key v1"


def has_own_key() -> bool:
    """Whether the installation has a key for this alone, not one derived from another secret."""
    return bool(settings.AUDIT_KEY)


def public_key() -> str:
    """The key that everybody may know, 32 bytes in hex."""
    return _key().public_key().public_bytes_raw().hex()


def trusted_keys() -> frozenset[str]:
    """The public keys whose signatures count, in hex: today's, and those in CCADMIN_AUDIT_OLD_KEYS."""
    return frozenset({public_key(), *settings.AUDIT_OLD_KEYS})


def sign(message: bytes) -> str:
    """The signature of ``message``, 64 bytes in hex."""
    return _key().sign(message).hex()


def is_signed(message: bytes, *, signature: str, public_key: str) -> bool:
    """Whether the owner of ``public_key`` signed ``message``; both are hex, and whatever is not hex signs nothing."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _key() -> Ed25519PrivateKey:
    return _private(settings.AUDIT_KEY, settings.SECRET_KEY)


@cache
def _private(own: bytes, secret: str) -> Ed25519PrivateKey:
    seed = own or HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)
