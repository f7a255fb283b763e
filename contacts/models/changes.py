"""What every change has that is written down, sent once and proved: of a contact, or of a list itself."""

from django.db import models
from django.utils import timezone

from contacts.models.audit import AuditEntry
from contacts.models.people import User


class Change(models.Model):
    """From the wish to its verdict. While it is open no other change to the same thing can begin.

    reading -> refused | intended -> confirmed | differs | rejected | unknown;
    unknown -> applied | not_applied | drifted. Nothing leaves a final state.
    """

    class State(models.TextChoices):
        READING = "reading", "Reading the contact"
        INTENDED = "intended", "Sending"
        UNKNOWN = "unknown", "We do not know yet"
        REFUSED = "refused", "Refused before anything was sent"
        CONFIRMED = "confirmed", "Done and verified"
        DIFFERS = "differs", "Accepted, but Constant Contact shows something else"
        REJECTED = "rejected", "Constant Contact did not accept it"
        APPLIED = "applied", "Applied, found by reading again"
        NOT_APPLIED = "not_applied", "Not applied, found by reading again"
        DRIFTED = "drifted", "Changed by someone else meanwhile"

    OPEN = (State.READING, State.INTENDED, State.UNKNOWN)
    PROVED = (State.CONFIRMED, State.APPLIED)
    WITHOUT_EFFECT = (State.REFUSED, State.REJECTED, State.NOT_APPLIED)

    state = models.CharField(max_length=16, choices=State, default=State.READING)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    intent = models.OneToOneField(AuditEntry, models.PROTECT, null=True, related_name="+")
    outcome = models.OneToOneField(AuditEntry, models.PROTECT, null=True, related_name="+")
    message = models.CharField(max_length=500, blank=True, help_text="The sentence the person was shown.")
    began_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    recheck_at = models.DateTimeField(null=True, db_index=True)
    unchanged_reads = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Whether its end is not known yet."""
        return self.state in self.OPEN
