"""Contacts taken away as a file: a page that says who and what will be in it, and the file, sent as it is read.

Whom it is about comes in the body of a POST from a list of people, because it may rest on a search or on ticks; a
filter alone may stand in the address, as on the lists themselves.
"""

import re
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from contacts.forms import ContactExportForm
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.services import exporting
from contacts.views.scope import AccountRequest, on_account, recently_signed_in
from contacts.views.selecting import FILTERS, SOURCES, Chosen, chosen

JSON = dict[str, Any]
#: What says whom a file is about; the page hands it on to itself.
KEPT: Final = ("source", "all", "text", "who", *FILTERS)
_PLAIN: Final = re.compile(r"[\w:.+-]{1,40}", re.ASCII)


@require_http_methods(["GET", "POST"])
@on_account(Right.EXPORT)
@recently_signed_in()
def contact_export(request: AccountRequest) -> HttpResponseBase:
    """Contacts, deleted ones and any view of them as CSV. Only a form with a reason makes a file."""
    try:
        who = _who(request)
    except Refused as refused:
        return _page(request, None, problem=refused.advice)
    if "make" not in request.POST:
        return _page(request, who)
    form = ContactExportForm(request.POST)
    if not form.is_valid():
        return _page(request, who, form=form, problem=form.problem)
    return _file(request, who, form)


def _file(request: AccountRequest, who: Chosen, form: ContactExportForm) -> HttpResponseBase:
    wish = exporting.wanted(request.account, who.contacts, groups=form.cleaned_data["groups"])
    if not wish.keys:
        return _page(request, who, form=form, problem="Nobody fits, so nothing was exported.")
    sending = exporting.send(wish, by=request.user, reason=form.cleaned_data["reason"], detail=_told(request.POST))
    # The response closes it, also when the connection broke.
    answer = StreamingHttpResponse(sending, content_type="text/csv; charset=utf-8")
    name = exporting.name_of(request.account, sending.intent)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _who(request: AccountRequest) -> Chosen:
    """Whom the file is about: what was posted, or everybody whom the filter in the address fits."""
    if request.method == "POST":
        return chosen(request, done="exported")
    source = SOURCES.get(request.GET.get("source", "contacts"), SOURCES["contacts"])
    matching = source.matching(request.account, user=request.user, query=request.GET, text="")
    return Chosen(matching, source.in_words(request.account, query=request.GET, text=""))


def _told(asked: QueryDict) -> JSON:
    """Whom the file is about, as the history keeps it: ids and words of ours, nothing that somebody typed."""
    ticked = "all" not in asked
    filters = {} if ticked else {name: asked.get(name, "") for name in FILTERS}
    kept = [f"{name}:{value}" for name, value in filters.items() if _PLAIN.fullmatch(value)]
    told: JSON = {"source": asked.get("source", ""), "view": " ".join(kept), "ticked": ticked}
    told |= {"search": True} if asked.get("text") and not ticked else {}
    try:
        return told | {"lists": [str(UUID(filters.get("list", "")))]}
    except ValueError:
        return told


def _page(
    request: AccountRequest, who: Chosen | None, *, form: ContactExportForm | None = None, problem: str = ""
) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    kept = [(name, value) for name in KEPT for value in given.getlist(name)]
    if request.method != "POST":
        kept = [*kept, *([] if "source" in given else [("source", "contacts")]), ("all", "1")]
    most = exporting.MOST_COUNTED
    number = who.contacts.order_by()[: most + 1].count() if who else 0
    context = {
        "form": form or ContactExportForm(),
        "who": who,
        "kept": kept,
        "number": min(number, most),
        "more": number > most,
        "problem": problem,
    }
    return render(request, "contacts/export.html", context)
