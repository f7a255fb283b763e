"""GET and POST /authorize: who signs in, what is allowed, and the way back (CC reference, sections 3.4 and 3.5)."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from werkzeug import Request, Response

from emulator.oauth.application import Application
from emulator.oauth.consent import SCOPES, consent_page, refusal_page
from emulator.oauth.grants import Code, Grants
from emulator.people import User

PATH = "/oauth2/default/v1/authorize"
SESSION_COOKIE = "constant_contact_emulator"

# The authorization request as it travels through the form; prompt is left behind, it has done its work by then.
CARRIED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)


class Misdirected(Exception):
    """An authorization request whose answer has no trustworthy address: shown as a page, never redirected."""


class Authorize:
    """The browser's side of the authorization host."""

    def __init__(self, grants: Grants, application: Application) -> None:
        self.grants = grants
        self.application = application

    def ask(self, request: Request) -> Response:
        """GET: the page, or at once the redirect when this browser has signed in and consented before."""
        asked = _asked(request.args)
        problem = self._problem(asked)
        if problem is not None:
            return problem
        known = self._session_user(request) if request.args.get("prompt") != "login" else None
        if known and self.grants.has_consented(
            known.login, client_id=self.application.client_id, scopes=asked["scope"]
        ):
            return self._grant_code(asked, known)
        return consent_page(
            application=self.application.name or self.application.client_id,
            scopes=asked["scope"].split(),
            users=[known] if known else self.grants.users(),
            kept=asked,
            action=PATH,
        )

    def decide(self, request: Request) -> Response:
        """POST: back to the application with a code, or with access_denied (section 20, question 22)."""
        asked = _asked(request.form)
        problem = self._problem(asked)
        if problem is not None:
            return problem
        if request.form.get("decision") != "allow":
            return _back(asked, error="access_denied", error_description="The resource owner denied the request.")
        user = self.grants.user(request.form.get("login", ""))
        if user is None:
            return refusal_page("Nobody was chosen to sign in as. Go back and choose a user.")
        answer = self._grant_code(asked, user)
        answer.set_cookie(
            SESSION_COOKIE, self.grants.open_session(user.login), path=PATH, httponly=True, samesite="Lax"
        )
        return answer

    def _problem(self, asked: Mapping[str, str]) -> Response | None:
        """What is wrong with an authorization request: as a page when the redirect cannot be trusted."""
        try:
            error, description = self._request_error(asked)
        except Misdirected as exc:
            return refusal_page(str(exc))
        return _back(asked, error=error, error_description=description) if error else None

    def _request_error(self, asked: Mapping[str, str]) -> tuple[str, str]:
        if asked.get("client_id") != self.application.client_id:
            raise Misdirected("The client_id is not that of a known application.")
        if not self.application.redirects_to(asked.get("redirect_uri", "")):
            raise Misdirected("The redirect_uri is not, character for character, one of the application's own.")
        if asked.get("response_type") != "code":
            return "unsupported_response_type", "The response_type must be code."
        scopes = asked.get("scope", "").split()
        if not scopes or not set(scopes) <= SCOPES.keys():
            return "invalid_scope", "One or more scopes are not configured for the authorization server resource."
        return self._challenge_error(asked)

    def _challenge_error(self, asked: Mapping[str, str]) -> tuple[str, str]:
        challenge = asked.get("code_challenge")
        if not challenge:
            public = not self.application.client_secret
            return ("invalid_request", "PKCE code challenge is required.") if public else ("", "")
        if asked.get("code_challenge_method") != "S256":
            return "invalid_request", "The code_challenge_method must be S256."
        if self.application.client_secret and not self.application.pkce_with_secret:
            return "invalid_request", "PKCE is not enabled for this application."
        return "", ""

    def _session_user(self, request: Request) -> User | None:
        return self.grants.session_user(request.cookies.get(SESSION_COOKIE, ""))

    def _grant_code(self, asked: Mapping[str, str], user: User) -> Response:
        code = Code(
            login=user.login,
            client_id=self.application.client_id,
            redirect_uri=asked["redirect_uri"],
            challenge=asked.get("code_challenge", ""),
            scopes=asked["scope"],
        )
        return _back(asked, code=self.grants.new_code(code))


def _asked(parameters: Mapping[str, str]) -> dict[str, str]:
    return {name: parameters[name] for name in CARRIED if parameters.get(name)}


def _back(asked: Mapping[str, str], **answer: str) -> Response:
    """The redirect to the application, with ``state`` as it came."""
    if "state" in asked:
        answer["state"] = asked["state"]
    joint = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    location = asked["redirect_uri"] + joint + urlencode(answer)
    return Response(status=302, headers={"Location": location, "Cache-Control": "no-store"})
