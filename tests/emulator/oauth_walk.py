"""A browser and an application in front of the emulator's authorization host."""

import base64
from hashlib import sha256
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

from werkzeug import Request, Response
from werkzeug.test import Client, TestResponse

from emulator.clock import Clock
from emulator.database import Database
from emulator.oauth import Application, OAuth
from emulator.people import Role, User

CLIENT_ID = "0d5f2c1a-7a3e-4d2b-9c58-2f6f1f0f7d11"
SECRET = "a-secret"
CALLBACK = "https://ccadmin.example.org/callback"
SCOPE = "contact_data account_read offline_access"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ROOT = "/oauth2/default/v1"
OWNER = User(
    login="owner@harbour.example.org",
    name="Orla Fagan",
    role=Role.OWNER,
    account_id="a01",
    account_name="Harbour <Street> & Co",
    number=101,
)
CREATOR = User(
    login="creator@harbour.example.org",
    name="Cian Walsh",
    role=Role.CREATOR,
    account_id="a01",
    account_name="Harbour <Street> & Co",
    number=102,
)


class Walk:
    """One emulator with two users, one browser, one application. Its token endpoint is unlimited unless told."""

    def __init__(self, database=None, **settings):
        settings = {"client_secret": SECRET, "redirect_uris": (CALLBACK,), "limit_token_calls": False} | settings
        self.application = Application(client_id=CLIENT_ID, **settings)
        self.clock = Clock()
        self.clock.freeze()
        self.seconds = 0.0
        self.oauth = OAuth(database or Database(), self.clock, self.application, timer=lambda: self.seconds)
        self.oauth.add_user(OWNER)
        self.oauth.add_user(CREATOR)
        self.browser = Client(self._wsgi)
        self.server = Client(self._wsgi, use_cookies=False)

    def _wsgi(self, environ, start_response):
        answer = self.oauth.handle(Request(environ)) or Response("not ours", 599)
        return answer(environ, start_response)

    def ask(self, **changes) -> TestResponse:
        """GET /authorize; a change to None leaves the parameter out."""
        asked = {"client_id": CLIENT_ID, "redirect_uri": CALLBACK, "response_type": "code", "scope": SCOPE}
        asked |= {"state": "s1"} | changes
        return self.browser.get(f"{ROOT}/authorize", query_string=_present(asked))

    def decide(self, page: TestResponse, *, login=OWNER.login, decision="allow") -> TestResponse:
        """Press a button of the consent page."""
        return self.browser.post(f"{ROOT}/authorize", data=hidden_fields(page) | {"login": login, "decision": decision})

    def code(self, **changes) -> str:
        """The code after a whole walk through the browser."""
        return answer_of(self.decide(self.ask(prompt="login", **changes)))["code"]

    def token(self, *, secret=SECRET, query=None, **body) -> TestResponse:
        """POST /token with Basic authentication, or without when ``secret`` is None."""
        auth = (CLIENT_ID, secret) if secret is not None else None
        return self.server.post(f"{ROOT}/token", data=_present(body), query_string=query, auth=auth)

    def redeem(self, code: str, **changes) -> TestResponse:
        """Exchange a code."""
        body = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return self.token(**body | changes)

    def refresh(self, token: str, **changes) -> TestResponse:
        """Use a refresh token."""
        return self.token(grant_type="refresh_token", refresh_token=token, **changes)


def answer_of(redirect: TestResponse) -> dict[str, str]:
    """What the redirect to the application says."""
    assert redirect.status_code == 302
    assert redirect.location.startswith(CALLBACK + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(redirect.location).query).items()}


def hidden_fields(page: TestResponse) -> dict[str, str]:
    """Names and values of a page's hidden inputs."""
    return {name: value for kind, name, value in inputs(page) if kind == "hidden"}


def inputs(page: TestResponse) -> list[tuple[str, str, str]]:
    """Type, name and value of a page's inputs, unescaped as a browser does it."""
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag == "input":
                seen = dict(attrs)
                found.append((seen["type"], seen["name"], seen["value"]))

    Reader().feed(page.text)
    return found


def _present(parameters):
    return {name: value for name, value in parameters.items() if value is not None}
