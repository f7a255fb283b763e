"""Settings, Alerts: what stands, what is over, and what each person wants to be told by e-mail."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from contacts.forms import MailForm
from contacts.models import Access
from contacts.rules.alerts import KINDS, may_have_digest, may_see, wanted, wants_digest
from contacts.rules.roles import Right
from contacts.selectors import alerts as facts
from contacts.services import alerts
from contacts.views.scope import AccountRequest, on_account


@require_GET
@on_account(Right.CHECK)
def alert_list(request: AccountRequest) -> HttpResponse:
    """Alerts that stand, or with ``?show=past`` those that are over; and the reader's own choice of mail."""
    return _page(request)


@require_POST
@on_account(Right.BULK)
def alert_close(request: AccountRequest, pk: int) -> HttpResponse:
    """Nobody needs to be told of this any more."""
    alert = get_object_or_404(facts.seen_by(request.user, request.account, request.role), pk=pk)
    alerts.close(alert, by=request.user)
    messages.success(request, f"Closed: {KINDS[alert.kind].name}. It stands under Past.")
    return redirect("alert_list", account=request.account.slug)


@require_POST
@on_account(Right.CHECK)
def alert_choose(request: AccountRequest) -> HttpResponse:
    """Which mail the reader gets about this account; only ever their own."""
    access = _access(request)
    if "reset" in request.POST:
        alerts.choose(access, kinds=None, digest=None)
        messages.success(request, "You get what your role usually gets.")
        return redirect("alert_list", account=request.account.slug)
    form = MailForm(request.POST, kinds=_choices(request))
    if not form.is_valid():
        return _page(request, problem="One of these kinds is not known here. Nothing was changed.", status=422)
    digest = form.cleaned_data["digest"] if may_have_digest(request.role) else access.digest
    alerts.choose(access, kinds=form.cleaned_data["kinds"], digest=digest)
    messages.success(request, "Saved. It holds for this account and for you alone.")
    return redirect("alert_list", account=request.account.slug)


def _page(request: AccountRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    access, past = _access(request), request.GET.get("show") == "past"
    chosen = wanted(request.role, access.mail)
    context = {
        "alerts": facts.page(request.account, user=request.user, role=request.role, past=past, query=request.GET),
        "past": past,
        "choices": [(name, label, name in chosen) for name, label in _choices(request)],
        "digest": wants_digest(request.role, access.digest),
        "may_have_digest": may_have_digest(request.role),
        "is_own_choice": access.mail is not None or access.digest is not None,
        "problem": problem,
    }
    return render(request, "contacts/alerts/list.html", context, status=status)


def _access(request: AccountRequest) -> Access:
    return get_object_or_404(Access.objects.current(), user=request.user, account=request.account)


def _choices(request: AccountRequest) -> list[tuple[str, str]]:
    return [(name, KINDS[name].name) for name in may_see(request.role)]
