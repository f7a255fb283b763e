"""Check a file: bring it, see what Constant Contact would do with each row, say how it is to be read, take it home."""

import uuid
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts import tables, tasks
from contacts.forms import FileForm, ReadingForm
from contacts.models import ContactFile
from contacts.rules.preflight import Verdict
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.selectors import files, syncing
from contacts.services import files as work
from contacts.views import importing, uploads
from contacts.views.scope import AccountRequest, on_account

State = ContactFile.State
NOT_CHOSEN = "Nothing was changed: something that was sent is not on this page. Load it again."


@require_http_methods(["GET", "HEAD", "POST"])
@uploads.takes_a_file
@on_account(Right.SEE_PERSONAL)
def check_file(request: AccountRequest) -> HttpResponseBase:
    """Where a file is brought, and the recent ones."""
    return _bring(request) if request.method == "POST" else _room(request)


@require_GET
@on_account(Right.SEE_PERSONAL)
def check_file_detail(request: AccountRequest, pk: int) -> HttpResponse:
    """One file in the state it is in."""
    return file_page(request, file_of(request, pk))


@require_GET
@on_account(Right.SEE_PERSONAL)
def check_file_progress(request: AccountRequest, pk: int) -> HttpResponse:
    """How far a file is: the fragment that asks for itself. Once it rests, the whole content in its place."""
    file = file_of(request, pk)
    if files.is_under_way(file):
        return render(request, "contacts/files/_progress.html", _under_way(file))
    # The content's own links begin at the page, not at this fragment.
    request.GET = QueryDict()
    answer = render(request, "contacts/files/file.html#file", _told(request, file) | {"polled": True})
    answer["HX-Retarget"], answer["HX-Reswap"] = "#file", "outerHTML"
    return answer


@require_POST
@on_account(Right.SEE_PERSONAL)
def check_file_choose(request: AccountRequest, pk: int) -> HttpResponse:
    """Read or judge the file anew, as the form says."""
    file = file_of(request, pk)
    fields = dict(files.choices(request.account))
    form = ReadingForm(request.POST, width=len(files.guesses(file, work.sample(file))), fields=fields)
    if not form.is_valid():
        return file_page(request, file, problem=NOT_CHOSEN)
    given = form.cleaned_data
    choice = work.Choice(given["encoding"], given["delimiter"], given["has_header"] == "yes", form.columns)
    try:
        work.choose(file, choice)
    except Refused as refused:
        return file_page(request, file, problem=refused.advice)
    begin(file)
    return redirect("check_file_detail", account=request.account.slug, pk=file.pk)


@require_POST
@on_account(Right.SEE_PERSONAL)
def check_file_delete(request: AccountRequest, pk: int) -> HttpResponse:
    """Delete what was in the file now, before its days are over."""
    file = file_of(request, pk)
    try:
        work.forget(file, by=request.user)
    except Refused as refused:
        return file_page(request, file, problem=refused.advice)
    messages.success(request, f"“{file.name}” is deleted: nothing of its rows is kept.")
    return redirect("check_file", account=request.account.slug)


def file_of(request: AccountRequest, pk: int) -> ContactFile:
    """The file, if it is one of this account's."""
    return get_object_or_404(files.visible(request.user, request.account), pk=pk)


def file_page(request: AccountRequest, file: ContactFile, **told: object) -> HttpResponse:
    """The page of one file; ``told`` is a ``problem`` that is an answer, or rows that were looked at live."""
    return render(request, "contacts/files/file.html", _told(request, file) | told)


def begin(file: ContactFile) -> None:
    """Let the worker go on with it at once."""
    tasks.carry_on_file.enqueue(file.pk)


@uploads.forms_token
def _bring(request: AccountRequest) -> HttpResponse:
    """Take the file in. What is refused is said in one sentence, and nothing of it is kept."""
    if uploads.announces_too_much(request):
        return _room(request, problem=uploads.too_large())
    form, problem = FileForm(request.POST), uploads.problem_with(request)
    if problem or not form.is_valid():
        return _room(request, problem=problem or str(form.errors["token"][0]))
    try:
        file = work.receive(
            request.account,
            by=request.user,
            upload=cast("UploadedFile", request.FILES["file"]),
            purpose=ContactFile.Purpose.CHECK,
            token=form.cleaned_data["token"],
        )
    except Refused as refused:
        return _room(request, problem=refused.advice)
    begin(file)
    return redirect("check_file_detail", account=request.account.slug, pk=file.pk)


def _room(request: AccountRequest, *, problem: str = "") -> HttpResponse:
    context = {
        "recent": files.recent(request.user, request.account),
        "token": uuid.uuid4(),
        "problem": problem,
        "megabytes": settings.FILE_MB,
        "days": settings.FILE_DAYS,
        "states": ContactFile.State,
    }
    return render(request, "contacts/files/check_file.html", context)


def _told(request: AccountRequest, file: ContactFile) -> dict[str, object]:
    """What the state of the file asks for."""
    common: dict[str, object] = {"file": file, "ends_at": files.ends_at(file), "days": settings.FILE_DAYS}
    if files.is_under_way(file):
        return common | _under_way(file)
    if file.forgotten_at or file.state == State.REFUSED:
        return common
    guessed = files.guesses(file, work.sample(file))
    common |= {
        "before": files.brought_before(request.user, request.account, file),
        "columns": guessed,
        "left_out": files.left_out(guessed),
        "choices": files.choices(request.account),
        "encodings": tables.ENCODINGS.items(),
        "separators": files.separators(),
    }
    return common if file.state == State.ASKS else common | _judged(request, file)


def _under_way(file: ContactFile) -> dict[str, object]:
    done, total = files.reached(file)
    return {
        "file": file,
        "under_way": True,
        "done": done,
        "total": total,
        "waits": files.waits_for_sync(file),
        "workers": syncing.workers(),
    }


def _judged(request: AccountRequest, file: ContactFile) -> dict[str, object]:
    verdict = next((each for each in Verdict if each == request.GET.get("verdict")), None)
    lines, page = files.lines(file, query=request.GET, verdict=verdict)
    totals = files.totals(file)
    return {
        "bar": files.bar(file),
        "parts": [(part, totals[name]) for name, part in files.PARTS.items()],
        "may_take": may(request.role, Right.EXPORT),
        "is_stale": files.is_stale(file, request.account),
        "cost": files.cost(file, request.account),
        "importing": importing.form_for(request, file),
        "lines": lines,
        "page": page,
        "verdict": verdict,
        "chosen": verdict.words if verdict else None,
    }
