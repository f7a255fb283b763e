"""Constant Contact as an allauth provider: the walk there and back (state, PKCE), and nothing after it."""

from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.conf import settings
from django.http import HttpRequest

from contacts import connect
from contacts.api.errors import APIError, GrantRefused
from contacts.api.oauth_token import TokenAnswer
from contacts.oauth.way_back import PROVIDER, SignedIn, fail, redirect_uri
from contacts.services.linking import Wish, note_failure

# One permission covers reading and changing contacts; there is no smaller one (CC reference, section 3.3).
SCOPES = ("contact_data", "account_read", "offline_access")
CODE_REFUSED = (
    "Constant Contact did not accept its own sign-in code: it is good once, and for 5 minutes. Nothing was linked. "
    "Start again."
)


class ConstantContactAdapter(OAuth2Adapter):
    """Where the walk leads. The tokens come back as one answer that allauth never looks into."""

    provider_id = PROVIDER
    access_token_url = ""

    @property
    def authorize_url(self) -> str:
        """Constant Contact's page, from the settings."""
        return settings.CC_AUTHORIZE_URL

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Ours, from the settings too."""
        return redirect_uri()

    def get_access_token_data(
        self, request: SignedIn, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> TokenAnswer:
        """Redeem the code ourselves: with our limits, and without allauth's error, which repeats the answer."""
        try:
            return connect.redeem(request.GET["code"], redirect_uri=redirect_uri(), code_verifier=pkce_code_verifier)
        except APIError as problem:
            reason = CODE_REFUSED if isinstance(problem, GrantRefused) else problem.advice
            note_failure(reason, by=request.user, wish=Wish())
            fail(request, reason)

    def parse_token(self, data: TokenAnswer) -> SocialToken:
        """An empty one: allauth keeps tokens in clear text, so it is given none."""
        return SocialToken()

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, *, response: TokenAnswer, **kwargs: Any
    ) -> SocialLogin:
        """A login that is nobody's: ``adapter.LinkOnly`` takes the tokens out of it and ends the walk."""
        login = SocialLogin(account=SocialAccount(provider=PROVIDER, uid=PROVIDER), provider=self.get_provider())
        login.tokens = response
        return login


class ConstantContactProvider(OAuth2Provider):
    """What is asked for, and how."""

    id = PROVIDER
    name = "Constant Contact"
    account_class = ProviderAccount
    oauth2_adapter_class = ConstantContactAdapter
    pkce_enabled_default = True

    def get_default_scope(self) -> list[str]:
        """What ccadmin needs and nothing more."""
        return list(SCOPES)

    def get_auth_params(self) -> dict[str, str]:
        """Ask for a sign-in each time: the browser's session at Constant Contact may be of another account."""
        return {"prompt": "login"}


provider_classes = [ConstantContactProvider]
