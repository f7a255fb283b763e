"""Our copy of an account's contacts, lists and tags. Never the source of a write to Constant Contact."""

import json
from typing import Any, Self

from django.db import models
from django.db.models import Q

from contacts.models.accounts import LinkedAccount
from contacts.models.consent import OF_DELETED
from contacts.models.joining import Joined
from contacts.models.packing import unpack
from contacts.models.people import Access, User
from contacts.rules.standing import Standing

JSON = dict[str, Any]


class AccountQuerySet[M: models.Model](models.QuerySet[M]):
    def visible_to(self, user: User) -> Self:
        """Rows of the accounts this person has a current role on. Every view starts here."""
        return self.filter(account__in=Access.objects.current().filter(user=user).values("account"))


class ContactQuerySet(AccountQuerySet["Contact"]):
    def ghosts(self) -> Self:
        """Contacts Constant Contact holds but hides: deleted there, still blocking their address."""
        return self.filter(deleted_on__isnull=False)

    def light(self) -> Self:
        """Without the compressed original, which no list needs."""
        return self.defer("raw")


class Contact(models.Model):
    """A contact as Constant Contact last showed it to us, with what it has forgotten since."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        AWAITING = "awaiting", "Awaiting confirmation"
        NO_PERMISSION = "no_permission", "No permission set"
        HOLD = "hold", "Temporary hold"
        DELETED = "deleted", "Deleted"
        NO_ADDRESS = "no_address", "No address"
        UNKNOWN = "unknown", "Not understood"

    account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="contacts")
    remote_id = models.UUIDField()
    address = models.CharField(max_length=254, blank=True)
    address_key = models.CharField(max_length=254, blank=True, help_text="The address in lower case.")
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    search = models.TextField(blank=True, help_text="Address and names, folded.")
    status = models.CharField(max_length=16, choices=Status)
    permission = models.CharField(max_length=32, blank=True)
    confirm_status = models.CharField(max_length=32, blank=True)
    opt_in_source = models.CharField(max_length=16, blank=True)
    opt_in_at = models.DateTimeField(null=True)
    opt_out_source = models.CharField(max_length=16, blank=True)
    opt_out_at = models.DateTimeField(null=True)
    once_opted_out = models.DateField(null=True, help_text="Our memory of an opt-out, also when CC forgot it.")
    deleted_on = models.DateField(null=True, help_text="The date Constant Contact gives.")
    deleted_from = models.DateTimeField(null=True, help_text="Not deleted yet at this moment, on CC's clock.")
    deleted_to = models.DateTimeField(null=True, help_text="Seen deleted at this moment, on CC's clock.")
    created_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(help_text="When CC gives none: when we first saw the contact.")

    raw = models.BinaryField(help_text="Everything Constant Contact sent, as compressed JSON.")
    digest = models.BinaryField(max_length=16)
    fetched_at = models.DateTimeField(help_text="When the copy was asked for, on our clock.")
    written_at = models.DateTimeField(null=True, help_text="When we last sent a change, on our clock.")
    missing_since = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True, help_text="When somebody here last checked it and found it deleted.")

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "remote_id"], name="one_row_per_contact"),
            models.CheckConstraint(
                condition=Q(deleted_on=None, deleted_to=None) | Q(deleted_on__isnull=False, deleted_to__isnull=False),
                name="a_deleted_contact_was_noticed",
            ),
        ]
        indexes = [
            # The last columns answer what a page filters by without a look at the rows themselves, which are large.
            models.Index(
                fields=["account", "address_key", "id", "deleted_on", "missing_since"], name="contacts_by_address"
            ),
            models.Index(fields=["account", "status", "address_key", "id", "missing_since"], name="contacts_by_status"),
            models.Index(
                fields=["account", "-updated_at", "-id", "status", "deleted_on", "missing_since"],
                name="contacts_by_change",
            ),
            *OF_DELETED,
        ]

    def __str__(self) -> str:
        return self.address or str(self.remote_id)

    @property
    def name(self) -> str:
        """First and last name, or nothing."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def remote(self) -> JSON:
        """Everything Constant Contact sent, as it was."""
        return json.loads(unpack(self.raw))

    def standing(self, *, list_ids: tuple[str, ...] = ()) -> Standing:
        """What the rules judge, from the columns alone."""
        return Standing(
            address=self.address,
            name=self.name,
            permission=self.permission,
            confirm_status=self.confirm_status,
            opt_in_source=self.opt_in_source,
            opt_in_date=self.opt_in_at,
            opt_out_source=self.opt_out_source,
            opt_out_date=self.opt_out_at,
            deleted_on=self.deleted_on,
            list_ids=list_ids,
            once_opted_out=self.once_opted_out,
        )


class Named(models.Model):
    """What lists, tags and custom fields have in common."""

    account = models.ForeignKey(LinkedAccount, models.CASCADE)
    remote_id = models.UUIDField()
    name = models.CharField(max_length=255)
    gone_at = models.DateTimeField(null=True, help_text="When it was seen to be gone; its past is kept.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class ContactList(Named):
    """A list of the account. A deleted one stays, for the history of those who were on it."""

    class Automation(models.TextChoices):
        UNKNOWN = "", "Not known"
        YES = "yes", "Starts an automation when someone is added"
        NO = "no", "Starts no automation"

    description = models.TextField(blank=True)
    favorite = models.BooleanField(default=False)
    created_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True, help_text="Our own note; Constant Contact never sees it.")
    automation = models.CharField(
        max_length=8, blank=True, choices=Automation, help_text="What people here know; Constant Contact does not say."
    )
    member_count = models.PositiveIntegerField(default=0)
    counts = models.JSONField(
        default=dict, help_text="Members by state, former ones, comings and goings (mirror.tallies)."
    )

    objects = AccountQuerySet["ContactList"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "remote_id"], name="one_row_per_list")]
        ordering = ["name", "id"]


class Tag(Named):
    """A tag of the account."""

    objects = AccountQuerySet["Tag"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "remote_id"], name="one_row_per_tag")]
        ordering = ["name", "id"]


class CustomField(Named):
    """A custom field of the account; ``name`` is its label."""

    remote_name = models.CharField(max_length=255, blank=True, help_text="What an import calls it, after cf:.")
    kind = models.CharField(max_length=32, blank=True)
    choices = models.JSONField(default=dict, help_text="Of a field with choices: id to label.")

    objects = AccountQuerySet["CustomField"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "remote_id"], name="one_row_per_custom_field")]
        ordering = ["name", "id"]


class How(models.TextChoices):
    """How an interval began or ended, and so how sure its date is."""

    AT_LINK = "at_link", "already so when we first looked"
    SEEN = "seen", "seen to change in Constant Contact"
    US = "us", "by us"
    DELETED = "deleted", "the contact was deleted"
    UNSUBSCRIBED = "unsubscribed", "the contact unsubscribed"
    GONE = "gone", "the list itself was deleted"
    FILE = "file", "from a file you gave us"


class Interval(models.Model):
    """From when to when, on Constant Contact's clock. Open while ``ended_at`` is empty."""

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    began_how = models.CharField(max_length=16, choices=How)
    ended_how = models.CharField(max_length=16, choices=How, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%d} to {self.ended_at or 'now'}"


class Membership(Interval):
    """A contact's time on a list: "is on" and "was on" in one table."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="memberships")
    list = models.ForeignKey(ContactList, models.CASCADE, related_name="memberships")
    seed = models.ForeignKey(
        "contacts.Seed",
        models.CASCADE,
        null=True,
        related_name="memberships",
        db_index=False,
        help_text="The old export that says so; empty: we saw it ourselves.",
    )
    told_on = models.DateField(null=True, help_text="The day that old export is of.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "list"], condition=Q(ended_at=None), name="one_open_membership_per_list"
            )
        ]
        indexes = [
            models.Index(fields=["list", "ended_at", "contact"], name="members_by_list"),
            # Who was there when we first looked has not joined: the first load makes no entry here.
            models.Index(fields=["list", "began_at"], name="joins_by_list", condition=Q(Joined())),
            models.Index(fields=["seed", "id"], name="stays_by_seed", condition=Q(seed__isnull=False)),
        ]


class Tagging(Interval):
    """A contact's time with a tag."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="taggings")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="taggings")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "tag"], condition=Q(ended_at=None), name="one_open_tagging_per_tag"
            )
        ]
