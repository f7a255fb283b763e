"""A run, step by step: the account is checked, pages are read, and what was not shown is looked for."""

import logging
import time
from collections.abc import Callable
from functools import partial
from threading import Event

from contacts import leases
from contacts.api.client import Client
from contacts.api.errors import APIError
from contacts.connect import connect
from contacts.models import SyncRun
from contacts.patience import BUGS, patiently, sat_out
from contacts.sync import activities, ending, paging, runs, sweep, troubles
from contacts.sync.ahead import Ahead
from contacts.sync.runs import LostLease

logger = logging.getLogger(__name__)


def step(run: SyncRun, *, owner: str = "", client: Client | None = None, ahead: Ahead | None = None) -> bool:
    """Do the next piece of the run, at most one page. True while there is more to do right now.

    Whatever Constant Contact answers is written into the run, never raised. ``run`` is as it was saved afterwards.
    Without an ``owner`` it is given back at once. With ``ahead`` the next pages are fetched while this one is stored.
    """
    walker = owner or leases.new_owner()
    try:
        if not runs.claim(run, walker):
            return False
        _attempt(run, walker, client, ahead)
    except LostLease:
        logger.warning("Run %s was taken over or erased; this page of it is dropped.", run.pk)
        return False
    finally:
        if not owner:
            runs.let_go(run, walker)
    if not owner:
        run.refresh_from_db()
    return run.state == SyncRun.State.RUNNING and run.not_before is None


def carry_on(
    run: SyncRun,
    *,
    stop: Event | None = None,
    seconds: float | None = None,
    each: Callable[[SyncRun], None] = lambda run: None,
) -> SyncRun:
    """Walk until the run has ended, must wait, or belongs to somebody else; or for about so many ``seconds``.

    ``stop`` ends it after the page that is being stored; what was fetched ahead is dropped then. At the end of the
    ``seconds`` what was asked for already is stored. ``each`` is called after every step. Returns the run as it is
    then.
    """
    stop, owner = stop or Event(), leases.new_owner()
    until = time.monotonic() + seconds if seconds is not None else None
    client, ahead = _client(run), Ahead(stop)
    try:
        while not stop.is_set():
            one = partial(step, run, owner=owner, client=client, ahead=ahead)
            more = patiently(one, what=f"run {run.pk}", stop=stop)
            each(run)
            if until and time.monotonic() > until:
                ahead.ask_no_more()
            if not (ahead.asking or ahead.busy) or not (more or sat_out(run.not_before, stop=stop)):
                break
    finally:
        # Also when the database is full: nobody has to wait for the end of the lease once there is room.
        runs.let_go(run, owner)
        ahead.close()
    return SyncRun.objects.filter(pk=run.pk).select_related("account").first() or run


def _attempt(run: SyncRun, owner: str, client: Client | None, ahead: Ahead | None) -> None:
    try:
        _do(run, owner, client or connect(run.account, person=False), ahead)
    except APIError as problem:
        troubles.met(run, owner, problem)
    except BUGS:
        # The fault is ours. It is raised for the log, and the run ends, so that nothing repeats it in a circle.
        runs.fail(run, owner, f"Something broke on our side. {troubles.KEPT}")
        raise


def _client(run: SyncRun) -> Client | None:
    """One client for the whole walk. None when there is no working link: the step itself then meets the trouble."""
    try:
        return connect(run.account, person=False)
    except APIError:
        return None


def _do(run: SyncRun, owner: str, client: Client, ahead: Ahead | None) -> None:
    if run.step == "account":
        _check_account(run, owner, client)
    elif run.step == "sweep":
        sweep.look_for_vanished(run, owner, client)
    elif run.step == "activities":
        activities.look(run, owner, client)
    elif run.step == "finish":
        ending.finish(run, owner)
    else:
        paging.page(run, owner, client, ahead)


def _check_account(run: SyncRun, owner: str, client: Client) -> None:
    """Is it still the account we linked? Its own id says so, on every run (faults S15)."""
    summary = client.account_summary()
    columns = {"calls": run.calls + 1, "tries": 0}
    if summary.get("encoded_account_id") != run.account.encoded_account_id:
        sweep.hold(run, owner, "Constant Contact answered for another account. Nothing was stored.", **columns)
        return
    runs.save(run, owner, watermark=client.server_time, step=runs.following(run), **columns)
