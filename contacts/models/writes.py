"""One change to one contact, from the wish to its verdict."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.models.accounts import LinkedAccount
from contacts.models.audit import AuditEntry
from contacts.models.jobs import Activity
from contacts.models.mirror import AccountQuerySet, Contact
from contacts.models.people import User


class Write(models.Model):
    """One change to one contact. While it is open no other change to that contact can begin.

    reading -> refused | intended -> confirmed | differs | rejected | unknown;
    unknown -> applied | not_applied | drifted. Nothing leaves a final state.
    """

    class Kind(models.TextChoices):
        REACTIVATE = "reactivate", "Reactivate"
        LISTS = "lists", "Set the lists"
        ADD_LISTS = "add_lists", "Add to lists"
        REMOVE_LISTS = "remove_lists", "Remove from lists"
        ADD_TAGS = "add_tags", "Add tags"
        REMOVE_TAGS = "remove_tags", "Remove tags"
        DELETE = "delete", "Delete"
        UNDO = "undo", "Undo"

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

    token = models.UUIDField(default=uuid.uuid4, unique=True, help_text="One form, one act: a second post finds it.")
    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="writes")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="writes")
    kind = models.CharField(max_length=16, choices=Kind)
    state = models.CharField(max_length=16, choices=State, default=State.READING)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    undoes = models.ForeignKey("self", models.SET_NULL, null=True, related_name="undone_by")
    lists = models.JSONField(default=list, help_text="Wished list ids, as Constant Contact names them.")
    tags = models.JSONField(default=list, help_text="Wished tag ids.")
    activity = models.ForeignKey(
        Activity, models.SET_NULL, null=True, related_name="writes", help_text="Sent in bulk, not by itself."
    )
    basis = models.CharField(max_length=32, blank=True)
    note = models.CharField(max_length=500, blank=True)
    seen = models.CharField(max_length=32, blank=True, help_text="A mark of what the preview showed.")
    intent = models.OneToOneField(AuditEntry, models.PROTECT, null=True, related_name="+")
    outcome = models.OneToOneField(AuditEntry, models.PROTECT, null=True, related_name="+")
    message = models.CharField(max_length=500, blank=True, help_text="The sentence the person was shown.")
    began_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    recheck_at = models.DateTimeField(null=True, db_index=True)
    unchanged_reads = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    objects = AccountQuerySet["Write"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact"],
                condition=Q(state__in=["reading", "intended", "unknown"]),
                name="one_open_write_per_contact",
            ),
            models.UniqueConstraint(
                fields=["undoes"],
                condition=Q(state__in=["reading", "intended", "unknown", "confirmed", "applied"]),
                name="one_undo_that_may_have_effect",
            ),
        ]
        indexes = [models.Index(fields=["contact", "-id"], name="writes_by_contact")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether its end is not known yet."""
        return self.state in self.OPEN
