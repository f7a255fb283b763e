"""What a person says to a job: other choices, try, run, pause, stop, undo, once more; and a second person's answer.

All are forms that do no harm when they are sent twice. A refusal is an answer: the page as it is now, and a sentence.
"""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from contacts.forms import AnswerForm, ChoiceForm, OrderForm, TokenForm
from contacts.forms.jobs import Changes
from contacts.models import Job
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.services import jobs as work
from contacts.views.jobs import job_of, job_page
from contacts.views.scope import AccountRequest, on_account

INCOMPLETE = "This form is incomplete, so nothing was done. Load the page again."
# What a person may decide with the same press as the order: it does not change for whom the plan is.
ALONG = {"basis", "note", "way"}


@require_POST
@on_account(Right.BULK)
def job_choose(request: AccountRequest, pk: int) -> HttpResponse:
    """Plan again with other lists, tags, evidence, or the other way."""
    return _answered(request, job_of(request, pk), _choose)


@require_POST
@on_account(Right.BULK)
def job_order(request: AccountRequest, pk: int) -> HttpResponse:
    """Try a few, run, pause or stop; evidence that was given along is kept first."""
    return _answered(request, job_of(request, pk), _order)


@require_POST
@on_account(Right.BULK)
def job_undo(request: AccountRequest, pk: int) -> HttpResponse:
    """Plan the taking back of a job; nothing is sent before that plan is run."""
    return _answered(request, job_of(request, pk), _undo)


@require_POST
@on_account(Right.BULK)
def job_retry(request: AccountRequest, pk: int) -> HttpResponse:
    """Plan the same once more for those to whom nothing was done."""
    return _answered(request, job_of(request, pk), _retry)


@require_POST
@on_account(Right.BULK)
def job_approval(request: AccountRequest, pk: int) -> HttpResponse:
    """Approve a plan that somebody else asks for, send it back, or take one's own question back."""
    if request.POST.get("answer") in ("approve", "send_back") and not may(request.role, Right.APPROVE):
        raise PermissionDenied("Your role on this account does not allow approving jobs.")
    return _answered(request, job_of(request, pk), _approval)


def _answered(request: AccountRequest, job: Job, act: Callable[[AccountRequest, Job], Job]) -> HttpResponse:
    """Go to the job the act leads to, or show this one as it is now with the reason why not."""
    try:
        leads_to = act(request, job)
    except Refused as refused:
        return job_page(request, job_of(request, job.pk), problem=refused.advice, typed=request.POST)
    return redirect("job_detail", account=request.account.slug, pk=leads_to.pk)


def _choose(request: AccountRequest, job: Job) -> Job:
    changes = _changes(request, job)
    return work.choose(job, by=request.user, **changes) if changes else job


def _order(request: AccountRequest, job: Job) -> Job:
    form = OrderForm(request.POST)
    if not form.is_valid():
        raise Refused(INCOMPLETE)
    order = form.cleaned_data["order"]
    if order in (Job.Order.TRY, Job.Order.RUN) and job.state == Job.State.PLANNED:
        changes = _changes(request, job)
        job = work.choose(job, by=request.user, **changes) if changes else job
        if changes.keys() - ALONG:
            messages.warning(request, "You changed the choice, so this is another plan. Nothing was sent yet.")
            return job
    return _say(request, job, order, people=form.cleaned_data["people"])


def _say(request: AccountRequest, job: Job, order: str, *, people: int | None) -> Job:
    if order == Job.Order.RUN:
        if people is None:
            raise Refused(f"Type the number of people, {work.remaining(job):,}, to say that you mean all of them.")
        return work.run(job, by=request.user, people=people)
    acts = {Job.Order.TRY: work.try_few, Job.Order.PAUSE: work.pause, Job.Order.STOP: work.stop}
    return acts[Job.Order(order)](job, by=request.user)


def _changes(request: AccountRequest, job: Job) -> Changes:
    form = ChoiceForm(request.POST, job=job)
    if not form.is_valid():
        raise Refused(form.problem)
    return form.changes


def _undo(request: AccountRequest, job: Job) -> Job:
    form = TokenForm(request.POST)
    if not form.is_valid():
        raise Refused(INCOMPLETE)
    return work.undo(job, by=request.user, token=form.cleaned_data["token"])


def _retry(request: AccountRequest, job: Job) -> Job:
    form = TokenForm(request.POST)
    if not form.is_valid():
        raise Refused(INCOMPLETE)
    return work.retry(job, by=request.user, token=form.cleaned_data["token"])


def _approval(request: AccountRequest, job: Job) -> Job:
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise Refused(INCOMPLETE)
    given = form.cleaned_data
    if given["answer"] == "withdraw":
        return work.withdraw(job, by=request.user)
    if given["answer"] == "send_back":
        return work.send_back(job, by=request.user, mark=given["mark"], note=given["note"])
    return work.approve(job, by=request.user, mark=given["mark"])
