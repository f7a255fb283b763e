"""Answers ``user.has_perm("contacts.reactivate", account)`` from the one table of roles."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from contacts.models import Access, LinkedAccount
from contacts.rules.roles import Right, Role, may


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
