"""What a person changes about lists in Constant Contact: make one, rename it, star it, put a deleted one's people back.

Forms that do no harm when they are sent twice. A refusal is an answer: the page again, with a sentence.
"""

import uuid

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from contacts.forms import ListForm, StarForm
from contacts.models import ContactList, Job, ListChange
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.selectors import lists as facts
from contacts.services import jobs
from contacts.services import lists as work
from contacts.views.lists import closed, list_of, list_page
from contacts.views.scope import AccountRequest, on_account

INCOMPLETE = "Nothing was sent: this form is incomplete. Load the page again."
SAID = {True: messages.success, False: messages.warning}


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.BULK)
def list_new(request: AccountRequest) -> HttpResponse:
    """Ask for a name and a description, then make the list."""
    form = ListForm(request.POST) if request.method == "POST" else None
    if form is None or not form.is_valid():
        return _form(request, form)
    told = form.cleaned_data
    try:
        done = work.create(
            request.account,
            by=request.user,
            token=told["token"],
            name=told["name"],
            description=told["description"],
        )
    except Refused as refused:
        return _form(request, form, problem=refused.advice)
    if done.state in ListChange.WITHOUT_EFFECT:
        return _form(request, form, problem=done.message)
    return _told(request, done, f"Made the list {done.name}.")


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.BULK)
def list_edit(request: AccountRequest, list_id: uuid.UUID) -> HttpResponse:
    """Another name or description; what is not changed is sent back as Constant Contact has it."""
    the_list = list_of(request, list_id)
    form = ListForm(request.POST) if request.method == "POST" else None
    if form is None or not form.is_valid():
        return _form(request, form, the_list)
    wish = form.wish(the_list)
    if not wish:
        return redirect("list_detail", account=request.account.slug, list_id=list_id)
    told = form.cleaned_data
    try:
        done = work.change(the_list, by=request.user, token=told["token"], seen=told["seen"], **wish)
    except Refused as refused:
        return _form(request, form, the_list, problem=refused.advice)
    if done.state in ListChange.WITHOUT_EFFECT:
        return _form(request, None, list_of(request, list_id), problem=done.message)
    return _told(request, done, "Changed the list.")


@require_POST
@on_account(Right.BULK)
def list_star(request: AccountRequest, list_id: uuid.UUID) -> HttpResponse:
    """Star a list in Constant Contact, or take the star away."""
    the_list = list_of(request, list_id)
    form = StarForm(request.POST)
    if not form.is_valid():
        return list_page(request, the_list, problem=INCOMPLETE)
    starred = form.cleaned_data["favorite"] == "yes"
    try:
        done = work.change(the_list, by=request.user, token=form.cleaned_data["token"], favorite=starred)
    except Refused as refused:
        return list_page(request, the_list, problem=refused.advice)
    if done.state in ListChange.WITHOUT_EFFECT:
        return list_page(request, list_of(request, list_id), problem=done.message)
    words = f"{'Starred' if starred else 'Took the star off'} {the_list.name}."
    return _told(request, done, words, to_table=form.cleaned_data["back"] == "table")


@require_POST
@on_account(Right.BULK)
def list_replace(request: AccountRequest, list_id: uuid.UUID) -> HttpResponse:
    """Make a new list in place of a deleted one, and plan to put on it who was on the old one when it went."""
    the_list = list_of(request, list_id)
    form = ListForm(request.POST)
    if not form.is_valid() or the_list.gone_at is None:
        return list_page(request, the_list, problem=INCOMPLETE)
    token = form.cleaned_data["token"]
    try:
        done = work.create(request.account, by=request.user, token=token, name=form.cleaned_data["name"])
        if done.state in ListChange.WITHOUT_EFFECT:
            return list_page(request, the_list, problem=done.message)
        if done.state not in ListChange.PROVED or done.list is None:
            return _told(request, done, "")
        job = _plan_members(request, the_list, new=done.list, token=token)
    except Refused as refused:
        return list_page(request, the_list, problem=refused.advice)
    messages.success(request, f"Made the list {done.name}. Below is the plan for its members; nothing is sent yet.")
    return redirect("job_detail", account=request.account.slug, pk=job.pk)


def _plan_members(request: AccountRequest, old: ContactList, *, new: ContactList, token: uuid.UUID) -> Job:
    query = QueryDict(mutable=True)
    query.update({"list": str(old.remote_id), "tab": "former", "kind": "gone"})
    return jobs.freeze(
        request.account,
        Job.Kind.ADD_LISTS,
        by=request.user,
        contacts=facts.matching(request.account, user=request.user, query=query, text=""),
        chosen=facts.in_words(request.account, query=query, text="")[:200],
        token=uuid.uuid5(token, "members"),
        lists=[str(new.remote_id)],
    )


def _form(
    request: AccountRequest, form: ListForm | None, the_list: ContactList | None = None, *, problem: str = ""
) -> HttpResponse:
    """The form for a list, new or known, with what was typed or what the list is."""
    now = {"name": the_list.name, "description": the_list.description} if the_list else {}
    context = {
        "form": form or ListForm(initial=now),
        "the_list": the_list,
        "seen": work.seen_mark(the_list) if the_list else "",
        "closed": closed(request),
        "problem": problem,
        "token": uuid.uuid4(),
    }
    return render(request, "contacts/lists/form.html", context)


def _told(request: AccountRequest, done: ListChange, words: str, *, to_table: bool = False) -> HttpResponse:
    """Say how it ended, on the page of the list or of all lists; loading that again sends nothing."""
    proved = done.state in ListChange.PROVED
    SAID[proved](request, f"{words} {done.message}".strip() if proved else done.message)
    if to_table or done.list is None:
        return redirect("list_list", account=request.account.slug)
    return redirect("list_detail", account=request.account.slug, list_id=done.list.remote_id)
