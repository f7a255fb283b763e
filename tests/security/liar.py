"""A Constant Contact that answers what a test tells it to, byte for byte: no emulator would send such things."""

import json
import re
from contextlib import contextmanager

from django.test import Client
from django.urls import reverse

from contacts import connect
from contacts.api.oauth_token import TokenAnswer
from tests.api.loopback import serving
from tests.rows import just_signed_in, make_access, make_account

NOW = "Sat, 21 Nov 2026 12:00:00 GMT"
EMPTY = {"contacts": [], "lists": [], "tags": [], "custom_fields": []}


class Liar:
    """``routes`` maps the beginning of "METHOD /path" to an answer; the longest that fits is given.

    An answer is JSON, or the bytes of a body. ``headers`` hold for all of them, ``statuses`` for all of a method.
    """

    def __init__(self):
        self.url = ""
        self.statuses = {}
        self.headers = {"Date": NOW}
        self.account = make_account(encoded_account_id="a07e-liar", name="Liar & Sons", known_since=None)
        self.routes = {
            "GET /v3/contacts": EMPTY,
            "GET /v3/contact_lists": EMPTY,
            "GET /v3/contact_tags": EMPTY,
            "GET /v3/contact_custom_fields": EMPTY,
            "GET /v3/account/summary": {"encoded_account_id": "a07e-liar", "organization_name": "Liar & Sons"},
            "GET /v3/account/user/privileges": [{"privilege_name": "contacts:read"}],
        }
        self.browser = Client()
        self.access = make_access(self.account, "admin")
        self.browser.force_login(self.access.user)
        just_signed_in(self.browser)

    def holds(self, *contacts):
        """Let these contacts be what there is, on the page and one by one."""
        self.routes["GET /v3/contacts"] = {"contacts": list(contacts), "contacts_count": len(contacts)}
        for each in contacts:
            self.routes[f"GET /v3/contacts/{each['contact_id']}"] = each

    def at(self, name, **where):
        return reverse(name, kwargs={"account": self.account.slug, **where})

    def script(self, connection, request):
        asked = re.match(rb"(\S+ [^\s?]+)", request)[1].decode()
        found = max((start for start in self.routes if asked.startswith(start)), key=len, default=None)
        status = self.statuses.get(asked.split()[0], "200 OK") if found else "404 Not Found"
        given = self.routes.get(found, [])
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


@contextmanager
def lying(settings):
    """Settings that take a liar for Constant Contact, and an account linked to it."""
    liar = Liar()
    with serving(liar.script) as server:
        settings.CC_API_BASE = f"{server.url}/v3"
        settings.CC_TOKEN_URL = f"{server.url}/oauth2/default/v1/token"
        settings.CC_AUTHORIZE_URL = f"{server.url}/oauth2/default/v1/authorize"
        settings.ALLOW_LOOPBACK = True
        settings.CC_CALLS_PER_SECOND = 100_000
        settings.CC_CALLS_PER_DAY = 10_000_000
        settings.QUIET_SECONDS = settings.CONFIRM_SECONDS = 0
        connect.keep(liar.account, TokenAnswer("an-access-token", "a-refresh-token", 3600, ""))
        liar.account.refresh_from_db()
        yield liar
