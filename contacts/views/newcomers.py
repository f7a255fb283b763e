"""Somebody new: create a contact, or pass on that a person signed up themselves.

Addresses travel in the body of a POST, also from the check to the form. A refusal is an answer: the form again, or the
card of whoever has the address, with what can be done about it.
"""

import uuid
from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from contacts.forms import NewcomerForm, SignUpForm
from contacts.models import Write
from contacts.rules.newcomers import DETAILS
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.services import newcomers
from contacts.services.check import from_copy
from contacts.services.preview import Choices, obstacle
from contacts.views.check import card_context
from contacts.views.scope import AccountRequest, on_account

LEFT = "Nothing was sent yet: somebody in this account had this address before. Look below, then decide."


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.EDIT_LISTS)
def contact_new(request: AccountRequest) -> HttpResponse:
    """The form for somebody new; POST brings an address to it, and sends nothing."""
    return _form(request, NewcomerForm(account=request.account, initial=_brought(request)))


@require_POST
@on_account(Right.EDIT_LISTS)
def contact_create(request: AccountRequest) -> HttpResponse:
    """Look first, with every status; create once for each form."""
    return _sent(request, NewcomerForm(request.POST, account=request.account), newcomers.create)


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.EDIT_LISTS)
def contact_sign_up(request: AccountRequest) -> HttpResponse:
    """The form for a person's own sign-up; POST brings an address to it, and sends nothing."""
    return _form(request, SignUpForm(account=request.account, initial=_brought(request)))


@require_POST
@on_account(Right.EDIT_LISTS)
def contact_sign_up_send(request: AccountRequest) -> HttpResponse:
    """Look first; pass the sign-up on once for each form."""
    return _sent(request, SignUpForm(request.POST, account=request.account), newcomers.sign_up)


def _brought(request: AccountRequest) -> dict[str, str]:
    """What another page sent along for the form."""
    return {name: request.POST.get(name, "")[:500] for name in ("address", *DETAILS)}


def _sent(request: AccountRequest, form: NewcomerForm, act: Callable[..., Write]) -> HttpResponse:
    if not form.is_valid():
        return _form(request, form, problem="Nothing was sent: something is missing below.")
    left = newcomers.left_by(request.account, form.wish["address"])
    if left and request.POST.get("left") != str(left.pk):
        return _form(request, form, problem=LEFT)
    try:
        write = act(request.account, by=request.user, **form.wish)
    except Refused as exc:
        return _form(request, form, problem=exc.advice)
    if write.state not in (Write.State.REFUSED, Write.State.REJECTED):
        return redirect("write_detail", account=request.account.slug, token=write.token)
    if write.contact is None:
        return _form(request, form, problem=write.message)
    return _there(request, write)


def _form(request: AccountRequest, form: NewcomerForm, *, problem: str = "") -> HttpResponse:
    ticked = request.POST.getlist("lists")
    address = str(form["address"].value() or "")
    context = {
        "left": newcomers.left_by(request.account, address) if address else None,
        "form": form,
        "details": [form[name] for name in DETAILS],
        "own": isinstance(form, SignUpForm),
        "choices": newcomers.list_choices(request.account, ticked=ticked),
        "token": uuid.uuid4(),
        "closed": obstacle(request.account, role=request.role, right=Right.EDIT_LISTS),
        "problem": problem,
    }
    return render(request, "contacts/newcomers/form.html", context)


def _there(request: AccountRequest, write: Write) -> HttpResponse:
    """The card of whoever has the address, as it was read just now; a reactivation begins with the lists typed here."""
    card = from_copy(write.person, role=request.role)
    former = [each.list_id for each in card.memory.former if each.alive]
    lists = frozenset([*write.lists, *former])
    choices = Choices(lists=lists, basis=write.basis, note=write.note)
    context = card_context(request, card, choices) | {"problem": write.message, "whole": True, "write": write}
    return render(request, "contacts/newcomers/there.html", context)
