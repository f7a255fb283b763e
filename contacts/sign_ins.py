"""Sign-ins in the history of the installation: what allauth and Django signal, each as one entry.

No typed address is ever kept, neither in an entry nor in the session. How often a wrong password may be tried, and so
how many entries a stranger can make, is limited by allauth before it looks at the password.
"""

from typing import Any

from allauth.account import signals as account_signals
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa import signals as mfa_signals
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.signals import user_login_failed
from django.db.models import F
from django.dispatch import receiver
from django.http import HttpRequest

from contacts import audit
from contacts.backends import SECOND_FACTORS
from contacts.models import AuditEntry, User

DONE, REFUSED = AuditEntry.Outcome.DONE, AuditEntry.Outcome.REFUSED


@receiver(account_signals.user_logged_in)
def _signed_in(user: User, **kwargs: Any) -> None:
    _note("signed_in", user)


@receiver(account_signals.user_logged_out)
def _signed_out(user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _note("signed_out", user)


@receiver(user_login_failed)
def _not_signed_in(credentials: dict[str, Any], **kwargs: Any) -> None:
    """A wrong password, also when one is asked for it again. Whose it was is said by number, when it is anybody's."""
    typed = credentials.get("email") or credentials.get("username") or ""
    known = User.objects.filter(email__iexact=typed).only("pk").first() if typed else None
    audit.record("sign_in_failed", REFUSED, by=None, account=None, target=f"user-{known.pk}" if known else "")


@receiver(mfa_signals.authentication_failed)
def _second_factor_failed(user: User, **kwargs: Any) -> None:
    audit.record("second_factor_failed", REFUSED, by=None, account=None, target=f"user-{user.pk}")


@receiver(account_signals.authentication_step_completed)
def _step_completed(request: HttpRequest, user: User, method: str, **kwargs: Any) -> None:
    # allauth keeps the address that was typed; the session needs only that, how and when it was proved.
    for each in request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, ()):
        each.pop("email", None)
    if kwargs.get("reauthenticated"):
        _note("reauthenticated", user, method=kwargs.get("type") or method)


@receiver(account_signals.password_changed)
@receiver(account_signals.password_set)
@receiver(account_signals.password_reset)
def _password_changed(user: User, **kwargs: Any) -> None:
    _note("password_changed", user)


@receiver(account_signals.email_changed)
def _address_changed(user: User, to_email_address: Any, **kwargs: Any) -> None:
    address = {"address": to_email_address.email}
    audit.record("address_changed", DONE, by=user, account=None, target=f"user-{user.pk}", payload=address)


@receiver(mfa_signals.authenticator_added)
def _second_factor_added(request: HttpRequest, user: User, authenticator: Any, **kwargs: Any) -> None:
    if authenticator.type in SECOND_FACTORS:
        _end_other_sessions(request, user)
    _note("second_factor_added", user, type=authenticator.type)


@receiver(mfa_signals.authenticator_removed)
def _second_factor_removed(user: User, authenticator: Any, **kwargs: Any) -> None:
    _note("second_factor_removed", user, type=authenticator.type)


@receiver(mfa_signals.authenticator_reset)
def _second_factor_renewed(user: User, authenticator: Any, **kwargs: Any) -> None:
    _note("second_factor_renewed", user, type=authenticator.type)


def _end_other_sessions(request: HttpRequest, user: User) -> None:
    """Whoever signed in with the password alone, maybe a stolen one, must not stay where two factors are asked for."""
    User.objects.filter(pk=user.pk).update(sessions=F("sessions") + 1)
    user.refresh_from_db(fields=["sessions"])
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    # The signal comes after a commit, so the answer may have been made.
    request.session.save()


def _note(action: str, user: User, **detail: str) -> None:
    audit.record(action, DONE, by=user, account=None, target=f"user-{user.pk}", detail=dict(detail))
