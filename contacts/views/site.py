"""Pages of the site itself: where a person lands, health, what the policy stopped, and our own faults."""

import json
import logging
import re
import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from contacts import trace
from contacts.models import LinkedAccount
from contacts.rules import exposition, storage
from contacts.rules.storage import Storage
from contacts.services import metrics as monitoring
from contacts.services import readiness
from contacts.views.scope import AccountRequest

logger = logging.getLogger("contacts.site")

REPORT_BYTES = 8_192


@require_GET
def start(request: AccountRequest) -> HttpResponse:
    """The bare address: Home of the first account by name, or the welcome of someone who has none."""
    account = LinkedAccount.objects.visible_to(request.user).first()
    return redirect("home", account=account.slug) if account else redirect("welcome")


@require_GET
def welcome(request: AccountRequest) -> HttpResponse:
    """What ccadmin is, and the two ways in: link an account, or look round with invented data."""
    return render(request, "welcome.html", {"nobody_linked": not LinkedAccount.objects.exists()})


@require_GET
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """``ok`` when this process answers, whatever else is wrong; nothing is looked at. For a monitor that would start
    the process again: that mends no database.
    """
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """``ok`` when the installation can do its work, else 503 and why in one sentence; for a monitor."""
    why = readiness.answer()
    return HttpResponse(f"{why or 'ok'}\n", status=503 if why else 200, content_type="text/plain; charset=utf-8")


@csrf_exempt
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures for Prometheus, to whoever has the token of CCADMIN_METRICS_TOKEN. To everybody else, and whatever
    the method, there is nothing here.
    """
    wanted = f"Bearer {settings.METRICS_TOKEN}" if settings.METRICS_TOKEN else None
    given = request.headers.get("Authorization", "")
    if wanted is None or not constant_time_compare(given, wanted) or request.method not in ("GET", "HEAD"):
        raise Http404
    return HttpResponse(monitoring.text(), content_type=exposition.CONTENT_TYPE)


@require_POST
@csrf_exempt
@login_not_required
def csp_report(request: HttpRequest) -> HttpResponse:
    """Write down what a browser stopped: the directive, what was stopped, the page without its query."""
    report = _report(request)
    if report is not None:
        logger.warning(
            "Policy stopped %s from %s on %s",
            *(_plain(report.get(key)) for key in ("effective-directive", "blocked-uri", "document-uri")),
        )
    return HttpResponse(status=204)


def broken(request: HttpRequest) -> HttpResponse:
    """A fault of ours: a number to quote instead of a stack trace. The log has the trace beside the number.

    A database that is full, busy or away is no fault of ours but has a sentence of its own.
    """
    if trouble := storage.why(sys.exception()):
        return _not_stored(request, trouble)
    logger.error("Request %s broke: %s %s", trace.number(), request.method, request.path)
    # Rendered without the request: whatever broke must not break this page too.
    return HttpResponseServerError(render_to_string("500.html"))


def _not_stored(request: HttpRequest, trouble: Storage) -> HttpResponse:
    logger.error("Database %s: %s %s", trouble.name, request.method, request.path)
    readiness.doubt.met(trouble)
    page = render_to_string("503.html", {"trouble": trouble})
    return HttpResponse(page, status=503, headers={"Retry-After": "60"})


def _report(request: HttpRequest) -> dict[str, object] | None:
    """The report of the browser, or None when this is not one; anybody may post here."""
    try:
        sent = json.loads(request.read(REPORT_BYTES))
    except ValueError:
        return None
    report = sent.get("csp-report") if isinstance(sent, dict) else None
    return report if isinstance(report, dict) else None


def _plain(value: object) -> str:
    """One short printable line without a query, which may hold an address."""
    shown = re.split(r"[?#]", str(value))[0]
    return "".join(letter for letter in shown if letter.isprintable())[:200]
