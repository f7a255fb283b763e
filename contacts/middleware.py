"""What every answer carries: nothing is kept by a browser or a proxy, and a fragment is never taken for its page."""

import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django_htmx.http import HttpResponseClientRedirect

from contacts import trace
from contacts.backends import at_door

# Powers of the browser that no page of ours uses, so nothing that slips in can use them either.
UNUSED_POWERS = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
PERMISSIONS_POLICY = ", ".join(f"{power}=()" for power in UNUSED_POWERS)

type Answer = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger("contacts.requests")
NUMBER = "X-Request-ID"
# Asked for every few seconds by machines: not worth a line, unless something is wrong.
ASKED_BY_MACHINES = ("healthz", "readyz", "metrics")


class Numbered:
    """Give each request a number, which its answer, its error page and every line of its log carry; write its line.

    A proxy's number is taken where we are said to be behind one, as long as it is harmless. The line tells the pattern
    of the address, never the address itself, and people and accounts by their keys.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(NUMBER, "") if settings.BEHIND_PROXY else ""
        number = given if trace.HARMLESS.fullmatch(given) else trace.new_number()
        trace.begin(request=number)
        began = time.perf_counter()
        response = self.get_response(request)
        _write_line(request, response, ms=round((time.perf_counter() - began) * 1000))
        response.headers[NUMBER] = number
        return response


# Not when the answer is made: a long one is still being written then, and what it meets belongs to the request too.
request_finished.connect(lambda **_: trace.end(), weak=False, dispatch_uid="trace")


def _write_line(request: HttpRequest, response: HttpResponse, *, ms: int) -> None:
    match = request.resolver_match
    path = f"/{match.route}" if match else "(no page)"
    who = _who(request)
    facts = {"method": request.method, "path": path, "status": response.status_code, "ms": ms, **who}
    by_machine = match is not None and match.url_name in ASKED_BY_MACHINES and response.status_code < 400
    level, told = logging.DEBUG if by_machine else logging.INFO, "".join(f" {kind}={key}" for kind, key in who.items())
    logger.log(
        level, "%s %s %s in %s ms%s", request.method, path, response.status_code, ms, told, extra={"facts": facts}
    )


def _who(request: HttpRequest) -> dict[str, int]:
    """The keys of the person and the account, as far as somebody has looked them up already."""
    session, account = getattr(request, "session", None), getattr(request, "account", None)
    # The session's own record costs nothing once it was read; the person's row may not have been.
    user = session.get(SESSION_KEY) if session is not None and session.accessed else None
    known = {"user": user, "account": account.pk if account else None}
    return {name: int(key) for name, key in known.items() if key is not None}


class PrivatePages:
    """Mark every page as personal: no copy on disk, no copy in a proxy, no unused power of the browser."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        patch_vary_headers(response, ["HX-Request"])
        return response


class KnowWhoEnters(LoginRequiredMiddleware):
    """Let nobody in without a sign-in, and look up whoever opens a page of an account together with their accesses."""

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if "account" not in view_kwargs:
            return super().process_view(request, view_func, view_args, view_kwargs)
        with at_door(view_kwargs["account"]) as door:
            refused = super().process_view(request, view_func, view_args, view_kwargs)
        request.entrance = None if refused else door.entrance  # type: ignore[attr-defined]
        return refused


class SignInAgain:
    """Send the whole page to the sign-in form when a fragment meets an ended session.

    A browser follows a redirect inside a fragment's request unseen, and the form would land in a table row.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("HX-Request") != "true" or not _leads_to_sign_in(response):
            return response
        return HttpResponseClientRedirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': _page(request)})}")


def _leads_to_sign_in(response: HttpResponse) -> bool:
    return isinstance(response, HttpResponseRedirect) and urlsplit(response.url).path == resolve_url(settings.LOGIN_URL)


def _page(request: HttpRequest) -> str:
    """The page the fragment belongs to, as a path on this site; the first page when the header names another site."""
    shown = request.headers.get("HX-Current-URL", "")
    if not url_has_allowed_host_and_scheme(shown, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(shown)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if url_has_allowed_host_and_scheme(path, allowed_hosts=None) else "/"
