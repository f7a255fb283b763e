"""What else may happen to an account while eight windows of it are walked: nobody is lost, nobody wrongly missing."""

import pytest
from django.utils import timezone

from contacts import mirror, sync
from contacts.models import Contact, SyncPage, SyncRun
from contacts.services import accounts
from tests.rows import make_user
from tests.sync_rig import FULL, assert_equal, fresh, truth, wake, walk
from tests.test_sync_ahead import until
from tests.test_sync_windows import WINDOW, account, asked, emulation, missing  # noqa: F401

pytestmark = pytest.mark.django_db
LATE = 14


def amid(act):
    """Acts once, when some windows have been read for a while and others are still to be read."""
    done = []

    def each(run):
        if run.step == "contacts" and len(run.windows) >= 8 and run.pages >= LATE and not done:
            done.append(True)
            act(run)

    return each


@pytest.mark.parametrize("erase_copy", [False, True])
def test_an_account_that_is_unlinked_amid_its_windows_stands_still(account, emulation, erase_copy):  # noqa: F811
    by, asked_then = make_user(), []

    def unlink(run):
        # What is under way by now may still be answered; nothing else may be asked for.
        until(lambda: len(asked(emulation)) > run.pages)
        accounts.unlink(fresh(account), by=by, erase_copy=erase_copy)
        asked_then.append(len(asked(emulation)))

    run = walk(account, FULL, each=amid(unlink))
    assert len(asked(emulation)) <= asked_then[0] + 8 and missing() == set()
    assert run.state != SyncRun.State.DONE
    if erase_copy:
        assert not Contact.objects.exists() and not SyncRun.objects.exists()
    else:
        before = len(emulation.requests())
        if not run.finished_at:
            wake(run)
        assert len(emulation.requests()) == before


def test_our_own_changes_outlive_the_pages_of_windows_asked_for_before_them(account, emulation):  # noqa: F811
    changed = []

    def change(run):
        stored = run.pages
        # As many pages as may be under way have been asked for, and hold people as they were.
        assert until(lambda: len(asked(emulation)) >= stored + 4)
        held = {str(each) for each in Contact.objects.values_list("remote_id", flat=True)}
        alive = {name for name, each in truth(emulation).items() if "deleted_at" not in each}
        chosen = sorted(alive - held)[:150]
        for name in chosen:
            emulation.control("contact/change", id=name, values={"first_name": "Ours"})
        now, then = timezone.now(), truth(emulation)
        for name in chosen:
            changed.append(mirror.store_contact(account, then[name], fetched_at=now, seen_at=now, by_us=True).pk)

    undone = []

    def look(run):
        disturb(run)
        undone.extend(Contact.objects.filter(pk__in=changed).exclude(first_name="Ours"))

    disturb = amid(change)
    run = walk(account, FULL, each=look)
    assert run.state == SyncRun.State.DONE and len(changed) > 50
    assert undone == [], "at no time did a page asked for earlier show them as they were"
    assert_equal(account, emulation)


@pytest.mark.parametrize(
    ("kind", "options"),
    [("unauthorized", {}), ("delay", {"seconds": 3}), ("throttled", {}), ("status", {"status": 500})],
)
def test_one_window_that_has_trouble_keeps_nobody_of_the_others(account, emulation, kind, options):  # noqa: F811
    windows = []
    walk(account, FULL, each=lambda run: windows.append([each["after"] for each in run.windows]))
    border = max(windows, key=len)[3]
    emulation.fault(kind, path=f"created_after=.*{border[:10]}|created_before=.*{border[:10]}", **options)
    run = walk(fresh(account), FULL)
    for _ in range(4):
        run = run if run.finished_at else wake(run)
    assert run.state == SyncRun.State.DONE and missing() == set()
    assert_equal(account, emulation)


def test_two_walkers_of_one_run_store_each_page_of_a_window_once(account, emulation):  # noqa: F811
    def steal(run):
        SyncRun.objects.filter(pk=run.pk).update(lease_owner="another")

    run = walk(account, FULL, each=amid(steal))
    held, pages = Contact.objects.count(), SyncPage.objects.count()
    assert run.lease_owner == "another" and held < 600
    SyncRun.objects.update(lease_owner="", lease_until=None)
    assert sync.carry_on(SyncRun.objects.select_related("account").get(pk=run.pk)).state == SyncRun.State.DONE
    assert pages < 600 // 20 + 20
    assert_equal(account, emulation)
