"""The report of a job as a file: one line a person, written down in the audit as an export."""

import csv
from collections.abc import Iterator

from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from contacts.models import Job
from contacts.rules.roles import Right
from contacts.selectors import jobs
from contacts.selectors.jobs import Names, Sight
from contacts.services import exporting
from contacts.tables import cell
from contacts.views.jobs import job_of
from contacts.views.scope import AccountRequest, on_account, recently_signed_in

HEAD = ("Address", "Contact id", "Lists or tags", "Verdict", "Why", "Ended at (UTC)", "Proof", "Audit entry")
AT_ONCE = 2000
ALL = Sight(personal=True, entries_of=None)


@require_GET
@on_account(Right.EXPORT)
@recently_signed_in()
def job_report(request: AccountRequest, pk: int) -> HttpResponseBase:
    """Every person of the job with their verdict and its proof."""
    job = job_of(request, pk)
    made = exporting.spooled(_lines(job, jobs.names(request.account)))
    exporting.note(
        made,
        by=request.user,
        account=request.account,
        job=job.pk,
        detail={"what": "report", "rows": job.items.count()},
    )
    name = f"job-{job.pk}-report.csv"
    return FileResponse(made.file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


def _lines(job: Job, known: Names) -> Iterator[bytes]:
    writer = csv.writer(exporting.Echo(), quoting=csv.QUOTE_ALL)
    # Spreadsheets take a file for UTF-8 only with this mark in front.
    yield ("\ufeff" + writer.writerow(HEAD)).encode()
    for item in jobs.whole(job.items.all()).order_by("id").iterator(chunk_size=AT_ONCE):
        row = jobs.row(item, known, ALL)
        at = row.at.isoformat(timespec="seconds") if row.at else ""
        whom = item.contact.remote_id if item.contact else ""
        values = (row.shown, whom, "; ".join(row.places), row.verdict, row.why, at, row.proof)
        yield writer.writerow([cell(each) for each in (*values, row.entry or "")]).encode()
