"""What others did at Constant Contact: its bulk jobs that are not ours, and who undid what we had done."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.models.accounts import LinkedAccount
from contacts.models.events import ContactEvent
from contacts.models.mirror import AccountQuerySet, Contact
from contacts.models.writes import Write


class SeenActivity(models.Model):
    """A bulk job of Constant Contact that ccadmin did not start. Its kind is not told (CC reference, section 15)."""

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="seen_activities")
    remote_id = models.CharField(max_length=64)
    state = models.CharField(max_length=32)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    items = models.PositiveIntegerField(null=True, help_text="Contacts it counted; empty when it does not say.")

    objects = AccountQuerySet["SeenActivity"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "remote_id"], name="one_row_per_seen_activity")]
        indexes = [models.Index(fields=["account", "-completed_at"], name="seen_activities_by_end")]

    def __str__(self) -> str:
        return f"activity {self.remote_id} {self.state}"


class Reversal(models.Model):
    """A change outside ccadmin that undid one of ours within seven days."""

    class Kind(models.TextChoices):
        DELETED_AGAIN = "deleted_again", "Deleted again"
        CAME_BACK = "came_back", "Came back"
        ADDED_AGAIN = "added_again", "Added again to a list"
        TAKEN_OFF = "taken_off", "Taken off a list again"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed again"

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="reversals")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="reversals")
    write = models.ForeignKey(Write, models.CASCADE, related_name="reversals")
    event = models.ForeignKey(ContactEvent, models.CASCADE, related_name="reversals")
    kind = models.CharField(max_length=16, choices=Kind)
    lists = models.JSONField(default=list, help_text="List ids it is about, as Constant Contact names them.")
    noticed_at = models.DateTimeField(default=timezone.now)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.CharField(max_length=200, blank=True)

    objects = AccountQuerySet["Reversal"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["write", "event", "kind"], name="one_reversal_per_act_and_event")
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="reversals_by_account"),
            models.Index(fields=["account", "-id"], name="reversals_to_look_at", condition=Q(dismissed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.contact_id}"
