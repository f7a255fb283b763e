"""From a list of people to a plan: the bar under the list, and the page that freezes what was selected.

A selection is posted, never linked to: it may rest on a search text or on pasted addresses.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from contacts.forms import PasteForm, SearchForm, TokenForm
from contacts.models import Contact, ContactList, Job, LinkedAccount
from contacts.rules.addresses import Kind, parse
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, Role, may
from contacts.rules.words import count, listed
from contacts.selectors import deleted, lists, people
from contacts.selectors.check import Card, cards
from contacts.selectors.jobs import names
from contacts.services import jobs
from contacts.services.preview import obstacle
from contacts.views.scope import AccountRequest, on_account

MOST_PASTED = 2_000
FILTERS = ("status", "list", "changed", "kind", "from", "to", "tab", "spike")
SOURCES = {"contacts": people, "deleted": deleted, "list": lists}
KINDS = {
    Job.Kind.REACTIVATE: ("Reactivate", "rotate-2"),
    Job.Kind.ADD_LISTS: ("Add to lists", "plus"),
    Job.Kind.REMOVE_LISTS: ("Remove from lists", "minus"),
    Job.Kind.ADD_TAGS: ("Add tags", "tag"),
    Job.Kind.REMOVE_TAGS: ("Remove tags", "tag"),
    Job.Kind.DELETE: ("Delete", "trash"),
}
LIVING = (Job.Kind.ADD_LISTS, Job.Kind.REMOVE_LISTS, Job.Kind.ADD_TAGS, Job.Kind.REMOVE_TAGS, Job.Kind.DELETE)
AGAIN = "This form is incomplete, so nothing was {done}. Load the page again and choose once more."
NOT_HERE = "Some of the contacts you chose are not in our copy of this account, so nothing was {done}. Choose again."
NO_EXPORT = "Only marketers, managers and admins can export people."
NOBODY = "Nobody was ticked, so nothing was {done}. Tick at least one contact, or all that match."


class Offer(NamedTuple):
    """One thing that can be planned for a selection; ``problem`` says why this person cannot."""

    kind: str
    label: str
    icon: str
    problem: str


@dataclass(frozen=True)
class Bar:
    """The bar under a list. ``number`` people match its filter, ``fields`` and ``text``; ``more`` than that if so.

    ``no_export`` says why this person cannot export them; empty when they can.
    """

    source: str
    offers: Sequence[Offer]
    number: int
    more: bool
    fields: Mapping[str, str]
    text: str
    token: uuid.UUID
    no_export: str = ""

    @property
    def problems(self) -> list[str]:
        """Why some of the offers are closed to this person, each said once."""
        return list(dict.fromkeys(offer.problem for offer in self.offers if offer.problem))


class Chosen(NamedTuple):
    """Whom a posted form means, and how a plan says it without a name or an address."""

    contacts: QuerySet[Contact]
    words: str


def bar(
    request: AccountRequest,
    *,
    source: str,
    kinds: Iterable[str] = LIVING,
    number: int,
    more: bool = False,
    fields: Mapping[str, str] | None = None,
    text: str = "",
) -> Bar:
    """What ``contacts/_pick.html`` needs. ``fields`` are the page's filter, posted along with "all that match"."""
    offers = [Offer(kind, *KINDS[Job.Kind(kind)], closed(request.role, kind)) for kind in kinds]
    kept = {name: value for name, value in (fields or {}).items() if value}
    no_export = "" if may(request.role, Right.EXPORT) else NO_EXPORT
    return Bar(source, offers, number, more, kept, text, uuid.uuid4(), no_export)


def closed(role: Role, kind: str, *, undoes: bool = False) -> str:
    """Why a person of this role cannot plan such a job; empty when they can. Who may change may take it back."""
    if kind in (Job.Kind.DELETE, Job.Kind.DELETE_LIST) and not undoes and not may(role, Right.DELETE_MANY):
        return "Only managers and admins can delete several contacts."
    return "" if may(role, Right.BULK) else "Only marketers, managers and admins can change several contacts."


def standstill(account: LinkedAccount, *, role: Role, kind: str, undoes: bool = False) -> str:
    """Why this person cannot have anything sent for such a job just now; empty when nothing is in the way."""
    return closed(role, kind, undoes=undoes) or obstacle(account, role=role)


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.BULK)
def job_plan(request: AccountRequest, kind: str) -> HttpResponse:
    """Freeze a selection and go to its plan. GET asks for addresses; a selection that will not do is an answer."""
    if kind == Job.Kind.DELETE_LIST and request.method == "POST":
        return _list_deletion(request)
    if kind not in KINDS:
        raise Http404
    if request.method != "POST":
        return _ask(request, kind)
    form = TokenForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(AGAIN.format(done="planned"))
        if request.POST.get("source") == "pasted":
            return _pasted(request, kind, form.cleaned_data["token"])
        return _planned(request, kind, chosen(request), form.cleaned_data["token"])
    except Refused as refused:
        return _ask(request, kind, problem=refused.advice)


def _list_deletion(request: AccountRequest) -> HttpResponse:
    """A list is deleted from its own page; where it cannot be planned that page says why."""
    known = ContactList.objects.visible_to(request.user).filter(account=request.account)
    try:
        the_list = known.select_related("account").get(remote_id=uuid.UUID(request.POST.get("list", "")))
    except (ValueError, ContactList.DoesNotExist):
        raise Http404 from None
    form = TokenForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(AGAIN.format(done="planned"))
        job = jobs.freeze_list_deletion(the_list, by=request.user, token=form.cleaned_data["token"])
    except Refused as refused:
        messages.warning(request, refused.advice)
        return redirect("list_detail", account=request.account.slug, list_id=the_list.remote_id)
    return redirect("job_detail", account=request.account.slug, pk=job.pk)


def _planned(request: AccountRequest, kind: str, chosen: Chosen, token: uuid.UUID) -> HttpResponse:
    if closed(request.role, kind):
        raise Refused(closed(request.role, kind))
    job = jobs.freeze(
        request.account,
        Job.Kind(kind),
        by=request.user,
        contacts=chosen.contacts,
        chosen=chosen.words[:200],
        token=_token(request.POST, kind, token),
        lists=_lists(request, request.POST, kind),
    )
    return redirect("job_detail", account=request.account.slug, pk=job.pk)


def chosen(request: AccountRequest, *, done: str = "planned") -> Chosen:
    """The ticked rows, or all that match the filter of the page they were on.

    Raises Refused when that cannot be told; ``done`` is what did not happen then.
    """
    source = SOURCES.get(request.POST.get("source", ""))
    if source is None:
        raise Refused(AGAIN.format(done=done))
    if "all" not in request.POST:
        return _ticked(request, done=done)
    query = QueryDict(mutable=True)
    query.update({name: request.POST[name] for name in FILTERS if name in request.POST})
    search = SearchForm(request.POST)
    if not search.is_valid():
        # A search that cannot be read would otherwise mean everybody.
        raise Refused(AGAIN.format(done=done))
    text = search.cleaned_data["text"]
    matching = source.matching(request.account, user=request.user, query=query, text=text)
    return Chosen(matching, source.in_words(request.account, query=query, text=text))


def _ticked(request: AccountRequest, *, done: str) -> Chosen:
    try:
        ids = {uuid.UUID(each) for each in request.POST.getlist("who")}
    except ValueError:
        raise Refused(NOT_HERE.format(done=done)) from None
    if not ids:
        raise Refused(NOBODY.format(done=done))
    known = Contact.objects.visible_to(request.user).filter(account=request.account, missing_since=None)
    rows = known.filter(remote_id__in=ids)
    if rows.count() != len(ids):
        raise Refused(NOT_HERE.format(done=done))
    return Chosen(rows, count(len(ids), "ticked contact"))


def _pasted(request: AccountRequest, kind: str, token: uuid.UUID) -> HttpResponse:
    """Those of the pasted addresses that our copy knows; the others are shown first, each with what is wrong."""
    form = PasteForm(request.POST)
    if not form.is_valid():
        return _ask(request, kind, form=form)
    queries = parse(form.cleaned_data["addresses"], most=MOST_PASTED)
    found = cards(request.account, [each for each in queries if each.kind != Kind.UNREADABLE], personal=True)
    known = {here.pk for card in found if (here := _here(card))}
    unreadable = [(each.shown, each.problem) for each in queries if each.kind == Kind.UNREADABLE]
    unknown = [(card.shown, "This is not in our copy of this account.") for card in found if not _here(card)]
    if not known:
        raise Refused("None of the addresses is in our copy of this account, so nothing was planned.")
    if (unreadable or unknown) and "anyway" not in request.POST:
        return _ask(request, kind, form=form, left_out=[*unreadable, *unknown], known=len(known))
    rows = Contact.objects.visible_to(request.user).filter(account=request.account, pk__in=known)
    return _planned(request, kind, Chosen(rows, f"{count(len(known), 'contact')} by pasted addresses"), token)


def _here(card: Card) -> Contact | None:
    return card.contact if card.contact and card.contact.missing_since is None else None


def _ask(request: AccountRequest, kind: str, **told: object) -> HttpResponse:
    """The page that asks whom a job is for; ``told`` is what became of a first try."""
    label, icon = KINDS[Job.Kind(kind)]
    known = request.POST if request.method == "POST" else request.GET
    chosen = _lists(request, known, kind)
    context = {
        "form": PasteForm(),
        "kind": kind,
        "label": label.removesuffix("lists") + listed(names(request.account).of(chosen)) if chosen else label,
        "icon": icon,
        "closed": closed(request.role, kind),
        "lists": chosen,
        "token": uuid.uuid4(),
        **told,
    }
    return render(request, "contacts/jobs/new.html", context)


def _lists(request: AccountRequest, given: QueryDict, kind: str) -> list[str]:
    """The lists that were chosen on the way here, as far as they are lists of this account.

    Who is to be taken off lists, and was looked at on one, is meant to leave that one.
    """
    alive = ContactList.objects.visible_to(request.user).filter(account=request.account, gone_at=None)
    asked = {*given.getlist("lists"), *(given.getlist("list") if kind == Job.Kind.REMOVE_LISTS else [])}
    return [str(each) for each in alive.values_list("remote_id", flat=True) if str(each) in asked] if asked else []


def _token(posted: QueryDict, kind: str, token: uuid.UUID) -> uuid.UUID:
    """One form and one selection are one job: another button of the same form, or other rows, are another."""
    named = sorted((name, posted.getlist(name)) for name in posted if name not in ("csrfmiddlewaretoken", "token"))
    return uuid.uuid5(token, repr((kind, named)))
