"""The address that Constant Contact sends people back to, and the page for those who come back without a link."""

from typing import NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from contacts.models import User

PROVIDER = "constantcontact"


class SignedIn(HttpRequest):
    """A request of somebody who is signed in: nobody else gets to the two ends of this walk."""

    user: User


def redirect_uri() -> str:
    """The address that must stand in Constant Contact's developer portal, character for character.

    From the settings, never from the request: a forged Host header must not choose where a code goes.
    """
    return f"{settings.BASE_URL}{reverse(f'{PROVIDER}_callback')}"


def failed(request: HttpRequest, reason: str) -> HttpResponse:
    """One sentence, and the way to start again."""
    context = {"reason": reason, "redirect_uri": redirect_uri()}
    return render(request, "contacts/accounts/failed.html", context, status=400)


def fail(request: HttpRequest, reason: str) -> NoReturn:
    """End allauth's flow with that page. Raises ImmediateHttpResponse, which allauth shows."""
    raise ImmediateHttpResponse(failed(request, reason))
