"""What it takes to bring our copy up to date, measured inside the process that does it."""

import os
import resource
import sys
import time

from django.db import connection
from django.db.models import Max

from bench.measure import Series
from contacts import sync
from contacts.connect.credential import Credential, seal
from contacts.models import Contact, LinkedAccount, RequestLog, SyncRun

# 4 calls a second, 500 contacts a call (CC reference, sections 6 and 7).
CEILING = 2000
FULL, CHANGES = SyncRun.Kind.FULL, SyncRun.Kind.CHANGES


def first(limits: str) -> list[Series]:
    """Link the account and read all of it; ``limits`` is how the table names the limits in force."""
    empty = _bytes_on_disk()
    walk = Walk(_link(), FULL)
    size, name = walk.seen, f"First full sync, {limits}"
    return [
        Series(name, size, "contacts/s", [walk.rate], walk.facts),
        Series(f"{name}: of the API's ceiling ({CEILING:,}/s)", size, "%", [100 * walk.rate / CEILING]),
        Series(f"{name}: memory", size, "MB", [_peak_memory()]),
        Series("Disk, indexes included", size, "bytes/contact", [(_bytes_on_disk() - empty) / size]),
    ]


def again() -> list[Series]:
    """Another full sweep, with nothing changed in between."""
    walk = Walk(LinkedAccount.objects.get(), FULL)
    return [Series("Full sweep, nothing changed", walk.seen, "contacts/s", [walk.rate], walk.facts)]


def changes() -> list[Series]:
    """A run for changes, after some were made."""
    walk = Walk(LinkedAccount.objects.get(), CHANGES)
    return [Series("Run for changes, 1 % changed", Contact.objects.count(), "s", [walk.seconds], walk.facts)]


class Walk:
    """One run to its end: its time, calls and rows. SystemExit when it ended otherwise than done."""

    def __init__(self, account: LinkedAccount, kind: SyncRun.Kind) -> None:
        call = RequestLog.objects.aggregate(last=Max("pk"))["last"] or 0
        began = time.perf_counter()
        run = sync.carry_on(sync.start(account, kind))
        self.seconds = time.perf_counter() - began
        if run.state != SyncRun.State.DONE:
            raise SystemExit(f"The run ended as {run.state}: {run.message}")
        self.seen = run.seen
        calls = RequestLog.objects.filter(pk__gt=call)
        # Counted from the rows themselves, not from what the run says of itself.
        written = Contact.objects.filter(fetched_at__gte=run.started_at).count()
        self.facts = {"calls": calls.count(), "refused": calls.exclude(status=200).count(), "rows written": written}

    @property
    def rate(self) -> float:
        """Contacts a second."""
        return self.seen / self.seconds


def _link() -> LinkedAccount:
    """The account as it is right after linking, with a token that the emulator gave."""
    account = LinkedAccount.objects.create(
        slug="bench", name="Generated Contacts", encoded_account_id=os.environ["BENCH_ACCOUNT"]
    )
    credential = Credential(os.environ["BENCH_BEARER"], "", time.time() + 86_400)
    account.credential = seal(credential, account)
    account.save(update_fields=["credential"])
    return account


def _peak_memory() -> float:
    """The most memory this process ever held, in MB; Linux counts in KB, macOS in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 2**10


def _bytes_on_disk() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone()
    return int(size)
