"""What the tests of erasure have done in an installation of its own; each order takes and gives JSON."""

from contacts.models import SyncRun
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
