"""One page of a run: fetched with no transaction open, then stored in one together with the place reached."""

import hashlib
from array import array
from copy import copy
from typing import Any

from django.db import transaction

from contacts.api.client import Client
from contacts.mirror import Stored
from contacts.models import SyncPage, SyncRun
from contacts.sync import runs, splitting, sweep, windows
from contacts.sync.ahead import Ahead, NoSuchPlace, ask_now, places
from contacts.sync.walks import WALKS, Fetched, Place, Walk

JSON = dict[str, Any]


def page(run: SyncRun, owner: str, client: Client, ahead: Ahead | None) -> None:
    """Fetch a page, or take one that was fetched ahead, and store it. Raises what the call met."""
    try:
        found = _found(run, client, ahead)
    except NoSuchPlace as problem:
        splitting.lost(run, owner, problem.place)
        return
    if found is None:
        return
    place, fetched = found
    if run.step == "contacts" and place.window is None and sweep.shrank(run, fetched.page.count):
        sweep.hold_shrunk(run, owner, fetched.page.count)
        return
    after = _after(run, place, fetched)
    if ahead is not None and WALKS[run.step].leads_on:
        ahead.go_on(_changed(run, after))
    with ahead.saving() if ahead is not None else transaction.atomic():
        _store(run, owner, place, fetched, after)


def _found(run: SyncRun, client: Client, ahead: Ahead | None) -> tuple[Place, Fetched] | None:
    if ahead is not None:
        return ahead.page(run, client)
    place = places(run)[0]
    return place, ask_now(run, place, client)


def _after(run: SyncRun, place: Place, fetched: Fetched) -> JSON:
    """The columns of the place reached once this page is stored, if it then stays so."""
    if place.window is not None:
        return splitting.moved(run, place.window, fetched)
    counts = run.step in ("contacts", "changed") and not run.cursor
    expected = {"expected": fetched.page.count if counts else run.expected}
    return expected | _there(run, fetched.page.cursor) | splitting.begun(run, place, fetched)


def _there(run: SyncRun, cursor: str | None) -> JSON:
    return {"cursor": cursor} if cursor else {"cursor": "", "step": runs.following(run)}


def _changed(run: SyncRun, columns: JSON) -> SyncRun:
    """The run as it will be."""
    later = copy(run)
    for name, value in columns.items():
        setattr(later, name, value)
    return later


def _store(run: SyncRun, owner: str, place: Place, fetched: Fetched, after: JSON) -> None:
    walk, page = WALKS[run.step], fetched.page
    stored = walk.store(run, fetched)
    _note(run, place, stored)
    ended = walk.ended(run, fetched)
    if problem := _unshown(run, page.count) if ended else _astray(run, place, page.cursor):
        splitting.begin_again(run, owner, place, problem)
        return
    if ended and place.window is None:
        after = after | _there(run, None)
    columns = _told(run, walk, fetched, stored) | after
    if len(after.get("windows", ())) > len(run.windows):
        # What was read so far is read, and counted, once more.
        columns["seen"] = run.seen if place.window is not None else 0
    if run.windows and not after["windows"]:
        columns |= splitting.completed(run)
    if note := columns.pop("note", None):
        columns["tally"]["split"] = note
    runs.save(run, owner, **columns)


def _note(run: SyncRun, place: Place, stored: Stored) -> None:
    keys = array("q", stored.pks).tobytes()
    digest = _digest(place, place.cursor)
    SyncPage.objects.create(run=run, step=run.step, walk=run.restarts, cursor=digest, keys=keys)


def _astray(run: SyncRun, place: Place, cursor: str | None) -> str:
    """Why the walk cannot go on to this cursor; "" when it can."""
    pages = SyncPage.objects.filter(run=run, step=run.step, walk=run.restarts)
    if pages.filter(cursor=_digest(place, cursor or "")).exists():
        return "Constant Contact's pages lead round in a circle."
    limit = 20_000 if run.expected is None else 50 + windows.MOST + 3 * (run.expected // 500 + 1)
    # Those of all walks of the step, so that they are rarely counted.
    most = run.tally.get(run.step, {}).get("calls", 0) + 1
    return "Constant Contact's pages do not end." if most >= limit and pages.count() >= limit else ""


def _unshown(run: SyncRun, count: int | None) -> str:
    """Why a walk through changes that has ended should be begun again; "" when it was whole.

    A sweep that shows too few is another matter: a person looks at it.
    """
    if run.step != "changed" or count is None:
        return ""
    pages = SyncPage.objects.filter(run=run, step=run.step, walk=run.restarts)
    seen = sum(len(keys) // 8 for keys in pages.values_list("keys", flat=True))
    return "Constant Contact counted more contacts than it showed." if sweep.too_many(count - seen, held=count) else ""


def _told(run: SyncRun, walk: Walk, fetched: Fetched, stored: Stored) -> JSON:
    """The run's columns after a page that there is to show of it."""
    tally = run.tally.get(run.step, {"calls": 0, "seen": 0, "stored": 0})
    told = {"calls": tally["calls"] + 1, "seen": tally["seen"] + stored.seen, "stored": tally["stored"] + stored.stored}
    told["quickest_ms"] = min(fetched.ms, tally.get("quickest_ms", fetched.ms))
    return {
        "pages": run.pages + 1,
        "calls": run.calls + 1,
        "seen": run.seen + (stored.seen if walk.of_contacts else 0),
        "stored": run.stored + (stored.stored if walk.of_contacts else 0),
        "not_understood": run.not_understood + stored.not_understood,
        "tally": run.tally | {run.step: told},
        "tries": 0,
        "message": run.message if run.message.startswith("Interrupted") else "",
    }


def _digest(place: Place, cursor: str) -> bytes:
    """Tells one cursor from another; empty for the first page of a walk that is whole."""
    whole = cursor if place.window is None else f"{place.window}.{place.walk}.{cursor}"
    return hashlib.blake2b(whole.encode(), digest_size=16).digest() if whole else b""
