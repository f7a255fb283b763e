"""The history: everything that was asked here, and how it ended."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from contacts.models import AuditEntry
from contacts.rules.roles import Right, may
from contacts.selectors import history
from contacts.views.scope import AccountRequest, on_account


@require_GET
@on_account(Right.AUDIT_OWN)
def audit_list(request: AccountRequest) -> HttpResponse:
    """The account's history, newest first. Without the right to see all, only one's own acts."""
    own_only = not may(request.role, Right.AUDIT_ALL)
    lines = history.lines(request.account, user=request.user, own_only=own_only, query=request.GET)
    context = {"lines": lines, "own_only": own_only, "outcomes": AuditEntry.Outcome.choices}
    return render(request, "contacts/audit/list.html", context)


@require_GET
@on_account(Right.AUDIT_OWN)
def audit_detail(request: AccountRequest, pk: int) -> HttpResponse:
    """One entry: who, why, on what consent, and before, sent, after side by side."""
    entries = AuditEntry.objects.visible_to(request.user).filter(account=request.account)
    if not may(request.role, Right.AUDIT_ALL):
        entries = entries.filter(actor_id=request.user.pk)
    entry = get_object_or_404(entries.select_related("begins", "account"), pk=pk)
    context = {"change": history.change(entry), "personal": may(request.role, Right.SEE_PERSONAL)}
    return render(request, "contacts/audit/detail.html", context)
