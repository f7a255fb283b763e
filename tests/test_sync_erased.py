"""Runs of the sync where somebody was erased on request: they are seen, not copied, and taken for nobody missing."""

import pytest

from contacts import sync
from contacts.models import Contact, SyncRun
from contacts.services import erasing
from tests.rows import make_access
from tests.sync_rig import CHANGES, FULL, emulated, fresh, linked, pages, truth, walk

pytestmark = pytest.mark.django_db
PEOPLE = 12


@pytest.fixture
def emulation(settings):
    with emulated(settings, PEOPLE) as running:
        yield running


@pytest.fixture
def account(emulation):
    made = linked(emulation)
    walk(made, FULL)
    return made


def erase(account, contact):
    erasing.begin(contact, by=make_access(account, "manager").user, reason="")


def held(account):
    return Contact.objects.filter(account=account, missing_since=None).count()


def test_the_next_runs_leave_the_erased_out_and_take_nobody_as_missing(account):
    for contact in Contact.objects.order_by("pk")[:3]:
        erase(account, contact)
    for kind in (FULL, CHANGES, FULL):
        run = walk(fresh(account), kind)
        assert (run.state, run.message) == (SyncRun.State.DONE, "")
    assert held(account) == PEOPLE - 3
    assert sum(fresh(account).counts.values()) == PEOPLE - 3


@pytest.mark.parametrize("order", ["pk", "-pk"])
def test_somebody_may_be_erased_in_the_middle_of_a_sweep(account, order):
    run = sync.start(account, FULL)
    while run.step != "sweep":
        pages(run, 1)
    erase(account, Contact.objects.order_by(order).first())
    run = sync.carry_on(run)
    assert (run.state, run.message) == (SyncRun.State.DONE, "")
    assert held(account) == PEOPLE - 1


def test_who_really_vanished_is_still_found(account, emulation):
    erase(account, Contact.objects.order_by("pk").first())
    gone = Contact.objects.order_by("-pk").first()
    emulation.state.db.execute("DELETE FROM contacts WHERE contact_id = ?", (str(gone.remote_id),))
    walk(fresh(account), FULL)
    gone.refresh_from_db()
    assert gone.missing_since is not None
    assert held(account) == PEOPLE - 2


def test_the_deleted_who_were_erased_do_not_hide_the_newly_deleted(account, emulation):
    ghost = Contact.objects.ghosts().first()
    erase(account, ghost)
    alive = Contact.objects.filter(deleted_on=None).first()
    emulation.call("DELETE", f"/contacts/{alive.remote_id}")
    walk(fresh(account), CHANGES)
    alive.refresh_from_db()
    assert alive.deleted_on is not None
    assert len(truth(emulation)) == PEOPLE
