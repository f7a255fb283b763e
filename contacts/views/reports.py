"""Reports: how the account stood over time, what became of the deleted, which lists leak, who brought people back."""

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from contacts.rules.area import RANGES
from contacts.rules.roles import Right
from contacts.selectors import report_tables, reports
from contacts.selectors.check import zone
from contacts.tables import to_csv
from contacts.views.scope import AccountRequest, on_account


@require_GET
@on_account(Right.CHECK)
def report_home(request: AccountRequest) -> HttpResponse:
    """All reports on one page; each has its picture, its sentence and its table."""
    found = reports.reports(request.account, user=request.user, role=request.role, query=request.GET)
    context = {"reports": found, "ranges": RANGES, "zone": zone(request.account)}
    return render(request, "contacts/reports/home.html", context)


@require_GET
@on_account(Right.CHECK)
def report_csv(request: AccountRequest, what: str) -> HttpResponseBase:
    """One report as a file, all of it: numbers only, so there is nobody in it whom the audit would have to name."""
    table = report_tables.TABLES.get(what)
    if table is None:
        raise Http404
    rows = table(request.account, user=request.user, role=request.role)
    response = StreamingHttpResponse(to_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{request.account.slug}-{what}.csv"'
    return response
