"""Order the one mail in which Constant Contact asks somebody who opted out whether they want to come back."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from contacts.forms import ResubscribeForm
from contacts.models import Contact, Write
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.rules.state import Act
from contacts.selectors.check import Card
from contacts.services.acts import seen_digest
from contacts.services.check import about, from_copy, live
from contacts.services.newcomers import list_choices
from contacts.services.preview import obstacle
from contacts.services.resubscribing import resubscribe, used
from contacts.views.scope import AccountRequest, on_account

GONE = "Constant Contact does not know this contact any more. What you see is our copy."


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.RESUBSCRIBE)
def contact_resubscribe(request: AccountRequest, remote_id: uuid.UUID) -> HttpResponse:
    """What the mail does, after a fresh reading; POST orders it, once for each form."""
    known = Contact.objects.visible_to(request.user).filter(account=request.account).select_related("account")
    contact = get_object_or_404(known, remote_id=remote_id)
    if request.method != "POST":
        card = live(request.account, about(contact), by=request.user, role=request.role)
        unread = card.live.problem if card.live else ""
        return _shown(request, contact, card, unread=unread or ("" if card.contact else GONE))
    form = ResubscribeForm(request.POST, account=request.account)
    card = from_copy(contact, role=request.role)
    if not form.is_valid():
        return _shown(request, contact, card, form=form, problem="Nothing was sent: something is missing below.")
    try:
        write = resubscribe(contact, by=request.user, **form.wish)
    except Refused as exc:
        return _shown(request, contact, card, form=form, problem=exc.advice)
    if write.state == Write.State.REFUSED:
        card = from_copy(write.person, role=request.role)
        return _shown(request, write.person, card, form=form, problem=write.message)
    return redirect("write_detail", account=request.account.slug, token=write.token)


def _shown(
    request: AccountRequest,
    contact: Contact,
    card: Card,
    *,
    form: ResubscribeForm | None = None,
    unread: str = "",
    problem: str = "",
) -> HttpResponse:
    contact = card.contact or contact
    fits = card.verdict.act == Act.RESUBSCRIBE and not unread
    closed = unread or obstacle(request.account, role=request.role, right=Right.RESUBSCRIBE)
    context = {
        "contact": contact,
        "card": card,
        "fits": fits,
        "used": used(contact),
        "closed": closed,
        "form": form or ResubscribeForm(account=request.account),
        "choices": list_choices(request.account, ticked=request.POST.getlist("lists")) if fits else [],
        "seen": seen_digest(contact.remote),
        "token": uuid.uuid4(),
        "problem": problem,
        "personal": True,
    }
    return render(request, "contacts/newcomers/resubscribe.html", context)
