"""The history as lines of JSON that prove themselves to whoever has the file and ``verify_history.py``.

Between two exported entries stand the digests of what lies between, so that the chain can be followed without telling
what the others say. Each stretch ends at a checkpoint that was signed at its time; the last line signs the file.
"""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contacts import audit
from contacts.audit import signing
from contacts.audit.chain import canonical, clear, clear_digest
from contacts.audit.checkpoints import signed_row
from contacts.models import AuditChain, AuditCheckpoint, AuditEntry, AuditPayload
from contacts.services.exporting.sealed import details, exactly
from contacts.services.exporting.view import AT_ONCE, Tally, View

JSON = dict[str, Any]
FORMAT = "ccadmin-history-v1"
SEAL = "ccadmin-export-v1"
#: A stretch ends at a checkpoint only when that saves the digests of more than so many entries.
WORTH = 200
HOW = {
    "entry": "“clear” is what the hash vouches for, byte by byte (UTF-8, lone surrogates kept). hash = SHA-256 of the "
    "text ccadmin-audit-v1, the 32 bytes of the previous hash, and SHA-256 of clear. Entry 1 follows 32 zero bytes.",
    "details": "The personal part: HMAC-SHA256 with the salt as key over the text is “payload” in clear. “erased”: it "
    "was destroyed. “withheld”: the role it was made for may not see it. “none”: there never was one.",
    "between": "SHA-256 of clear, 32 bytes each, of the entries from number “first” on that are not in the view.",
    "checkpoint": "Signed when the chain stood there: Ed25519 over the text ccadmin-checkpoint-v1 and the line as JSON "
    "with sorted keys and no blanks, without type and signature.",
    "seen": "What was seen to change on the contact. The chain does not vouch for these lines, only the seal does.",
    "seal": "sha256 is over every byte above. Signed as a checkpoint is, over the text ccadmin-export-v1.",
    "check": "python3 verify_history.py FILE --public-key HEX, with the key that you were given some other way.",
}


@dataclass
class Range:
    """Neighbours in the chain, from ``first`` to ``last``; ``closing`` ends the stretch after them."""

    first: int
    last: int
    wanted: set[int] = field(default_factory=set)
    closing: AuditCheckpoint | None = None


def lines(view: View, *, ends: tuple[int, int], at: datetime, tally: Tally) -> Iterator[bytes]:
    """Every line of the file. ``ends`` are the first and last number that may be in it; ``at`` is now."""
    digest, number = hashlib.sha256(), 0
    for line in _body(view, ends=ends, at=at):
        written = _written(line)
        digest.update(written)
        number += 1
        tally.rows += line["type"] in ("entry", "seen")
        yield written
    claim = {"format": SEAL, "lines": number, "sha256": digest.hexdigest(), "public_key": signing.public_key()}
    yield _written(claim | {"type": "seal", "signature": signing.sign(SEAL.encode() + canonical(claim))})


def _written(line: JSON) -> bytes:
    return json.dumps(line, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _body(view: View, *, ends: tuple[int, int], at: datetime) -> Iterator[JSON]:
    yield _head(view, ends=ends, at=at)
    chain = view.chain()
    if chain and ends[1]:
        for each in _ranges(view.numbers(until=ends[1]), _closings(chain, ends)):
            yield from _walk(chain, each, personal=view.personal)
            if each.closing:
                yield audit.checkpoint_text(each.closing) | {"type": "checkpoint"}
    yield from _seen(view)


def _head(view: View, *, ends: tuple[int, int], at: datetime) -> JSON:
    return {
        "type": "head",
        "format": FORMAT,
        "account": view.account.name,
        "chain": audit.chain_name(view.account),
        "view": view.text or "everything",
        "first": ends[0],
        "last": ends[1],
        "made_at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "role": str(view.role),
        "public_key": signing.public_key(),
        "how": HOW,
    }


def _closings(chain: AuditChain, ends: tuple[int, int]) -> list[AuditCheckpoint]:
    """The checkpoints that a stretch can end at, upwards; the last one is at or after the last entry."""
    ours = AuditCheckpoint.objects.filter(chain=chain, public_key=signing.public_key(), sequence__gte=ends[0])
    found = list(ours.order_by("sequence"))
    if not found or found[-1].sequence < ends[1]:
        head = audit.checkpoint(chain)
        # A head that was signed before the key was changed is signed anew, for this file alone.
        is_ours = head.public_key == signing.public_key()
        found.append(head if is_ours else signed_row(chain, sequence=head.sequence, digest=head.hash))
    for each in found:
        each.chain = chain
    return found


def _ranges(numbers: Iterator[int], closings: list[AuditCheckpoint]) -> Iterator[Range]:
    """What has to be read, piece by piece: most some hundreds of entries, or the way to the next one wanted."""
    places = [each.sequence for each in closings]
    piece: Range | None = None
    for number in numbers:
        if piece:
            closing = closings[bisect_left(places, piece.last)]
            if number - closing.sequence > WORTH:
                piece.last, piece.closing = closing.sequence, closing
                yield piece
                piece = None
            elif number - piece.first >= AT_ONCE:
                piece.last = number - 1
                yield piece
                piece = None
        piece = piece or Range(number, number)
        piece.wanted.add(number)
        piece.last = number
    if piece:
        piece.closing = closings[bisect_left(places, piece.last)]
        piece.last = piece.closing.sequence
        yield piece


def _walk(chain: AuditChain, piece: Range, *, personal: bool) -> Iterator[JSON]:
    """The piece of the chain: entries that are wanted, digests of the others. Two queries for some hundreds."""
    for first in range(piece.first, piece.last + 1, AT_ONCE):
        within = (first, min(first + AT_ONCE - 1, piece.last))
        entries = list(AuditEntry.objects.filter(chain=chain, sequence__range=within).order_by("sequence"))
        wanted = [each.pk for each in entries if each.sequence in piece.wanted and each.payload_digest]
        sealed = {each.entry_id: each for each in AuditPayload.objects.filter(entry__in=wanted if personal else [])}
        passed: list[AuditEntry] = []
        for entry in entries:
            entry.chain = chain
            if entry.sequence not in piece.wanted:
                passed.append(entry)
                continue
            yield from _between(passed)
            passed = []
            yield _entry(entry, sealed.get(entry.pk), personal=personal)
        yield from _between(passed)


def _between(passed: list[AuditEntry]) -> Iterator[JSON]:
    if passed:
        digests = b"".join(map(clear_digest, passed)).hex()
        yield {"type": "between", "first": passed[0].sequence, "digests": digests}


def _entry(entry: AuditEntry, sealed: AuditPayload | None, *, personal: bool) -> JSON:
    return {
        "type": "entry",
        "clear": exactly(canonical(clear(entry))),
        "previous": entry.previous_hash,
        "hash": entry.hash,
        "details": details(entry, sealed, personal=personal),
    }


def _seen(view: View) -> Iterator[JSON]:
    """What was seen to change on the one contact, oldest first; without values for roles that may not see them."""
    for event in view.events().iterator(chunk_size=AT_ONCE):
        yield {
            "type": "seen",
            "in_the_chain": False,
            "kind": event.kind,
            "sure": event.sure,
            "from": event.noticed_from.isoformat() if event.noticed_from else None,
            "to": event.noticed_to.isoformat(),
            "told_in_entry": event.entry.sequence if event.entry else None,
            "changes": event.changes if view.personal else sorted(event.changes),
        }
