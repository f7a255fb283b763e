"""Deleted contacts: when they were deleted, who may come back, and the spikes among the deletions."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from contacts import sync
from contacts.forms import DismissForm
from contacts.models import Job
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.selectors import deleted, spikes
from contacts.selectors.check import zone
from contacts.selectors.deleted import Filter
from contacts.selectors.histogram import RANGES
from contacts.selectors.pieces import ALWAYS
from contacts.selectors.spikes import Told
from contacts.selectors.windows import FIELD, MINUTE
from contacts.views.people import query_of, text_of
from contacts.views.scope import AccountRequest, on_account
from contacts.views.selecting import bar

# Set on the first visit: whoever knows what "deleted" means here need not read it again. It says nothing else.
EXPLAINED = "deleted-explained"
A_YEAR = 365 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.CHECK)
def deleted_list(request: AccountRequest) -> HttpResponse:
    """Whom Constant Contact hides: per day, in a window, and row by row."""
    return _page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.CHECK)
def deleted_spike(request: AccountRequest, pk: int) -> HttpResponse:
    """The same page with a spike's window chosen and its sentence on top."""
    return _page(request, _spike(request, pk))


@require_POST
@on_account(Right.BULK)
def deleted_spike_dismiss(request: AccountRequest, pk: int) -> HttpResponse:
    """Take a spike off Home, with a reason."""
    told = _spike(request, pk)
    form = DismissForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(str(form.errors["reason"][0]))
        sync.dismiss_spike(told.spike, by=request.user, reason=form.cleaned_data["reason"])
    except Refused as refused:
        messages.error(request, refused.advice)
    else:
        messages.success(request, "Dismissed. It stays among the spikes, and in the history with your reason.")
    return redirect("deleted_spike", account=request.account.slug, pk=pk)


def _spike(request: AccountRequest, pk: int) -> Told:
    told = spikes.one(request.account, pk, user=request.user)
    if told is None:
        raise Http404
    return told


def _page(request: AccountRequest, told: Told | None) -> HttpResponse:
    found = deleted.deleted(
        request.account,
        user=request.user,
        query=query_of(request),
        text=text_of(request),
        personal=may(request.role, Right.SEE_PERSONAL),
        spike=told.spike if told else None,
    )
    wish = found.filter
    picked = bar(
        request,
        source="deleted",
        kinds=(Job.Kind.REACTIVATE,),
        number=found.number,
        more=found.more,
        fields=wish.fields,
        text=wish.text,
    )
    context = {
        "people": found,
        "told": told,
        "spikes": spikes.latest(request.account, user=request.user) if wish.tab == deleted.SPIKES else [],
        "pieces": [(piece, number) for piece, number in found.pieces.items() if number or piece in ALWAYS],
        "kind": wish.kind,
        "tabs": deleted.TABS,
        "ranges": RANGES,
        "bar": picked,
        "may_dismiss": may(request.role, Right.BULK),
        "personal": may(request.role, Right.SEE_PERSONAL),
        "explain": EXPLAINED not in request.COOKIES,
        "minutes": settings.SYNC_MINUTES,
        "zone": zone(request.account),
        **_fields(request, wish),
    }
    response = render(request, "contacts/deleted/list.html", context)
    if not told:
        response.set_cookie(EXPLAINED, "1", max_age=A_YEAR, secure=request.is_secure(), httponly=True, samesite="Lax")
    return response


def _fields(request: AccountRequest, wish: Filter) -> dict[str, object]:
    """What stands in the two fields of the window, and the days it marks in the picture."""
    if wish.spike:
        here = zone(request.account)
        start, end = wish.spike.noticed_from.astimezone(here), wish.spike.noticed_to.astimezone(here)
        return {"first": f"{start:{FIELD}}", "last": f"{end:{FIELD}}", "chosen": (start.date(), end.date())}
    first, last = wish.window.start, wish.window.end and wish.window.end - MINUTE
    return {
        "first": wish.window.first if first else "",
        "last": wish.window.last if last else "",
        "chosen": (first and first.date(), last and last.date()),
    }
