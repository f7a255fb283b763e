"""Files that people bring: an address book to check and import, or an old export to learn from."""

import uuid

from django.db import models
from django.utils import timezone

from contacts.models.accounts import LinkedAccount
from contacts.models.mirror import AccountQuerySet, Contact
from contacts.models.people import User


class ContactFile(models.Model):
    """One file of an account, as it was brought and as it was understood. Its rows and its bytes go before it does.

    received -> asks | reading -> judging -> ready; any of them -> refused. ``asks`` waits for a person to say which
    column has the addresses.
    """

    class Purpose(models.TextChoices):
        CHECK = "check", "Check and import"
        SEED = "seed", "Learn former lists from it"

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        ASKS = "asks", "Needs to know which column has the addresses"
        READING = "reading", "Reading"
        JUDGING = "judging", "Comparing with our copy"
        READY = "ready", "Ready"
        REFUSED = "refused", "Refused"

    UNDER_WAY = (State.RECEIVED, State.READING, State.JUDGING)

    token = models.UUIDField(default=uuid.uuid4, unique=True, help_text="One form, one file: a second post finds it.")
    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="files")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.CHECK)
    state = models.CharField(max_length=16, choices=State, default=State.RECEIVED)
    name = models.CharField(max_length=200, help_text="What the person's machine calls it.")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    mark = models.CharField(max_length=64, blank=True, help_text="Keyed digest of its bytes: the same file twice.")
    format = models.CharField(max_length=8, blank=True, help_text="csv or xlsx (tables.Format).")
    encoding = models.CharField(max_length=16, blank=True, help_text="Of a text file.")
    delimiter = models.CharField(max_length=1, blank=True, help_text="Of a text file.")
    has_header = models.BooleanField(default=True)
    header = models.JSONField(default=list, help_text="The words of the first row, or none.")
    columns = models.JSONField(default=dict, help_text='Place of a column, as text, to its field: {"0": "email"}.')
    settings = models.JSONField(default=dict, help_text="What else was chosen for it; depends on the purpose.")
    rows = models.PositiveIntegerField(default=0, help_text="Rows read so far, without the header and empty ones.")
    reached = models.PositiveIntegerField(default=0, help_text="The number of the last row that was dealt with.")
    counts = models.JSONField(default=dict, help_text="Verdict to number of rows.")
    message = models.CharField(max_length=500, blank=True, help_text="Why it was refused, as a sentence.")
    judged_of = models.DateTimeField(null=True, help_text="The account's synced_at when the rows were judged.")
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True, help_text="When its bytes and rows were deleted; the rest stays.")

    objects = AccountQuerySet["ContactFile"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "purpose", "-id"], name="files_by_account"),
            # The clock asks each second for those that are under way.
            models.Index(fields=["state"], name="files_by_state"),
        ]

    def __str__(self) -> str:
        return f"File {self.pk}"


class FilePart(models.Model):
    """A piece of a file's bytes, compressed, so that any worker on any machine can read it."""

    file = models.ForeignKey(ContactFile, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="one_part_per_number")]

    def __str__(self) -> str:
        return f"Part {self.number} of file {self.file_id}"


class FileRow(models.Model):
    """One row of a file and what Constant Contact would do with it, judged by our copy."""

    file = models.ForeignKey(ContactFile, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(help_text="As a spreadsheet counts them: the header is 1.")
    address_key = models.CharField(max_length=254, blank=True, help_text="The address in lower case; empty: none.")
    cells = models.BinaryField(help_text="Compressed JSON: the texts of the row, column by column.")
    verdict = models.CharField(max_length=16, blank=True, help_text="rules.preflight.Verdict")
    problem = models.CharField(max_length=200, blank=True, help_text="What is wrong, without the value itself.")
    wins = models.PositiveIntegerField(null=True, help_text="Of a repeated address: the number of the row that wins.")
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="+", help_text="Who has the address.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="one_row_per_number")]
        indexes = [
            models.Index(fields=["file", "verdict", "number"], name="file_rows_by_verdict"),
            models.Index(fields=["file", "address_key", "number"], name="file_rows_by_address"),
            models.Index(fields=["address_key"], name="file_rows_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"Row {self.number} of file {self.file_id}"
