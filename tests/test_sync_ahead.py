"""Pages fetched while another one is stored: quicker, and never anything else."""

import threading

import pytest
from django.utils import timezone

from contacts import mirror, sync
from contacts.models import Contact, RequestLog, SyncRun
from contacts.sync import walks
from tests.sync_rig import FULL, assert_equal, emulated, fresh, linked, truth, walk

pytestmark = pytest.mark.django_db
CONTACTS = "^/v3/contacts$"


@pytest.fixture
def emulation(settings, monkeypatch):
    monkeypatch.setattr(walks, "PER_PAGE", 50)
    with emulated(settings, 220) as emulation:
        yield emulation


@pytest.fixture
def account(emulation):
    return linked(emulation)


def until(condition):
    """What a thread does comes in a moment; a test that waits for nothing fails after half a minute."""
    for _ in range(600):
        if condition():
            return True
        threading.Event().wait(0.05)
    return False


def test_the_next_page_has_been_asked_for_when_one_is_stored(account, emulation):
    asked = []

    def look(run):
        if run.step == "contacts" and run.cursor:
            wanted = len(asked) + 2
            asked.append(until(lambda: len(emulation.requests(path=CONTACTS)) == wanted))

    run = walk(account, FULL, each=look)
    assert run.state == SyncRun.State.DONE and asked == [True] * 4
    assert_equal(account, emulation)


def test_no_page_is_asked_for_twice_and_every_call_is_written_down(account, emulation):
    run = walk(account, FULL)
    asked = [each["query"] for each in emulation.requests(path="^/v3/")]
    assert len(asked) == run.calls == RequestLog.objects.count() == 9
    assert len(emulation.requests(path=CONTACTS)) == len({*asked} - {"limit=500", "limit=100", ""}) - 1 == 5


def test_the_first_page_of_everything_is_asked_for_at_once(account, emulation):
    seen = []
    walk(account, FULL, each=lambda run: seen.append(until(lambda: len(emulation.requests(path="^/v3/")) >= 5)))
    assert seen[1]
    assert next(each["path"] for each in emulation.requests(path="^/v3/")) == "/v3/account/summary"


def test_a_page_asked_for_before_our_own_change_does_not_undo_it(account, emulation):
    """It was fetched ahead, so it is stored when our change is long done (faults S17)."""
    changed = []

    def change(run):
        if run.step != "contacts" or run.pages != 4 or changed:
            return
        assert until(lambda: len(emulation.requests(path=CONTACTS)) == 2)
        held = {str(each) for each in Contact.objects.values_list("remote_id", flat=True)}
        later = [each for name, each in truth(emulation).items() if name not in held]
        now = timezone.now()
        for each in later:
            ours = each | {"first_name": "Ours", "updated_at": each["updated_at"]}
            changed.append(mirror.store_contact(account, ours, fetched_at=now, seen_at=now, by_us=True))

    run = walk(account, FULL, each=change)
    names = Contact.objects.filter(pk__in=[each.pk for each in changed]).values_list("first_name", flat=True)
    assert run.state == SyncRun.State.DONE and len(changed) == 170
    # The 50 of the page that was under way; all others were asked for afterwards.
    assert list(names).count("Ours") == 50


def test_being_asked_to_stop_ends_the_walk_with_the_page_that_is_stored(account, emulation):
    stop = threading.Event()
    emulation.fault("delay", path="cursor=", seconds=5, times=0)
    run = walk(account, FULL, stop=stop, each=lambda run: stop.set() if run.seen else None)
    assert (run.state, run.seen, run.lease_owner) == (SyncRun.State.RUNNING, 50, "")
    emulation.app.faults.clear()
    assert sync.carry_on(run).state == SyncRun.State.DONE
    assert_equal(account, emulation)


def test_at_the_end_of_a_turn_what_was_asked_for_is_stored(account, emulation):
    run, turns = sync.start(account, FULL), 0
    while run.state == SyncRun.State.RUNNING:
        run, turns = sync.carry_on(run, seconds=0.000001), turns + 1
    assert run.state == SyncRun.State.DONE and turns > 3
    assert len(emulation.requests(path=CONTACTS)) == 5
    assert_equal(account, emulation)


def test_a_page_fetched_ahead_is_dropped_when_another_walker_has_the_run(account, emulation):
    def steal(run):
        if run.seen == 100:
            SyncRun.objects.update(lease_owner="another", cursor="", seen=0)

    run = walk(account, FULL, each=steal)
    assert (run.lease_owner, run.seen, Contact.objects.count()) == ("another", 0, 100)
    SyncRun.objects.update(lease_owner="", lease_until=None, restarts=1)
    assert sync.carry_on(fresh_run(run)).state == SyncRun.State.DONE
    assert_equal(account, emulation)


def test_a_link_that_is_renewed_in_the_middle_loses_nothing(account, emulation):
    emulation.fault("unauthorized", path="cursor=", skip=1)
    run = walk(account, FULL)
    assert run.state == SyncRun.State.DONE and fresh(account).state == "linked"
    assert_equal(account, emulation)


def fresh_run(run):
    return SyncRun.objects.select_related("account").get(pk=run.pk)
