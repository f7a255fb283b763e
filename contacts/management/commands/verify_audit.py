"""``manage.py verify_audit``: check the history from its first entry, against all checkpoints there are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contacts import audit
from contacts.audit import outside
from contacts.audit.checkpoints import Signed
from contacts.models import AuditChain, LinkedAccount, Verification
from contacts.services import checkpoints, proving

A_PORTION: Final = 5.0


class Command(BaseCommand):
    help = "Check that no entry of the history was changed, taken out or put in. Ends with code 1 when one was."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--account", metavar="SLUG", help="only the chain of this account")
        which.add_argument("--all", action="store_true", help="every chain, the installation's too (the default)")
        parser.add_argument(
            "--against", type=Path, metavar="FILE", help="checkpoints kept elsewhere: checkpoints.jsonl, or a copy"
        )

    def handle(self, *, account: str | None, against: Path | None, **options: Any) -> None:
        kept = _read(against)
        chains = _chains(account)
        broken = [problem for each in chains if (problem := self._verify(each, kept))]
        if not account:
            broken += _vanished(chains)
        self.stdout.write(f"Public key of this installation: {checkpoints.places().public_key}")
        if broken:
            raise CommandError("\n".join(broken))

    def _verify(self, chain: AuditChain, kept: bytes) -> str:
        """Walk to the end, joining a verification that is under way; the problem, or "" when all is well."""
        copies = outside.read(kept, chain=chain.name)
        if copies.problem:
            return f"{chain.name}: {copies.problem}"
        verification = proving.begin(chain, by=None)
        if verification.sequence and copies.checkpoints:
            # One that was under way has passed entries without these.
            self._to_the_end(verification, ())
            verification = proving.begin(chain, by=None)
        verification = self._to_the_end(verification, copies.checkpoints)
        if verification.state == Verification.State.BROKEN:
            return f"{chain.name}: {verification.fault} {_good(verification)}"
        self.stdout.write(f"{chain.name}: {verification.sequence:,} entries verify. Last hash {verification.head}.")
        if verification.fault:
            self.stdout.write(f"{chain.name}: nothing was changed, but look at this: {verification.fault}")
        return ""

    def _to_the_end(self, verification: Verification, kept: Sequence[Signed]) -> Verification:
        while verification.state == Verification.State.RUNNING:
            before, name = verification.sequence, verification.chain.name
            verification = proving.carry_on(verification, seconds=A_PORTION, kept_elsewhere=kept)
            if verification.state != Verification.State.RUNNING:
                break
            if verification.sequence == before:
                raise CommandError(f"{name}: another process is checking this just now. Try again in a few minutes.")
            self.stdout.write(f"{name}: {verification.sequence:,} of {verification.until:,}")
            self.stdout.flush()
        return verification


def _good(verification: Verification) -> str:
    if verification.good_until is None:
        return "No checkpoint before that vouches for anything."
    return f"The last checkpoint that is good is at entry {verification.good_until:,}."


def _read(against: Path | None) -> bytes:
    if against is None:
        return b""
    try:
        return against.read_bytes()
    except OSError as problem:
        raise CommandError(f"{against} cannot be read: {problem.strerror}.") from None


def _chains(slug: str | None) -> Sequence[AuditChain]:
    if slug is None:
        return list(AuditChain.objects.order_by("pk"))
    account = LinkedAccount.objects.filter(slug=slug).first()
    chains = list(AuditChain.objects.filter(name=audit.chain_name(account))) if account else []
    if not chains:
        known = ", ".join(LinkedAccount.objects.order_by("slug").values_list("slug", flat=True)) or "none"
        raise CommandError(f"No account of this name has a history. Accounts: {known}.")
    return chains


def _vanished(chains: Sequence[AuditChain]) -> list[str]:
    """Chains that copies outside tell of and that the database does not have at all."""
    known = {each.name for each in chains}
    return [
        f"{name}: this chain is gone. Its checkpoints outside are there." for name in _outside() if name not in known
    ]


def _outside() -> list[str]:
    return [name for name in outside.chains() if outside.copies(name).checkpoints]
