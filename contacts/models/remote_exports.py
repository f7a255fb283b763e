"""Constant Contact's own exports, as another source of a file: what was asked for, and how far it is."""

import uuid
from typing import Any

from django.db import models
from django.utils import timezone

from contacts.models.accounts import LinkedAccount
from contacts.models.audit import AuditEntry
from contacts.models.mirror import AccountQuerySet
from contacts.models.people import User

_ADDRESS = "email_address"
_OPTS = ("email_optin_source", "email_optin_date", "email_optout_source", "email_optout_date", "email_optout_reason")
#: The only columns whose names Constant Contact states (CC reference, section 15).
FIELDS = {"address": [_ADDRESS], "consent": [_ADDRESS, *_OPTS]}


class RemoteExport(models.Model):
    """One export that Constant Contact was asked for. Written before it is sent; its file is never stored here.

    intended -> rejected | running | unknown; running -> ready | failed | lost; unknown -> lost; ready -> gone.
    """

    class State(models.TextChoices):
        INTENDED = "intended", "Sending"
        RUNNING = "running", "Under way in Constant Contact"
        UNKNOWN = "unknown", "We do not know yet"
        REJECTED = "rejected", "Constant Contact did not accept it"
        READY = "ready", "Ready to download"
        FAILED = "failed", "Failed in Constant Contact"
        LOST = "lost", "Never heard of again"
        GONE = "gone", "No longer in Constant Contact"

    class What(models.TextChoices):
        ANY = "", "Everyone Constant Contact puts into an export"
        ACTIVE = "active", "Status active"
        UNSUBSCRIBED = "unsubscribed", "Status unsubscribed"
        REMOVED = "removed", "Status removed"

    class Columns(models.TextChoices):
        EVERY = "", "All that Constant Contact gives"
        ADDRESS = "address", "The email address"
        CONSENT = "consent", "The email address, and opt-in and opt-out: when, from where, why"

    OPEN = (State.INTENDED, State.RUNNING, State.UNKNOWN)

    token = models.UUIDField(default=uuid.uuid4, unique=True, help_text="One form, one export: a second post finds it.")
    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="remote_exports")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=16, blank=True, choices=What, help_text="As Constant Contact was asked.")
    list_ids = models.JSONField(default=list, help_text="Only who is on one of these lists.")
    tag_ids = models.JSONField(
        default=list, help_text="Only who has one of these tags; never beside a status or lists."
    )
    columns = models.CharField(max_length=16, blank=True, choices=Columns)
    state = models.CharField(max_length=16, choices=State, default=State.INTENDED)
    intent = models.ForeignKey(AuditEntry, models.PROTECT, null=True, related_name="+")
    remote_id = models.CharField(max_length=64, blank=True, help_text="Constant Contact's activity_id.")
    file_id = models.CharField(max_length=64, blank=True, help_text="What the finished activity's link leads to.")
    message = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField(default=timezone.now, help_text="Our clock, when the intent was written.")
    look_at = models.DateTimeField(default=timezone.now, help_text="When to look at it next.")
    ended_at = models.DateTimeField(null=True)

    objects = AccountQuerySet["RemoteExport"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-id"], name="remote_exports_by_account"),
            # The clock asks each second for those that are open.
            models.Index(fields=["state", "look_at"], name="remote_exports_by_state"),
        ]

    def __str__(self) -> str:
        return f"export {self.pk} {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether something may still become of it."""
        return self.state in self.OPEN

    def body(self) -> dict[str, Any]:
        """What is sent. Without ``fields`` Constant Contact gives the columns that it gives."""
        asked = {"status": self.status, "list_ids": self.list_ids, "tag_ids": self.tag_ids}
        return {name: value for name, value in (asked | {"fields": FIELDS.get(self.columns)}).items() if value}
