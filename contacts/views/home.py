"""Home: what changed, and what needs somebody."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contacts.rules.roles import Right, may
from contacts.selectors import home as facts
from contacts.views.scope import AccountRequest, on_account


@require_GET
@on_account(Right.CHECK)
def home(request: AccountRequest) -> HttpResponse:
    """The account at a glance."""
    own_only = not may(request.role, Right.AUDIT_ALL)
    found = facts.home(request.account, user=request.user, role=request.role)
    context = {
        "home": found,
        "alerts": found.alerts,
        "own_only": own_only,
        "personal": may(request.role, Right.SEE_PERSONAL),
        "may_dismiss": may(request.role, Right.BULK),
    }
    return render(request, "contacts/home.html", context)
