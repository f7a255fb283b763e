"""How every page of an account begins: the account the person may see, the right they need, who they are once more."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from contacts.backends import role_on
from contacts.models import LinkedAccount, User
from contacts.rules.roles import Right, Role, may


class AccountRequest(HttpRequest):
    """A request inside ``/a/<slug>/``: signed in, with the account and the person's role on it."""

    user: User
    account: LinkedAccount
    role: Role
    htmx: HtmxDetails


type Page[**P] = Callable[Concatenate[AccountRequest, P], HttpResponseBase]


def on_account[**P](right: Right) -> Callable[[Page[P]], Callable[..., HttpResponseBase]]:
    """The view gets ``request.account`` and ``request.role`` in place of the slug.

    A stranger to the account gets 404, a member without the right gets 403.
    """

    def decorate(view: Page[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def page(request: AccountRequest, account: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            request.account = get_object_or_404(LinkedAccount.objects.visible_to(request.user), slug=account)
            role = role_on(request.account, request.user)
            if role is None or not may(role, right):
                raise PermissionDenied("Your role on this account does not allow this.")
            request.role = role
            return view(request, *args, **kwargs)

        return page

    return decorate


def recently_signed_in[**P](form: str = "") -> Callable[[Page[P]], Callable[..., HttpResponseBase]]:
    """Only somebody who proved who they are in the last five minutes gets in; the others are asked first.

    ``form`` names the address of the page with the form, which takes the same parts of the address; without it the
    view's own address has one. A person comes back to that page, where what was typed has to be typed again: nothing
    of a request is ever kept in the session. Stands under ``on_account``, so that a stranger still gets 404.
    """

    def decorate(view: Page[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def page(request: AccountRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if is_recent(request):
                return view(request, *args, **kwargs)
            return _ask_who(request, form)

        return page

    return decorate


def is_recent(request: AccountRequest) -> bool:
    """Whether this session was signed in to, or confirmed with a password or a second factor, just now."""
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return any(each["at"] > since for each in get_authentication_records(request, request.user))


def _ask_who(request: AccountRequest, form: str) -> HttpResponseBase:
    match = request.resolver_match
    back = reverse(form, kwargs=match.kwargs) if form and match else request.path
    address = reverse("account_reauthenticate", query={"next": back})
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)
