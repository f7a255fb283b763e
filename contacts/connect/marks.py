"""Marks of the erased: keyed digests by which a person is known again, though nothing about them is kept.

Each account has a random key of 32 bytes, sealed like its credential. A digest without a key could be guessed from a
list of addresses; with one it tells nothing to whoever has the database alone.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from contacts.connect.credential import CannotOpen, opened, sealed
from contacts.models import Erasure, LinkedAccount

JSON = dict[str, Any]


@dataclass(frozen=True)
class Marker:
    """Makes the marks of one account: HMAC-SHA256 in hex."""

    key: bytes = field(repr=False)

    def of_contact(self, remote_id: UUID) -> str:
        """The mark of a contact, by Constant Contact's id."""
        return self._mark(f"id:{remote_id}")

    def of_address(self, address: str) -> str:
        """The mark of an address; upper and lower case are the same."""
        return self._mark(f"address:{address.lower()}")

    def _mark(self, text: str) -> str:
        return hmac.new(self.key, text.encode("utf-8", "replace"), sha256).hexdigest()


def new_key(account: LinkedAccount) -> str:
    """The text for ``LinkedAccount.erasure_key``: a new key, sealed."""
    return _seal_key(account, secrets.token_bytes(32))


def marker_of(account: LinkedAccount) -> Marker:
    """Who makes the account's marks. Raises CannotOpen when its key is sealed with a key that we lack, or is none."""
    return open_marker(account.erasure_key, encoded_id=account.encoded_account_id)


def open_marker(text: str, *, encoded_id: str) -> Marker:
    """The same from the sealed text of an account, which may stand in a file outside the database."""
    content = opened(text)
    if content.get("erasures_of") != encoded_id:
        raise CannotOpen
    return Marker(bytes.fromhex(content["key"]))


def rotate_all() -> int:
    """Write every account's key, and the words that are looked for just now, again with the first of our keys.

    Returns how many texts that were. Raises CannotOpen.
    """
    accounts = LinkedAccount.objects.exclude(erasure_key="")
    keys = [
        LinkedAccount.objects.filter(pk=each.pk, erasure_key=each.erasure_key).update(
            erasure_key=_seal_key(each, marker_of(each).key)
        )
        for each in accounts
    ]
    words = [
        Erasure.objects.filter(pk=each.pk, terms=each.terms).update(terms=sealed(opened(each.terms)))
        for each in Erasure.objects.exclude(terms="")
    ]
    return sum(keys) + sum(words)


def seal_words(account: LinkedAccount, words: JSON) -> str:
    """What is still to be looked for, unreadable to whoever has the database alone."""
    return sealed({"account": account.pk, **words})


def open_words(account: LinkedAccount, text: str) -> JSON:
    """The words that ``seal_words`` sealed. Raises CannotOpen."""
    content = opened(text)
    if content.pop("account", None) != account.pk:
        raise CannotOpen
    return content


def _seal_key(account: LinkedAccount, key: bytes) -> str:
    # Constant Contact's id of the account, not our own: after a restored backup ours may be another's.
    return sealed({"erasures_of": account.encoded_account_id, "key": key.hex()})
