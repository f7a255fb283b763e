"""One step of a run: one page fetched with no transaction open, then stored together with the place reached."""

import hashlib
import logging
import time
from array import array
from collections.abc import Callable
from functools import partial
from threading import Event

from django.db import transaction
from django.utils import timezone

from contacts import leases
from contacts.api.client import Client
from contacts.api.errors import APIError
from contacts.connect import connect
from contacts.mirror import Stored
from contacts.models import SyncPage, SyncRun
from contacts.patience import BUGS, patiently, sat_out
from contacts.sync import activities, ending, runs, sweep, troubles
from contacts.sync.runs import STEPS, LostLease
from contacts.sync.walks import WALKS, Fetched, Walk

logger = logging.getLogger(__name__)


def step(run: SyncRun, *, owner: str = "", client: Client | None = None) -> bool:
    """Do the next piece of the run, at most one page. True while there is more to do right now.

    Whatever Constant Contact answers is written into the run, never raised. ``run`` is fresh afterwards. Without an
    ``owner`` the run is given back at once.
    """
    walker = owner or leases.new_owner()
    try:
        if not runs.claim(run, walker):
            return False
        _attempt(run, walker, client)
    except LostLease:
        logger.warning("Run %s was taken over or erased; this page of it is dropped.", run.pk)
        return False
    finally:
        if not owner:
            runs.let_go(run, walker)
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

    ``stop`` ends it after the page under way. ``each`` is called after every step. Returns the run as it is then.
    """
    stop, owner = stop or Event(), leases.new_owner()
    until = time.monotonic() + seconds if seconds is not None else None
    client = _client(run)
    try:
        while not stop.is_set():
            one = partial(step, run, owner=owner, client=client)
            more = patiently(one, what=f"run {run.pk}", stop=stop)
            each(run)
            if (until and time.monotonic() > until) or not (more or sat_out(run.not_before, stop=stop)):
                break
    finally:
        # Also when the database is full: nobody has to wait for the end of the lease once there is room.
        runs.let_go(run, owner)
    return SyncRun.objects.filter(pk=run.pk).select_related("account").first() or run


def _attempt(run: SyncRun, owner: str, client: Client | None) -> None:
    try:
        _do(run, owner, client or connect(run.account, person=False))
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


def _do(run: SyncRun, owner: str, client: Client) -> None:
    if run.step == "account":
        _check_account(run, owner, client)
    elif run.step == "sweep":
        sweep.look_for_vanished(run, owner, client)
    elif run.step == "activities":
        activities.look(run, owner, client)
    elif run.step == "finish":
        ending.finish(run, owner)
    else:
        _page(run, owner, client, WALKS[run.step])


def _check_account(run: SyncRun, owner: str, client: Client) -> None:
    """Is it still the account we linked? Its own id says so, on every run (faults S15)."""
    summary = client.account_summary()
    columns = {"calls": run.calls + 1, "tries": 0}
    if summary.get("encoded_account_id") != run.account.encoded_account_id:
        sweep.hold(run, owner, "Constant Contact answered for another account. Nothing was stored.", **columns)
        return
    runs.save(run, owner, watermark=client.server_time, step=following(run), **columns)


def _page(run: SyncRun, owner: str, client: Client, walk: Walk) -> None:
    fetched_at = timezone.now()
    page = walk.fetch(client, run)
    # Without a Date header our own clock has to do for what was seen; the watermark stays where it is then.
    fetched = Fetched(page, fetched_at, page.server_time or timezone.now())
    if run.step == "contacts" and sweep.shrank(run, page.count):
        sweep.hold_shrunk(run, owner, page.count)
        return
    with transaction.atomic():
        stored = walk.store(run, fetched)
        _note(run, stored)
        ended = walk.ended(run, fetched)
        if problem := _unshown(run, page.count) if ended else _astray(run, page.cursor):
            troubles.begin_again(run, owner, problem)
            return
        runs.save(run, owner, **_progress(run, walk, fetched, stored, ended=ended))


def _note(run: SyncRun, stored: Stored) -> None:
    keys = array("q", stored.pks).tobytes()
    SyncPage.objects.create(run=run, step=run.step, walk=run.restarts, cursor=_digest(run.cursor), keys=keys)


def _astray(run: SyncRun, cursor: str | None) -> str:
    """Why the walk cannot go on to this cursor; "" when it can."""
    pages = SyncPage.objects.filter(run=run, step=run.step, walk=run.restarts)
    if pages.filter(cursor=_digest(cursor or "")).exists():
        return "Constant Contact's pages lead round in a circle."
    limit = 20_000 if run.expected is None else 50 + 3 * (run.expected // 500 + 1)
    return "Constant Contact's pages do not end." if pages.count() >= limit else ""


def _unshown(run: SyncRun, count: int | None) -> str:
    """Why a walk through changes that has ended should be begun again; "" when it was whole.

    A sweep that shows too few is another matter: a person looks at it.
    """
    if run.step != "changed" or count is None:
        return ""
    pages = SyncPage.objects.filter(run=run, step=run.step, walk=run.restarts)
    seen = sum(len(keys) // 8 for keys in pages.values_list("keys", flat=True))
    return "Constant Contact counted more contacts than it showed." if sweep.too_many(count - seen, held=count) else ""


def _progress(run: SyncRun, walk: Walk, fetched: Fetched, stored: Stored, *, ended: bool) -> dict[str, object]:
    """The run's columns after a page: the place reached, and what there is to show of it."""
    tally = run.tally.get(run.step, {"calls": 0, "seen": 0, "stored": 0})
    told = {"calls": tally["calls"] + 1, "seen": tally["seen"] + stored.seen, "stored": tally["stored"] + stored.stored}
    return {
        "cursor": "" if ended else fetched.page.cursor,
        "step": following(run) if ended else run.step,
        "pages": run.pages + 1,
        "calls": run.calls + 1,
        "seen": run.seen + (stored.seen if walk.of_contacts else 0),
        "stored": run.stored + (stored.stored if walk.of_contacts else 0),
        "not_understood": run.not_understood + stored.not_understood,
        "expected": _expected(run, fetched),
        "watermark": run.watermark,
        "tally": run.tally | {run.step: told},
        "tries": 0,
        "message": run.message if run.message.startswith("Interrupted") else "",
    }


def _expected(run: SyncRun, fetched: Fetched) -> int | None:
    """How many contacts this run will see in all, as far as Constant Contact says."""
    counts = run.step in ("contacts", "changed") and not run.cursor
    return fetched.page.count if counts else run.expected


def following(run: SyncRun) -> str:
    """The step after the present one."""
    steps = STEPS[SyncRun.Kind(run.kind)]
    return steps[steps.index(run.step) + 1]


def _digest(cursor: str) -> bytes:
    return hashlib.blake2b(cursor.encode(), digest_size=16).digest() if cursor else b""
