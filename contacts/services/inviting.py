"""Letting a person in: a role on one account, and a mail that says so."""

import logging
from datetime import timedelta

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from contacts import audit
from contacts.models import Access, AuditEntry, LinkedAccount, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Role
from contacts.rules.words import day
from contacts.selectors.check import zone
from contacts.services import people
from contacts.services.people import Until

log = logging.getLogger(__name__)


@transaction.atomic
def invite(
    email: str, *, name: str = "", account: LinkedAccount, role: Role, by: User | None, expires_at: Until = None
) -> Access:
    """Give a person a role on an account; a new person is made without a password and chooses one by mail.

    Without ``by`` it is the operator, who may also change the role of somebody who has one. Raises Refused to an
    admin who names a member, and to the operator who names somebody shut out. To an admin nothing here says whether
    the person was known before: an admin of one account must not learn who works on another.
    """
    people.lock([account])
    people.need_admin(account, by=by)
    user = _person(email, name)
    access = Access.objects.filter(user=user, account=account).first()
    if by is None and not user.is_active:
        raise Refused("This person may not sign in any more. Nothing was changed.")
    if by is not None and access and not people.run_out(access):
        raise Refused("Somebody with this address is on this account already. Nothing was changed. Open their page.")
    if access:
        people.keep_an_admin(access, stays=role == Role.ADMIN and expires_at is None)
    now = {"role": role, "expires_at": expires_at}
    audit.record(
        "grant",
        AuditEntry.Outcome.DONE,
        by=by,
        account=account,
        target=f"user-{user.pk}",
        detail={"before": people.standing(access) if access else None, "after": people.told(role, expires_at)},
        payload={"address": user.email},
    )
    return Access.objects.update_or_create(user=user, account=account, defaults=now)[0]


def invite_again(access: Access, *, by: User) -> None:
    """Write down that somebody who never came is sent the mail once more. Raises Refused when they came."""
    with transaction.atomic():
        people.need_admin(access.account, by=by)
        if people.has_come(access):
            raise Refused("This person has signed in already, so they need no invitation. Nothing was sent.")
        people.note("people_invite_again", access, by=by, detail={"after": people.standing(access)})


def send_invitation(access: Access, *, by: User | None) -> bool:
    """Mail the person how to come in; False when the mail server did not take it. Never inside a transaction."""
    name = " ".join(access.account.name.split())
    context = {
        "account": name,
        "role": access.role,
        "by": by.name if by else "",
        "until": _last_day(access),
        "address": _choose_password(access.user) if not access.user.has_usable_password() else _url("account_login"),
        "chosen": access.user.has_usable_password(),
        "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
    }
    text = render_to_string("mail/invitation.txt", context)
    try:
        EmailMessage(f"Invitation to {name} in ccadmin", text, to=[access.user.email]).send()
    except (OSError, ValueError) as problem:
        log.warning("The invitation of user %s was not sent (%s).", access.user_id, type(problem).__name__)
        return False
    return True


def _last_day(access: Access) -> str:
    """The last day of the role in the account's zone, in words; empty when it has no end."""
    if access.expires_at is None:
        return ""
    return day((access.expires_at - timedelta(microseconds=1)).astimezone(zone(access.account)))


def _person(email: str, name: str) -> User:
    known = User.objects.filter(email__iexact=email).first()
    if known:
        return known
    try:
        with transaction.atomic():
            return User.objects.create_user(email, name=name)
    except IntegrityError:
        # Invited to another account in the same moment.
        return User.objects.get(email__iexact=email)


def _choose_password(user: User) -> str:
    """The link of allauth's own password mail; it holds for ``PASSWORD_RESET_TIMEOUT`` seconds, and once."""
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    return _url("account_reset_password_from_key", uidb36=user_pk_to_url_str(user), key=key)


def _url(name: str, **parts: str) -> str:
    # From the settings, never from a request: a forged Host header must not choose where the link leads.
    return f"{settings.BASE_URL}{reverse(name, kwargs=parts)}"
