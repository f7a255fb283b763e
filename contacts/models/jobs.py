"""Our bulk work: what was planned for whom, what Constant Contact was asked in bulk, and how each person ended."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.models.accounts import LinkedAccount
from contacts.models.changes import Change
from contacts.models.files import ContactFile, FileRow
from contacts.models.mirror import AccountQuerySet, Contact
from contacts.models.people import User


class Job(models.Model):
    """One change for many people: a frozen set, a plan, a trial, a run, a report.

    ``order`` is what a person said last, ``state`` how far the worker has followed it.
    """

    class Kind(models.TextChoices):
        REACTIVATE = "reactivate", "Reactivate"
        ADD_LISTS = "add_lists", "Add to lists"
        REMOVE_LISTS = "remove_lists", "Remove from lists"
        ADD_TAGS = "add_tags", "Add tags"
        REMOVE_TAGS = "remove_tags", "Remove tags"
        DELETE = "delete", "Delete"
        DELETE_LIST = "delete_list", "Delete a list"
        IMPORT = "import", "Import a file"

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        RUNNING = "running", "Running"
        TRIED = "tried", "Tried"
        PAUSED = "paused", "Paused"
        STOPPED = "stopped", "Stopped"
        DONE = "done", "Done"

    class Order(models.TextChoices):
        NONE = "", "Nothing yet"
        TRY = "try", "Try a few"
        RUN = "run", "Run"
        PAUSE = "pause", "Pause"
        STOP = "stop", "Stop"

    class Way(models.TextChoices):
        PUT = "put", "One by one"
        ACTIVITY = "activity", "In bulk"
        FILE = "file", "In bulk, as a file"

    OPEN = (State.PLANNED, State.RUNNING, State.TRIED, State.PAUSED)
    ENDED = (State.STOPPED, State.DONE)

    token = models.UUIDField(default=uuid.uuid4, unique=True, help_text="One form, one job: a second post finds it.")
    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=16, choices=Kind)
    state = models.CharField(max_length=16, choices=State, default=State.PLANNED)
    order = models.CharField(max_length=8, choices=Order, default=Order.NONE, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    chosen = models.CharField(max_length=200, help_text="Whom: in words, without a name or an address.")
    undoes = models.ForeignKey("self", models.SET_NULL, null=True, related_name="undone_by")
    retries = models.ForeignKey("self", models.SET_NULL, null=True, related_name="retried_by")

    lists = models.JSONField(default=list, help_text="List ids a person chose, as Constant Contact names them.")
    tags = models.JSONField(default=list, help_text="Tag ids a person chose.")
    file = models.ForeignKey(ContactFile, models.SET_NULL, null=True, related_name="jobs", help_text="Of an import.")
    options = models.JSONField(default=dict, help_text="What else was chosen; depends on the kind.")
    basis = models.CharField(max_length=32, blank=True)
    note = models.CharField(max_length=500, blank=True)
    way = models.CharField(max_length=16, choices=Way, default=Way.PUT)
    people = models.PositiveIntegerField(default=0, help_text="In the plan, those left alone not counted.")
    left_out = models.JSONField(default=dict, help_text="Reason to number of people, at the plan.")
    cost = models.JSONField(default=dict, help_text="Way to calls, counted at the plan.")
    calls_left = models.PositiveIntegerField(default=0, help_text="What the job still reserves of a day's calls.")
    planned_at = models.DateTimeField(default=timezone.now)
    plan_of = models.DateTimeField(null=True, help_text="The account's synced_at when this was planned.")

    step = models.CharField(max_length=16, blank=True, help_text="What the worker does next.")
    cursor = models.TextField(blank=True)
    look_at = models.DateTimeField(null=True, help_text="Who was read after this moment (our clock) is fresh.")
    look_since = models.DateTimeField(null=True, help_text="The same moment on Constant Contact's clock.")
    tries = models.PositiveSmallIntegerField(default=0)
    interrupted = models.PositiveSmallIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0, help_text="Counts the walkers; an older one may send nothing.")
    not_before = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = AccountQuerySet["Job"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-id"], name="jobs_by_account"),
            # The clock asks each second for those that run.
            models.Index(fields=["state"], name="jobs_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["stopped", "done"], finished_at__isnull=False)
                | (~Q(state__in=["stopped", "done"]) & Q(finished_at=None)),
                name="an_ended_job_has_its_end",
            )
        ]

    def __str__(self) -> str:
        return f"Job {self.pk}"

    @property
    def has_ended(self) -> bool:
        """Whether nothing will happen any more."""
        return self.state in self.ENDED


class JobGroup(models.Model):
    """People of a job who get the same: for a reactivation, those with the same former lists."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="groups")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=16, blank=True, help_text="Of an import: the verdict they have in common.")
    lists = models.JSONField(default=list, help_text="List ids these people will be put on, or taken off.")
    tags = models.JSONField(default=list, help_text="Tag ids they will be given, or lose.")
    people = models.PositiveIntegerField(default=0)
    fewer = models.PositiveIntegerField(default=0, help_text="How many of them lose a list that no longer exists.")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_group_per_number")]

    def __str__(self) -> str:
        return f"Group {self.number} of job {self.job_id}"


class Activity(models.Model):
    """One of Constant Contact's own bulk jobs that we asked for. Written before it is sent, and never sent twice.

    intended -> rejected | running | unknown; running | unknown -> ended. What it did to whom is proved by reading.
    """

    class State(models.TextChoices):
        INTENDED = "intended", "Sending"
        RUNNING = "running", "Under way in Constant Contact"
        UNKNOWN = "unknown", "We do not know yet"
        REJECTED = "rejected", "Constant Contact did not accept it"
        ENDED = "ended", "Ended in Constant Contact"

    OPEN = (State.INTENDED, State.RUNNING, State.UNKNOWN)

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="activities")
    job = models.ForeignKey(Job, models.CASCADE, related_name="activities")
    group = models.ForeignKey(JobGroup, models.CASCADE, null=True, related_name="activities")
    kind = models.CharField(max_length=32, help_text="The endpoint's name in Constant Contact.")
    people = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=16, choices=State, default=State.INTENDED)
    remote_id = models.CharField(max_length=64, blank=True, help_text="Constant Contact's activity_id.")
    remote_state = models.CharField(max_length=32, blank=True, help_text="The last state Constant Contact showed.")
    errors = models.PositiveIntegerField(default=0, help_text="How many activity_errors it ended with.")
    message = models.CharField(max_length=500, blank=True)
    fence = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(default=timezone.now, help_text="Our clock, when the intent was written.")
    sent_since = models.DateTimeField(null=True, help_text="Constant Contact's clock just before it was sent.")
    ended_at = models.DateTimeField(null=True, help_text="Our clock, when it was seen to have ended.")

    class Meta:
        indexes = [models.Index(fields=["job", "state"], name="activities_by_job")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class JobItemQuerySet(models.QuerySet["JobItem"]):
    def not_done(self) -> Self:
        """Who was to be changed and was not: their turn never came, or nothing was done to them. For a retry."""
        without = Q(write=None) | Q(write__state__in=Change.WITHOUT_EFFECT)
        return self.filter(without, reason="")


class JobItem(models.Model):
    """One person of a job. ``reason`` says why they are left alone; ``write`` is what was done, with its verdict."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="items")
    contact = models.ForeignKey(
        Contact, models.CASCADE, null=True, related_name="job_items", help_text="Empty until a new person is there."
    )
    row = models.ForeignKey(FileRow, models.SET_NULL, null=True, related_name="items", help_text="Of an import.")
    line = models.PositiveIntegerField(null=True, help_text="The row's number, also when the file was forgotten.")
    group = models.ForeignKey(JobGroup, models.SET_NULL, null=True, related_name="items")
    reason = models.CharField(max_length=24, blank=True, help_text="Why they are left alone (rules.plan.Reason).")
    fewer = models.BooleanField(default=False, help_text="One of their former lists no longer exists.")
    trial = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True, help_text="When this job last read the contact, on our clock.")
    write = models.OneToOneField("contacts.Write", models.SET_NULL, null=True, related_name="item")

    objects = JobItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "contact"], name="one_row_per_person_in_a_job"),
            models.UniqueConstraint(fields=["job", "line"], name="one_item_per_line_of_a_file"),
        ]
        indexes = [
            models.Index(fields=["job", "id"], name="items_by_job"),
            models.Index(fields=["job", "group", "id"], name="items_to_send", condition=Q(write=None, reason="")),
        ]

    def __str__(self) -> str:
        return f"Item {self.pk} of job {self.job_id}"

    @property
    def person(self) -> Contact:
        """The contact, where there must be one. ValueError for a row of a file whose person is not there yet."""
        if self.contact is None:
            raise ValueError(f"Item {self.pk} is about somebody who is not in Constant Contact yet.")
        return self.contact
