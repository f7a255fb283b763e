"""Constant Contact's token endpoint: a code or a refresh token in, a pair of tokens out.

It allows one call a second (CC reference, section 3.11); whoever calls keeps to that.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from contacts.api.answers import Answer, error_for, understood
from contacts.api.errors import APIError, ClientRefused, GrantRefused, Unreadable
from contacts.api.wire import Limits, checked_base, exchange, new_session

LIMITS = Limits(connect=5, read=20, total=40, size=2**20)
# What a header can carry (RFC 6750, section 2.1; RFC 6749, appendix A.17).
TOKEN = re.compile(r"[\x21-\x7e]+")
SECONDS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True)
class App:
    """This installation's registration at Constant Contact, and where its tokens come from."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    allow_loopback: bool = False


@dataclass(frozen=True)
class TokenAnswer:
    """``expires_in`` is in seconds from the answer. ``refresh`` is "" when the old one stays good.

    ``scope`` is what was granted, separated by blanks; "" when the answer does not say.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int
    scope: str


def refresh(app: App, refresh_token: str, *, limits: Limits = LIMITS) -> TokenAnswer:
    """A new access token. With a rotating refresh token the old one is dead as soon as this was received.

    Raises GrantRefused (invalid_grant), ClientRefused (invalid_client), Throttled, Unavailable, NotSent, NoAnswer
    (the token may have been rotated) or Unreadable. Source: CC reference, sections 3.9 and 3.11.
    """
    return _ask(app, {"grant_type": "refresh_token", "refresh_token": refresh_token}, limits)


def redeem(
    app: App, code: str, *, redirect_uri: str, code_verifier: str | None = None, limits: Limits = LIMITS
) -> TokenAnswer:
    """The tokens for an authorization code, which is single-use and lives 300 seconds. Raises as ``refresh``.

    Source: CC reference, sections 3.4 and 3.5.
    """
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return _ask(app, grant | ({"code_verifier": code_verifier} if code_verifier else {}), limits)


def _ask(app: App, grant: dict[str, str], limits: Limits) -> TokenAnswer:
    url = checked_base(app.token_url, allow_loopback=app.allow_loopback)
    with new_session(url) as session:
        answer = exchange(session, "POST", url, data=grant, auth=(app.client_id, app.client_secret), limits=limits)
    refusal = _refusal(answer)
    if refusal:
        raise refusal
    try:
        return _tokens(understood(answer, method="POST"))
    except APIError as problem:
        # Its text may repeat the secrets that were sent.
        problem.message = ""
        raise


def _refusal(answer: Answer) -> APIError | None:
    """The two refusals that this endpoint has of its own, by the ``error`` key; None for everything else."""
    if answer.status not in {400, 401, 403}:
        return None
    plain = error_for(answer, method="POST")
    kinds = {"invalid_grant": GrantRefused, "invalid_client": ClientRefused}
    kind = kinds.get(plain.error_key)
    # The vendor's own description can repeat what was sent, so it is left out.
    return kind("", status=answer.status, error_key=plain.error_key, request_id=plain.request_id) if kind else None


def _tokens(content: Any) -> TokenAnswer:
    if not isinstance(content, dict):
        raise Unreadable("no object", method="POST")
    access, renewed, scope = (content.get(name) for name in ("access_token", "refresh_token", "scope"))
    seconds = content.get("expires_in")
    if not isinstance(access, str) or not TOKEN.fullmatch(access) or not SECONDS.fullmatch(str(seconds)):
        raise Unreadable("no access token", method="POST")
    return TokenAnswer(
        access,
        renewed if isinstance(renewed, str) and TOKEN.fullmatch(renewed) else "",
        int(str(seconds)),
        scope if isinstance(scope, str) else "",
    )
