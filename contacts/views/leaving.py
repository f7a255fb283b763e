"""Unsubscribe or delete one contact: what would follow, one click, and the page of the change."""

import uuid
from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from contacts.forms import LeaveForm, UnsubscribeForm
from contacts.models import Contact, Write
from contacts.rules.leaving import WHY_NOT_DELETE
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.services.check import about, live
from contacts.services.leaving import delete, offer, unsubscribe
from contacts.views.scope import AccountRequest, on_account

GONE = "Constant Contact does not know this contact any more, so there is nothing to change."
Kind = Write.Kind


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.UNSUBSCRIBE)
def contact_unsubscribe(request: AccountRequest, remote_id: uuid.UUID) -> HttpResponse:
    """The preview after a fresh reading; POST acts, once for each form."""
    return _leave(request, remote_id, Kind.UNSUBSCRIBE, UnsubscribeForm, unsubscribe)


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.DELETE_ONE)
def contact_delete(request: AccountRequest, remote_id: uuid.UUID) -> HttpResponse:
    """The preview after a fresh reading; POST acts, once for each form."""
    return _leave(request, remote_id, Kind.DELETE, LeaveForm, delete)


def _leave(
    request: AccountRequest, remote_id: uuid.UUID, kind: Kind, of_form: type[LeaveForm], act: Callable[..., Write]
) -> HttpResponse:
    contact = _contact(request, remote_id)
    if request.method != "POST":
        return _read_anew(request, contact, kind)
    form = of_form(request.POST)
    if not form.is_valid():
        return _shown(request, contact, kind, problem=_first_problem(form))
    try:
        write = act(contact, by=request.user, **form.cleaned_data)
    except Refused as exc:
        return _shown(request, contact, kind, problem=exc.advice)
    return _ended(request, write)


def _contact(request: AccountRequest, remote_id: uuid.UUID) -> Contact:
    known = Contact.objects.visible_to(request.user).filter(account=request.account).select_related("account")
    return get_object_or_404(known, remote_id=remote_id)


def _read_anew(request: AccountRequest, contact: Contact, kind: Kind) -> HttpResponse:
    card = live(request.account, about(contact), by=request.user, role=request.role)
    unread = card.live.problem if card.live else ""
    return _shown(request, card.contact or contact, kind, unread=unread or ("" if card.contact else GONE))


def _ended(request: AccountRequest, write: Write) -> HttpResponse:
    """The page of the change, or the preview again with why nothing was sent."""
    if write.state == Write.State.REFUSED:
        return _shown(request, write.person, Kind(write.kind), problem=write.message)
    return redirect("write_detail", account=request.account.slug, token=write.token)


def _shown(
    request: AccountRequest, contact: Contact, kind: Kind, *, unread: str = "", problem: str = ""
) -> HttpResponse:
    context = {
        "contact": contact,
        "kind": kind,
        "offer": offer(contact, kind=kind, role=request.role, unread=unread),
        "problem": problem,
        "note": request.POST.get("note", "")[:500],
        "why_not_delete": WHY_NOT_DELETE,
        "personal": True,
    }
    return render(request, "contacts/leaving.html", context)


def _first_problem(form: LeaveForm) -> str:
    """A sentence about the field a person can do something about, else about the form as a whole."""
    for name in ("basis", "note"):
        if name in form.errors:
            return f"Nothing was sent. {form.errors[name][0]}"
    return "Nothing was sent: this form is incomplete. Load the page again."
