"""Signed heads of the chains. What was cut off or written anew is found by a copy of one that is kept elsewhere."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from contacts.audit import signing
from contacts.audit.chain import JSON, canonical
from contacts.models import AuditChain, AuditCheckpoint, AuditEntry

FORMAT = "ccadmin-checkpoint-v1"
#: ``recording`` signs the entry at every multiple of this; the clock signs the head once a day.
EVERY = 1_000
DAILY = timedelta(days=1)


@dataclass(frozen=True)
class Signed:
    """A checkpoint as it stands in the database or outside of it; ``at`` is ISO 8601 in UTC, the rest is hex."""

    chain: str
    sequence: int
    hash: str
    at: str
    public_key: str
    signature: str = ""

    @classmethod
    def of(cls, row: AuditCheckpoint, chain: str) -> Self:
        """The same from its row; ``chain`` is the chain's name."""
        return cls(chain, row.sequence, row.hash, _moment(row.at), row.public_key, row.signature)

    @classmethod
    def read(cls, text: JSON) -> Self:
        """From what ``text`` made. Raises ValueError for anything else."""
        try:
            signed = cls(**{name: text[name] for name in cls.__dataclass_fields__})
        except (KeyError, TypeError):
            raise ValueError("This is not a checkpoint.") from None
        whole = type(signed.sequence) is int and all(type(each) is str for each in (signed.chain, signed.hash))
        if text.get("format") != FORMAT or not whole:
            raise ValueError("This is not a checkpoint.")
        return signed

    @property
    def text(self) -> JSON:
        """What is put outside the database: one line of JSON."""
        return self.claim | {"signature": self.signature}

    @property
    def claim(self) -> JSON:
        """What the signature vouches for."""
        return {
            "format": FORMAT,
            "chain": self.chain,
            "sequence": self.sequence,
            "hash": self.hash,
            "at": self.at,
            "public_key": self.public_key,
        }

    @property
    def message(self) -> bytes:
        """The bytes that are signed: the format, then the claim as canonical JSON."""
        return FORMAT.encode() + canonical(self.claim)

    @property
    def is_ours(self) -> bool:
        """Whether a key that this installation trusts has signed it."""
        return self.public_key in signing.trusted_keys() and signing.is_signed(
            self.message, signature=self.signature, public_key=self.public_key
        )


def checkpoint(chain: AuditChain) -> AuditCheckpoint:
    """The signed head of a chain; one is made unless the head has one already."""
    now = AuditChain.objects.get(pk=chain.pk)
    row = signed_row(now, sequence=now.sequence, digest=now.head)
    made, _ = AuditCheckpoint.objects.get_or_create(
        chain=now,
        sequence=row.sequence,
        defaults={name: getattr(row, name) for name in ("hash", "at", "public_key", "signature")},
    )
    return made


def checkpoint_text(row: AuditCheckpoint) -> JSON:
    """What a checkpoint says to whoever checks it: chain, sequence, hash, at, public_key, signature and format."""
    return Signed.of(row, row.chain.name).text


def signed_row(chain: AuditChain, *, sequence: int, digest: str) -> AuditCheckpoint:
    """A checkpoint that is not saved yet: entry ``sequence`` of the chain has the hash ``digest``."""
    at, key = timezone.now(), signing.public_key()
    claim = Signed(chain.name, sequence, digest, _moment(at), key)
    return AuditCheckpoint(
        chain=chain, sequence=sequence, hash=digest, at=at, public_key=key, signature=signing.sign(claim.message)
    )


def due() -> QuerySet[AuditChain]:
    """Chains that got entries more than a day ago that no checkpoint covers."""
    newest = AuditCheckpoint.objects.filter(chain=OuterRef("pk")).order_by("-sequence")
    uncovered = AuditEntry.objects.filter(chain=OuterRef("pk"), sequence=OuterRef("covered") + 1)
    chains = AuditChain.objects.annotate(covered=Coalesce(Subquery(newest.values("sequence")[:1]), 0))
    chains = chains.filter(sequence__gt=F("covered")).annotate(since=Subquery(uncovered.values("at")[:1]))
    return chains.filter(Q(since=None) | Q(since__lt=timezone.now() - DAILY)).order_by("pk")


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
