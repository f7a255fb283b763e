"""What the tests of erasure have done in an installation of its own; each order takes and gives JSON."""

from contacts.models import AuditEntry, SyncRun
from tests.services.erasing import planted

FULL, CHANGES = SyncRun.Kind.FULL, SyncRun.Kind.CHANGES


def erase_many(given):
    """Read, change, gossip, erase, search, read again three times, search again."""
    gone, other = range(given["erased"]), given["erased"]
    planted.begin(given)
    for number in range(0, given["erased"], 5):
        planted.act(number)
    planted.gossip([1, 2], other)
    planted.walk(CHANGES)
    before, compressed = planted.found(gone), planted.blobs(gone)
    planted.erase(gone)
    after = planted.found(gone, compressed)
    counts = planted.account().counts
    for kind in (FULL, CHANGES, FULL):
        planted.walk(kind)
    again = planted.found(gone, compressed)
    return planted.facts() | {"before": len(before), "after": after, "again": again, "counted": counts}


def prepare(given):
    """Read everybody, change some, and let texts name them."""
    planted.begin(given)
    for number in given["gone"]:
        planted.act(number)
    planted.gossip(given["gone"], given["other"])


def link(given):
    """Link the account; nobody is read yet."""
    planted.link(given)


def read_and_erase(given):
    """Read everybody, then erase some."""
    planted.walk(FULL)
    planted.erase(given["gone"])


def erase(given):
    """Erase these people, the whole way."""
    planted.erase(given["gone"])


def turn_of_worker(given):
    """One turn of the worker, and what it has put into the queue."""
    planted.worker_turn()
    planted.worker_turn()


def search(given):
    """What can still be read of these people, and what stands."""
    again = [entry.detail["again"] for entry in AuditEntry.objects.filter(action="erase") if "again" in entry.detail]
    return planted.facts() | {"found": planted.found(given["gone"]), "again": sorted(again)}
