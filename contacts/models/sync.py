"""Walks through an account that bring our copy up to date."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.models.accounts import LinkedAccount
from contacts.models.mirror import AccountQuerySet


class SyncRun(models.Model):
    """One walk through an account. At most one is open per account."""

    class Kind(models.TextChoices):
        FULL = "full", "Full sweep"
        CHANGES = "changes", "Changes"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        HELD = "held", "Held for a person"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=16, choices=Kind)
    state = models.CharField(max_length=16, choices=State, default=State.RUNNING)
    step = models.CharField(max_length=16, blank=True, help_text="Which of the run's walks is under way.")
    cursor = models.TextField(blank=True)
    windows = models.JSONField(default=list, help_text="The parts of a split walk, each with its own place reached.")
    pages = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(null=True)
    calls = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    restarts = models.PositiveSmallIntegerField(default=0)
    interrupted = models.PositiveSmallIntegerField(default=0)
    not_understood = models.PositiveIntegerField(default=0)
    tally = models.JSONField(default=dict, help_text="Step to its calls, and the things it saw and stored.")
    released = models.BooleanField(default=False, help_text="A person looked at what vanished and let it go on.")
    message = models.CharField(max_length=300, blank=True)
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    watermark = models.DateTimeField(null=True, help_text="CC's clock at the run's first answer.")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(finished_at=None), name="one_open_sync_per_account")
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="runs_by_account"),
            models.Index(fields=["finished_at"], name="runs_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class SyncPage(models.Model):
    """One page that an open run has stored: the cursor that led there, and the rows it showed.

    It is how a loop is noticed and how a sweep knows whom it did not see. Gone when its run ends.
    """

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="shown")
    step = models.CharField(max_length=16)
    walk = models.PositiveSmallIntegerField(help_text="Counts how often the step was begun afresh.")
    cursor = models.BinaryField(max_length=16, help_text="Digest of the cursor that led here; empty for the first.")
    keys = models.BinaryField(help_text="Primary keys of the rows shown, 8 bytes each.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "step", "walk", "cursor"], name="no_cursor_twice_in_a_walk")
        ]

    def __str__(self) -> str:
        return f"{self.step} page of run {self.run_id}"


class Spike(models.Model):
    """Far more contacts than usual were noticed as deleted between two looks. Times are on Constant Contact's clock."""

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="spikes")
    noticed_from = models.DateTimeField()
    noticed_to = models.DateTimeField()
    number = models.PositiveIntegerField()
    by_us = models.PositiveIntegerField(default=0, help_text="How many of them ccadmin deleted itself.")
    normal = models.FloatField(help_text="Deletions a day over the 90 days before, this window not counted.")
    created_at = models.DateTimeField(default=timezone.now)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.CharField(max_length=200, blank=True)
    dismissed_reason = models.CharField(max_length=300, blank=True)

    objects = AccountQuerySet["Spike"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "noticed_to"], name="one_spike_per_look"),
        ]

    def __str__(self) -> str:
        return f"{self.number} deleted by {self.noticed_to:%Y-%m-%d %H:%M}"


class Worker(models.Model):
    """A worker process that is alive, as far as its last heartbeat says."""

    name = models.CharField(max_length=64, unique=True)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name
