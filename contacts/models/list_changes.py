"""One change to a list itself, from the wish to its verdict."""

import uuid

from django.db import models
from django.db.models import Q

from contacts.models.accounts import LinkedAccount
from contacts.models.changes import Change
from contacts.models.mirror import AccountQuerySet, ContactList


class ListChange(Change):
    """A list made, or its name, description and star replaced. It goes the way of a Write, through the same states.

    While one is open no other change to that list, or to a new list of that name, can begin.
    """

    class Kind(models.TextChoices):
        CREATE = "list_create", "Create the list"
        CHANGE = "list_change", "Change the list"

    token = models.UUIDField(default=uuid.uuid4, unique=True, help_text="One form, one change: a second post finds it.")
    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="list_changes")
    list = models.ForeignKey(
        ContactList, models.CASCADE, null=True, related_name="changes", help_text="Empty until a new list is there."
    )
    kind = models.CharField(max_length=16, choices=Kind)
    name = models.CharField(max_length=255, help_text="As it will be called.")
    wish = models.JSONField(default=dict, help_text="What was asked for: name, description, favorite.")
    seen = models.CharField(max_length=32, blank=True, help_text="A mark of what the form showed.")

    objects = AccountQuerySet["ListChange"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["list"],
                condition=Q(state__in=["reading", "intended", "unknown"], list__isnull=False),
                name="one_open_change_per_list",
            ),
            models.UniqueConstraint(
                fields=["account", "name"],
                condition=Q(state__in=["reading", "intended", "unknown"], list=None),
                name="one_open_creation_per_name",
            ),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="list_changes_by_account")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
