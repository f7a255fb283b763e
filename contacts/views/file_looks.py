"""What a file's rows are asked for: a look at Constant Contact, our copy once more, or a file to take home."""

from collections.abc import Iterator

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from contacts import sync, tables, tasks
from contacts.models import ContactFile, FileRow, SyncRun
from contacts.rules.preflight import Verdict
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.selectors import files
from contacts.selectors.files import PARTS, Part
from contacts.services import exporting
from contacts.services import files as work
from contacts.views.files import begin, file_of, file_page
from contacts.views.scope import AccountRequest, on_account, recently_signed_in

AT_ONCE = 2_000
#: A little slower than four a second.
PACE_MS = 300
NOT_READY = "This file is not ready yet. Nothing was asked."


@require_POST
@on_account(Right.SEE_PERSONAL)
def check_file_sample(request: AccountRequest, pk: int) -> HttpResponse:
    """Some rows of the file, each of which asks Constant Contact by itself."""
    file = file_of(request, pk)
    if file.state != ContactFile.State.READY or file.forgotten_at:
        return file_page(request, file, problem=NOT_READY)
    lines = [(files.line(row, file), place * PACE_MS) for place, row in enumerate(files.to_sample(file))]
    return render(request, "contacts/files/sample.html", {"file": file, "lines": lines})


@require_POST
@on_account(Right.SEE_PERSONAL)
def check_file_live(request: AccountRequest, pk: int, number: int) -> HttpResponse:
    """One row after a look at Constant Contact; without script the page of samples with this row alone."""
    file = file_of(request, pk)
    rows = FileRow.objects.select_related("file__account")
    row = get_object_or_404(rows, file=file, number=number, verdict__gt="", file__forgotten_at=None)
    looked = work.look_live(row, by=request.user, role=request.role)
    context = {"file": file, "line": files.line(looked.row, file), "looked": looked, "before": _label(looked.before)}
    if not request.htmx:
        return render(request, "contacts/files/sample.html", context | {"lines": [(context["line"], None)]})
    return render(request, "contacts/files/sample.html#row", context)


@require_POST
@on_account(Right.SYNC_NOW)
def check_file_judge(request: AccountRequest, pk: int) -> HttpResponse:
    """Compare with our copy once more: as it is, or as it will be when a full reading, which begins now, has ended."""
    file = file_of(request, pk)
    try:
        with transaction.atomic():
            run = sync.start(request.account, SyncRun.Kind.FULL) if request.POST.get("what") == "all" else None
            work.judge_again(file, after=run)
            if run is not None:
                transaction.on_commit(lambda: tasks.walk.enqueue(run.pk))
    except Refused as refused:
        return file_page(request, file, problem=refused.advice)
    if run is None:
        begin(file)
    else:
        messages.info(request, "The account is read anew. The rows are judged when that has ended.")
    return redirect("check_file_detail", account=request.account.slug, pk=file.pk)


@require_GET
@on_account(Right.EXPORT)
@recently_signed_in()
def check_file_download(request: AccountRequest, pk: int, part: str) -> HttpResponseBase:
    """The rows of one kind, with all their columns, the verdict and the reason; written down in the audit."""
    file, kind = file_of(request, pk), PARTS.get(part)
    if kind is None or file.state != ContactFile.State.READY or file.forgotten_at:
        raise Http404
    made = exporting.spooled(tables.to_csv(_rows(file, kind)))
    rows = files.totals(file)[part]
    detail = {"what": "file", "file": file.pk, "part": part, "rows": rows}
    exporting.note(made, by=request.user, account=request.account, detail=detail)
    name = f"file-{file.pk}-{part}.csv"
    return FileResponse(made.file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


def _rows(file: ContactFile, part: Part) -> Iterator[list[object]]:
    """The header and the rows, as they stand in the file, in its order."""
    # In front, so that a row with more cells than the header loses none of them.
    yield ["Row", "Verdict", "Reason", *file.header]
    rows = FileRow.objects.filter(file=file, verdict__in=part.verdicts).order_by("number")
    for row in rows.iterator(chunk_size=AT_ONCE):
        words = Verdict(row.verdict).words
        yield [row.number, words.label, row.problem or words.means, *work.cells(row)]


def _label(verdict: str) -> str:
    return Verdict(verdict).words.label
