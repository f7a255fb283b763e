"""Out to Constant Contact, and back."""

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from contacts.backends import lacks_second_factor, role_on
from contacts.models import LinkedAccount
from contacts.oauth.provider import ConstantContactAdapter
from contacts.oauth.way_back import PROVIDER, SignedIn, failed
from contacts.rules.roles import Right, may
from contacts.services.linking import may_link
from contacts.views.scope import recently_signed_in

NO_KEY = (
    "This installation has no API key of Constant Contact yet. Nothing was linked. Set CC_CLIENT_ID and "
    "CC_CLIENT_SECRET; the README says where they come from."
)


@require_POST
def start(request: SignedIn) -> HttpResponseBase:
    """Send the person to Constant Contact, to link a new account or to reconnect the one named in ``reconnect``.

    A stranger to that account gets 404, anybody without the right gets 403.
    """
    slug = request.POST.get("reconnect", "")
    if not _may_start(request, slug):
        raise PermissionDenied("Only an admin may link an account.")
    return _leave(request, slug)


@recently_signed_in("account_list")
def _leave(request: SignedIn, slug: str) -> HttpResponse:
    if not (settings.CC_CLIENT_ID and settings.CC_CLIENT_SECRET):
        return failed(request, NO_KEY)
    wish = {"reconnect": slug, "look_only": request.POST.get("look_only") == "on"}
    provider = get_adapter().get_provider(request, PROVIDER)
    return provider.redirect(request, process=AuthProcess.CONNECT, data=wish)


def _may_start(request: SignedIn, slug: str) -> bool:
    if not slug:
        return may_link(request.user)
    account = get_object_or_404(LinkedAccount.objects.visible_to(request.user), slug=slug)
    role = role_on(account, request.user)
    if role is None or not may(role, Right.MANAGE_ACCOUNT):
        return False
    return not lacks_second_factor(account, role, request.user)


callback = require_GET(login_required(OAuth2CallbackView.adapter_view(ConstantContactAdapter)))
