"""Appending entries. No entry, no action: every function here raises before anything else may happen."""

import secrets
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from contacts.audit import checkpoints
from contacts.audit.chain import JSON, canonical, commitment, digest_of
from contacts.models import (
    Access,
    AuditChain,
    AuditCheckpoint,
    AuditEntry,
    AuditMark,
    AuditPayload,
    LinkedAccount,
    User,
    Write,
)

SYSTEM = "ccadmin"
#: What a job does to its people, one by one or in bulk; its own lines begin with ``job_``.
PARTS = frozenset({*map(str, Write.Kind.values), "activity"})


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
    sure: str | None


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
                part=is_part(draft.action, draft.facts.get("job")),
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
        _append(chain, entries)
        AuditPayload.objects.bulk_create(
            AuditPayload(entry=entry, salt=salt, body=body)
            for entry, (salt, body) in zip(entries, sealed, strict=True)
            if entry.payload_digest
        )
        AuditMark.objects.bulk_create(mark for entry in entries for mark in _marks(entry))
        _sign(chain, entries)
    return entries


def chain_name(account: LinkedAccount | None) -> str:
    """What the chain of an account is called; without one, the installation's."""
    return f"account-{account.pk}" if account else AuditChain.INSTALLATION


def _locked_chain(account: LinkedAccount | None) -> AuditChain:
    """The chain's head row, locked until the transaction ends, so that appends wait for each other."""
    name = chain_name(account)
    AuditChain.objects.bulk_create([AuditChain(name=name)], ignore_conflicts=True)
    return AuditChain.objects.select_for_update().get(name=name)


def _append(chain: AuditChain, entries: list[AuditEntry]) -> None:
    """Save the entries and the chain's new head; their keys need not come back in the order the rows went in."""
    AuditEntry.objects.bulk_create(entries)
    first = entries[0].sequence if entries else 1
    keys = dict(chain.entries.filter(sequence__gte=first).values_list("sequence", "pk"))
    for entry in entries:
        entry.pk = keys[entry.sequence]
    AuditChain.objects.filter(pk=chain.pk).update(sequence=chain.sequence, head=chain.head)


def _sign(chain: AuditChain, entries: list[AuditEntry]) -> None:
    """A checkpoint at every thousandth entry: here, and not by a clock, so that no more are ever without one."""
    AuditCheckpoint.objects.bulk_create(
        (
            checkpoints.signed_row(chain, sequence=entry.sequence, digest=entry.hash)
            for entry in entries
            if entry.sequence % checkpoints.EVERY == 0
        ),
        ignore_conflicts=True,
    )


def _marks(entry: AuditEntry) -> Iterator[AuditMark]:
    """What the entry can be found by beyond its columns, from its clear part alone."""
    if entry.account_id is not None:
        for word in sorted(words_of(entry.detail)):
            yield AuditMark(entry=entry, account_id=entry.account_id, word=word)


def is_part(action: str, job: int | None) -> bool | None:
    """Whether an entry is one person's or one bulk call's share of a job; None, never False, when it is not."""
    return True if job is not None and action in PARTS else None


def words_of(detail: JSON) -> set[str]:
    """The words of an entry with these clear facts, see ``AuditMark``."""
    words = {f"{kind[:-1]}:{each}" for kind in ("lists", "tags") for each in detail.get(kind, ())}
    return words | {"evidence:no"} if detail.get("evidence") is False else words


def _sealed(payload: JSON | None) -> tuple[bytes, bytes, str]:
    if payload is None:
        return b"", b"", ""
    salt, body = secrets.token_bytes(32), zlib.compress(canonical(payload))
    return salt, body, commitment(salt, body)


def _role(by: User | None, account: LinkedAccount | None) -> str:
    if by is None or account is None:
        return ""
    access = Access.objects.filter(user=by, account=account).only("role").first()
    return access.role if access else ""
