"""A second person's word on a large job."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.models.jobs import Job
from contacts.models.people import User


class Approval(models.Model):
    """One question to a second person: may this plan run, exactly as it stands? The plan is frozen while it is open."""

    class State(models.TextChoices):
        ASKED = "asked", "Waiting for approval"
        APPROVED = "approved", "Approved"
        SENT_BACK = "sent_back", "Sent back"
        WITHDRAWN = "withdrawn", "Withdrawn"

    job = models.ForeignKey(Job, models.CASCADE, related_name="approvals")
    state = models.CharField(max_length=16, choices=State, default=State.ASKED)
    people = models.PositiveIntegerField(help_text="How many people the run would change.")
    mark = models.CharField(max_length=64, help_text="Digest of the plan that was asked about.")
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True, help_text="Why it was sent back.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job"], condition=Q(state="asked"), name="one_open_question_per_job")
        ]

    def __str__(self) -> str:
        return f"{self.state} for job {self.job_id}"
