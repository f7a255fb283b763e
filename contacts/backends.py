"""Answers ``user.has_perm("contacts.reactivate", account)`` from one table; says who lacks a second factor.

A request for a page of an account reads the person together with their accesses, in one query.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.backends import ModelBackend
from django.db.models import Case, Exists, OuterRef, Value, When, Window
from django.db.models.functions import RowNumber

from contacts.models import Access, LinkedAccount, User
from contacts.rules.roles import Right, Role, at_least, may

#: So many accounts stand in the switcher; the page of all accounts has the others.
MOST_ACCOUNTS = 50


@dataclass(frozen=True)
class Entrance:
    """What one query said of a person at an account's door: the person, their role on it, and where else they may go.

    ``account`` and ``role`` are None for a stranger. ``accounts`` are by name, the first ``MOST_ACCOUNTS`` of them.
    """

    user: User
    account: LinkedAccount | None
    role: Role | None
    has_second_factor: bool
    accounts: list[LinkedAccount]


@dataclass
class Door:
    """Of the account that a request is about, while the request's person is looked up."""

    slug: str
    entrance: Entrance | None = None


_door: ContextVar[Door | None] = ContextVar("door", default=None)


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

    def get_user(self, user_id: int) -> User | None:
        """The person of a session, who may still sign in; at a door together with what it must know of them."""
        door = _door.get()
        if door is None:
            return super().get_user(user_id)
        door.entrance = entrance_of(user_id, door.slug)
        return door.entrance.user if door.entrance else super().get_user(user_id)


@contextmanager
def at_door(slug: str) -> Iterator[Door]:
    """Whoever is looked up meanwhile wants to enter the account of this slug; the door then knows more of them."""
    door = Door(slug)
    token = _door.set(door)
    try:
        yield door
    finally:
        _door.reset(token)


def entrance_of(user_id: int, slug: str) -> Entrance | None:
    """The person at this door; None for somebody who may not sign in, or has no access at all. One query."""
    rows = Access.objects.current().filter(user=user_id).select_related("user", "account")
    factors = Authenticator.objects.filter(user=OuterRef("user"), type__in=SECOND_FACTORS)
    rows = rows.annotate(
        place=Window(RowNumber(), order_by=["account__name", "account"]),
        elsewhere=Case(When(account__slug=slug, then=Value(0)), default=Value(1)),
        secure=Exists(factors),
    )
    found = list(rows.order_by("elsewhere", "place")[:MOST_ACCOUNTS])
    if not found:
        return None
    here = found[0] if found[0].account.slug == slug else None
    return Entrance(
        user=found[0].user,
        account=here.account if here else None,
        role=Role(here.role) if here else None,
        has_second_factor=found[0].secure,
        accounts=[each.account for each in sorted(found, key=lambda each: each.place)],
    )


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
