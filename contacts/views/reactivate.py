"""Reactivate, and how any change stands: preview, act, proof, undo.

A refusal is an answer: the card again, with a sentence.
"""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from contacts.forms import ReactivateForm, TokenForm
from contacts.models import Contact, LinkedAccount, Write
from contacts.rules.ended import headline, made_of_it
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.rules.texts import REPLIES, reply_with
from contacts.rules.undo import LIMITS, NO_WAY_BACK
from contacts.selectors.check import list_names, tag_names
from contacts.selectors.history_entry import Change, change
from contacts.services.acts import ACTS
from contacts.services.check import about, from_copy, live
from contacts.services.preview import Choices
from contacts.services.reactivate import reactivate
from contacts.services.settling import due, settle
from contacts.services.undo import undo
from contacts.views.check import card_context
from contacts.views.scope import AccountRequest, on_account


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.REACTIVATE)
def contact_reactivate(request: AccountRequest, remote_id: uuid.UUID) -> HttpResponse:
    """The preview after a fresh reading; POST acts, once for each form."""
    known = Contact.objects.visible_to(request.user).filter(account=request.account).select_related("account")
    contact = get_object_or_404(known, remote_id=remote_id)
    if request.method != "POST":
        card = live(request.account, about(contact), by=request.user, role=request.role)
        return render(request, "contacts/reactivate.html", card_context(request, card) | {"whole": True, "focus": True})
    form = ReactivateForm(request.POST, account=request.account)
    if not form.is_valid():
        return _again(request, contact, form, problem="Nothing was sent: something is missing below.")
    try:
        write = reactivate(contact, by=request.user, **form.wish)
    except Refused as exc:
        return _again(request, contact, form, problem=exc.advice)
    if write.state == Write.State.REFUSED:
        return _again(request, write.person, form, problem=write.message, read_again=True)
    return _ended(request, write)


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.REACTIVATE)
def write_detail(request: AccountRequest, token: uuid.UUID) -> HttpResponse:
    """How one change stands. POST looks again when its time has come; 204 while there is nothing new to say."""
    write = _write(request, token)
    if request.method != "POST":
        return render(request, "contacts/reactivate.html", _outcome(request, write))
    for overdue in due().filter(pk=write.pk):
        settle(overdue)
    after = _write(request, token)
    if request.htmx and after.is_open:
        return HttpResponse(status=204)
    return _ended(request, after)


@require_POST
@on_account(Right.REACTIVATE)
def write_undo(request: AccountRequest, token: uuid.UUID) -> HttpResponse:
    """Take the change back, if nobody changed the contact since."""
    done = _write(request, token)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _shown(request, done, problem="Nothing was sent: this form is incomplete. Load the page again.")
    try:
        write = undo(done, by=request.user, token=form.cleaned_data["token"])
    except Refused as exc:
        return _shown(request, done, problem=exc.advice)
    if write.state == Write.State.REFUSED:
        return _shown(request, done, problem=write.message)
    return _ended(request, write)


def _write(request: AccountRequest, token: uuid.UUID) -> Write:
    writes = Write.objects.visible_to(request.user).filter(account=request.account)
    return get_object_or_404(
        writes.select_related("account", "contact", "by", "intent", "outcome", "undoes"), token=token
    )


def _again(
    request: AccountRequest, contact: Contact, form: ReactivateForm, *, problem: str, read_again: bool = False
) -> HttpResponse:
    """The card once more, with what was chosen; after a fresh reading it also says what changed meanwhile."""
    choices = Choices(
        lists=frozenset(request.POST.getlist("lists")),
        basis=request.POST.get("basis", ""),
        note=request.POST.get("note", ""),
        seen="" if read_again else request.POST.get("seen", ""),
        after_event=form.cleaned_data.get("after_event") if read_again else None,
    )
    card = from_copy(contact, role=request.role)
    context = card_context(request, card, choices) | {"problem": problem, "form": form, "whole": not request.htmx}
    return render(request, "contacts/_verdict.html" if request.htmx else "contacts/reactivate.html", context)


def _ended(request: AccountRequest, write: Write) -> HttpResponse:
    """The outcome: as a fragment, or by a redirect, so that loading the page again sends nothing."""
    if request.htmx:
        return _shown(request, _write(request, write.token))
    return redirect("write_detail", account=request.account.slug, token=write.token)


def _shown(request: AccountRequest, write: Write, *, problem: str = "") -> HttpResponse:
    template = "contacts/reactivate.html#outcome" if request.htmx else "contacts/reactivate.html"
    return render(request, template, _outcome(request, write) | {"problem": problem})


def _outcome(request: AccountRequest, write: Write) -> dict[str, object]:
    """What the outcome panel shows: the sentence, the proof, and what may be done next."""
    told = change(write.intent) if write.intent else None
    rows = told.rows if told else []
    proved = write.state in Write.PROVED
    return {
        "write": write,
        "who": _who(write, told),
        "headline": headline(write.kind, write.state) or write.get_state_display(),
        "made_of_it": _made_of_it(request.account, write, told) if proved else "",
        "change": told,
        "moved": [row for row in rows if row.kind != "same"],
        "kept": [row for row in rows if row.kind == "same"],
        "may_undo": proved and _may_undo(request, write),
        "limits": LIMITS.get(write.kind, ""),
        "no_way_back": NO_WAY_BACK.get(write.kind, "") if proved else "",
        "reply": _reply(request.account, write) if proved else "",
        "undo_token": uuid.uuid4(),
    }


def _who(write: Write, told: Change | None) -> str:
    """Whose address a change is about: of somebody who is not there it stands in the intent alone."""
    return str(write.contact or (told and told.asked.get("address")) or write.address_key)


def _reply(account: LinkedAccount, write: Write) -> str:
    """What to tell the person about a proved change."""
    told = REPLIES.get(write.kind, "")
    return reply_with(told, form_link=account.sign_up_link)


def _made_of_it(account: LinkedAccount, write: Write, told: Change | None) -> str:
    """What the contact is now, by what was sent; nothing when the details were erased."""
    if told is None or told.erased:
        return ""
    sent = told.asked.get("sent") or {}
    return made_of_it(
        write.kind,
        undone=write.undoes.kind if write.undoes else "",
        lists=list_names(account, sent.get("list_memberships") or sent.get("list_ids") or ()),
        tags=tag_names(account, sent.get("taggings") or ()),
    )


def _may_undo(request: AccountRequest, write: Write) -> bool:
    """Whether this person is offered the way back: it may be gone already, or need another right."""
    taken_back = Write.objects.filter(undoes=write).exclude(state__in=Write.WITHOUT_EFFECT)
    return write.kind in LIMITS and may(request.role, ACTS[write.kind].right) and not taken_back.exists()
