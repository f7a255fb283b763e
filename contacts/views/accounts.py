"""Settings, Accounts: which are linked, linking one, and what an admin does with it."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.backends import asks_second_factor, has_second_factor
from contacts.forms import AccountRulesForm, PauseForm
from contacts.models import Access, LinkedAccount
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, Role, may
from contacts.services import accounts
from contacts.services.linking import may_link
from contacts.views.scope import AccountRequest, on_account, recently_signed_in

Writing = LinkedAccount.Writing
SAID = {
    Writing.ON: "Writing is on: changes can be sent to Constant Contact.",
    Writing.PAUSED: "Writing is paused. Looking and checking work as always.",
    Writing.LOOK_ONLY: "This account is looked at only: no change is sent.",
}


@require_GET
def account_list(request: AccountRequest) -> HttpResponse:
    """Every account of this person, how its link is, and the way to link one more."""
    accesses = Access.objects.current().filter(user=request.user).select_related("account").order_by("account__name")
    secure = has_second_factor(request.user)
    rows = [
        {
            "account": each.account,
            "role": each.role,
            "closed": not secure and asks_second_factor(each.account, Role(each.role)),
            "may_manage": may(Role(each.role), Right.MANAGE_ACCOUNT),
            "may_pause": may(Role(each.role), Right.PAUSE_WRITING),
        }
        for each in accesses
    ]
    return render(request, "contacts/accounts/list.html", {"rows": rows, "may_link": may_link(request.user)})


@require_GET
def account_link(request: AccountRequest) -> HttpResponseBase:
    """Step 1 of linking: what ccadmin will read and may do, and what Constant Contact's portal must know."""
    if not may_link(request.user):
        raise PermissionDenied("Only an admin may link an account.")
    return _link_page(request)


@recently_signed_in()
def _link_page(request: AccountRequest) -> HttpResponse:
    context = {
        "redirect_uri": f"{settings.BASE_URL}{reverse('constantcontact_callback')}",
        "has_key": bool(settings.CC_CLIENT_ID and settings.CC_CLIENT_SECRET),
    }
    return render(request, "contacts/accounts/link.html", context)


@require_GET
@on_account(Right.CHECK)
def account_linked(request: AccountRequest) -> HttpResponse:
    """Step 3 of linking: which account it is, what its user may do, and the first reading."""
    return render(request, "contacts/accounts/linked.html")


@require_GET
@on_account(Right.PAUSE_WRITING)
def account_settings(request: AccountRequest) -> HttpResponse:
    """One account: its link, whether changes may be sent, unlinking."""
    return _settings(request)


@require_POST
@on_account(Right.PAUSE_WRITING)
def account_writing(request: AccountRequest) -> HttpResponse:
    """Pause, resume, or look only; the last one, and its end, are an admin's."""
    wanted = request.POST.get("writing", "")
    if wanted not in Writing:
        return _settings(request, problem="Choose one of the three. Nothing was changed.")
    if Writing.LOOK_ONLY in (wanted, request.account.writing) and not may(request.role, Right.MANAGE_ACCOUNT):
        raise PermissionDenied("Only an admin may switch look only on or off.")
    try:
        _write(request, Writing(wanted))
    except Refused as refused:
        return _settings(request, problem=refused.advice)
    messages.success(request, SAID[Writing(wanted)])
    back = "sync_status" if request.POST.get("back") == "sync" else "account_settings"
    return redirect(back, account=request.account.slug)


@require_POST
@on_account(Right.MANAGE_ACCOUNT)
@recently_signed_in("account_settings")
def account_rules(request: AccountRequest) -> HttpResponse:
    """What a reactivation needs, the sign-up link, which jobs are approved, and who needs a second factor."""
    form = AccountRulesForm(request.POST)
    if not form.is_valid():
        return _settings(request, rules=form, problem="Nothing was changed: look at the rules.")
    try:
        accounts.keep_rules(request.account, by=request.user, **form.cleaned_data)
    except Refused as refused:
        return _settings(request, rules=form, problem=refused.advice)
    messages.success(request, "Saved.")
    return redirect("account_settings", account=request.account.slug)


@require_http_methods(["GET", "POST"])
@on_account(Right.MANAGE_ACCOUNT)
@recently_signed_in()
def account_unlink(request: AccountRequest) -> HttpResponse:
    """Ask whether the copy is kept or erased, then unlink."""
    copy = request.POST.get("copy", "")
    if copy not in {"keep", "erase"}:
        problem = "Choose what happens to the copy. Nothing was changed." if request.method == "POST" else ""
        return _unlink_page(request, problem=problem)
    try:
        accounts.unlink(request.account, by=request.user, erase_copy=copy == "erase")
    except Refused as refused:
        return _unlink_page(request, problem=refused.advice)
    messages.success(request, f"{request.account.name} is unlinked. Our key to it is destroyed; its history stays.")
    return redirect("account_list")


def _write(request: AccountRequest, writing: LinkedAccount.Writing) -> None:
    if writing == Writing.PAUSED:
        form = PauseForm(request.POST)
        if not form.is_valid():
            raise Refused("The reason is no plain text of at most 300 characters. Nothing was changed.")
        accounts.pause_writing(request.account, by=request.user, reason=form.cleaned_data["reason"])
    elif writing == Writing.LOOK_ONLY:
        accounts.look_only(request.account, by=request.user)
    else:
        accounts.resume_writing(request.account, by=request.user)


def _settings(request: AccountRequest, *, problem: str = "", rules: AccountRulesForm | None = None) -> HttpResponse:
    kept = {name: getattr(request.account, name) for name in accounts.RULES}
    context = {
        "rules": rules or AccountRulesForm(initial=kept),
        "may_manage": may(request.role, Right.MANAGE_ACCOUNT),
        "choices": Writing.choices,
        "chosen": request.POST.get("writing") or request.account.writing,
        "reason": request.POST.get("reason", request.account.writing_reason),
        "problem": problem,
    }
    return render(request, "contacts/accounts/settings.html", context)


def _unlink_page(request: AccountRequest, *, problem: str) -> HttpResponse:
    context = {"problem": problem, "days": accounts.KEPT_DAYS, "copied": request.account.contacts.count()}
    return render(request, "contacts/accounts/unlink.html", context)
