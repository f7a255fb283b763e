"""Answers ``user.has_perm("contacts.reactivate", account)`` from one table; says who lacks a second factor."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.backends import ModelBackend

from contacts.models import Access, LinkedAccount
from contacts.rules.roles import Right, Role, at_least, may


class AccessBackend(ModelBackend):
    """Email and password, and what a person's role on one linked account allows.

    A superuser has no right on an account without an access to it: being an operator is not being a member.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """``perm`` is ``contacts.<right>``; anything but a linked account is left to Django's own permissions."""
        if not isinstance(obj, LinkedAccount):
            return super().has_perm(user_obj, perm, obj)
        role = role_on(obj, user_obj)
        name = perm.removeprefix("contacts.")
        return role is not None and name in Right and may(role, Right(name))


def role_on(account: LinkedAccount, user: Any) -> Role | None:
    """The person's current role on the account, or None."""
    if not user.is_active:
        return None
    access = Access.objects.current().filter(user=user, account=account).only("role").first()
    return Role(access.role) if access else None


# Recovery codes are what is left when one of these is lost: alone they are no second factor.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(user: Any) -> bool:
    """Whether this person signs in with an authenticator app, a security key or a passkey besides the password."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_FACTORS).exists()


def asks_second_factor(account: LinkedAccount, role: Role) -> bool:
    """Whether the account wants people of this role to have one."""
    return bool(account.second_factor_from) and at_least(role, Role(account.second_factor_from))


def lacks_second_factor(account: LinkedAccount, role: Role, user: Any) -> bool:
    """Whether this person must set one up first. One query, and none on an account that asks nobody."""
    return asks_second_factor(account, role) and not has_second_factor(user)
