"""What somebody should know without looking for it, the letters that tell it, and the views that people keep."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.models.accounts import LinkedAccount
from contacts.models.mirror import AccountQuerySet
from contacts.models.people import User


class Alert(models.Model):
    """One thing that happened and that people of an account are told once. Nothing personal stands in it."""

    class Kind(models.TextChoices):
        LINK = "link", "Link broken"
        SPIKE = "spike", "Many deleted at once"
        REVERSAL = "reversal", "Our change was undone"
        APPROVAL = "approval", "A job waits for approval"
        VERIFY = "verify", "The history does not verify"
        BUDGET = "budget", "Calls nearly used up"

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=16, choices=Kind)
    key = models.CharField(max_length=64, help_text="What it is about: the same thing is told once.")
    detail = models.JSONField(default=dict, help_text="Numbers and keys for its sentence and its link.")
    at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True, help_text="When its letters were made out, if anybody wanted one.")
    closed_at = models.DateTimeField(null=True, help_text="When it was over, or somebody closed it.")
    closed_by = models.CharField(max_length=200, blank=True)

    objects = AccountQuerySet["Alert"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "kind", "key"], name="each_thing_is_told_once")]
        indexes = [
            models.Index(fields=["account", "-id"], name="alerts_by_account"),
            models.Index(fields=["account", "-id"], name="alerts_that_stand", condition=Q(closed_at=None)),
            models.Index(fields=["id"], name="alerts_to_mail", condition=Q(mailed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Letter(models.Model):
    """One e-mail to one person: an alert, or the digest of a week. Its text is made only when it is sent."""

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    alert = models.ForeignKey(Alert, models.CASCADE, null=True, related_name="letters")
    week = models.DateField(null=True, help_text="The Monday on which the week of a digest ended.")
    due_at = models.DateTimeField(null=True, default=timezone.now, help_text="Empty: sent, not wanted, or given up.")
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=100, blank=True, help_text="What kind of failure the last attempt met.")

    objects = AccountQuerySet["Letter"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "user"], name="one_letter_per_alert_and_person"),
            models.UniqueConstraint(fields=["account", "week", "user"], name="one_digest_per_week_and_person"),
            models.CheckConstraint(
                condition=Q(alert=None, week__isnull=False) | Q(alert__isnull=False, week=None),
                name="a_letter_is_of_an_alert_or_of_a_week",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="letters_to_send", condition=Q(due_at__isnull=False)),
            models.Index(fields=["sent_at", "id"], name="letters_by_sending"),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}"


class SavedView(models.Model):
    """A filter of the history under a name: its maker's own, or shared with everybody on the account."""

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="saved_views")
    by = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=500, help_text="In its canonical form: ids, never an address.")
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AccountQuerySet["SavedView"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "by", "name"], name="one_view_per_name")]
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
