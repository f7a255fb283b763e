"""Changed outside ccadmin: who came back, was deleted again or was moved back soon after a change of ours."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from contacts import sync
from contacts.models import Reversal
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.rules.words import count
from contacts.selectors import outside
from contacts.views.scope import AccountRequest, on_account


@require_GET
@on_account(Right.CHECK)
def outside_list(request: AccountRequest) -> HttpResponse:
    """What stands, newest first; ``?kind=`` shows exactly what Home has counted."""
    found = outside.outside(request.account, user=request.user, query=request.GET)
    context = {
        "found": found,
        "tabs": [(kind, outside.in_words(kind, number)) for kind, number in found.numbers.items()],
        "personal": may(request.role, Right.SEE_PERSONAL),
        "sees_all": may(request.role, Right.AUDIT_ALL),
        "may_dismiss": may(request.role, Right.REACTIVATE),
    }
    return render(request, "contacts/outside.html", context)


@require_POST
@on_account(Right.REACTIVATE)
def outside_dismiss(request: AccountRequest) -> HttpResponse:
    """Take one or several off Home and this page: ``reversal`` is given once for each."""
    asked = {int(each) for each in request.POST.getlist("reversal") if each.isdecimal() and len(each) < 19}
    standing = outside.standing(request.account, user=request.user).filter(pk__in=asked)
    try:
        number = sync.dismiss_reversals(request.account, standing, by=request.user)
    except Refused as refused:
        messages.error(request, refused.advice)
    else:
        messages.success(request, f"Dismissed: {count(number, 'change')}. The history keeps what happened.")
    kind = request.POST.get("kind", "")
    query = {"kind": kind} if kind in Reversal.Kind else None
    return redirect(reverse("outside_list", kwargs={"account": request.account.slug}, query=query))
