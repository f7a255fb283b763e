"""How every page of an account begins: the account the person may see, then the right they need."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
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
