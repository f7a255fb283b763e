"""The history that can never change: chains, entries, and payloads that may be erased."""

import json
import zlib
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Exists, Q
from django.utils import timezone

from contacts.models.accounts import LinkedAccount
from contacts.models.people import Access, User


class AuditChain(models.Model):
    """The head of one chain: one per linked account, one for the installation."""

    INSTALLATION = "installation"

    name = models.CharField(max_length=40, unique=True)
    sequence = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.name} at {self.sequence}"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, user: User) -> Self:
        """Entries of the accounts this person has a current role on. Every view starts here."""
        return self.filter(account__in=Access.objects.current().filter(user=user).values("account"))

    def of(self, account: LinkedAccount, *, user: User) -> Self:
        """Entries of one account, when this person has a current role on it, as ``visible_to`` has them.

        The role is asked for once, not entry by entry: so SQLite reads the page along the index of its order.
        """
        has_role = Access.objects.current().filter(user=user, account=account)
        return self.filter(Exists(has_role), account=account)


class AuditEntry(models.Model):
    """One line of history. Triggers in the database refuse every change and every deletion.

    Nothing here names a contact's address: that is in the payload, which may be erased.
    """

    class Outcome(models.TextChoices):
        INTENDED = "intended", "Asked"
        DONE = "done", "Done"
        CONFIRMED = "confirmed", "Done and verified"
        DIFFERS = "differs", "Accepted, but differs"
        REJECTED = "rejected", "Not accepted"
        UNKNOWN = "unknown", "We do not know yet"
        APPLIED = "applied", "Applied (re-read)"
        NOT_APPLIED = "not_applied", "Not applied (re-read)"
        DRIFTED = "drifted", "Changed meanwhile"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"
        SEEN = "seen", "Seen in Constant Contact"

    chain = models.ForeignKey(AuditChain, models.PROTECT, related_name="entries")
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=timezone.now)
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=254)
    role = models.CharField(max_length=16, blank=True)
    action = models.CharField(max_length=32)
    outcome = models.CharField(max_length=16, choices=Outcome)
    account = models.ForeignKey(LinkedAccount, models.PROTECT, null=True, related_name="audit_entries")
    job = models.BigIntegerField(null=True, help_text="The job it was part of.")
    # Nullable: a new column without a default is the only one that SQLite adds without making the table anew, and
    # a new table would lose its triggers.
    sure = models.CharField(
        max_length=16, null=True, help_text="How sure we are who did what was seen; empty for what was asked here."
    )
    part = models.BooleanField(null=True, help_text="True for one person's or one bulk call's share of a job.")
    target = models.CharField(max_length=64, blank=True, help_text="CC's id of the contact, or of another thing.")
    begins = models.ForeignKey("self", models.PROTECT, null=True, related_name="ends")
    reason = models.CharField(max_length=500, blank=True)
    basis = models.CharField(max_length=32, blank=True)
    proof = models.CharField(max_length=32, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    fields = models.JSONField(default=list, help_text="Names of changed fields, never their values.")
    detail = models.JSONField(default=dict, help_text="Clear facts without personal data.")
    payload_digest = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "sequence"], name="no_two_entries_with_one_number"),
            models.UniqueConstraint(fields=["chain", "previous_hash"], name="no_fork_in_a_chain"),
        ]
        indexes = [
            models.Index(fields=["account", "-at", "-id"], name="audit_by_time"),
            # Half a million parts of large jobs are not walked past by whoever leaves them out.
            models.Index(fields=["account", "-at", "-id"], name="audit_without_parts", condition=Q(part=None)),
            models.Index(fields=["account", "actor_id", "-at", "-id"], name="audit_by_actor"),
            models.Index(fields=["account", "action", "-at", "-id"], name="audit_by_action"),
            models.Index(fields=["account", "basis", "-at", "-id"], name="audit_by_basis"),
            models.Index(fields=["account", "outcome", "-at", "-id"], name="audit_by_outcome"),
            models.Index(fields=["account", "sure", "-at", "-id"], name="audit_by_certainty"),
            # Two of these three asked for at once: an actor's hundred thousand entries are not walked for a rare end.
            models.Index(fields=["account", "actor_id", "action", "-at", "-id"], name="audit_by_actor_action"),
            models.Index(fields=["account", "actor_id", "outcome", "-at", "-id"], name="audit_by_actor_outcome"),
            models.Index(fields=["account", "action", "outcome", "-at", "-id"], name="audit_by_action_outcome"),
            models.Index(fields=["account", "target", "-id"], name="audit_by_target"),
            models.Index(fields=["account", "target", "-at", "-id"], name="audit_of_contact"),
            models.Index(fields=["job", "-id"], name="audit_by_job", condition=Q(job__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.outcome}"

    def told(self) -> dict[str, Any] | None:
        """The personal part: address, note, before, sent, after. None when there is none or it was erased."""
        sealed = AuditPayload.objects.filter(entry=self).first()
        return json.loads(zlib.decompress(sealed.body)) if sealed else None

    @property
    def read_along(self) -> dict[str, Any] | None:
        """The same for an entry that was read together with its ``payload``, as it was then."""
        sealed: AuditPayload | None = getattr(self, "payload", None)
        return json.loads(zlib.decompress(sealed.body)) if sealed else None


def told_by(entries: Iterable[int | None]) -> dict[int | None, dict[str, Any]]:
    """Entry to its personal part, for many entries in one query; those that have none, or were erased, are left out."""
    sealed = AuditPayload.objects.filter(entry__in=[each for each in entries if each])
    return {entry: json.loads(zlib.decompress(body)) for entry, body in sealed.values_list("entry", "body")}


class AuditMark(models.Model):
    """What an entry can be found by beyond its columns: ``list:<id>``, ``tag:<id>``, ``evidence:no``.

    Made from the clear part alone, so the chain vouches for it and it holds nothing personal.
    """

    entry = models.ForeignKey(AuditEntry, models.PROTECT, related_name="marks")
    account = models.ForeignKey(LinkedAccount, models.PROTECT, related_name="+")
    word = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "word"], name="one_mark_per_entry_and_word")]
        indexes = [models.Index(fields=["account", "word", "-entry"], name="marks_by_word")]

    def __str__(self) -> str:
        return f"{self.word} of {self.entry_id}"


class AuditPayload(models.Model):
    """The personal part of an entry. Erasing it leaves a chain that still verifies."""

    entry = models.OneToOneField(AuditEntry, models.PROTECT, related_name="payload")
    salt = models.BinaryField(max_length=32)
    body = models.BinaryField(help_text="Compressed JSON: address, note, before, sent, after.")

    def __str__(self) -> str:
        return f"payload of {self.entry_id}"
