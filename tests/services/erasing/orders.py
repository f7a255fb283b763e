"""What the tests of erasure have done in an installation of its own; each order takes and gives JSON."""

import os
import signal
from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from contacts.models import AuditEntry, Contact, Erasure, SyncRun
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


def killed_at(given):
    """Erase these people, and die by our own hand before a statement of this kind."""

    def watch(execute, sql, *rest):
        if sql.startswith(given["moment"]):
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        planted.erase(given["gone"])


def go_on(given):
    """What the next worker does, once the lease of the killed one is over; who was not begun is begun."""
    Erasure.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    left = Contact.objects.filter(remote_id__in=[planted.id_of(each) for each in given["gone"]])
    planted.erase([int(str(each)[-12:]) for each in left.values_list("remote_id", flat=True)])


def wipe_thoroughly(given):
    """What an operator does at a quiet hour."""
    call_command("wipe_erased", stdout=StringIO())
