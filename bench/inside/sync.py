"""What it takes to bring our copy up to date, measured inside the process that does it."""

import os
import sys
import time
from contextlib import AbstractContextManager
from unittest import mock

from django.db import connection
from django.db.models import Max

from bench.inside.rows import Counter
from bench.measure import Series, peak_memory
from contacts import sync
from contacts.connect.credential import Credential, seal
from contacts.models import Contact, LinkedAccount, RequestLog, SyncRun
from contacts.sync import windows

# 4 calls a second, 500 contacts a call (CC reference, sections 6 and 7).
CALLS_PER_SECOND, CEILING = 4, 2000
FULL, CHANGES = SyncRun.Kind.FULL, SyncRun.Kind.CHANGES


def limited(latency_ms: str) -> list[Series]:
    """Link the account and read all of it under the limit of calls, each answered after ``latency_ms``."""
    walk = Walk(link(), FULL)
    share = 100 * walk.facts["calls"] / CALLS_PER_SECOND / walk.seconds
    pace = {"contacts/s": walk.rate, "of 2,000/s in %": 100 * walk.rate / CEILING}
    goal = "P1 quick" if latency_ms == "100" else "P1 slow"
    name = f"Full sync at 4 calls/s, answers in {latency_ms} ms"
    return [Series(name, walk.seen, "% of calls/4", [share], pace | walk.facts, goal=goal)]


def first() -> list[Series]:
    """Link the account and read all of it, without limit."""
    empty = _bytes_on_disk()
    with _in_one_walk():
        walk = Walk(link(), FULL)
    size, disk = walk.seen, (_bytes_on_disk() - empty) / walk.seen
    return [
        Series("First load", size, "contacts/s", [walk.rate], walk.facts),
        Series("Memory of the first load", size, "MB", [peak_memory()], goal="P4 memory"),
        Series("Disk, indexes included", size, "bytes/contact", [disk], goal="P5"),
    ]


def again() -> list[Series]:
    """Another full sweep, with nothing changed in between."""
    walk = _counted_walk()
    written = Series("Rows written by an unchanged re-sync", walk.seen, "rows", [walk.written], goal="P3 unchanged")
    memory = Series("Memory of an unchanged re-sync", walk.seen, "MB", [peak_memory()], goal="P4 memory")
    return [Series("Unchanged re-sync", walk.seen, "contacts/s", [walk.rate], walk.facts), written, memory]


def changed() -> list[Series]:
    """Another full sweep, after some contacts changed."""
    walk = _counted_walk()
    share = 100 * walk.written_by_table["contacts_contact"] / walk.seen
    facts = {"rows in all tables": walk.written}
    return [
        Series("Re-sync, 1 % changed", walk.seen, "contacts/s", [walk.rate], walk.facts),
        Series("Contacts written by it", walk.seen, "% of rows", [share], facts, goal="P3 changed"),
    ]


def changes() -> list[Series]:
    """A run for changes, after some were made."""
    walk = Walk(LinkedAccount.objects.get(), CHANGES)
    return [Series("Run for changes, 1 % changed", Contact.objects.count(), "s", [walk.seconds], walk.facts)]


def whole_first() -> list[Series]:
    """Link the account and read all of it; nobody measures that."""
    Walk(link(), FULL)
    return []


def whole() -> list[Series]:
    """A full sweep that nobody measures, before the two sides are compared."""
    Walk(LinkedAccount.objects.get(), FULL)
    return []


class Walk:
    """One run to its end: its time, calls and rows. SystemExit when it ended otherwise than done."""

    written = 0
    written_by_table: dict[str, int] = {}

    def __init__(self, account: LinkedAccount, kind: SyncRun.Kind) -> None:
        call = RequestLog.objects.aggregate(last=Max("pk"))["last"] or 0
        began, cpu_began = time.perf_counter(), time.process_time()
        run = sync.carry_on(sync.start(account, kind))
        self.seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        if run.state != SyncRun.State.DONE:
            raise SystemExit(f"The run ended as {run.state}: {run.message}")
        self.seen = run.seen
        calls = RequestLog.objects.filter(pk__gt=call)
        refused = calls.exclude(status=200).count()
        self.facts: dict[str, float] = {"calls": calls.count(), "refused": refused, "s of CPU": cpu}

    @property
    def rate(self) -> float:
        """Contacts a second."""
        return self.seen / self.seconds


def _counted_walk() -> Walk:
    with _in_one_walk(), Counter() as counter:
        walk = Walk(LinkedAccount.objects.get(), FULL)
    walk.written_by_table = counter.written
    walk.written = sum(counter.written.values())
    return walk


def _in_one_walk() -> AbstractContextManager[object]:
    """The recorded answers know no windows, and a page that took long on a busy machine must not begin some."""
    return mock.patch.object(windows, "WORTH", sys.maxsize)


def link() -> LinkedAccount:
    """The account as it is right after linking, with a token that the emulator gave."""
    account = LinkedAccount.objects.create(
        slug="bench", name="Generated Contacts", encoded_account_id=os.environ["BENCH_ACCOUNT"]
    )
    credential = Credential(os.environ["BENCH_BEARER"], "", time.time() + 86_400)
    account.credential = seal(credential, account)
    account.save(update_fields=["credential"])
    return account


def _bytes_on_disk() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone()
    return int(size)
