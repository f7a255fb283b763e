"""Old exports that taught us which lists people were on before we first looked."""

from django.db import models
from django.utils import timezone

from contacts.models.accounts import LinkedAccount
from contacts.models.files import ContactFile
from contacts.models.mirror import AccountQuerySet, ContactList
from contacts.models.people import User


class Seed(models.Model):
    """What one file taught: of which day it is, how its list names are understood, how far it was gone through.

    asks -> looking -> looked -> learning -> learned -> forgetting -> forgotten; from looked back to asks or looking
    when a person answers anew. What was learned outlives the file's bytes and rows.
    """

    class State(models.TextChoices):
        ASKS = "asks", "Waits for your answers"
        LOOKING = "looking", "Being compared with our copy"
        LOOKED = "looked", "Compared, nothing learned yet"
        LEARNING = "learning", "Being learned"
        LEARNED = "learned", "Learned"
        FORGETTING = "forgetting", "Being forgotten"
        FORGOTTEN = "forgotten", "Forgotten"

    UNDER_WAY = (State.LOOKING, State.LEARNING, State.FORGETTING)
    OPEN = (State.ASKS, State.LOOKING, State.LOOKED)

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="seeds")
    file = models.OneToOneField(ContactFile, models.CASCADE, related_name="seed")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=State, default=State.ASKS)
    day = models.DateField(null=True, help_text="Of which day the file is, as a person said.")
    columns = models.JSONField(default=dict, help_text="lists, from and to: the place of the column, from 0.")
    whole = models.ForeignKey(
        ContactList, models.SET_NULL, null=True, related_name="+", help_text="The list that the whole file is of."
    )
    names = models.JSONField(
        default=dict, help_text="List names we do not know: how many rows, and the list a person chose (0: none)."
    )
    reached = models.PositiveIntegerField(default=0, help_text="The number of the last row that was dealt with.")
    counts = models.JSONField(default=dict, help_text="Fate to people and rows, from the last comparison.")
    message = models.CharField(max_length=500, blank=True, help_text="Why it stopped, as a sentence.")
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    learned_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True)

    objects = AccountQuerySet["Seed"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-id"], name="seeds_by_account"),
            # The clock asks each second for those that are under way.
            models.Index(fields=["state"], name="seeds_by_state"),
        ]

    def __str__(self) -> str:
        return f"Old export {self.pk}"
