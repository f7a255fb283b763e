"""V2 ids: paste or bring the numbers that an integration still stores, see whom and what they mean today."""

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.forms.v2_ids import V2Form
from contacts.models import Crossing, XrefKind
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.rules.v2_ids import MOST, parse
from contacts.selectors import syncing, v2_ids
from contacts.services import exporting
from contacts.services.v2_ids import ask, begin, read
from contacts.tables import to_csv
from contacts.views import uploads
from contacts.views.scope import AccountRequest, on_account, recently_signed_in

SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@uploads.takes_a_file
@on_account(Right.CHECK)
def v2_list(request: AccountRequest) -> HttpResponseBase:
    """The form and the older questions; POST makes a question of what was brought and sends nothing."""
    return _bring(request) if request.method == "POST" else _room(request, V2Form())


@require_GET
@on_account(Right.CHECK)
def v2_detail(request: AccountRequest, pk: int) -> HttpResponse:
    """What is known of each number; what the rest would cost."""
    after = request.GET.get("after", "")
    return _shown(request, _crossing(request, pk), after=int(after) if after.isdecimal() and len(after) < 19 else 0)


@require_POST
@on_account(Right.BULK)
def v2_ask(request: AccountRequest, pk: int) -> HttpResponse:
    """Have the rest asked for."""
    crossing = _crossing(request, pk)
    try:
        ask(crossing, by=request.user)
    except Refused as refused:
        return _shown(request, crossing, problem=refused.advice)
    return redirect("v2_detail", account=request.account.slug, pk=pk)


@require_GET
@on_account(Right.CHECK)
def v2_progress(request: AccountRequest, pk: int) -> HttpResponse:
    """How far it is: the fragment that asks for itself until it has ended."""
    return _shown(request, _crossing(request, pk), part="#result")


@require_GET
@on_account(Right.EXPORT)
@recently_signed_in("v2_detail")
def v2_pairs(request: AccountRequest, pk: int) -> HttpResponseBase:
    """Every number with its pair as a file, which is an export of people."""
    crossing = _crossing(request, pk)
    made = exporting.spooled(to_csv(v2_ids.table(crossing)))
    detail = {"what": "v2_ids", "rows": len(crossing.sequence_ids)}
    exporting.note(made, by=request.user, account=request.account, detail=detail)
    name = f"v2-ids-{request.account.slug}-{pk}.csv"
    return FileResponse(made.file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


@uploads.forms_token
def _bring(request: AccountRequest) -> HttpResponse:
    if uploads.announces_too_much(request):
        return _room(request, V2Form(), problem=uploads.too_large())
    form, problem = V2Form(request.POST, request.FILES), uploads.problem_with(request, needed=False)
    if problem or not form.is_valid():
        return _room(request, form, problem=problem)
    try:
        crossing = _begun(request, form)
    except Refused as refused:
        return _room(request, form, problem=refused.advice)
    return redirect("v2_detail", account=request.account.slug, pk=crossing.pk)


def _begun(request: AccountRequest, form: V2Form) -> Crossing:
    given = form.cleaned_data
    kind, upload = XrefKind(given["kind"]), given["file"]
    found, column = read(upload, kind=kind) if upload else (parse(given["text"]), "")
    crossing = begin(request.account, by=request.user, kind=kind, found=found)
    if upload:
        messages.success(request, f"The V2 ids were read from “{column}” of “{upload.name}”. The file was not kept.")
    return crossing


def _room(request: AccountRequest, form: V2Form, *, problem: str = "") -> HttpResponse:
    asked = Crossing.objects.filter(account=request.account).select_related("by").order_by("-pk")[:SHOWN]
    context = {"form": form, "problem": problem, "asked": asked, "most": MOST, "megabytes": settings.FILE_MB}
    return render(request, "contacts/v2/list.html", context)


def _crossing(request: AccountRequest, pk: int) -> Crossing:
    known = Crossing.objects.visible_to(request.user).filter(account=request.account)
    return get_object_or_404(known.select_related("by", "account"), pk=pk)


def _shown(
    request: AccountRequest, crossing: Crossing, *, after: int = 0, problem: str = "", part: str = ""
) -> HttpResponse:
    found = v2_ids.crossed(crossing, personal=may(request.role, Right.SEE_PERSONAL), after=after)
    context = {
        "found": found,
        "crossing": crossing,
        "problem": problem,
        "may_ask": may(request.role, Right.BULK),
        "may_export": may(request.role, Right.EXPORT),
        "workers": syncing.workers() if found.is_asking else None,
    }
    return render(request, f"contacts/v2/detail.html{part}", context)
