"""One large import whose workers are killed one after the other, while the emulator misbehaves in every way.

Whatever needs much memory is done by processes that end, so that a worker's own can be told.
"""

import json
import os
import random
import signal
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from contacts import audit
from contacts.models import Activity, AuditChain, AuditEntry, Job, JobItem, LinkedAccount, User, Write
from contacts.services import jobs
from contacts.services.jobs import following
from contacts.services.jobs.importing import portions
from tests.services.jobs import killing
from tests.services.jobs.importing import ALL, judged_file
from tests.services.world import GALA

#: An activity that is stuck is waited for so long, in place of 45 minutes.
PATIENCE = timedelta(seconds=5)


def main():
    """Plan it, kill so many workers, let one finish it; then write down how every row ended."""
    order = Path(sys.argv[1]).parent
    given = json.loads((order / "order").read_text())
    portions.MOST_ROWS, following.LONGEST = given.pop("portion"), PATIENCE
    _wait_for(killing.forked(lambda: _begin(order)))
    chance, peaks = random.Random(given["seed"]), []
    for _ in range(given["kills"]):
        if Job.objects.get().state in Job.ENDED:
            break
        peaks.append(_killed(chance.uniform(0, given["longest"])))
    worker = killing.forked(lambda: _work(order))
    _wait_for(worker)
    peaks.append(int((order / "peak").read_text()))
    _wait_for(killing.forked(lambda: _tell(order)))
    print(json.dumps({"kills": len(peaks) - 1, "megabytes": max(peaks)}))


def _begin(order):
    given = json.loads((order / "order").read_text())
    killing.begin(given)
    since = datetime.fromisoformat(given["since"])
    LinkedAccount.objects.update(watermark=since, synced_at=since, approval_above=10_000_000)
    file = judged_file(LinkedAccount.objects.get(), given["rows"])
    by = User.objects.get()
    wish = {"lists": [GALA], "include": ALL, "basis": "signed_up", "note": "Fair"}
    job = jobs.freeze_import(file, by=by, token="a" * 32, **wish)
    jobs.run(job, by=by, people=job.people)


def _killed(after):
    """A worker that is killed so many seconds after it began; its most memory until then."""
    worker = killing.forked(_work)
    time.sleep(after)
    peak = _peak(worker)
    os.kill(worker, signal.SIGKILL)
    _, status = os.waitpid(worker, 0)
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL), status
    return peak


def _work(order=None):
    Path("/proc/self/clear_refs").write_text("5")
    killing.wake()
    # One that paused by itself is run again, as a person would.
    while Job.objects.get().state not in Job.ENDED:
        killing.finish_all()
    if order:
        (order / "peak").write_text(str(_peak("self")))


def _peak(process):
    """Megabytes that a process had at most; 0 for one that has ended."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return max((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), default=0)


def _wait_for(worker):
    _, status = os.waitpid(worker, 0)
    assert os.waitstatus_to_exitcode(status) == 0, status


def _tell(order):
    """A line a row, then everything else that the emulator's log is held against."""
    items = JobItem.objects.order_by("line").values_list(
        "line", "contact__address_key", "reason", "write__state", "write__message"
    )
    with (order / "items").open("w") as told:
        told.writelines(f"{json.dumps(item)}\n" for item in items.iterator())
    chain = AuditChain.objects.get(name__startswith="account-")
    entries = AuditEntry.objects.filter(chain=chain)
    intents = entries.filter(outcome="intended").exclude(action="activity")
    ends = entries.exclude(outcome__in=["intended", "unknown"])
    job = Job.objects.get()
    facts = {
        "fault": repr(audit.verify(chain)),
        "state": job.state,
        "people": job.people,
        "left": job.left_out,
        "interrupted": job.interrupted,
        "calls": job.calls,
        "cost": job.cost,
        "open": Write.objects.filter(state__in=Write.OPEN).count(),
        "intents": list(intents.values_list("id", flat=True)),
        "ends": list(ends.values_list("begins", flat=True)),
        "activities": [
            {
                "said": f"{each.state} {each.remote_state or '-'}",
                # Whose call was surely not taken is not of it any more.
                "people": sorted(each.writes.exclude(item=None).values_list("item__row__address_key", flat=True)),
            }
            for each in Activity.objects.all()
        ],
    }
    (order / "facts").write_text(json.dumps(facts))
