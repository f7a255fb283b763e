"""Bulk jobs of Constant Contact that are not ours, asked for only when something was seen that they may have done.

Every end of this step leads to the end of the run: without an answer what was seen stays "unknown", and the run says
why.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from contacts.api.client import Client
from contacts.api.errors import APIError, ClientRefused, GrantRefused, LinkExpired
from contacts.mirror.reading import clean, moment
from contacts.models import Activity, LinkedAccount, SeenActivity, SyncRun
from contacts.rules import attribution
from contacts.sync import history, runs

JSON = dict[str, Any]

#: 10,000 activities in ten days are more than anybody starts; what comes after them is not asked for.
MOST_PAGES = 20
#: A call of ours whose answer never came has made its activity within this time, if it made one.
ARRIVES = timedelta(minutes=10)
#: The link itself is dead: the run meets that as on every other step.
DEAD = (LinkExpired, GrantRefused, ClientRefused)
UNSEEN = "Constant Contact did not show its bulk jobs, so no change is told as likely one of theirs."


def look(run: SyncRun, owner: str, client: Client) -> None:
    """Bring ``SeenActivity`` up to what Constant Contact shows of the last ten days. Raises when the link is dead."""
    if not history.lacks_a_cause(run.account):
        runs.save(run, owner, step="finish", tries=0)
        return
    shown: dict[str, JSON] = {}
    try:
        _read(run, owner, client, shown)
    except DEAD:
        raise
    except APIError as problem:
        _end(run, owner, shown, message=UNSEEN, skipped=type(problem).__name__)
    else:
        _end(run, owner, shown, message=run.message)


def _read(run: SyncRun, owner: str, client: Client, shown: dict[str, JSON]) -> None:
    cursor = None
    for _ in range(MOST_PAGES):
        page = client.activities_page(cursor=cursor)
        shown |= {each["activity_id"]: each for each in page.items}
        cursor = page.cursor
        runs.save(run, owner, calls=run.calls + 1)
        if cursor is None:
            return


def _end(run: SyncRun, owner: str, shown: dict[str, JSON], *, message: str, **note: str) -> None:
    """Keep what was shown, also when not all of it was, and note in the run what became of this step."""
    stored = _keep(run.account, shown.values())
    told = {"calls": -(-len(shown) // 500) or 1, "seen": len(shown), "stored": stored, **note}
    runs.save(run, owner, step="finish", tries=0, message=message, tally=run.tally | {"activities": told})


def _keep(account: LinkedAccount, shown: Iterable[JSON]) -> int:
    """Write down those that are not ours and may have changed somebody; returns how many there are."""
    rows = [_row(account, each) for each in _foreign(account, shown) if not attribution.only_reads(each)]
    SeenActivity.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["account", "remote_id"],
        update_fields=["state", "started_at", "completed_at", "items"],
    )
    return len(rows)


def _foreign(account: LinkedAccount, shown: Iterable[JSON]) -> Iterable[JSON]:
    """Those that we did not start. One that may be ours, because an answer of ours was lost, is left out as well."""
    ours = Activity.objects.filter(account=account)
    known = set(ours.exclude(remote_id="").values_list("remote_id", flat=True))
    nameless = ours.filter(remote_id="").exclude(state=Activity.State.REJECTED)
    lost = [since or sent for since, sent in nameless.values_list("sent_since", "sent_at")]
    return [each for each in shown if _is_id(each["activity_id"], known) and not _may_be_ours(each, lost)]


def _is_id(name: str, known: set[str]) -> bool:
    return name not in known and len(name) <= 64 and name.isascii() and name.isprintable()


def _may_be_ours(shown: JSON, lost: list[datetime]) -> bool:
    created = moment(shown.get("created_at"))
    return any(created is None or -ARRIVES <= created - since <= ARRIVES for since in lost)


def _row(account: LinkedAccount, shown: JSON) -> SeenActivity:
    state = shown.get("state")
    return SeenActivity(
        account=account,
        remote_id=shown["activity_id"],
        state=clean(state)[:32] if isinstance(state, str) else "",
        started_at=moment(shown.get("started_at")),
        completed_at=moment(shown.get("completed_at")),
        items=attribution.items(shown),
    )
