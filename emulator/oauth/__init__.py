"""The authorization host over HTTP: authorize, token, keys, revoke (CC reference, section 3)."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException

from emulator.clock import Clock
from emulator.database import Database
from emulator.oauth.answers import empty, json_answer, okta_error
from emulator.oauth.application import Application
from emulator.oauth.authorize import Authorize
from emulator.oauth.grants import Grant, Grants
from emulator.oauth.token import Token
from emulator.people import User

__all__ = ["Application", "Grant", "OAuth"]

ROOT = "/oauth2/default/v1"


class OAuth:
    """The authorization host for one application. ``timer`` counts seconds for the limit of the token endpoint."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        application: Application,
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.application = application
        self.grants = Grants(database, clock)
        self._authorize = Authorize(self.grants, application)
        self._token = Token(self.grants, application, timer=timer)

    def handle(self, request: Request) -> Response | None:
        """The answer to anything under /oauth2/; None for every other path."""
        if not request.path.startswith("/oauth2/"):
            return None
        try:
            return self._answer(request)
        except HTTPException as exc:
            # Werkzeug refuses a body it cannot or will not read, such as a form of many megabytes.
            return empty(exc.code or 400)

    def _answer(self, request: Request) -> Response:
        match request.path.removeprefix(ROOT), request.method:
            case "/authorize", "GET" | "HEAD":
                return self._authorize.ask(request)
            case "/authorize", "POST":
                return self._authorize.decide(request)
            case "/token", "POST":
                return self._token.answer(request)
            case "/keys", "GET" | "HEAD":
                return json_answer(self.grants.jwks())
            case "/revoke", "POST":
                return self._token.revoke(request)
            case "/authorize" | "/token" | "/keys" | "/revoke", _:
                return okta_error(405, "E0000022", "The endpoint does not support the provided HTTP method")
        return empty(404)

    def identify(self, bearer: str) -> Grant | None:
        """Who is behind an access token; None when it is unknown, expired or revoked."""
        return self.grants.identify(bearer)

    def add_user(self, user: User) -> None:
        """Let ``user`` sign in."""
        self.grants.add_user(user)

    def issue(self, account_id: str, login: str, scopes: Iterable[str]) -> dict[str, Any]:
        """A token answer without the browser's walk, for tests and the start-up print. Raises LookupError."""
        user = self.grants.user(login)
        if user is None or user.account_id != account_id:
            raise LookupError(f"{login} is no user of the account {account_id}")
        grant = self.grants.open_grant(login, client_id=self.application.client_id, scopes=scopes)
        return self._token.first_answer(grant)
