"""Check addresses: any address, contact id or error message explained, from our copy at once and then live.

Addresses travel in the body of a POST: in a URL they would stay in server logs and browser histories (faults X9).
A link to a card therefore names the contact by its id.
"""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from contacts.forms import CheckForm
from contacts.models import Job
from contacts.rules.addresses import Kind, Query, parse
from contacts.rules.roles import Right, may
from contacts.rules.state import Act, State
from contacts.selectors.check import Card
from contacts.services.check import Answers, live, look_up
from contacts.services.preview import Choices, obstacle, offer
from contacts.services.resubscribing import used
from contacts.views.scope import AccountRequest, on_account
from contacts.views.selecting import closed

LIVE_ROWS = 50
PACE_MS = 300

NO_ADDRESS_IN_LINKS = (
    "A link names a contact by its id, because an address in a link would stay in logs and histories. "
    "Press Check to look this up."
)


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.CHECK)
def check(request: AccountRequest) -> HttpResponse:
    """The page: a box, and the answers from our copy. ``GET ?q=`` answers for contact ids only."""
    if request.method != "POST":
        return _from_link(request, request.GET.get("q", ""))
    form = CheckForm(request.POST)
    if not form.is_valid():
        return _page(request, form, None)
    return _page(request, form, look_up(request.account, form.cleaned_data["q"], role=request.role))


@require_POST
@on_account(Right.CHECK)
def check_live(request: AccountRequest) -> HttpResponse:
    """One question asked at Constant Contact; answers with the card, the table row, or without script the page."""
    form = CheckForm(request.POST)
    query = _single(request.POST.get("q", "")) if form.is_valid() else None
    if query is None:
        return _page(request, form, None)
    card = live(request.account, query, by=request.user, role=request.role)
    if not request.htmx:
        return _page(request, form, Answers([card], []))
    if request.POST.get("as") == "row":
        row = {"card": card, "personal": may(request.role, Right.SEE_PERSONAL)}
        return render(request, "contacts/check.html#row", row)
    return render(request, "contacts/_verdict.html", card_context(request, card))


def card_context(request: AccountRequest, card: Card, choices: Choices | None = None) -> dict[str, object]:
    """What the template of a card needs; the contact's own page uses it too."""
    link = reverse("check", kwargs={"account": request.account.slug})
    return {
        "card": card,
        "offer": offer(card, account=request.account, by=request.user, role=request.role, choices=choices),
        "link": request.build_absolute_uri(f"{link}?q={card.contact.remote_id}") if card.contact else "",
        "personal": may(request.role, Right.SEE_PERSONAL),
        "may_create": _may_create(request, card),
        "may_sign_up": _may_sign_up(request, card),
        **_resubscribing(request, card),
        "may_unsubscribe": may(request.role, Right.UNSUBSCRIBE),
        "may_delete": may(request.role, Right.DELETE_ONE),
    }


def _may_create(request: AccountRequest, card: Card) -> bool:
    """Whether somebody new is offered: for an address that Constant Contact, asked just now, does not know."""
    nobody = card.contact is None and card.is_live and not card.erased and card.query.kind == Kind.ADDRESS
    return nobody and may(request.role, Right.EDIT_LISTS)


def _may_sign_up(request: AccountRequest, card: Card) -> bool:
    """Whether their own sign-up may be passed on: of somebody new, or of who never gave a permission."""
    asks = card.verdict.state == State.NO_PERMISSION and may(request.role, Right.EDIT_LISTS)
    return asks or _may_create(request, card)


def _resubscribing(request: AccountRequest, card: Card) -> dict[str, object]:
    """The one resubscribe mail: offered to who unsubscribed, unless it was used. A query for those only."""
    if card.contact is None or card.verdict.act != Act.RESUBSCRIBE or not may(request.role, Right.RESUBSCRIBE):
        return {"may_resubscribe": False}
    before = used(card.contact)
    return {"may_resubscribe": before is None, "used": before}


def _from_link(request: AccountRequest, text: str) -> HttpResponse:
    query = _single(text)
    if query is not None and query.kind == Kind.CONTACT_ID:
        return _page(request, CheckForm({"q": text}), look_up(request.account, text, role=request.role))
    notice = NO_ADDRESS_IN_LINKS if text.strip() else ""
    return _page(request, CheckForm(initial={"q": text}), None, notice=notice)


def _page(request: AccountRequest, form: CheckForm, answers: Answers | None, *, notice: str = "") -> HttpResponse:
    context: dict[str, object] = {"form": form, "answers": answers, "notice": notice}
    if answers and len(answers.cards) == 1 and not answers.unreadable:
        context |= card_context(request, answers.cards[0]) | {"focus": True}
    elif answers:
        context |= {
            "personal": may(request.role, Right.SEE_PERSONAL),
            "obstacle": obstacle(request.account, role=request.role),
            "fixable": sum(card.verdict.may_reactivate for card in answers.cards),
            "plan_token": uuid.uuid4(),
            "plan_closed": closed(request.role, Job.Kind.REACTIVATE),
            "rows": [(card, _delay(place)) for place, card in enumerate(answers.cards)],
        }
    return render(request, "contacts/check.html", context)


def _single(text: str) -> Query | None:
    """The one readable question in the text, or None."""
    queries = parse(text)
    return queries[0] if len(queries) == 1 and queries[0].kind != Kind.UNREADABLE else None


def _delay(place: int) -> int | None:
    """When a row asks for itself, in milliseconds: the first ones, a little slower than four a second."""
    return place * PACE_MS if place < LIVE_ROWS else None
