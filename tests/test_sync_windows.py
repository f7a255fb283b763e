"""A walk split into windows, with everything that can go wrong on the way: the same mirror as by one walk."""

import pytest

from contacts import sync
from contacts.models import Contact, SyncRun
from contacts.sync import troubles, walks, windows
from emulator.state import query
from tests.emulation import ACCOUNT
from tests.rows import make_remote
from tests.sync_rig import FULL, assert_equal, emulated, fresh, linked, truth, wake, walk

pytestmark = pytest.mark.django_db
CONTACTS = "^/v3/contacts$"
WINDOW = r"created_(after|before)="


@pytest.fixture
def emulation(settings, monkeypatch):
    """600 contacts in pages of 20, worth splitting at any speed."""
    monkeypatch.setattr(walks, "PER_PAGE", 20)
    for name, value in {"WORTH": 100, "QUICK_MS": 0, "EACH": 20, "SAMPLE": 600}.items():
        monkeypatch.setattr(windows, name, value)
    settings.CC_CALLS_PER_SECOND = 1_000_000
    with emulated(settings, 600) as emulation:
        settings.CC_CALLS_PER_SECOND = 1_000_000
        yield emulation


@pytest.fixture
def account(emulation):
    return linked(emulation)


def asked(emulation):
    return [each["query"] for each in emulation.requests(path=CONTACTS)]


def missing():
    return {str(each) for each in Contact.objects.exclude(missing_since=None).values_list("remote_id", flat=True)}


def test_a_slow_account_is_read_in_windows_and_the_mirror_is_whole(account, emulation):
    run = walk(account, FULL)
    assert (run.state, run.windows, run.expected, run.message) == (SyncRun.State.DONE, [], 600, "")
    assert run.tally["split"]["windows"] == windows.NUMBER and 600 <= run.seen <= 620
    assert len([each for each in asked(emulation) if "created_" in each]) >= windows.NUMBER
    assert_equal(account, emulation)


def test_progress_counts_to_what_there_is(account, emulation):
    told = []
    walk(account, FULL, each=lambda run: told.append((run.step, run.seen)))
    seen = [number for step, number in told if step == "contacts"]
    assert max(seen) <= 620 and seen[-1] >= 560
    assert seen.count(0) <= 2


def test_a_later_run_parts_the_contacts_evenly_and_reads_hardly_anything_twice(account, emulation):
    walk(account, FULL)
    before, parts = len(asked(emulation)), []
    run = walk(fresh(account), FULL, each=lambda run: parts.append(windows.of(run)))
    counts = [each.count for each in max(parts, key=lambda each: sum(part.seen for part in each))]
    assert len(counts) == windows.NUMBER and max(counts) <= 110
    assert run.stored == 0 and len(asked(emulation)) - before <= 600 // 20 + windows.NUMBER + 2
    assert_equal(account, emulation)


def test_who_is_gone_is_noticed_and_nobody_else(account, emulation):
    walk(account, FULL)
    gone = sorted(truth(emulation))[::200]
    for each in gone:
        emulation.state.db.execute("DELETE FROM contacts WHERE contact_id = ?", (each,))
    run = walk(fresh(account), FULL)
    assert run.state == SyncRun.State.DONE and missing() == {*gone}
    assert_equal(account, emulation)


def test_contacts_without_a_date_of_creation_are_found_by_one_walk(account, emulation, monkeypatch):
    monkeypatch.setitem(query._TIME_COLUMNS, "created", "nullif(created_at, '')")
    emulation.state.db.execute("UPDATE contacts SET created_at = '' WHERE number % 200 = 7")
    run = walk(account, FULL)
    assert (run.state, run.expected, run.tally["split"]) == (SyncRun.State.DONE, 600, {"rest": 7})
    assert_equal(account, emulation)
    before = len(asked(emulation))
    run = walk(fresh(account), FULL)
    assert run.tally["split"] == {"rest": 6} and not any("created_" in each for each in asked(emulation)[before:])
    assert missing() == set()


def test_an_account_that_was_filled_in_one_week_is_parted_where_its_contacts_are(account, emulation):
    emulation.state.db.execute("UPDATE contacts SET created_at = '2021-06-0' || (number % 7 + 1) || 'T10:00:00Z'")
    most = []
    run = walk(account, FULL, each=lambda run: most.append(len(run.windows)))
    assert (run.state, run.tally["split"]["windows"]) == (SyncRun.State.DONE, 8) and 16 <= max(most) <= 38
    assert 600 <= run.seen <= 700
    assert_equal(account, emulation)


def test_an_account_that_does_not_show_windows_is_read_by_one_walk(account, emulation):
    emulation.fault("status", path=WINDOW, status=400, times=0)
    run = walk(account, FULL)
    assert run.state == SyncRun.State.DONE and run.tally["split"] == {"rest": 7}
    assert_equal(account, emulation)


@pytest.mark.parametrize(("kind", "options"), [("status", {"status": 503}), ("drop", {}), ("throttled", {})])
@pytest.mark.parametrize("skip", [0, 9, 20])
def test_a_passing_fault_in_a_window_is_waited_out_there(account, emulation, kind, options, skip):
    emulation.fault(kind, path="^/v3/contacts", skip=5 + skip, **options)
    run = walk(account, FULL)
    for _ in range(3):
        run = run if run.finished_at else wake(run)
    assert (run.state, run.restarts) == (SyncRun.State.DONE, 0)
    assert_equal(account, emulation)


def test_an_expired_cursor_begins_one_window_again(account, emulation):
    emulation.fault("expired_cursor", path="cursor=", skip=10)
    run = walk(account, FULL)
    assert (run.state, run.restarts) == (SyncRun.State.DONE, 1) and 600 <= run.seen <= 620
    assert_equal(account, emulation)


@pytest.mark.parametrize("kind", ["expired_cursor", "same_cursor"])
def test_a_window_that_never_ends_ends_the_run(account, emulation, kind):
    emulation.fault(kind, path="cursor=", skip=5, times=0)
    run = walk(account, FULL)
    assert (run.state, run.restarts) == (SyncRun.State.FAILED, troubles.RESTARTS)
    assert "Our copy stays as it was" in run.message


def test_an_unreadable_answer_in_a_window_ends_the_run(account, emulation):
    walk(account, FULL)
    emulation.fault("missing_key", path=WINDOW, skip=3)
    run = walk(fresh(account), FULL)
    assert run.state == SyncRun.State.FAILED and run.message.startswith("Constant Contact sent an unreadable answer.")
    assert missing() == set()
    assert_equal(account, emulation)


def test_a_window_that_is_suddenly_empty_proves_nothing(account, emulation):
    walk(account, FULL)
    emulation.fault("empty_page", path="^/v3/contacts", skip=6, last=True)
    run = walk(fresh(account), FULL)
    assert run.state == SyncRun.State.DONE and run.tally["split"] == {"rest": 7}
    assert missing() == set()
    assert_equal(account, emulation)


def test_contacts_that_come_and_go_while_windows_are_walked(account, emulation):
    alive = [name for name, each in truth(emulation).items() if "deleted_at" not in each]

    def disturb(run):
        if run.step == "contacts" and run.pages == 12:
            for each in alive[::40]:
                emulation.control("contact/delete", id=each)
            new = [make_remote(f"new{number}@example.org", created_at="2026-11-21T12:00:00Z") for number in range(30)]
            emulation.state.load(contacts=[each | {"account": ACCOUNT} for each in new])

    run = walk(account, FULL, each=disturb)
    assert run.state == SyncRun.State.DONE and missing() == set()
    walk(fresh(account), FULL)
    assert_equal(account, emulation)


def test_a_run_is_carried_on_in_its_windows_turn_by_turn(account, emulation):
    run = sync.start(account, FULL)
    for _ in range(200):
        run = sync.carry_on(run, seconds=0.000001)
        if run.finished_at:
            break
    assert run.state == SyncRun.State.DONE and run.interrupted == 0
    assert len(asked(emulation)) == len(set(asked(emulation)))
    assert_equal(account, emulation)


def test_steps_taken_one_by_one_go_through_windows_too(account, emulation):
    run = sync.start(account, FULL)
    while sync.step(run):
        pass
    assert run.state == SyncRun.State.DONE and run.tally["split"]["windows"] == windows.NUMBER
    assert_equal(account, emulation)


def test_a_day_that_is_spent_stores_what_was_read_and_goes_on_there(account, emulation, settings):
    settings.CC_CALLS_PER_DAY = 30
    run = walk(account, FULL)
    assert "Goes on at 00:00 UTC, at the same page" in run.message
    assert run.calls == len(emulation.requests(path="^/v3/")) == 27
    settings.CC_CALLS_PER_DAY = 1000
    run = wake(run)
    assert (run.state, run.restarts) == (SyncRun.State.DONE, 0)
    assert len(asked(emulation)) == len(set(asked(emulation)))
    assert_equal(account, emulation)
