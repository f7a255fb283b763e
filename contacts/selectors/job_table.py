"""The list of an account's jobs."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import QueryDict

from contacts.models import Job, JobItem, LinkedAccount, User, Write
from contacts.selectors import approvals
from contacts.selectors.jobs import names, state_of, titled, visible
from contacts.selectors.paging import Slice, one_page

PAGE = 20


@dataclass(frozen=True)
class Line:
    """One job in the list of jobs."""

    job: Job
    title: str
    icon: str
    state: str
    done: int


def lines(account: LinkedAccount, *, user: User, query: QueryDict) -> tuple[list[Line], Slice[Job]]:
    """One page of jobs, newest first. Six queries."""
    page = one_page(visible(user, account), order=("-id",), query=query, size=PAGE)
    proved = Q(write__state__in=Write.PROVED)
    counted = JobItem.objects.filter(proved, job__in=page.rows).values("job").order_by().annotate(number=Count("pk"))
    done = dict(counted.values_list("job", "number"))
    known, asks = names(account), approvals.among(page.rows)
    made = [
        Line(job, titled(job, known), *state_of(job, asks=job.pk in asks), done.get(job.pk, 0)) for job in page.rows
    ]
    return made, page
