"""The people who sign in, and what each may do on which linked account."""

import hashlib
from collections.abc import Iterator
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from contacts.rules.roles import Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person who signs in with ``email``; without a password the account cannot be signed in to."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person who may also use Django's own commands; still no access to any linked account."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signing in is by email address; being allowed anything needs an ``Access``."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    sessions = models.PositiveIntegerField(default=0, help_text="Counted up to end every session of this person.")

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_address")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_session_auth_hash(self) -> str:
        """What each session of this person must carry: ends them all when the password or ``sessions`` changes."""
        return self._counted(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under secret keys that were in use before."""
        return map(self._counted, super().get_session_auth_fallback_hash())

    def _counted(self, own: str) -> str:
        # Django's own while nobody was signed out, so that a session of before this column goes on.
        return hashlib.sha256(f"{self.sessions}:{own}".encode()).hexdigest() if self.sessions else own


class AccessQuerySet(models.QuerySet["Access"]):
    def current(self) -> Self:
        """Accesses that have not run out, of people who may still sign in."""
        unexpired = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        return self.filter(unexpired, user__is_active=True)


class Access(models.Model):
    """A person's role on one linked account."""

    user = models.ForeignKey(User, models.CASCADE, related_name="accesses")
    account = models.ForeignKey("contacts.LinkedAccount", models.CASCADE, related_name="accesses")
    role = models.CharField(max_length=16, choices=[(role.value, role.value.capitalize()) for role in Role])
    expires_at = models.DateTimeField(null=True, blank=True)
    last_basis = models.CharField(max_length=32, blank=True, help_text="Consent basis this person chose last here.")
    granted_at = models.DateTimeField(default=timezone.now)
    mail = models.JSONField(null=True, help_text="Kinds of alert wanted by e-mail; empty: what the role usually gets.")
    digest = models.BooleanField(null=True, help_text="The weekly digest; empty: what the role usually gets.")

    objects = AccessQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "account"], name="one_role_per_person_and_account")]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id} on {self.account_id}"
