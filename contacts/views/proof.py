"""Proof: check the chain of an account's history, see its checkpoints, take copies of them home."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from contacts import audit
from contacts.audit import outside
from contacts.audit.checkpoints import Signed
from contacts.models import AuditChain, AuditCheckpoint, AuditEntry
from contacts.rules.roles import Right, may
from contacts.selectors import proof, syncing
from contacts.services import checkpoints, proving
from contacts.views.scope import AccountRequest, on_account

#: A short history is checked while the page is waited for; the worker goes on with a long one.
AT_ONCE_SECONDS = 1.0


@require_http_methods(["GET", "POST"])
@on_account(Right.AUDIT_ALL)
def audit_verify(request: AccountRequest) -> HttpResponse:
    """One click: is every entry the one that was written, and is none missing?"""
    if request.method == "POST":
        chain = AuditChain.objects.filter(name=audit.chain_name(request.account)).first()
        if chain is not None:
            proving.carry_on(proving.begin(chain, by=request.user), seconds=AT_ONCE_SECONDS)
        return redirect("audit_verify", account=request.account.slug)
    facts = proof.proof(request.account)
    context = {
        "facts": facts,
        "check": facts.check,
        "places": checkpoints.places(),
        "copies": outside.copies(audit.chain_name(request.account)),
        "workers": syncing.workers(),
        "may_pause": may(request.role, Right.PAUSE_WRITING),
    }
    return render(request, "contacts/audit/verify.html", context)


@require_GET
@on_account(Right.AUDIT_ALL)
def audit_verify_progress(request: AccountRequest) -> HttpResponse:
    """How far the check is, or how it ended: the fragment that asks for itself until then."""
    context = {"check": proof.newest(request.account), "workers": syncing.workers()}
    return render(request, "contacts/audit/verify.html#result", context)


@require_GET
@on_account(Right.AUDIT_ALL)
def audit_checkpoints(request: AccountRequest) -> HttpResponseBase:
    """Every checkpoint of the account's chain, a line each, as the copies outside have them."""
    name = audit.chain_name(request.account)
    rows = AuditCheckpoint.objects.filter(chain__name=name).order_by("sequence")
    lines = [outside.line_of(Signed.of(row, name)) for row in rows]
    audit.record(
        "export",
        AuditEntry.Outcome.DONE,
        by=request.user,
        account=request.account,
        detail={"what": "checkpoints", "rows": len(lines)},
    )
    answer = HttpResponse(b"".join(lines), content_type="application/jsonl")
    answer["Content-Disposition"] = f'attachment; filename="{request.account.slug}-checkpoints.jsonl"'
    return answer
