"""The page on which a person signs in, chooses an account and allows or refuses (CC reference, section 3.4).

Plain HTML with nothing loaded from elsewhere; every value is escaped.
"""

import base64
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from werkzeug import Response

from emulator.people import User

SCOPES = {
    "contact_data": "reading and changing contacts, lists, tags and custom fields",
    "campaign_data": "reading and changing email campaigns and reports",
    "account_read": "reading the account's name and settings",
    "account_update": "changing the account's name and settings",
    "offline_access": "staying connected when you are away",
    "billing_data": "reading bills",
}

_FOLDER = Path(__file__).parent / "pages"
_STYLE = (_FOLDER / "style.css").read_text("utf-8")
_STYLE_DIGEST = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()


def consent_page(
    *, application: str, scopes: Sequence[str], users: Sequence[User], kept: Mapping[str, str], action: str
) -> Response:
    """The form. ``kept`` are the request's own parameters, carried through it as hidden fields."""
    target = urlsplit(kept["redirect_uri"])
    origin = f"{target.scheme}://{target.netloc}"
    page = _template("authorize.html").substitute(
        style=_STYLE,
        client=escape(application),
        scopes="".join(f"<li>{escape(SCOPES[scope])} (<code>{escape(scope)}</code>)</li>" for scope in scopes),
        action=escape(action),
        hidden="\n".join(_hidden(name, value) for name, value in kept.items()),
        users="\n".join(_choice(user, checked=user is users[0]) for user in users),
        destination=escape(origin),
    )
    return _answer(page, 200, form_target=origin)


def refusal_page(reason: str) -> Response:
    """400 for a request that must not be answered by a redirect: unknown application or foreign address."""
    return _answer(_template("refused.html").substitute(style=_STYLE, reason=escape(reason)), 400, form_target="")


def _template(name: str) -> Template:
    return Template((_FOLDER / name).read_text("utf-8"))


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def _choice(user: User, *, checked: bool) -> str:
    return (
        f'<label class="user"><input type="radio" name="login" value="{escape(user.login)}"{" checked" * checked}>'
        f"<span><strong>{escape(user.account_name)}</strong> <span>{escape(user.name)}, {escape(user.role)}</span>"
        f"<span>{escape(user.login)}</span></span></label>"
    )


def _answer(page: str, status: int, *, form_target: str) -> Response:
    # Browsers apply form-action to the redirect after the POST too, so the application's own origin is named.
    policy = f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; form-action 'self' {form_target};"
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"{policy} base-uri 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(page, status, headers, content_type="text/html; charset=utf-8")
