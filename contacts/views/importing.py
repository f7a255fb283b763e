"""From a checked file to the plan of an import, and from its report to what takes it back."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from contacts.forms import ListForm
from contacts.forms.importing import ImportForm, TakeBackForm
from contacts.models import ContactFile, ContactList, Job, ListChange
from contacts.rules.consent import Grounds
from contacts.rules.preflight import SENDABLE, Verdict, Words
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.selectors import files
from contacts.services import jobs
from contacts.services import lists as lists_work
from contacts.views import lists
from contacts.views.jobs import job_of, job_page
from contacts.views.scope import AccountRequest, on_account
from contacts.views.selecting import closed

INCOMPLETE = "This form is incomplete, so nothing was planned. Load the page again."
UNMADE = "This list is not made yet. Make it with its button, or empty the field. Nothing was planned."
MAKING = "This list is being made right now. Press the button again in a moment: no second one is made."
HALF = "This form was incomplete, so no list was made. Press the button once more."
#: Who is chosen before anybody chose: whom an import neither brings back nor surprises.
AT_FIRST = (Verdict.NEW, Verdict.UPDATE)


@dataclass(frozen=True)
class Choice:
    """One verdict that may be imported: its words, its rows, and whether it is ticked."""

    verdict: Verdict
    words: Words
    number: int
    ticked: bool


@dataclass(frozen=True)
class NewList:
    """The field for a list that is not there yet: what was typed, why it was not made, or what was ``made`` of it.

    ``token`` and a name are one list, however often the button is pressed.
    """

    name: str = ""
    problem: str = ""
    made: str = ""
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    closed: str = ""


@dataclass(frozen=True)
class Importing:
    """What the form of an import shows. ``closed`` says why this person cannot plan one; empty when they can."""

    choices: Sequence[Choice]
    left: int
    lists: Sequence[ContactList]
    chosen: frozenset[str]
    new_list: NewList
    grounds: Sequence[Grounds]
    basis: str
    note: str
    token: uuid.UUID
    closed: str

    @property
    def number(self) -> int:
        """How many rows could be sent at all."""
        return sum(each.number for each in self.choices)


def form_for(
    request: AccountRequest, file: ContactFile, typed: QueryDict | None = None, new_list: NewList | None = None
) -> Importing:
    """The form under a checked file, as it was ``typed`` if it was. One query."""
    told = typed or QueryDict()
    ticked = told.getlist("include") if typed is not None else [str(each) for each in AT_FIRST]
    counts = {each: int(file.counts.get(each, 0)) for each in SENDABLE}
    return Importing(
        choices=[Choice(each, each.words, number, each in ticked) for each, number in counts.items()],
        left=file.rows - sum(counts.values()),
        lists=list(ContactList.objects.filter(account=request.account, gone_at=None)),
        chosen=frozenset(told.getlist("lists")),
        new_list=replace(new_list or NewList(), closed=lists.closed(request)),
        grounds=list(Grounds),
        basis=told.get("basis", ""),
        note=told.get("note", ""),
        token=uuid.uuid4(),
        closed=closed(request.role, Job.Kind.IMPORT),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.BULK)
def file_import(request: AccountRequest, pk: int) -> HttpResponse:
    """Plan the import of a file; nothing is sent before that plan is run. Or make a list for it, and ask again.

    A refusal is an answer: the form as it was typed, with a sentence.
    """
    file = get_object_or_404(files.visible(request.user, request.account), pk=pk)
    if request.method != "POST":
        return _page(request, file)
    if "make_list" in request.POST or request.POST.get("new_list", "").strip():
        return _list_made(request, file)
    form = ImportForm(request.POST, account=request.account)
    try:
        if not form.is_valid():
            raise Refused(form.problem)
        job = jobs.freeze_import(file, by=request.user, **form.wish)
    except Refused as refused:
        return _page(request, file, problem=refused.advice)
    return redirect("job_detail", account=request.account.slug, pk=job.pk)


@require_POST
@on_account(Right.BULK)
def import_back(request: AccountRequest, pk: int) -> HttpResponse:
    """Plan to take those off the lists again whom an import put there, or to delete those whom it made."""
    job = job_of(request, pk)
    form = TakeBackForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(INCOMPLETE)
        told = form.cleaned_data
        plan = jobs.take_back(job, Job.Kind(told["kind"]), by=request.user, token=told["token"])
    except Refused as refused:
        return job_page(request, job_of(request, pk), problem=refused.advice)
    return redirect("job_detail", account=request.account.slug, pk=plan.pk)


def _list_made(request: AccountRequest, file: ContactFile) -> HttpResponse:
    """Make a list as its own page does, and show the form as it was typed, with that list ticked.

    Whoever typed a name and then planned has not said that it may be made.
    """
    form = ListForm({"name": request.POST.get("new_list", ""), "token": request.POST.get("list_token", "")})
    problem = "" if form.is_valid() else str(form.errors.get("name", [HALF])[0])
    typed = NewList(str(form["name"].value()), problem)
    if problem:
        return _page(request, file, new_list=typed)
    name, token = form.cleaned_data["name"], form.cleaned_data["token"]
    if "make_list" not in request.POST:
        return _page(request, file, new_list=replace(typed, problem=UNMADE, token=token))
    try:
        done = lists_work.create(request.account, by=request.user, token=uuid.uuid5(token, name), name=name)
    except Refused as refused:
        return _page(request, file, new_list=replace(typed, problem=refused.advice, token=token))
    if done.state in ListChange.WITHOUT_EFFECT:
        return _page(request, file, new_list=replace(typed, problem=done.message))
    if done.list is None:
        # Its end is found under the same token once it is known.
        return _page(request, file, new_list=replace(typed, problem=done.message or MAKING, token=token))
    made = NewList(made=f"Made the list {done.list.name}, and ticked it. {done.message}")
    return _page(request, file, new_list=made, ticked=str(done.list.remote_id))


def _page(
    request: AccountRequest,
    file: ContactFile,
    *,
    problem: str = "",
    new_list: NewList | None = None,
    ticked: str | None = None,
) -> HttpResponse:
    """The form, as it was typed if it was, with one list more ``ticked``."""
    typed = request.POST.copy() if request.method == "POST" else None
    if typed is not None and ticked:
        typed.appendlist("lists", ticked)
    context = {"file": file, "importing": form_for(request, file, typed, new_list), "problem": problem}
    return render(request, "contacts/files/import.html", context)
