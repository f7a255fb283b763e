"""The exact bytes of what was hashed, as JSON can carry them."""

import base64
import json
import zlib
from typing import Any

from contacts.models import AuditEntry, AuditPayload

JSON = dict[str, Any]


def exactly(raw: bytes) -> str | JSON:
    """The bytes as a text that JSON gives back as it was; as base64 where it would not.

    Two halves of a pair that stand side by side would come back as one character.
    """
    text = raw.decode("utf-8", "surrogatepass")
    return text if json.loads(json.dumps(text)) == text else {"base64": base64.b64encode(raw).decode()}


def details(entry: AuditEntry, sealed: AuditPayload | None, *, personal: bool) -> str | JSON:
    """The personal part with its salt, or the one word that says why it is not there."""
    if not entry.payload_digest:
        return "none"
    if not personal:
        return "withheld"
    if sealed is None:
        return "erased"
    return {"salt": bytes(sealed.salt).hex(), "text": exactly(zlib.decompress(sealed.body))}
