"""The ids of Constant Contact's older API, for who still stores them (CC reference, sections 12 and 17)."""

from django.db import models
from django.utils import timezone

from contacts.models.accounts import LinkedAccount
from contacts.models.audit import AuditEntry
from contacts.models.mirror import AccountQuerySet
from contacts.models.people import User


class XrefKind(models.TextChoices):
    CONTACT = "contact", "Contacts"
    LIST = "list", "Lists"


class Xref(models.Model):
    """What a V2 id is called today, as Constant Contact told it. Such a pair never changes."""

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="xrefs")
    kind = models.CharField(max_length=8, choices=XrefKind)
    sequence_id = models.PositiveBigIntegerField(help_text="The V2 id.")
    remote_id = models.UUIDField(help_text="The contact or the list, as the V3 API calls it.")
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "sequence_id"], name="one_xref_per_v2_id"),
        ]
        indexes = [models.Index(fields=["account", "remote_id"], name="xrefs_by_remote_id")]

    def __str__(self) -> str:
        return f"V2 {self.kind} {self.sequence_id}"


class Crossing(models.Model):
    """A question about up to 10,000 V2 ids. open -> asking -> answered; a trouble puts it back to open."""

    class State(models.TextChoices):
        OPEN = "open", "Not asked yet"
        ASKING = "asking", "Asking Constant Contact"
        ANSWERED = "answered", "Answered"

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="crossings")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=XrefKind)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    sequence_ids = models.JSONField(default=list, help_text="The numbers, ascending.")
    missing = models.JSONField(default=list, help_text="Those that Constant Contact did not know, ascending.")
    known = models.PositiveIntegerField(default=0, help_text="How many of them have a pair.")
    left_out = models.PositiveIntegerField(default=0, help_text="Words of the text that were no numbers.")
    message = models.CharField(max_length=500, blank=True, help_text="Why asking stopped.")
    intent = models.ForeignKey(AuditEntry, models.PROTECT, null=True, related_name="+")
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AccountQuerySet["Crossing"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-id"], name="crossings_by_account"),
            # The clock asks each second for those that are under way.
            models.Index(fields=["state"], name="crossings_by_state"),
        ]

    def __str__(self) -> str:
        return f"{len(self.sequence_ids)} V2 ids, {self.state}"

    @property
    def left(self) -> int:
        """How many of the numbers nobody can answer yet."""
        return len(self.sequence_ids) - self.known - len(self.missing)
