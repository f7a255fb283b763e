"""The history taken away: a page that says what will be in the file, the file, and the program that checks it.

What is exported stands in the address, as the filter of the audit page does: it has ids only.
"""

from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from contacts import standalone
from contacts.audit import signing
from contacts.forms import ExportForm
from contacts.models import Contact
from contacts.rules.history_query import Query, in_words
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.rules.words import day
from contacts.selectors.check import zone
from contacts.selectors.history_names import names_of, to_name
from contacts.selectors.together import together
from contacts.services import exporting
from contacts.views.scope import AccountRequest, on_account, recently_signed_in


@require_http_methods(["GET", "POST"])
@on_account(Right.AUDIT_OWN)
@recently_signed_in()
def audit_export(request: AccountRequest) -> HttpResponseBase:
    """Any view of the history as a file: ``?q=`` is the view."""
    return _export(request, _view(request))


@require_http_methods(["GET", "POST"])
@on_account(Right.AUDIT_OWN)
@recently_signed_in()
def contact_history_export(request: AccountRequest, remote_id: UUID) -> HttpResponseBase:
    """The history of one contact as a file."""
    contacts = Contact.objects.visible_to(request.user).filter(account=request.account)
    return _export(request, _view(request, contact=get_object_or_404(contacts.light(), remote_id=remote_id)))


@require_GET
@on_account(Right.AUDIT_OWN)
def audit_verifier(request: AccountRequest) -> HttpResponseBase:
    """The program that checks an export; it is the same for everybody."""
    program = standalone.VERIFIER.open("rb")
    return FileResponse(program, as_attachment=True, filename=standalone.VERIFIER.name, content_type="text/x-python")


def _view(request: AccountRequest, *, contact: Contact | None = None) -> exporting.View:
    query = Query.parse(request.GET.get("q", ""))
    return exporting.View(request.account, request.user, request.role, query, contact)


def _export(request: AccountRequest, view: exporting.View) -> HttpResponseBase:
    form = ExportForm(request.POST if request.method == "POST" else None)
    if not form.is_valid() or view.query.problems:
        return _page(request, view, form=form, problem=form.problem)
    told = form.cleaned_data
    try:
        made = exporting.make(
            view.unfolded if told["every"] or view.contact else view,
            form=exporting.Form(told["form"]),
            reason=told["reason"],
        )
    except Refused as exc:
        return _page(request, view, form=form, problem=exc.advice)
    return FileResponse(made.file, as_attachment=True, filename=made.name, content_type=made.content_type)


def _page(request: AccountRequest, view: exporting.View, *, form: ExportForm, problem: str) -> HttpResponse:
    about = together(to_name(request.account, user=request.user, role=request.role, query=view.query))
    names = names_of(view.query, about, personal=view.personal)
    lines, entries = view.number(), view.unfolded.number()
    context = {
        "form": form,
        "problem": problem,
        "view": view,
        "parts": [words for _, words in in_words(view.query, names.words)],
        "lines": lines,
        "shown": _told(lines),
        "entries": entries,
        "every": _told(entries),
        "seen": view.events().count(),
        "own_only": not may(request.role, Right.AUDIT_ALL),
        "public_key": signing.public_key(),
        "today": day(timezone.now().astimezone(zone(request.account))),
        "tab": "history",
        "contact": view.contact,
        "personal": view.personal,
    }
    return render(request, "contacts/audit/export.html", context)


def _told(number: int) -> str:
    most = exporting.MOST_COUNTED
    return f"more than {most:,}" if number > most else f"{number:,}"
