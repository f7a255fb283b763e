"""POST /token and POST /revoke (CC reference, sections 3.4, 3.5, 3.8, 3.9 and 3.11)."""

import base64
import threading
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from werkzeug import Request, Response

from emulator.oauth.answers import empty, json_answer, okta_error
from emulator.oauth.application import Application
from emulator.oauth.grants import Grant, Grants, Unusable

SECONDS_BETWEEN_CALLS = 1.0
MEDIA_TYPE = "Bad request. Accept and/or Content-Type headers likely do not match supported values."


class TokenError(Exception):
    """A refusal of the token endpoint in the form of RFC 6749 (CC reference, section 3.11)."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}
        self.status = status


class Token:
    """The application's side of the authorization host. ``timer`` counts seconds for the limit of one call a second."""

    def __init__(self, grants: Grants, application: Application, *, timer: Callable[[], float]) -> None:
        self.grants = grants
        self.application = application
        self._timer = timer
        self._lock = threading.Lock()
        self._last_call: float | None = None

    def answer(self, request: Request) -> Response:
        """POST /token."""
        if self._too_fast():
            return empty(429, {"Retry-After": "1"})
        kind = _parameter(request, "grant_type")
        if not kind and request.mimetype != "application/x-www-form-urlencoded":
            return okta_error(415, "E0000021", MEDIA_TYPE)
        try:
            self._authenticate(request)
            match kind:
                case "authorization_code":
                    return json_answer(self._redeem_code(request))
                case "refresh_token":
                    return json_answer(self._refresh(request))
                case _:
                    raise TokenError("unsupported_grant_type", "The grant_type is missing or not supported.")
        except TokenError as exc:
            return json_answer(exc.body, exc.status)
        except Unusable as exc:
            return json_answer({"error": "invalid_grant", "error_description": str(exc)}, 400)

    def _too_fast(self) -> bool:
        """The token endpoint takes one call a second (CC reference, section 3.11)."""
        with self._lock:
            now, last = self._timer(), self._last_call
            if self.application.limit_token_calls and last is not None and now - last < SECONDS_BETWEEN_CALLS:
                return True
            self._last_call = now
            return False

    def _authenticate(self, request: Request) -> None:
        """Basic for a confidential application, client_id alone for a public one, never both. Raises TokenError."""
        basic = request.authorization if "Authorization" in request.headers else None
        named = _parameter(request, "client_id")
        if "Authorization" in request.headers and (named or _parameter(request, "client_secret")):
            raise TokenError("invalid_request", "Cannot supply multiple client credentials.")
        if self.application.client_secret:
            given = (basic.username, basic.password) if basic and basic.type == "basic" else (None, None)
        else:
            given = (named, "") if "Authorization" not in request.headers else (None, None)
        wanted = (self.application.client_id, self.application.client_secret)
        if not all(_same(mine or "", theirs) for mine, theirs in zip(given, wanted, strict=True)):
            raise TokenError("invalid_client", "The client authentication failed.", status=401)

    def _redeem_code(self, request: Request) -> dict[str, Any]:
        code = self.grants.take_code(_parameter(request, "code"))
        if code.client_id != self.application.client_id:
            raise Unusable("The authorization code is invalid or has expired.")
        if code.redirect_uri != _parameter(request, "redirect_uri"):
            raise Unusable("The redirect_uri does not match the one of the authorization request.")
        if not _proves(_parameter(request, "code_verifier"), code.challenge):
            raise Unusable("PKCE verification failed.")
        grant = self.grants.open_grant(code.login, client_id=code.client_id, scopes=code.scopes.split())
        return self.first_answer(grant)

    def _refresh(self, request: Request) -> dict[str, Any]:
        grant, token = self.grants.use_refresh_token(
            _parameter(request, "refresh_token"),
            client_id=self.application.client_id,
            rotating=self.application.rotating,
        )
        return self._token_answer(grant, token)

    def first_answer(self, grant: Grant) -> dict[str, Any]:
        """The tokens of a new grant. Without offline_access there is no refresh token (CC reference, section 3.3)."""
        stays = "offline_access" in grant.scopes
        return self._token_answer(grant, self.grants.new_refresh_token(grant) if stays else None)

    def _token_answer(self, grant: Grant, refresh_token: str | None) -> dict[str, Any]:
        """At most the five keys of CC reference, section 3.4: a sixth is known to break a client."""
        life = self.application.expires_in
        answer: dict[str, Any] = {"token_type": "Bearer", "expires_in": life}
        answer["access_token"] = self.grants.new_access_token(grant, life=life)
        if refresh_token:
            answer["refresh_token"] = refresh_token
        return answer | {"scope": " ".join(grant.scopes)}

    def revoke(self, request: Request) -> Response:
        """200 and the token is dead (CC reference, section 20, question 19)."""
        try:
            self._authenticate(request)
        except TokenError as exc:
            return json_answer(exc.body, exc.status)
        self.grants.revoke(_parameter(request, "token"))
        return empty(200)


def _parameter(request: Request, name: str) -> str:
    """From the form body or from the query string: both are in use (CC reference, section 3.4)."""
    return request.form.get(name) or request.args.get(name, "")


def _same(mine: str, theirs: str) -> bool:
    return compare_digest(mine.encode("utf-8", "replace"), theirs.encode("utf-8", "replace"))


def _proves(verifier: str, challenge: str) -> bool:
    """RFC 7636: the challenge is the digest of the verifier; where none was sent, none is proved."""
    if not challenge:
        return not verifier
    digest = sha256(verifier.encode("utf-8", "replace")).digest()
    return _same(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)
