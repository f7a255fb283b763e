"""Sync: how fresh our copy is, reading it anew, deciding about a run that was held, and the calls it all took."""

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from contacts import sync, tasks
from contacts.models import SyncRun, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may
from contacts.selectors import syncing
from contacts.selectors.syncing import Run, Workers
from contacts.services import readiness
from contacts.views.scope import AccountRequest, on_account

DECISIONS: dict[str, tuple[Callable[..., None], str]] = {
    "release": (sync.release, "The run goes on."),
    "dismiss": (sync.dismiss, "The run is dismissed; nothing was marked. The next one looks again."),
}


@require_GET
@on_account(Right.CHECK)
def sync_status(request: AccountRequest) -> HttpResponse:
    """Every stream with its last good run, the run under way, today's calls, and whether changes may be sent."""
    facts, workers = syncing.syncing(request.account), syncing.workers()
    if not workers.number or (facts.now and facts.now.is_untouched):
        # Nothing moves, and a database that takes no writes is one reason: the page then says so.
        readiness.doubt.look()
    context = {
        "facts": facts,
        "may_sync": may(request.role, Right.SYNC_NOW),
        "may_decide": may(request.role, Right.APPROVE),
        "may_pause": may(request.role, Right.PAUSE_WRITING),
        **_told(facts.now, workers),
    }
    return render(request, "contacts/sync/status.html", context)


@require_GET
@on_account(Right.CHECK)
def sync_progress(request: AccountRequest) -> HttpResponse:
    """The run under way, or how it ended: the fragment that asks for itself until then."""
    context = _told(syncing.newest(request.account), syncing.workers()) | {"polled": True}
    return render(request, "contacts/sync/status.html#progress", context)


@require_POST
@on_account(Right.SYNC_NOW)
def sync_now(request: AccountRequest) -> HttpResponse:
    """Begin a run, or join the one that is open; the worker walks it."""
    kind = SyncRun.Kind.FULL if request.POST.get("kind") == SyncRun.Kind.FULL else SyncRun.Kind.CHANGES
    already = sync.open_run(request.account)
    try:
        with transaction.atomic():
            run = sync.start(request.account, kind)
            transaction.on_commit(lambda: tasks.walk.enqueue(run.pk))
    except Refused as refused:
        messages.error(request, refused.advice)
    else:
        if already:
            messages.info(request, "A run is under way already; you see how far it is.")
    return redirect("sync_status", account=request.account.slug)


@require_POST
@on_account(Right.APPROVE)
def sync_decide(request: AccountRequest, pk: int) -> HttpResponse:
    """Let a held run go on, or dismiss it."""
    run = get_object_or_404(SyncRun.objects.select_related("account"), pk=pk, account=request.account)
    decide, said = DECISIONS.get(request.POST.get("decision", ""), (_undecided, ""))
    try:
        decide(run, by=request.user)
    except Refused as refused:
        messages.error(request, refused.advice)
    else:
        messages.success(request, said)
    return redirect("sync_status", account=request.account.slug)


@require_GET
@on_account(Right.SYNC_NOW)
def request_list(request: AccountRequest) -> HttpResponse:
    """Every call to Constant Contact of the last days: no address, no body, only what happened."""
    page = syncing.requests(request.account, request.GET)
    problems = request.GET.get("show") == "problems"
    return render(request, "contacts/sync/requests.html", {"page": page, "problems": problems})


def _undecided(run: SyncRun, *, by: User) -> None:
    raise Refused("Choose to let the run go on or to dismiss it. Nothing was changed.")


def _told(now: Run | None, workers: Workers) -> dict[str, object]:
    """What there is to say about a run, and whether anybody could walk it."""
    told: dict[str, object] = {"now": now, "workers": workers}
    if now is not None:
        told |= {"words": sync.progress(now.run), "may_be_released": sync.may_be_released(now.run)}
    return told
