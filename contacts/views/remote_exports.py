"""Constant Contact's own exports: ask for one, see how far it is, and have its file passed on."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.forms import RemoteExportForm
from contacts.models import RemoteExport
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.selectors import remote_exports, syncing
from contacts.services import remote_exports as work
from contacts.views.scope import AccountRequest, on_account, recently_signed_in

SHOWN = 20


@require_http_methods(["GET", "POST"])
@on_account(Right.EXPORT)
@recently_signed_in()
def remote_export_list(request: AccountRequest) -> HttpResponse:
    """What was asked for lately, and a form to ask for more."""
    form = RemoteExportForm(request.POST if request.method == "POST" else None, account=request.account)
    if not form.is_valid():
        context = {"form": form, "problem": form.problem, "token": uuid.uuid4(), **_latest(request)}
        return render(request, "contacts/remote_exports.html", context)
    try:
        export = work.begin(request.account, by=request.user, **form.wish)
    except Refused as refused:
        messages.error(request, refused.advice)
        return redirect("remote_export_list", account=request.account.slug)
    if export.state == RemoteExport.State.REJECTED:
        messages.error(request, export.message)
    return redirect("remote_export_list", account=request.account.slug)


@require_GET
@on_account(Right.EXPORT)
def remote_export_progress(request: AccountRequest) -> HttpResponse:
    """How far they are: the fragment that asks for itself until none is under way."""
    return render(request, "contacts/remote_exports.html#latest", _latest(request))


@require_POST
@on_account(Right.EXPORT)
@recently_signed_in(form="remote_export_list")
def remote_export_file(request: AccountRequest) -> HttpResponseBase:
    """The file of one, straight from Constant Contact."""
    pk = request.POST.get("export", "")
    known = (
        RemoteExport.objects.visible_to(request.user).filter(account=request.account).select_related("account", "by")
    )
    export = known.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
    try:
        if export is None:
            raise Refused("There is no such export. Choose one of those below.")
        sending = work.pass_on(export, by=request.user)
    except Refused as refused:
        messages.error(request, refused.advice)
        return redirect("remote_export_list", account=request.account.slug)
    answer = StreamingHttpResponse(sending, content_type="text/csv; charset=utf-8")
    name = f"constant-contact-{request.account.slug}-{sending.intent.sequence}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _latest(request: AccountRequest) -> dict[str, object]:
    exports = remote_exports.latest(request.account, user=request.user, number=SHOWN)
    waits = any(each.export.is_open for each in exports)
    return {"exports": exports, "waits": waits, "workers": syncing.workers(), "days": work.KEPT_DAYS}
