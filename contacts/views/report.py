"""The report of a job as a file: one line a person, written down in the audit as an export."""

import csv
from collections.abc import Iterator

from django.http import HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from contacts import audit
from contacts.models import AuditEntry, Job
from contacts.rules.cells import cell
from contacts.rules.roles import Right
from contacts.selectors import jobs
from contacts.selectors.jobs import Names, Sight
from contacts.views.jobs import job_of
from contacts.views.scope import AccountRequest, on_account

HEAD = ("Address", "Contact id", "Lists or tags", "Verdict", "Why", "Ended at (UTC)", "Proof", "Audit entry")
AT_ONCE = 2000
ALL = Sight(personal=True, entries_of=None)


@require_GET
@on_account(Right.EXPORT)
def job_report(request: AccountRequest, pk: int) -> HttpResponseBase:
    """Every person of the job with their verdict and its proof."""
    job = job_of(request, pk)
    audit.record(
        "export",
        AuditEntry.Outcome.DONE,
        by=request.user,
        account=request.account,
        job=job.pk,
        detail={"what": "report", "rows": job.items.count()},
    )
    answer = StreamingHttpResponse(_lines(job, jobs.names(request.account)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="job-{job.pk}-report.csv"'
    return answer


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _lines(job: Job, known: Names) -> Iterator[str]:
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    # Spreadsheets take a file for UTF-8 only with this mark in front.
    yield "\ufeff" + writer.writerow(HEAD)
    for item in jobs.whole(job.items.all()).order_by("id").iterator(chunk_size=AT_ONCE):
        row = jobs.row(item, known, ALL)
        at = row.at.isoformat(timespec="seconds") if row.at else ""
        values = (row.shown, item.contact.remote_id, "; ".join(row.places), row.verdict, row.why, at, row.proof)
        yield writer.writerow([cell(each) for each in (*values, row.entry or "")])
