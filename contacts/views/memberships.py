"""One contact's lists: see, choose, look at what would change, save once.

The ticks travel in the body of a POST. Looking at a choice asks nothing of Constant Contact; opening the page reads
the contact there, and saving reads it again.
"""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from contacts.forms import ListsForm, PicksForm
from contacts.models import Contact, Write
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.services.check import about, live
from contacts.services.memberships import Picks, mark_of, offer, save
from contacts.views.scope import AccountRequest, on_account

GONE = "Constant Contact does not know this contact any more. What you see is our copy of its lists."
PREVIEW_FIRST = "Nothing was sent: the ticks were changed after this was shown. Look at the change again, then save."


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.CHECK)
def contact_lists(request: AccountRequest, remote_id: uuid.UUID) -> HttpResponse:
    """The lists after a fresh reading; POST shows what the ticks would change, and sends nothing."""
    contact = _contact(request, remote_id)
    if request.method == "POST":
        return _shown(request, contact, picks=_picks(request))
    if not may(request.role, Right.EDIT_LISTS):
        return _shown(request, contact)
    card = live(request.account, about(contact), by=request.user, role=request.role)
    unread = card.live.problem if card.live else ""
    return _shown(request, card.contact or contact, unread=unread or ("" if card.contact else GONE))


@require_POST
@on_account(Right.EDIT_LISTS)
def contact_lists_save(request: AccountRequest, remote_id: uuid.UUID) -> HttpResponse:
    """One PUT, once for each form; ends on the page of the change."""
    contact = _contact(request, remote_id)
    form = ListsForm(request.POST, contact=contact)
    if not form.is_valid():
        return _again(request, contact, problem=_first_problem(form))
    asked = form.cleaned_data
    if asked["preview"] != mark_of(asked["lists"]):
        return _again(request, contact, problem=PREVIEW_FIRST)
    wish = {name: asked[name] for name in ("lists", "note", "token", "seen")}
    try:
        write = save(contact, by=request.user, **wish)
    except Refused as exc:
        return _again(request, contact, problem=exc.advice)
    if write.state == Write.State.REFUSED:
        return _again(request, write.person, problem=write.message)
    return redirect("write_detail", account=request.account.slug, token=write.token)


def _contact(request: AccountRequest, remote_id: uuid.UUID) -> Contact:
    known = Contact.objects.visible_to(request.user).filter(account=request.account).select_related("account")
    return get_object_or_404(known, remote_id=remote_id)


def _picks(request: AccountRequest) -> Picks:
    form = PicksForm(request.POST)
    form.is_valid()
    return Picks(
        lists=frozenset(request.POST.getlist("lists")),
        had=frozenset(request.POST.getlist("had")),
        note=form.cleaned_data.get("note", ""),
        narrow=form.cleaned_data.get("narrow", ""),
        after_event=form.cleaned_data.get("after_event"),
    )


def _again(request: AccountRequest, contact: Contact, *, problem: str) -> HttpResponse:
    """The page once more with what was chosen; what changed meanwhile is told on it."""
    return _shown(request, contact, picks=_picks(request), problem=problem)


def _shown(
    request: AccountRequest, contact: Contact, *, picks: Picks | None = None, unread: str = "", problem: str = ""
) -> HttpResponse:
    personal = may(request.role, Right.SEE_PERSONAL)
    given = offer(contact, role=request.role, unread=unread, picks=picks)
    context = {"contact": contact, "offer": given, "problem": problem, "personal": personal, "tab": "lists"}
    effect_only = request.htmx and given.editor
    return render(request, f"contacts/memberships.html{'#effect' if effect_only else ''}", context)


def _first_problem(form: ListsForm) -> str:
    """A sentence about the field a person can do something about, else about the form as a whole."""
    for name in ("lists", "note"):
        if name in form.errors:
            return f"Nothing was sent. {form.errors[name][0]}"
    return "Nothing was sent: this form is incomplete. Load the page again."
