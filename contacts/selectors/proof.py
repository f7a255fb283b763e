"""What proves an account's history: its chain, how the last check went, its checkpoints and where copies are."""

from dataclasses import dataclass, field
from datetime import datetime

from contacts import audit
from contacts.audit.faults import Kind
from contacts.models import AuditChain, AuditCheckpoint, LinkedAccount, Verification

SHOWN = 20


@dataclass(frozen=True)
class Check:
    """One verification, under way or ended, in words."""

    verification: Verification

    @property
    def is_running(self) -> bool:
        return self.verification.state == Verification.State.RUNNING

    @property
    def is_broken(self) -> bool:
        return self.verification.state == Verification.State.BROKEN

    @property
    def kind(self) -> str:
        """What kind of fault it is."""
        return Kind(self.verification.fault_kind).words if self.verification.fault_kind else ""

    @property
    def was_rolled_back(self) -> bool:
        """Whether the database is older than what was put outside: perhaps a backup was restored."""
        return self.verification.fault_kind == Kind.ROLLED_BACK

    @property
    def by(self) -> str:
        return str(self.verification.by) if self.verification.by else audit.SYSTEM


@dataclass(frozen=True)
class Proof:
    """Everything the page says; an account without a history has neither entries nor checks."""

    entries: int = 0
    check: Check | None = None
    checked_daily_at: datetime | None = None
    checkpoints: list[AuditCheckpoint] = field(default_factory=list)
    number_of_checkpoints: int = 0


def proof(account: LinkedAccount) -> Proof:
    """How the account's history is proved. Five queries."""
    chain = AuditChain.objects.filter(name=audit.chain_name(account)).first()
    if chain is None:
        return Proof()
    by_clock = chain.verifications.filter(by=None).exclude(ended_at=None).order_by("-pk")
    signed = AuditCheckpoint.objects.filter(chain=chain)
    return Proof(
        entries=chain.sequence,
        check=newest(account),
        checked_daily_at=by_clock.values_list("ended_at", flat=True).first(),
        checkpoints=list(signed.order_by("-sequence")[:SHOWN]),
        number_of_checkpoints=signed.count(),
    )


def newest(account: LinkedAccount) -> Check | None:
    """The verification of the account's chain that is under way, or the last one."""
    checks = Verification.objects.filter(chain__name=audit.chain_name(account)).select_related("by")
    found = checks.order_by("-pk").first()
    return Check(found) if found else None
