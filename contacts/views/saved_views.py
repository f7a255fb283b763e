"""Keeping a filter of the history under a name, and deleting it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from contacts.forms import ViewForm
from contacts.rules.history_query import Query
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.selectors import history_feed
from contacts.services import saved_views
from contacts.views.audit import see
from contacts.views.scope import AccountRequest, on_account


@require_POST
@on_account(Right.AUDIT_OWN)
def audit_view_save(request: AccountRequest) -> HttpResponse:
    """Keep the filter that is shown; the view's own address is where its link leads."""
    form = ViewForm(request.POST)
    query = Query.parse(form.data.get("q", ""))
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return see(request, Query() if query.problems else query)
    try:
        view = saved_views.save(
            request.account,
            by=request.user,
            role=request.role,
            name=form.cleaned_data["name"],
            query=query,
            shared=form.cleaned_data["shared"],
        )
    except Refused as refused:
        messages.error(request, refused.advice)
        return see(request, Query() if query.problems else query)
    messages.success(request, f"The view is kept{', shared with everybody here' if view.shared else ''}.")
    return redirect("audit_view", account=request.account.slug, view=view.pk)


@require_POST
@on_account(Right.AUDIT_OWN)
def audit_view_delete(request: AccountRequest, view: int) -> HttpResponse:
    """Delete a view; what it showed stays in the history."""
    row = get_object_or_404(history_feed.views(request.account, user=request.user), pk=view)
    try:
        saved_views.delete(row, by=request.user, role=request.role)
    except Refused as refused:
        messages.error(request, refused.advice)
        return redirect("audit_view", account=request.account.slug, view=view)
    messages.success(request, "The view is deleted. What it showed stays in the history.")
    return redirect("audit_list", account=request.account.slug)
