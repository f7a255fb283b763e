"""Contacts, and one contact with its lists over time, its history and its raw record.

Filters stand in the URL. A search text does not, because it may be an address: it travels in the body of a POST.
"""

from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from contacts.forms import SearchForm
from contacts.models import Contact, Job
from contacts.models.mirror import ContactQuerySet
from contacts.rules.addresses import Kind, Query
from contacts.rules.roles import Right, may
from contacts.selectors import people, person
from contacts.selectors.check import card_of
from contacts.selectors.timeline import drawn, stays
from contacts.views.check import card_context
from contacts.views.scope import AccountRequest, on_account
from contacts.views.selecting import LIVING, bar


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.CHECK)
def contact_list(request: AccountRequest) -> HttpResponse:
    """The familiar list, with its filter in words when nobody fits it."""
    found = people.contacts(
        request.account, user=request.user, query=query_of(request), text=text_of(request), personal=_personal(request)
    )
    wish = found.filter
    fields = {"status": wish.status, "list": wish.list_id, "changed": wish.changed}
    kinds = (Job.Kind.REACTIVATE,) if wish.status == Contact.Status.DELETED else LIVING
    picked = bar(
        request, source="contacts", kinds=kinds, number=found.number, more=found.more, fields=fields, text=wish.text
    )
    context = {"people": found, "statuses": Contact.Status.choices, "changes": people.CHANGED, "bar": picked}
    return render(request, "contacts/list.html", context)


@require_GET
@on_account(Right.CHECK)
def contact_detail(request: AccountRequest, remote_id: UUID) -> HttpResponse:
    """One contact: the verdict, the lists over time, permission and details."""
    contact = _rows(request).filter(remote_id=remote_id).first()
    if contact is None and person.erasure_of(request.account, remote_id, user=request.user):
        return redirect("contact_history", account=request.account.slug, remote_id=remote_id)
    if contact is None:
        raise Http404
    query = Query(Kind.CONTACT_ID, str(remote_id), str(remote_id))
    known = stays(contact)
    card = card_of(request.account, query, contact, personal=_personal(request), stays=known)
    context = card_context(request, card) | {
        "contact": contact,
        "timeline": drawn(request.account, known, lists=(), now=timezone.now()),
        "tab": "overview",
    }
    return render(request, "contacts/contact.html", context)


@require_GET
@on_account(Right.CHECK)
def contact_history(request: AccountRequest, remote_id: UUID) -> HttpResponse:
    """Everything we know happened to one contact, ours and theirs, newest first."""
    story = person.story(
        request.account, remote_id, user=request.user, role=request.role, query=request.GET, now=timezone.now()
    )
    if story is None:
        raise Http404
    context = {
        **vars(story),
        "tab": "history",
        "kinds": person.KINDS,
        "personal": _personal(request),
        "all_entries": may(request.role, Right.AUDIT_ALL),
    }
    return render(request, "contacts/history.html", context)


@require_GET
@on_account(Right.SEE_PERSONAL)
def contact_raw(request: AccountRequest, remote_id: UUID) -> HttpResponse:
    """The record as Constant Contact sent it last."""
    contact = _contact(request, remote_id)
    return render(request, "contacts/raw.html", {"contact": contact, "tab": "raw", "personal": True})


def _contact(request: AccountRequest, remote_id: UUID) -> Contact:
    return get_object_or_404(_rows(request), remote_id=remote_id)


def _rows(request: AccountRequest) -> ContactQuerySet:
    return Contact.objects.visible_to(request.user).filter(account=request.account)


def _personal(request: AccountRequest) -> bool:
    return may(request.role, Right.SEE_PERSONAL)


def text_of(request: AccountRequest) -> str:
    """What is searched for in a list of people; only the body of a POST says it."""
    form = SearchForm(request.POST)
    return form.cleaned_data["text"] if request.method == "POST" and form.is_valid() else ""


def query_of(request: AccountRequest) -> QueryDict:
    """The filter of the URL; the page buttons of a search are part of its form."""
    query = request.GET.copy()
    for name in ("after", "before"):
        if name in request.POST:
            query[name] = request.POST[name]
    return query
