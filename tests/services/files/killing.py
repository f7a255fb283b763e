"""Workers that are killed while they read and judge files, by a process that has nothing else to do.

Each of them carries on what it finds; what it finds is as the one before left it, only that its lease is over.
"""

import io
import json
import os
import random
import signal
import sys
import time
import uuid
from collections import Counter

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.utils import timezone
from openpyxl import Workbook

from contacts import mirror
from contacts.models import ContactFile, FileRow
from contacts.services import files
from contacts.services.files import judging, reading
from contacts.tables import to_csv
from tests.rows import make_access, make_account, make_remote

ROWS, PORTION = 400, 40
OUT = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-09-02T10:00:00Z"}
#: Verdict to one row of its kind, by its number.
KINDS = {
    "new": lambda number: [f"new{number}@example.org", "Aoife", "04/17"],
    "update": lambda number: ["maeve@example.org", f"Maeve {number}", ""],
    "opted_out": lambda _: ["out@example.org", "Brian", ""],
    "bad_address": lambda number: [f"nobody {number}", "", ""],
    "no_address": lambda number: ["", f"No {number}", ""],
    "bad_value": lambda number: [f"bad{number}@example.org", "", "31/31"],
}


def main():
    """Kill a worker so often as ordered, each time after a while by chance; then tell how every file ended."""
    given = json.loads(sys.argv[1])
    chance = random.Random(given["seed"])
    reading.AT_ONCE = judging.AT_ONCE = PORTION
    account = make_account(synced_at=timezone.now())
    by = make_access(account, "marketer").user
    now = timezone.now()
    for remote in (make_remote("maeve@example.org"), make_remote("out@example.org", email_address=OUT)):
        mirror.store_contact(account, remote, fetched_at=now, seen_at=now)
    expected, places = {}, Counter()
    for _ in range(given["kills"]):
        if not files_under_way():
            file, verdicts = bring(account, by, chance)
            expected[file.pk] = verdicts
        _killed(chance.uniform(0, given["longest"]))
        places.update(_freed())
    _forked(_work)
    print(json.dumps({"files": [facts(*each) for each in expected.items()], "places": places}))


def bring(account, by, chance):
    """A file as text or as a spreadsheet, with what has to become of each of its rows."""
    wanted = [chance.choice(list(KINDS)) for _ in range(ROWS)]
    rows = [["Email", "First name", "Birthday"], *(KINDS[kind](number) for number, kind in enumerate(wanted))]
    upload = spreadsheet(rows) if chance.random() < 0.3 else SimpleUploadedFile("a.csv", b"".join(to_csv(rows)))
    file = files.receive(account, by=by, upload=upload, purpose=ContactFile.Purpose.CHECK, token=uuid.uuid4())
    verdicts = dict(enumerate(wanted, start=2))
    last = max((number for number, kind in verdicts.items() if kind == "update"), default=0)
    # Of the rows with one address the last wins; whoever is opted out is told first.
    return file, {n: "duplicate" if kind == "update" and n != last else kind for n, kind in verdicts.items()}


def spreadsheet(rows):
    book, out = Workbook(), io.BytesIO()
    for each in rows:
        book.active.append(each)
    book.save(out)
    return SimpleUploadedFile("a.xlsx", out.getvalue())


def files_under_way():
    return ContactFile.objects.filter(state__in=ContactFile.UNDER_WAY)


def facts(pk, expected):
    """How a file ended, beside what was expected of it."""
    file = ContactFile.objects.get(pk=pk)
    rows = list(FileRow.objects.filter(file=file).order_by("number").values_list("number", "verdict"))
    return {
        "state": file.state,
        "rows": rows,
        "expected": sorted(expected.items()),
        "counted": [file.rows, file.counts],
    }


def _work():
    """Carry everything on in short turns, to the end."""
    while found := list(files_under_way()):
        for file in found:
            files.carry_on(file, seconds=0.05)


def _killed(after):
    worker = _forked(_work, wait=False)
    time.sleep(after)
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)


def _freed():
    """The states of the files a worker was killed at; their leases are over."""
    held = files_under_way().exclude(lease_owner="")
    places = [f"{file.state}, row {file.reached // PORTION * PORTION}" for file in held]
    held.update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
    return places


def _forked(work, *, wait=True):
    connections.close_all()
    worker = os.fork()
    if not worker:
        try:
            work()
        except BaseException:  # noqa: BLE001 (a child that must not go on as its parent, whatever it met)
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    if wait:
        assert os.waitpid(worker, 0)[1] == 0
    return worker
