"""What becomes of a run's windows: when a walk is split, how far each part is, and when it is whole again."""

from typing import Any

from contacts.models import SyncRun
from contacts.sync import runs, sweep, troubles, windows
from contacts.sync.walks import Fetched, Place

JSON = dict[str, Any]

#: So many sweeps are not split after one that was split in vain.
REST = 7
LESS = "Read in parts, the account showed fewer contacts than Constant Contact counts. It is read once more in one go."
NOT_TAKEN = "Constant Contact does not show parts of this account. It is read in one go."


def begun(run: SyncRun, place: Place, fetched: Fetched) -> JSON:
    """The run's columns when its walk is to be split after this page, in parts from the beginning; else none.

    ``note`` is for the run's tally.
    """
    whole = place.window is None and run.step == "contacts" and "split" not in run.tally
    expected = run.expected if place.cursor else fetched.page.count
    quickest = _quickest(run, fetched)
    if not whole or fetched.page.cursor is None or not windows.pay(expected=expected, ms=quickest):
        return {}
    if rest := _rest(run):
        return {"note": {"rest": rest - 1}}
    parts = windows.split(run.account)
    return {"windows": windows.column(parts), "cursor": "", "note": {"windows": len(parts), "ms": quickest}}


def moved(run: SyncRun, number: int, fetched: Fetched) -> JSON:
    """The run's columns after a page of this window."""
    parts = windows.of(run)
    part = parts[number]
    first, part.cursor = not part.cursor, fetched.page.cursor or ""
    part.ended = fetched.page.cursor is None
    part.seen += len(fetched.page.items)
    if first:
        part.count = max(fetched.page.count or 0, part.seen)
        parts = windows.shared_out(parts, number, expected=run.expected or 0)
    if all(each.ended for each in parts):
        return {"windows": [], "step": runs.following(run)}
    return {"windows": windows.column(parts)}


def completed(run: SyncRun) -> JSON:
    """The run's columns after the last page of the last window, when one walk must follow; else none.

    Runs in the page's transaction.
    """
    if sweep.number_shown(run) >= (run.expected or 0):
        return {}
    return _whole(run, LESS)


def lost(run: SyncRun, owner: str, place: Place) -> None:
    """Constant Contact did not take the place in a window, or not the window itself."""
    if place.cursor:
        begin_again(run, owner, place, "Constant Contact no longer took our place in its pages.")
    else:
        columns = _whole(run, NOT_TAKEN)
        tally = run.tally | {"split": columns.pop("note")}
        runs.save(run, owner, calls=run.calls + 1, tally=tally, **columns)


def begin_again(run: SyncRun, owner: str, place: Place, reason: str) -> None:
    """Walk this window from its first page."""
    parts = windows.of(run)
    if run.restarts >= troubles.RESTARTS or place.window is None:
        troubles.begin_again(run, owner, reason)
        return
    part = parts[place.window]
    seen, part.seen, part.cursor, part.walk = part.seen, 0, "", part.walk + 1
    columns = {"windows": windows.column(parts), "seen": max(run.seen - seen, 0), "restarts": run.restarts + 1}
    message = f"Paging restarted. {reason}"[:300]
    runs.save(run, owner, message=message, pages=run.pages + 1, calls=run.calls + 1, **columns)


def _whole(run: SyncRun, message: str) -> JSON:
    """One walk from the beginning; the next sweeps of the account are not split either."""
    again = {"windows": [], "cursor": "", "step": "contacts", "seen": 0, "restarts": run.restarts + 1}
    return again | {"note": {"rest": REST}, "message": message}


def _quickest(run: SyncRun, fetched: Fetched) -> int:
    """The milliseconds of the quickest answer that tells how slow they are; 0 when it is not the time to ask.

    The first page of contacts is slow for certain when those of the names were, the second one when the first was.
    """
    pages = run.tally.get(run.step, {}).get("calls", 0)
    if pages > 1:
        return 0
    told = [run.tally[run.step]] if pages else run.tally.values()
    return min([fetched.ms, *(each.get("quickest_ms", 0) for each in told)])


def _rest(run: SyncRun) -> int:
    """How many sweeps are still not to be split, because one lately was in vain."""
    earlier = SyncRun.objects.filter(account=run.account_id, kind=run.kind, pk__lt=run.pk).order_by("-pk").first()
    return int(earlier.tally.get("split", {}).get("rest", 0)) if earlier else 0
