"""Who asked to be erased. What is kept says nothing about them to anybody who does not hold the key."""

from django.db import models
from django.utils import timezone

from contacts.models.accounts import LinkedAccount
from contacts.models.mirror import AccountQuerySet
from contacts.models.people import User


class Erasure(models.Model):
    """One request to forget a contact: what was found, what is gone, and the receipt. Its number is its key."""

    class State(models.TextChoices):
        ERASING = "erasing", "Erasing"
        DONE = "done", "Erased"
        LIFTED = "lifted", "Erased, may be copied again"

    account = models.ForeignKey(LinkedAccount, models.PROTECT, related_name="erasures")
    remote_id = models.UUIDField(help_text="CC's id of the contact, which the history names as well.")
    state = models.CharField(max_length=16, choices=State, default=State.ERASING)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=254, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    step = models.CharField(max_length=16, blank=True, help_text="What is erased next.")
    terms = models.TextField(
        blank=True, editable=False, help_text="Sealed; the words to look for, until all of them were found."
    )
    cursor = models.BigIntegerField(default=0)
    gone = models.JSONField(default=dict, help_text="What was erased, to how many of it.")
    wiped = models.BooleanField(default=False, help_text="The database file holds no remains either.")
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    exported_at = models.DateTimeField(null=True, help_text="When its marks were put outside the database.")

    objects = AccountQuerySet["Erasure"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["account", "-id"], name="erasures_by_account")]

    def __str__(self) -> str:
        return f"request {self.pk}"


class ErasedMark(models.Model):
    """A keyed digest of an erased contact's id, or of one of their addresses: whoever has it is not mirrored again."""

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="marks")
    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="+")
    mark = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["erasure", "mark"], name="one_mark_per_erasure")]
        indexes = [models.Index(fields=["account", "mark"], name="erased_by_mark")]

    def __str__(self) -> str:
        return f"mark of request {self.erasure_id}"
