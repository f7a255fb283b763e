"""How the entries of a chain hang together: the clear part, its digest, the hash, and the commitment to a payload.

All of it is described for other programs in the export's own head, so it may never change for entries that exist.
"""

import hashlib
import hmac
import json
import zlib
from datetime import UTC
from typing import Any

from contacts.models import AuditEntry

FORMAT = b"ccadmin-audit-v1"
#: What the first entry of a chain follows.
START = "0" * 64

JSON = dict[str, Any]


#: The columns that make the clear part, as ``values()`` names them.
COLUMNS = (
    *("sequence", "at", "actor_id", "actor", "role", "action", "outcome", "account_id", "job", "target", "sure"),
    *("begins_id", "reason", "basis", "proof", "http_status", "fields", "detail", "payload_digest"),
)


def clear(entry: AuditEntry) -> JSON:
    """What the hash vouches for: every column but the hashes, nothing personal. ``chain`` must be at hand."""
    return clear_row(entry.chain.name, {name: getattr(entry, name) for name in COLUMNS})


def clear_row(chain: str, row: JSON) -> JSON:
    """The same from the ``COLUMNS`` of an entry of the chain with this name; faster for many than models are."""
    sure = {"sure": row["sure"]} if row["sure"] is not None else {}
    return sure | {
        "chain": chain,
        "sequence": row["sequence"],
        "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": row["actor_id"],
        "actor": row["actor"],
        "role": row["role"],
        "action": row["action"],
        "outcome": str(row["outcome"]),
        "account": row["account_id"],
        "job": row["job"],
        "target": row["target"],
        "begins": row["begins_id"],
        "reason": row["reason"],
        "basis": row["basis"],
        "proof": row["proof"],
        "http_status": row["http_status"],
        "fields": row["fields"],
        "detail": row["detail"],
        "payload": row["payload_digest"],
    }


def clear_digest(entry: AuditEntry) -> bytes:
    """SHA-256 of the clear part, 32 bytes: enough to follow a chain past an entry without telling what it says."""
    return digest(clear(entry))


def digest(clear_part: JSON) -> bytes:
    """The same from the clear part itself."""
    return hashlib.sha256(canonical(clear_part)).digest()


def hash_after(previous: str, digest: bytes) -> str:
    """The hash, in hex, of the entry with this clear digest that follows the hash ``previous``."""
    return hashlib.sha256(FORMAT + bytes.fromhex(previous) + digest).hexdigest()


def digest_of(entry: AuditEntry) -> str:
    """The entry's hash, in hex: SHA-256 over the format, the previous hash and the digest of its clear part."""
    return hash_after(entry.previous_hash, clear_digest(entry))


def commitment(salt: bytes, body: bytes) -> str:
    """HMAC-SHA256 of a payload's canonical text under its salt, in hex; ``body`` is that text, compressed.

    The salt is erased together with the body: a bare digest of an address could be guessed.
    """
    return hmac.new(bytes(salt), zlib.decompress(body), hashlib.sha256).hexdigest()


def canonical(value: JSON) -> bytes:
    """Sorted keys, no blanks, UTF-8; a lone surrogate is kept as it came."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
