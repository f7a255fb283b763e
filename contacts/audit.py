"""The only writer of history. No entry, no action: every function here raises before anything else may happen.

An entry holds no personal value; address, note, before, sent and after are its payload, kept apart so that a
person can be erased while the chain still verifies. Source: design section 7.
"""

import hashlib
import hmac
import json
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from contacts.models import Access, AuditChain, AuditEntry, AuditPayload, LinkedAccount, User

FORMAT = b"ccadmin-audit-v1"
SYSTEM = "ccadmin"

JSON = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """The first place where a chain does not verify; ``sequence`` counts from 1."""

    chain: str
    sequence: int
    problem: str


class Facts(TypedDict, total=False):
    """The clear part of an entry beyond who and what: nothing personal may stand here."""

    job: int | None
    target: str
    begins: AuditEntry | None
    reason: str
    basis: str
    proof: str
    http_status: int | None
    fields: list[str]
    detail: JSON


@dataclass(frozen=True)
class Draft:
    """One entry before it has its place in the chain; see ``record``."""

    action: str
    outcome: AuditEntry.Outcome
    payload: JSON | None = None
    facts: Facts = field(default_factory=Facts)


def record(
    action: str,
    outcome: AuditEntry.Outcome,
    *,
    by: User | None,
    account: LinkedAccount | None,
    payload: JSON | None = None,
    **facts: Unpack[Facts],
) -> AuditEntry:
    """Append one entry to the account's chain, or to the installation's when ``account`` is None.

    ``payload`` may hold personal values (address, note, before, sent, after); nothing else may. ``by`` None means
    ccadmin itself. The entry is durable when the outermost transaction is.
    """
    return record_all([Draft(action, outcome, payload, facts)], by=by, account=account)[0]


def record_all(drafts: Sequence[Draft], *, by: User | None, account: LinkedAccount | None) -> list[AuditEntry]:
    """Append entries in this order, as ``record`` does each; a fixed number of queries, whatever their number."""
    with transaction.atomic():
        chain = _locked_chain(account)
        role, now = _role(by, account), timezone.now()
        entries, sealed = [], []
        for draft in drafts:
            salt, body, digest = _sealed(draft.payload)
            entry = AuditEntry(
                chain=chain,
                sequence=chain.sequence + 1,
                at=now,
                actor_id=by.pk if by else None,
                actor=str(by) if by else SYSTEM,
                role=role,
                action=draft.action,
                outcome=draft.outcome,
                account=account,
                payload_digest=digest,
                previous_hash=chain.head,
                **draft.facts,
            )
            entry.hash = digest_of(entry)
            chain.sequence, chain.head = entry.sequence, entry.hash
            entries.append(entry)
            sealed.append((salt, body))
        kept = _appended(chain, entries)
        AuditPayload.objects.bulk_create(
            AuditPayload(entry=entry, salt=salt, body=body)
            for entry, (salt, body) in zip(kept, sealed, strict=True)
            if entry.payload_digest
        )
        AuditChain.objects.filter(pk=chain.pk).update(sequence=chain.sequence, head=chain.head)
    return kept


def digest_of(entry: AuditEntry) -> str:
    """The entry's hash, in hex: SHA-256 over the format, the previous hash and the digest of its clear part."""
    clear = hashlib.sha256(_canonical(_clear(entry))).digest()
    return hashlib.sha256(FORMAT + bytes.fromhex(entry.previous_hash) + clear).hexdigest()


def verify(chain: AuditChain) -> Fault | None:
    """Walk one chain from its first entry; None when it is whole.

    Finds an entry that was edited, taken out, put in or swapped, a payload that is not the one recorded, and a head
    that does not fit. A tail that was cut together with the head is found only by a checkpoint kept elsewhere.
    """
    previous, expected = "0" * 64, 1
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
    if sealed and not hmac.compare_digest(entry.payload_digest, _commitment(sealed.salt, sealed.body)):
        return "The entry's details are not the ones that were recorded."
    return ""


def _locked_chain(account: LinkedAccount | None) -> AuditChain:
    """The chain's head row, locked until the transaction ends, so that appends wait for each other."""
    name = f"account-{account.pk}" if account else AuditChain.INSTALLATION
    AuditChain.objects.bulk_create([AuditChain(name=name)], ignore_conflicts=True)
    return AuditChain.objects.select_for_update().get(name=name)


def _appended(chain: AuditChain, entries: list[AuditEntry]) -> list[AuditEntry]:
    """The same entries with their keys, which need not come back in the order the rows went in."""
    AuditEntry.objects.bulk_create(entries)
    first = entries[0].sequence if entries else 1
    keys = dict(chain.entries.filter(sequence__gte=first).values_list("sequence", "pk"))
    for entry in entries:
        entry.pk = keys[entry.sequence]
    return entries


def _sealed(payload: JSON | None) -> tuple[bytes, bytes, str]:
    if payload is None:
        return b"", b"", ""
    salt, body = secrets.token_bytes(32), zlib.compress(_canonical(payload))
    return salt, body, _commitment(salt, body)


def _commitment(salt: bytes, body: bytes) -> str:
    # Keyed with a salt that is erased together with the body: a bare digest of an address could be guessed.
    return hmac.new(bytes(salt), zlib.decompress(body), hashlib.sha256).hexdigest()


def _role(by: User | None, account: LinkedAccount | None) -> str:
    if by is None or account is None:
        return ""
    access = Access.objects.filter(user=by, account=account).only("role").first()
    return access.role if access else ""


def _clear(entry: AuditEntry) -> JSON:
    return {
        "chain": entry.chain.name,
        "sequence": entry.sequence,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": entry.actor_id,
        "actor": entry.actor,
        "role": entry.role,
        "action": entry.action,
        "outcome": str(entry.outcome),
        "account": entry.account_id,
        "job": entry.job,
        "target": entry.target,
        "begins": entry.begins_id,
        "reason": entry.reason,
        "basis": entry.basis,
        "proof": entry.proof,
        "http_status": entry.http_status,
        "fields": entry.fields,
        "detail": entry.detail,
        "payload": entry.payload_digest,
    }


def _canonical(value: JSON) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
