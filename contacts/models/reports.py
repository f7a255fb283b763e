"""What the reports are drawn from: numbers alone, kept up after each sync. Nothing here is about one person."""

from django.db import models
from django.db.models import Q

from contacts.models.accounts import LinkedAccount
from contacts.models.mirror import AccountQuerySet, ContactList


class DayCount(models.Model):
    """Contacts by status as they stood on one day, in the account's zone. A day without a row was not counted."""

    class How(models.TextChoices):
        COUNTED = "counted", "Counted by ccadmin"
        DATES = "dates", "From Constant Contact's dates"

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="day_counts")
    day = models.DateField()
    counts = models.JSONField(default=dict, help_text="Status to number of contacts.")
    active = models.PositiveIntegerField(default=0, help_text="The active ones among them, to find the most ever.")
    how = models.CharField(max_length=8, choices=How)
    counted_at = models.DateTimeField(null=True, help_text="The sync whose copy was counted, the last one of the day.")

    objects = AccountQuerySet["DayCount"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="one_count_per_day")]
        indexes = [models.Index(fields=["account", "how", "day"], name="day_counts_by_how")]

    def __str__(self) -> str:
        return f"{self.how} {self.day}"


class DeletedMonth(models.Model):
    """Deletions of one month by what became of them. ``month`` is its first day, by the date Constant Contact gives."""

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="deleted_months")
    month = models.DateField()
    hidden = models.PositiveIntegerField(default=0, help_text="Hidden still.")
    reactivated = models.PositiveIntegerField(default=0, help_text="Brought back from here.")
    returned = models.PositiveIntegerField(default=0, help_text="Seen to be back, not by us.")

    objects = AccountQuerySet["DeletedMonth"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "month"], name="one_row_per_month_of_deletions")]

    def __str__(self) -> str:
        return f"deleted in {self.month:%Y-%m}"


class ListMonth(models.Model):
    """How one list moved in one month, in the account's zone; ``month`` is its first day."""

    list = models.ForeignKey(ContactList, models.CASCADE, related_name="months")
    month = models.DateField()
    joined = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0, help_text="Taken off or unsubscribed.")
    deleted = models.PositiveIntegerField(default=0, help_text="Left because the contact was deleted.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "month"], name="one_row_per_month_of_a_list")]

    def __str__(self) -> str:
        return f"list {self.list_id} in {self.month:%Y-%m}"


class ReactivatedMonth(models.Model):
    """Proved reactivations of one month by who did them and why, as the history has them."""

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="reactivated_months")
    month = models.DateField()
    actor = models.BigIntegerField(default=0, help_text="The person's number; 0 is ccadmin itself.")
    basis = models.CharField(max_length=32, blank=True)
    evidence = models.BooleanField(default=True)
    number = models.PositiveIntegerField(default=0)

    objects = AccountQuerySet["ReactivatedMonth"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "month", "actor", "basis", "evidence"], name="one_row_per_work_of_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} in {self.month:%Y-%m}"


class Reckoned(models.Model):
    """How far the history of an account has been counted into ``ReactivatedMonth``."""

    account = models.OneToOneField(LinkedAccount, models.CASCADE, primary_key=True, related_name="reckoned")
    through = models.BigIntegerField(default=0, help_text="The last entry that was counted.")
    at = models.DateTimeField(help_text="A day before that entry was made: no later one is older, whatever the clock.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(through__gte=0), name="reckoned_from_the_first_entry")]

    def __str__(self) -> str:
        return f"through entry {self.through}"


class LookBack(models.Model):
    """How far the days before the first count are worked out; the row goes when they are written, all at once."""

    account = models.OneToOneField(LinkedAccount, models.CASCADE, primary_key=True, related_name="look_back")
    after = models.BigIntegerField(default=0, help_text="The last contact that was read.")
    turns = models.JSONField(default=list, help_text="Day, status and number of what the contacts read so far change.")
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"through contact {self.after}"
