"""What proves the history: signed heads of its chains, and the walks that checked them."""

from django.db import models
from django.utils import timezone

from contacts.models.audit import AuditChain
from contacts.models.people import User


class AuditCheckpoint(models.Model):
    """A signed head of one chain. A copy of it outside the database finds what was cut off or written anew."""

    chain = models.ForeignKey(AuditChain, models.PROTECT, related_name="checkpoints")
    sequence = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    public_key = models.CharField(max_length=64, help_text="Ed25519, in hex.")
    signature = models.CharField(max_length=128, help_text="Ed25519 over the checkpoint's canonical text, in hex.")
    exported_at = models.DateTimeField(null=True, help_text="When a copy was put outside the database.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "sequence"], name="one_checkpoint_per_number"),
        ]
        # The clock asks each second for those without a copy.
        indexes = [models.Index(fields=["exported_at", "id"], name="checkpoints_by_copy")]

    def __str__(self) -> str:
        return f"checkpoint of {self.chain_id} at {self.sequence}"


class Verification(models.Model):
    """One walk along a chain from its first entry, in portions. ``sequence`` is the last entry that was found whole."""

    class State(models.TextChoices):
        RUNNING = "running", "Checking"
        WHOLE = "whole", "Whole"
        BROKEN = "broken", "Broken"

    chain = models.ForeignKey(AuditChain, models.PROTECT, related_name="verifications")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=State, default=State.RUNNING)
    until = models.PositiveBigIntegerField(help_text="The chain's head when it began.")
    sequence = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default="0" * 64, help_text="The hash of that entry.")
    fault_at = models.PositiveBigIntegerField(null=True, help_text="The first number that does not verify.")
    fault_kind = models.CharField(max_length=16, blank=True, help_text="What is wrong there (audit.Kind).")
    fault = models.CharField(max_length=300, blank=True)
    good_until = models.PositiveBigIntegerField(null=True, help_text="The last checkpoint before the fault.")
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["chain"], condition=models.Q(state="running"), name="one_open_verification_per_chain"
            )
        ]
        indexes = [models.Index(fields=["chain", "-ended_at"], name="verifications_by_end")]

    def __str__(self) -> str:
        return f"{self.state} at {self.sequence}"
