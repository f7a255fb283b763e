"""Lists: the table, one list with its people by tabs, and what is noted about it here."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.forms import NoteForm
from contacts.models import ContactList, Job
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.selectors import list_table
from contacts.selectors.list_bar import bar as bar_of
from contacts.selectors.lists import KINDS, TABS, OneList, one_list
from contacts.services import lists as work
from contacts.services.preview import obstacle
from contacts.views import selecting
from contacts.views.people import query_of, text_of
from contacts.views.scope import AccountRequest, on_account

CLOSED = {
    Right.BULK: "Only marketers, managers and admins can change lists.",
    Right.DELETE_MANY: "Only managers and admins can delete a list.",
}
TOO_LONG = "Nothing was kept: a note has at most 300 characters, and the flag is one of the three."
NOW = (Job.Kind.REMOVE_LISTS, Job.Kind.ADD_LISTS, Job.Kind.ADD_TAGS, Job.Kind.DELETE)
#: What can be planned for former members, by how they left; who unsubscribed can only come back by themselves.
LEFT = {
    "": (Job.Kind.REACTIVATE, Job.Kind.ADD_LISTS),
    "removed": (Job.Kind.ADD_LISTS, Job.Kind.ADD_TAGS),
    "deleted": (Job.Kind.REACTIVATE,),
    "gone": (Job.Kind.ADD_LISTS, Job.Kind.ADD_TAGS),
    "unsubscribed": (),
}


@require_GET
@on_account(Right.CHECK)
def list_list(request: AccountRequest) -> HttpResponse:
    """Every list with its members, how it moved, and who of it cannot be mailed."""
    lists = list_table.table(request.account, user=request.user, query=request.GET)
    context = {
        "lists": lists,
        "sorts": {value: label for value, (label, _) in list_table.SORTS.items()},
        "changes": lists.changes,
        "closed": closed(request),
        "token": uuid.uuid4(),
    }
    return render(request, "contacts/lists/table.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.CHECK)
def list_detail(request: AccountRequest, list_id: uuid.UUID) -> HttpResponse:
    """One tab of one list; POST searches in it."""
    return list_page(request, list_of(request, list_id))


@require_POST
@on_account(Right.BULK)
def list_note(request: AccountRequest, list_id: uuid.UUID) -> HttpResponse:
    """Keep our own note and the automation flag; nothing is sent."""
    the_list = list_of(request, list_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return list_page(request, the_list, problem=TOO_LONG, form=form)
    try:
        work.annotate(the_list, by=request.user, **form.cleaned_data)
    except Refused as refused:
        return list_page(request, the_list, problem=refused.advice, form=form)
    messages.success(request, "Kept here. Constant Contact does not see it.")
    return redirect(f"{request.path.removesuffix('note/')}?tab=notes")


def list_of(request: AccountRequest, list_id: uuid.UUID) -> ContactList:
    """The list of this account, gone ones too, or 404."""
    known = ContactList.objects.visible_to(request.user).filter(account=request.account)
    found = get_object_or_404(known, remote_id=list_id)
    found.account = request.account
    return found


def list_page(
    request: AccountRequest, the_list: ContactList, *, problem: str = "", form: NoteForm | None = None
) -> HttpResponse:
    """The page of one list; ``problem`` is why something was not done."""
    query = query_of(request)
    if form or (the_list.gone_at and "tab" not in query):
        query["tab"] = "notes" if form else "former"
    personal = may(request.role, Right.SEE_PERSONAL)
    found = one_list(the_list, user=request.user, query=query, text=text_of(request), personal=personal)
    context = {
        "people": found,
        "the_list": the_list,
        "tabs": TABS,
        "kinds": KINDS.get(found.filter.tab, {}),
        "bar": _bar(request, found),
        "picture": bar_of(found.tally) if found.filter.tab == "cannot" and found.tally.cannot else None,
        "changes": found.changes,
        "lost": found.lost,
        "closed": closed(request),
        "closed_add": selecting.closed(request.role, Job.Kind.ADD_LISTS),
        "closed_delete": closed(request, Right.DELETE_MANY),
        "may_note": may(request.role, Right.BULK),
        "note": form or NoteForm(instance=the_list),
        "problem": problem,
        "token": uuid.uuid4(),
    }
    return render(request, "contacts/lists/list.html", context)


def closed(request: AccountRequest, right: Right = Right.BULK) -> str:
    """Why this person cannot have a list changed, or deleted, in Constant Contact just now; empty when they can."""
    return obstacle(request.account, role=request.role) if may(request.role, right) else CLOSED[right]


def _bar(request: AccountRequest, found: OneList) -> selecting.Bar | None:
    """The selection bar of the tab, None where nobody is on it."""
    wish = found.filter
    kinds = LEFT.get(wish.kind, ()) if wish.tab == "former" else NOW
    if not found.rows:
        return None
    fields = {"list": str(found.the_list.remote_id), "tab": wish.tab, "kind": wish.kind}
    return selecting.bar(
        request, source="list", kinds=kinds, number=found.number, more=found.more, fields=fields, text=wish.text
    )
