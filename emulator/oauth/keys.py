"""The RSA key of the access tokens, kept in the data file, and its JWKS (CC reference, sections 3.1 and 3.10)."""

import base64
import json
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from emulator.database import Database

SCHEMA = "CREATE TABLE IF NOT EXISTS oauth_key (only INTEGER PRIMARY KEY CHECK (only = 1), pem BLOB NOT NULL);"


class SigningKey:
    """One RS256 key pair per data file."""

    def __init__(self, database: Database) -> None:
        self._private = _stored_key(database)
        public = self._private.public_key().public_numbers()
        self._members = {"e": _number(public.e), "kty": "RSA", "n": _number(public.n)}
        # RFC 7638: the thumbprint of a key is the digest of exactly these members in this order.
        self.kid = _text(sha256(_compact(self._members)).digest())

    def sign(self, claims: dict[str, Any]) -> str:
        """``claims`` as a signed JWT."""
        head = _text(_compact({"kid": self.kid, "alg": "RS256"})) + "." + _text(_compact(claims))
        return head + "." + _text(self._private.sign(head.encode(), padding.PKCS1v15(), hashes.SHA256()))

    def jwks(self) -> dict[str, Any]:
        """The public key as clients fetch it."""
        return {"keys": [{**self._members, "alg": "RS256", "kid": self.kid, "use": "sig"}]}


def _stored_key(database: Database) -> rsa.RSAPrivateKey:
    database.create(SCHEMA)
    with database.transaction() as cursor:
        row = cursor.execute("SELECT pem FROM oauth_key").fetchone()
        if row is None:
            pem = _key_of_this_process() if database.path == ":memory:" else _new_key()
            cursor.execute("INSERT INTO oauth_key VALUES (1, ?)", (pem,))
        else:
            pem = row["pem"]
    # Our own key, just made or from our own file: checking its primes again takes 80 ms.
    key = serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("The data file holds a signing key that is not RSA.")
    return key


def _new_key() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@cache
def _key_of_this_process() -> bytes:
    """Emulators that live in memory only share one key: making one takes longer than most tests."""
    return _new_key()


def _compact(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
