"""Walking a chain from its first entry, to see whether every entry is the one that was written."""

import hmac
from dataclasses import dataclass

from contacts.audit.chain import START, commitment, digest_of
from contacts.models import AuditChain, AuditEntry


@dataclass(frozen=True)
class Fault:
    """The first place where a chain does not verify; ``sequence`` counts from 1."""

    chain: str
    sequence: int
    problem: str


def verify(chain: AuditChain) -> Fault | None:
    """Walk one chain from its first entry; None when it is whole.

    Finds an entry that was edited, taken out, put in or swapped, a payload that is not the one recorded, and a head
    that does not fit. A tail that was cut together with the head is found only by a checkpoint kept elsewhere.
    """
    previous, expected = START, 1
    for entry in chain.entries.select_related("payload").order_by("sequence").iterator(chunk_size=1000):
        problem = _problem(entry, expected=expected, previous=previous)
        if problem:
            return Fault(chain.name, expected, problem)
        previous, expected = entry.hash, expected + 1
    if (chain.sequence, chain.head) != (expected - 1, previous):
        return Fault(chain.name, expected, "The chain ends earlier than its head says.")
    return None


def _problem(entry: AuditEntry, *, expected: int, previous: str) -> str:
    if entry.sequence != expected:
        return f"Entry {expected} is missing."
    if entry.previous_hash != previous:
        return "The entry does not follow the one before it."
    if entry.hash != digest_of(entry):
        return "The entry was changed after it was written."
    sealed = getattr(entry, "payload", None)
    if sealed and not hmac.compare_digest(entry.payload_digest, commitment(sealed.salt, sealed.body)):
        return "The entry's details are not the ones that were recorded."
    return ""
