"""A Constant Contact account linked here, the budget of calls, and the log of requests."""

from typing import Self

from django.db import models
from django.utils import timezone

from contacts.models.people import Access, User


class LinkedAccountQuerySet(models.QuerySet["LinkedAccount"]):
    def visible_to(self, user: User) -> Self:
        """Accounts this person has a current role on. Every view starts here."""
        return self.filter(pk__in=Access.objects.current().filter(user=user).values("account"))

    def linked(self) -> Self:
        """Accounts whose link works."""
        return self.filter(state=LinkedAccount.State.LINKED)


class LinkedAccount(models.Model):
    """A Constant Contact account linked here: one encrypted credential, one mirror, one history."""

    class State(models.TextChoices):
        LINKED = "linked"
        BROKEN = "broken"
        UNLINKED = "unlinked"

    class Writing(models.TextChoices):
        ON = "on", "Writing on"
        PAUSED = "paused", "Writing paused"
        LOOK_ONLY = "look_only", "Looking only"

    slug = models.SlugField(unique=True)
    encoded_account_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, default="UTC")
    sign_up_link = models.URLField(blank=True)
    evidence_required = models.BooleanField(default=False)
    approval_above = models.PositiveIntegerField(default=500, help_text="A larger job waits for a second person.")
    second_factor_from = models.CharField(
        max_length=16, blank=True, help_text="The least role that must sign in with a second factor; empty: none."
    )
    payload_months = models.PositiveSmallIntegerField(
        default=24, help_text="Months that the personal part of the history is kept; 0: for ever."
    )
    erasure_key = models.TextField(blank=True, editable=False, help_text="Sealed; makes the marks of the erased.")
    digest_at = models.DateTimeField(null=True, blank=True, help_text="The Monday of the last weekly digest.")

    state = models.CharField(max_length=16, choices=State, default=State.LINKED)
    broken_reason = models.CharField(max_length=300, blank=True)
    writing = models.CharField(max_length=16, choices=Writing, default=Writing.ON)
    writing_by = models.CharField(max_length=200, blank=True)
    writing_reason = models.CharField(max_length=300, blank=True)
    writing_since = models.DateTimeField(null=True, blank=True)

    credential = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=64, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    token_renewed_at = models.DateTimeField(null=True, blank=True)
    cc_privileges = models.JSONField(default=list)
    cc_may_write = models.BooleanField(default=True)

    linked_at = models.DateTimeField(default=timezone.now)
    unlinked_at = models.DateTimeField(null=True, blank=True)
    # Moments on Constant Contact's own clock, taken from its Date header.
    known_since = models.DateTimeField(null=True, blank=True)
    watermark = models.DateTimeField(null=True, blank=True)
    swept_at = models.DateTimeField(null=True, blank=True)
    # Moments on our clock.
    synced_at = models.DateTimeField(null=True, blank=True)
    next_sync_at = models.DateTimeField(null=True, blank=True, db_index=True)
    next_sweep_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict, help_text="Contacts by status, counted after the last sync.")

    objects = LinkedAccountQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<LinkedAccount {self.slug}>"

    @property
    def may_write(self) -> bool:
        """Whether a change may be sent at all; the person's own role is another question."""
        return self.state == self.State.LINKED and self.writing == self.Writing.ON and self.cc_may_write


class CallBudget(models.Model):
    """The calls of one API key, over all accounts and processes: one row, one conditional UPDATE decides.

    ``key`` is a digest of the client id. Instants are microseconds since 1970, ``day`` is a UTC date.
    """

    key = models.CharField(max_length=64, primary_key=True)
    next_at = models.BigIntegerField(default=0)
    next_background_at = models.BigIntegerField(default=0)
    day = models.DateField()
    used = models.PositiveIntegerField(default=0)
    # Constant Contact said "quota_exceeded": nothing goes out before this moment.
    spent_until = models.DateTimeField(null=True, blank=True)
    next_token_at = models.BigIntegerField(default=0)
    person_at = models.BigIntegerField(default=0, help_text="When a person called last.")
    throttled_at = models.BigIntegerField(default=0, help_text="When Constant Contact last asked us to slow down.")

    def __str__(self) -> str:
        return f"{self.used} calls on {self.day}"


class RequestLog(models.Model):
    """One call to Constant Contact: its path has no personal data, its bodies are not kept."""

    account = models.ForeignKey(LinkedAccount, models.CASCADE, null=True, related_name="requests")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField(null=True)
    ms = models.PositiveIntegerField()
    error = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    job = models.BigIntegerField(null=True, help_text="The job it was part of.")

    class Meta:
        indexes = [
            models.Index(fields=["account", "-id"], name="requests_by_account"),
            models.Index(fields=["job"], name="requests_by_job", condition=models.Q(job__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
