"""A privacy request: show what is held about one contact, or erase our copy. The receipts, and the rule of keeping."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts import audit
from contacts.forms import EraseForm, KeepForm, LiftForm
from contacts.models import AuditEntry, Contact, Erasure
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.selectors import erased, pack, pack_page
from contacts.services import erasing, erasure_file, retention
from contacts.views.scope import AccountRequest, on_account, recently_signed_in


@require_GET
@on_account(Right.AUDIT_ALL)
@recently_signed_in()
def contact_privacy(request: AccountRequest, remote_id: UUID) -> HttpResponseBase:
    """Everything held about one contact, to read; written down as an export, because it can be printed."""
    contact = _contact(request, remote_id)
    _written_down(request, contact, form="page")
    return render(request, "contacts/privacy/pack.html", {"contact": contact, "sections": pack_page.page(contact)})


@require_POST
@on_account(Right.AUDIT_ALL)
@recently_signed_in("contact_privacy")
def contact_privacy_pack(request: AccountRequest, remote_id: UUID) -> HttpResponseBase:
    """The same as a file."""
    contact = _contact(request, remote_id)
    _written_down(request, contact, form="json")
    head = {
        "about": f"Everything that ccadmin holds about one contact of {request.account.name}",
        "contact_id": str(contact.remote_id),
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "not_held": "Mailings, opens and clicks. Constant Contact keeps a record of its own, which this is not.",
    }
    answer = StreamingHttpResponse(pack.as_json(contact, head=head), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="privacy-pack-{contact.remote_id}.json"'
    return answer


@require_http_methods(["GET", "POST"])
@on_account(Right.AUDIT_ALL)
@recently_signed_in()
def contact_erase(request: AccountRequest, remote_id: UUID) -> HttpResponseBase:
    """Say what will be gone and what stays; with the address typed, erase our copy."""
    contact = _contact(request, remote_id)
    form = EraseForm(request.POST if request.method == "POST" else None, contact=contact)
    problem = ""
    if form.is_valid():
        try:
            erasure = erasing.begin(contact, by=request.user, reason=form.cleaned_data["reason"].strip())
        except Refused as refused:
            problem = refused.advice
        else:
            return redirect("erasure_detail", account=request.account.slug, pk=erasure.pk)
    return render(request, "contacts/privacy/erase.html", {"contact": contact, "form": form, "problem": problem})


@require_GET
@on_account(Right.AUDIT_ALL)
def erasure_list(request: AccountRequest) -> HttpResponse:
    """The requests so far, and how long the personal part of the history is kept."""
    return _list(request, KeepForm(initial={"months": request.account.payload_months}))


@require_POST
@on_account(Right.MANAGE_ACCOUNT)
@recently_signed_in("erasure_list")
def erasure_retention(request: AccountRequest) -> HttpResponseBase:
    """Keep the personal part of the history for so many months."""
    form = KeepForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    try:
        retention.keep_for(request.account, months=form.cleaned_data["months"], by=request.user)
    except Refused as refused:
        messages.error(request, refused.advice)
    else:
        messages.success(request, "Saved. The worker deletes what is older every hour.")
    return redirect("erasure_list", account=request.account.slug)


@require_GET
@on_account(Right.AUDIT_ALL)
def erasure_detail(request: AccountRequest, pk: int) -> HttpResponse:
    """The receipt of one request."""
    return _receipt(request, pk, LiftForm())


@require_POST
@on_account(Right.MANAGE_ACCOUNT)
@recently_signed_in("erasure_detail")
def erasure_lift(request: AccountRequest, pk: int) -> HttpResponseBase:
    """Let the person be copied again."""
    erasure, form = _erasure(request, pk), LiftForm(request.POST)
    if not form.is_valid():
        return _receipt(request, pk, form)
    try:
        erasing.lift(erasure, by=request.user, reason=form.cleaned_data["reason"].strip())
    except Refused as refused:
        messages.error(request, refused.advice)
    else:
        erasure_file.put(erasure)
        messages.success(request, "Lifted. The next full sweep copies this person again.")
    return redirect("erasure_detail", account=request.account.slug, pk=erasure.pk)


def _contact(request: AccountRequest, remote_id: UUID) -> Contact:
    rows = Contact.objects.visible_to(request.user).filter(account=request.account)
    return get_object_or_404(rows, remote_id=remote_id)


def _erasure(request: AccountRequest, pk: int) -> Erasure:
    return get_object_or_404(erased.visible(request.account, user=request.user), pk=pk)


def _written_down(request: AccountRequest, contact: Contact, *, form: str) -> None:
    audit.record(
        "export",
        AuditEntry.Outcome.DONE,
        by=request.user,
        account=request.account,
        target=str(contact.remote_id),
        detail={"what": "pack", "form": form},
    )


def _list(request: AccountRequest, form: KeepForm) -> HttpResponse:
    context = {
        "requests": erased.requests(request.account, user=request.user, query=request.GET),
        "form": form,
        "may_manage": may(request.role, Right.MANAGE_ACCOUNT),
        "outside": erasure_file.path() is not None,
        "request_days": settings.REQUEST_LOG_DAYS,
    }
    return render(request, "contacts/privacy/list.html", context)


def _receipt(request: AccountRequest, pk: int, form: LiftForm) -> HttpResponse:
    context = {
        "receipt": erased.receipt(_erasure(request, pk)),
        "form": form,
        "may_manage": may(request.role, Right.MANAGE_ACCOUNT),
        "outside": erasure_file.path() is not None,
    }
    return render(request, "contacts/privacy/receipt.html", context)
