"""How every page of an account begins: the account the person may see, the right they need, who they are once more."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh
from django_htmx.middleware import HtmxDetails

from contacts.backends import Entrance, asks_second_factor, entrance_of
from contacts.models import LinkedAccount, User
from contacts.rules.roles import Right, Role, may
from contacts.selectors import erased
from contacts.services.guarding import note_refusal


class AccountRequest(HttpRequest):
    """A request inside ``/a/<slug>/``: signed in, with the account and the person's role on it."""

    user: User
    account: LinkedAccount
    role: Role
    htmx: HtmxDetails


type Page[**P] = Callable[Concatenate[AccountRequest, P], HttpResponseBase]


def on_account[**P](right: Right) -> Callable[[Page[P]], Callable[..., HttpResponseBase]]:
    """The view gets ``request.account`` and ``request.role`` in place of the slug.

    A stranger to the account gets 404. A member without the right gets 403, which the history keeps. Whoever lacks a
    second factor that the account asks for is led to their own settings, and sees nothing of the account.
    """

    def decorate(view: Page[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def page(request: AccountRequest, account: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            entrance = _entrance(request, account)
            entered, role = entrance.account, entrance.role
            if entered is None or role is None:
                raise Http404
            try:
                if not may(role, right):
                    raise PermissionDenied("Your role on this account does not allow this.")
                if asks_second_factor(entered, role) and not entrance.has_second_factor:
                    return _second_factor_first(request, entered)
                request.account, request.role = entered, role
                return view(request, *args, **kwargs)
            except PermissionDenied:
                note_refusal(entered, by=request.user, page=_page_name(request))
                raise
            except Http404:
                # Whoever follows a link to somebody who was erased is told so.
                erasure = erased.of_contact(entered, kwargs.get("remote_id"))
                if erasure is None:
                    raise
                return render(request, "contacts/privacy/gone.html", {"erasure": erasure}, status=410)

        return page

    return decorate


def _entrance(request: AccountRequest, slug: str) -> Entrance:
    """What was read of the person when the request came in, else read now."""
    known: Entrance | None = getattr(request, "entrance", None) or entrance_of(request.user.pk, slug)
    if known is None:
        raise Http404
    return known


def _second_factor_first(request: AccountRequest, account: LinkedAccount) -> HttpResponseBase:
    """Why nothing is shown, and the way to what is missing. A fragment has its whole page fetched anew."""
    if request.htmx:
        return HttpResponseClientRefresh()
    return render(request, "contacts/members/second_factor.html", {"closed": account}, status=403)


def _page_name(request: AccountRequest) -> str:
    return (request.resolver_match and request.resolver_match.url_name) or ""


def recently_signed_in[R: HttpRequest, **P](
    form: str = "",
) -> Callable[[Callable[Concatenate[R, P], HttpResponseBase]], Callable[Concatenate[R, P], HttpResponseBase]]:
    """Only somebody who proved who they are in the last five minutes gets in; the others are asked first.

    ``form`` names the address of the page with the form, which takes the same parts of the address; without it the
    view's own address has one. A person comes back to that page, where what was typed has to be typed again: nothing
    of a request is ever kept in the session. Stands under ``on_account``, so that a stranger still gets 404.
    """

    def decorate(
        view: Callable[Concatenate[R, P], HttpResponseBase],
    ) -> Callable[Concatenate[R, P], HttpResponseBase]:
        @wraps(view)
        def page(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if is_recent(request):
                return view(request, *args, **kwargs)
            return _ask_who(request, form)

        return page

    return decorate


def is_recent(request: HttpRequest) -> bool:
    """Whether this session was signed in to, or confirmed with a password or a second factor, just now."""
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return any(each["at"] > since for each in get_authentication_records(request, request.user))


def _ask_who(request: HttpRequest, form: str) -> HttpResponseBase:
    match = request.resolver_match
    # An address has ids only, so a filter may come back with it.
    back = reverse(form, kwargs=match.kwargs) if form and match else request.get_full_path()
    address = reverse("account_reauthenticate", query={"next": back})
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)
