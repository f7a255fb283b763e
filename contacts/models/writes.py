"""One change to one contact, from the wish to its verdict."""

import uuid

from django.db import models
from django.db.models import Q

from contacts.models.accounts import LinkedAccount
from contacts.models.changes import Change
from contacts.models.jobs import Activity
from contacts.models.mirror import AccountQuerySet, Contact


class Write(Change):
    """One change to one contact. While it is open no other change to that contact can begin."""

    class Kind(models.TextChoices):
        REACTIVATE = "reactivate", "Reactivate"
        LISTS = "lists", "Set the lists"
        ADD_LISTS = "add_lists", "Add to lists"
        REMOVE_LISTS = "remove_lists", "Remove from lists"
        ADD_TAGS = "add_tags", "Add tags"
        REMOVE_TAGS = "remove_tags", "Remove tags"
        DELETE = "delete", "Delete"
        UNDO = "undo", "Undo"
        CREATE = "create", "Create"
        SIGN_UP = "sign_up", "Sign up"
        IMPORT = "import", "Import"
        UNSUBSCRIBE = "unsubscribe", "Unsubscribe"
        RESUBSCRIBE = "resubscribe", "Send the resubscribe email"

    token = models.UUIDField(default=uuid.uuid4, unique=True, help_text="One form, one act: a second post finds it.")
    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="writes")
    contact = models.ForeignKey(
        Contact, models.CASCADE, null=True, related_name="writes", help_text="Empty until a new person is there."
    )
    address_key = models.CharField(
        max_length=254, blank=True, help_text="Of a new person, in lower case, while the change is open; then empty."
    )
    kind = models.CharField(max_length=16, choices=Kind)
    undoes = models.ForeignKey("self", models.SET_NULL, null=True, related_name="undone_by")
    lists = models.JSONField(default=list, help_text="Wished list ids, as Constant Contact names them.")
    tags = models.JSONField(default=list, help_text="Wished tag ids.")
    activity = models.ForeignKey(
        Activity, models.SET_NULL, null=True, related_name="writes", help_text="Sent in bulk, not by itself."
    )
    basis = models.CharField(max_length=32, blank=True)
    note = models.CharField(max_length=500, blank=True)
    seen = models.CharField(max_length=32, blank=True, help_text="A mark of what the preview showed.")

    objects = AccountQuerySet["Write"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact"],
                condition=Q(state__in=["reading", "intended", "unknown"]),
                name="one_open_write_per_contact",
            ),
            models.UniqueConstraint(
                fields=["account", "address_key"],
                condition=Q(state__in=["reading", "intended", "unknown"], contact=None) & ~Q(address_key=""),
                name="one_open_write_per_new_address",
            ),
            models.UniqueConstraint(
                fields=["undoes"],
                condition=Q(state__in=["reading", "intended", "unknown", "confirmed", "applied"]),
                name="one_undo_that_may_have_effect",
            ),
        ]
        indexes = [
            models.Index(fields=["contact", "-id"], name="writes_by_contact"),
            # The index of the open ones does not help here: SQLite looks at no value before it chooses.
            models.Index(fields=["state", "began_at"], name="writes_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def person(self) -> Contact:
        """The contact, where there must be one. ValueError for somebody who is not in Constant Contact yet."""
        if self.contact is None:
            raise ValueError(f"Change {self.pk} is about somebody who is not in Constant Contact yet.")
        return self.contact
