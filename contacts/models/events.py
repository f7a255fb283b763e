"""What was observed to change on a contact, between two looks at it."""

from django.db import models
from django.db.models import Q

from contacts.models.mirror import Contact


class ContactEvent(models.Model):
    """What was observed to change on one contact, between two looks. Append only; never a guessed name."""

    class Kind(models.TextChoices):
        CREATED = "created", "Created"
        CHANGED = "changed", "Details changed"
        LISTS = "lists", "Lists changed"
        TAGS = "tags", "Tags changed"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        PERMISSION = "permission", "Permission changed"
        DELETED = "deleted", "Deleted in Constant Contact"
        REVIVED = "revived", "Active again"
        MISSING = "missing", "No longer known to Constant Contact"

    class Sure(models.TextChoices):
        US = "us", "by us"
        CONTACT = "contact", "by the contact"
        ACCOUNT = "account", "by your account in Constant Contact"
        LIKELY = "likely", "likely"
        UNKNOWN = "unknown", "unknown"

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind)
    noticed_from = models.DateTimeField(null=True, help_text="Not so yet at this moment, on CC's clock.")
    noticed_to = models.DateTimeField(help_text="Seen at this moment, on CC's clock.")
    changes = models.JSONField(default=dict, help_text="Field names to [before, after].")
    sure = models.CharField(max_length=16, choices=Sure, default=Sure.UNKNOWN)
    was_deleted_on = models.DateField(null=True, help_text="Of one who came back: the date Constant Contact gave.")
    was_address = models.CharField(
        max_length=254, null=True, help_text="Of one whose address changed: the former one, in lower case."
    )
    entry = models.ForeignKey(
        "contacts.AuditEntry",
        models.SET_NULL,
        null=True,
        related_name="events",
        help_text="The history's line about it.",
    )
    told_at = models.DateTimeField(null=True, help_text="When the history told it; our own acts at once.")

    class Meta:
        indexes = [
            models.Index(fields=["contact", "-noticed_to", "-id"], name="events_by_contact"),
            models.Index(fields=["contact"], name="events_not_told", condition=Q(told_at=None)),
            models.Index(
                fields=["was_deleted_on", "contact"], name="events_of_return", condition=Q(was_deleted_on__isnull=False)
            ),
            models.Index(fields=["was_address"], name="events_of_address", condition=Q(was_address__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.noticed_to:%Y-%m-%d}"
