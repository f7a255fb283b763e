"""Jobs: the list, and one job in one place from its plan over trial and run to its report.

The same address shows what the job's state asks for. While it runs, a fragment asks for itself, and brings the whole
page's new content when the state has changed.
"""

import uuid

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from contacts.models import Approval, ContactList, Job, Tag
from contacts.rules.consent import LABELS as BASES
from contacts.rules.consent import Basis
from contacts.rules.job_words import DOING
from contacts.rules.plan import TRIAL
from contacts.rules.roles import Right, may
from contacts.selectors import approvals, erased, job_table, jobs, lists, plans, syncing
from contacts.selectors.approvals import Approving
from contacts.selectors.jobs import Names, Progress, Sight
from contacts.services import jobs as work
from contacts.views.scope import AccountRequest, on_account
from contacts.views.selecting import KINDS, Offer, closed, standstill

STEPS = {"plan": "Plan", "try": f"Try {TRIAL}", "run": "Run", "report": "Report"}
STEP_OF = {Job.State.PLANNED: "plan", Job.State.TRIED: "try", Job.State.STOPPED: "report", Job.State.DONE: "report"}


@require_GET
@on_account(Right.CHECK)
def job_list(request: AccountRequest) -> HttpResponse:
    """All jobs of the account, newest first."""
    lines, page = job_table.lines(request.account, user=request.user, query=request.GET)
    offers = [Offer(kind, *words, closed(request.role, kind)) for kind, words in KINDS.items()]
    problems = list(dict.fromkeys(each.problem for each in offers if each.problem))
    context = {"lines": lines, "page": page, "offers": offers, "problems": problems}
    context["personal"] = may(request.role, Right.SEE_PERSONAL)
    return render(request, "contacts/jobs/list.html", context)


@require_GET
@on_account(Right.CHECK)
def job_detail(request: AccountRequest, pk: int) -> HttpResponse:
    """One job in the state it is in. A plan older than the last sync is computed again, and says what changed."""
    job = job_of(request, pk)
    return job_page(request, job, moved=work.renew(job))


@require_GET
@on_account(Right.CHECK)
def job_progress(request: AccountRequest, pk: int) -> HttpResponse:
    """How far a running job is: the fragment that asks for itself. Once it rests, the whole content in its place.

    A page that waits for a second person names its question, and is told nothing before that is answered.
    """
    job = job_of(request, pk)
    awaited = request.GET.get("asked", "")
    if awaited and (asked := work.question(job)) and str(asked.pk) == awaited:
        return HttpResponse(status=204)
    if job.state == Job.State.RUNNING and not awaited:
        known = jobs.names(request.account)
        context = _running(job, known) | {"job": job, "said": request.GET.get("said", "")}
        return render(request, "contacts/jobs/_progress.html", context)
    # The content's own links begin at the page, not at this fragment.
    request.GET = QueryDict()
    answer = render(request, "contacts/jobs/job.html#job", _told(request, job) | {"polled": True})
    answer["HX-Retarget"], answer["HX-Reswap"] = "#job", "outerHTML"
    return answer


@require_GET
@on_account(Right.CHECK)
def job_people(request: AccountRequest, pk: int) -> HttpResponse:
    """The people of a job one by one: whom a group, a reason or a verdict is about."""
    job = job_of(request, pk)
    known = jobs.names(request.account)
    context = {"job": job, "title": jobs.titled(job, known), "rows": _rows(request, job, known)}
    return render(request, "contacts/jobs/people.html", context)


def job_of(request: AccountRequest, pk: int) -> Job:
    """The job, if it is one of this account's."""
    return get_object_or_404(jobs.visible(request.user, request.account), pk=pk)


def job_page(request: AccountRequest, job: Job, **told: object) -> HttpResponse:
    """The page of one job; ``told`` is a ``problem`` that is an answer, or what ``moved`` in the plan."""
    return render(request, "contacts/jobs/job.html", _told(request, job) | told)


def _told(request: AccountRequest, job: Job) -> dict[str, object]:
    """What the state of the job asks for."""
    known = jobs.names(request.account)
    second = _approving(request, job)
    common = {
        "job": job,
        "title": jobs.titled(job, known),
        "approving": second,
        "looks": jobs.state_of(job, asks=second.asked is not None),
        "steps": _steps(job),
        "closed": closed(request.role, job.kind, undoes=job.undoes_id is not None),
        "standstill": standstill(request.account, role=request.role, kind=job.kind, undoes=job.undoes_id is not None),
        "remaining": (remaining := work.remaining(job)),
        "run_words": jobs.run_in_words(job, known, people=remaining, asks=second.needed),
        "may_try": plans.may_try(job),
        "trial": TRIAL,
        "personal": may(request.role, Right.SEE_PERSONAL),
        "the_list": _the_list(job, known),
        "erased": erased.of_job(request.account, job.pk),
    }
    if second.asked:
        return common | _asked(request, job, known)
    if job.state == Job.State.PLANNED:
        return common | _planned(request, job, known)
    if job.state == Job.State.RUNNING:
        return common | _running(job, known)
    return common | _rested(request, job, known)


def _approving(request: AccountRequest, job: Job) -> Approving:
    """The second person whom a run takes or has: who is asked, and how they answered."""
    found = approvals.questions(job)
    asked = next((each for each in found if each.state == Approval.State.ASKED), None)
    last = next((each for each in found if each is not asked), None)
    rests = job.state in (Job.State.PLANNED, Job.State.TRIED, Job.State.PAUSED)
    needed = rests and work.needs_approval(job)
    asker = asked.asked_by if asked else request.user
    names = [str(each) for each in work.approvers(request.account, besides=asker)] if asked or needed else []
    return Approving(asked, last, needed, names, request.user, request.role)


def _asked(request: AccountRequest, job: Job, known: Names) -> dict[str, object]:
    """A frozen plan for who is to answer: all of it, and how its trial ended. Nothing in it can be changed."""
    reached = jobs.progress(job, known)
    here = reverse("job_detail", kwargs={"account": request.account.slug, "pk": job.pk})
    return _plan(job, known) | {
        "progress": reached,
        "ended_in_words": jobs.ended_in_words(job, reached.tally),
        "tried": jobs.tried(job, known, _sight(request)) if job.state == Job.State.TRIED else [],
        "evidence": BASES.get(job.basis, ""),
        "page_link": request.build_absolute_uri(here),
    }


def _planned(request: AccountRequest, job: Job, known: Names) -> dict[str, object]:
    return _plan(job, known) | {
        "evidence": BASES.get(job.basis, ""),
        "lists": [each for each in known.lists.values() if each.gone_at is None],
        "tags": list(Tag.objects.filter(account=request.account, gone_at=None)),
        "bases": list(Basis),
    }


def _plan(job: Job, known: Names) -> dict[str, object]:
    the_list = _the_list(job, known)
    return {
        "plan": plans.plan_of(job, known),
        "limits": work.undo_limits(job.undoes) if job.undoes else "",
        "deletion": lists.deletion(the_list) if the_list else None,
    }


def _running(job: Job, known: Names) -> dict[str, object]:
    return {
        "progress": jobs.progress(job, known),
        "workers": syncing.workers(),
        "until": jobs.waits_until(job),
        "doing": DOING.get(job.step, ""),
        "looks": jobs.state_of(job),
    }


def _rested(request: AccountRequest, job: Job, known: Names) -> dict[str, object]:
    """Tried, paused or ended: the rows, and what may come next."""
    reached: Progress = jobs.progress(job, known)
    tried = jobs.tried(job, known, _sight(request)) if job.state == Job.State.TRIED else []
    return {
        "progress": reached,
        "ended_in_words": jobs.ended_in_words(job, reached.tally),
        "tried": tried,
        "left_alone": sum(job.left_out.values()),
        "rows": None if tried or job.kind == Job.Kind.DELETE_LIST else _rows(request, job, known),
        "may_export": may(request.role, Right.EXPORT),
        "undo_problem": work.may_undo(job),
        "undo_limits": work.undo_limits(job),
        "retry_problem": work.may_retry(job),
        "not_done": jobs.not_done(job),
        "undone_by": list(job.undone_by.order_by("pk")),
        "retried_by": list(job.retried_by.order_by("pk")),
        "token": uuid.uuid4(),
    }


def _rows(request: AccountRequest, job: Job, known: Names) -> jobs.Rows:
    return jobs.rows(job, known, _sight(request), query=request.GET)


def _sight(request: AccountRequest) -> Sight:
    """Whether addresses are shown in full, and whose audit entries may be opened."""
    own = None if may(request.role, Right.AUDIT_ALL) else request.user.pk
    return Sight(personal=may(request.role, Right.SEE_PERSONAL), entries_of=own)


def _steps(job: Job) -> list[tuple[str, bool]]:
    """The step line: each step and whether the job is there."""
    now = STEP_OF.get(Job.State(job.state), "try" if jobs.is_trial(job) else "run")
    names = STEPS if plans.may_try(job) else {name: words for name, words in STEPS.items() if name != "try"}
    return [(words, name == now) for name, words in names.items()]


def _the_list(job: Job, known: Names) -> ContactList | None:
    """The list that is to be deleted, or was."""
    return known.lists.get(job.lists[0]) if job.kind == Job.Kind.DELETE_LIST and job.lists else None
