"""Whatever somebody does to the history behind our back is found: 1,000 random tamperings, each in a chain of its own.

What was cut off together with its head, or written anew with fresh hashes, is found up to the last checkpoint that
has a copy outside the database. SEED and TAMPERINGS of the environment repeat a run, or make a longer one.
"""

import os
import random
from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, transaction

from contacts import audit
from contacts.audit import outside
from contacts.models import AuditChain, AuditCheckpoint, AuditEntry, AuditPayload
from contacts.services import checkpoints
from tests.audit.chains import random_history
from tests.rows import make_access, make_account
from tests.tampering import TAMPERINGS, NothingToDo, cut, rehash, without_triggers

pytestmark = pytest.mark.django_db
# Each database has its half of them.
SEED = int(os.environ.get("SEED", "2026")) + (connection.vendor == "sqlite")
NUMBER = int(os.environ.get("TAMPERINGS", "500"))


class Undone(Exception):
    """The next tampering begins with the same histories."""


@pytest.fixture
def histories(settings, tmp_path):
    """Two chains with a bit of everything, their checkpoints outside, and no trigger that would keep anybody away."""
    settings.CHECKPOINT_DIR = str(tmp_path)
    chance = random.Random(SEED)
    for _ in range(2):
        account = make_account()
        random_history(account, make_access(account, "manager").user, chance, acts=10)
    checkpoints.put_outside()
    without_triggers()
    assert found() is None
    return AuditChain.objects.order_by("pk")


def found():
    """The first thing wrong with any chain."""
    chains = AuditChain.objects.order_by("pk")
    faults = (audit.verify(each, outside=outside.copies(each.name).checkpoints) for each in chains)
    return next((fault for fault in faults if fault), None)


def test_every_random_tampering_is_found(histories):
    chance, done, missed = random.Random(SEED), 0, []
    while done < NUMBER:
        tamper = TAMPERINGS[done % len(TAMPERINGS)]
        # What the database's own constraints refuse is not a tampering that happened.
        with suppress(NothingToDo, Undone, IntegrityError), transaction.atomic():
            what = tamper(chance)
            done += 1
            if found() is None:
                missed.append(f"{tamper.__name__}: {what}")
            raise Undone
    assert not missed, f"seed {SEED}: {missed}"
    assert found() is None


def test_a_change_of_the_very_last_entry_is_found_at_its_number(histories):
    chain = histories[0]
    AuditEntry.objects.filter(chain=chain, sequence=chain.sequence).update(actor="somebody else")
    fault = found()
    assert (fault.sequence, fault.kind) == (chain.sequence, "changed")


def test_what_was_written_anew_is_found_at_the_first_checkpoint_that_disagrees(histories):
    chain = histories[0]
    first, second = AuditCheckpoint.objects.filter(chain=chain).order_by("sequence")[:2]
    AuditEntry.objects.filter(chain=chain, sequence=first.sequence + 1).update(reason="nicer")
    rehash(chain, first.sequence + 1)
    AuditCheckpoint.objects.filter(chain=chain).delete()
    walk = audit.Walk(chain, outside=outside.copies(chain.name).checkpoints)
    while walk.step():
        pass
    # The first copy agrees, but its row is gone.
    assert (walk.fault.sequence, walk.fault.kind) == (first.sequence, "checkpoint")
    assert second.sequence > first.sequence


def test_a_restored_backup_is_found_as_a_rolled_back_history(histories):
    chain = histories[0]
    last = outside.copies(chain.name).checkpoints[-1].sequence
    cut(chain, last - 1, with_head=True, with_checkpoints=True)
    assert found().problem == f"The history was rolled back from {last:,} to {last - 2:,}."


def test_erased_details_are_explained_by_what_was_written_later_and_by_nothing_else(histories):
    chain = histories[0]
    sealed = AuditPayload.objects.filter(entry__chain=chain).order_by("-entry__sequence").first()
    number = sealed.entry.sequence
    sealed.delete()
    assert (found().sequence, found().kind) == (number, "payload")
    audit.record("retention", "done", by=None, account=sealed.entry.account, detail={"through": number})
    assert found() is None
