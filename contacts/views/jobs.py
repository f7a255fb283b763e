"""Jobs: the list, and one job from its plan to its report."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from contacts.models import Job
from contacts.rules.roles import Right
from contacts.views.scope import AccountRequest, on_account


@require_GET
@on_account(Right.CHECK)
def job_list(request: AccountRequest) -> HttpResponse:
    """All jobs of the account, newest first."""
    jobs = Job.objects.visible_to(request.user).filter(account=request.account).order_by("-id")[:50]
    return render(request, "contacts/jobs/list.html", {"jobs": jobs})


@require_GET
@on_account(Right.CHECK)
def job_detail(request: AccountRequest, pk: int) -> HttpResponse:
    """One job in the state it is in."""
    job = get_object_or_404(Job.objects.visible_to(request.user).filter(account=request.account), pk=pk)
    return render(request, "contacts/jobs/job.html", {"job": job})
