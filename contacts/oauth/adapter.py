"""How allauth is bent to this site: people come in by invitation, and Constant Contact only links."""

import re
from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import redirect

from contacts.api.errors import APIError
from contacts.backends import AccessBackend
from contacts.models import LinkedAccount, User
from contacts.oauth.way_back import PROVIDER, SignedIn, fail
from contacts.rules.refusal import Refused
from contacts.services.linking import Wish, link, note_failure

DECLINED = "It was not allowed at Constant Contact, so nothing was linked. Start again when you want to."
NOT_OURS = (
    "This sign-in did not begin here, began more than 10 minutes ago, or was used before. Nothing was linked. "
    "Start again in this browser."
)


class InviteOnly(DefaultAccountAdapter):
    """Nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whether signing in may lead there: only to this site. What is no address at all is not safe either."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin the session; its person is looked up by the same backend, whichever way they proved who they are."""
        user.backend = f"{AccessBackend.__module__}.{AccessBackend.__qualname__}"
        super().login(request, user)


class LinkOnly(DefaultSocialAccountAdapter):
    """The end of each walk to Constant Contact is a page of ours. No account, token or sign-in of allauth's is made."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """The one application, from the settings; rows in the database are not asked."""
        return [
            SocialApp(
                provider=PROVIDER,
                client_id=settings.CC_CLIENT_ID,
                secret=settings.CC_CLIENT_SECRET,
                settings={"oauth_pkce_enabled": settings.CC_PKCE},
            )
        ]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never."""
        return False

    def pre_social_login(self, request: SignedIn, sociallogin: SocialLogin) -> NoReturn:
        """Hand the tokens to the service and leave allauth's flow, however it went."""
        state = sociallogin.state
        if state.get("process") != AuthProcess.CONNECT:
            fail(request, NOT_OURS)
        try:
            account = link(sociallogin.tokens, by=request.user, wish=_wish(request, state))
        except (Refused, APIError) as problem:
            fail(request, problem.advice)
        raise ImmediateHttpResponse(redirect("account_linked", account=account.slug))

    def on_authentication_error(
        self,
        request: SignedIn,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> NoReturn:
        """A walk that did not come back with a code for us. Only one that began here is written down."""
        state = (extra_context or {}).get("state")
        if state is None:
            fail(request, NOT_OURS)
        reason = DECLINED if error == AuthError.CANCELLED else _reason(request.GET.get("error", ""))
        note_failure(reason, by=request.user, wish=_wish(request, state))
        fail(request, reason)


def _wish(request: SignedIn, state: dict[str, Any]) -> Wish:
    """What was chosen before the walk. The account is looked up again: a role may be gone by now."""
    chosen = state.get("data") or {}
    mine = LinkedAccount.objects.visible_to(request.user).filter(slug=chosen.get("reconnect", ""))
    return Wish(reconnect=mine.first(), look_only=bool(chosen.get("look_only")))


def _reason(error: str) -> str:
    # Only a plain word is repeated: it comes by way of the browser, where anybody may write.
    said = f" ({error})" if re.fullmatch(r"[a-z_]{1,40}", error) else ""
    return (
        f"Constant Contact ended the sign-in{said}. Nothing was linked. Start again; if it happens again, compare the "
        "application's settings in Constant Contact's developer portal with the ones below."
    )
