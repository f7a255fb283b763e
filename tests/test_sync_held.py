"""Not being shown is a suspicion. Few are asked about one by one; many are held for a person."""

import pytest

from contacts import sync
from contacts.models import AuditEntry, Contact, ContactEvent, SyncRun
from contacts.rules.refusal import Refused
from contacts.sync.sweep import too_many
from tests.emulation import ACCOUNT
from tests.rows import make_user
from tests.sync_rig import FULL, assert_equal, emulated, fresh, linked, truth, walk

pytestmark = pytest.mark.django_db
CONTACTS = r"^/v3/contacts\?"


@pytest.fixture
def emulation(settings):
    with emulated(settings, 200) as emulation:
        yield emulation


@pytest.fixture
def account(emulation):
    account = linked(emulation)
    walk(account)
    return fresh(account)


def erase(emulation, number):
    """Take contacts away as only Constant Contact itself can; their ids."""
    ids = sorted(truth(emulation))[:number]
    for each in ids:
        emulation.state.db.execute("DELETE FROM contacts WHERE account_id = ? AND contact_id = ?", (ACCOUNT, each))
    return ids


def missing():
    ids = Contact.objects.exclude(missing_since=None).values_list("remote_id", flat=True)
    return sorted(map(str, ids))


def test_a_contact_that_is_not_found_is_marked_and_its_row_stays(account, emulation):
    gone = erase(emulation, 3)
    run = walk(account, FULL)
    assert run.state == SyncRun.State.DONE
    assert missing() == gone
    assert sum(fresh(account).counts.values()) == 197
    assert set(ContactEvent.objects.values_list("kind", flat=True)) == {"missing"}
    assert_equal(account, emulation)


def test_a_contact_that_was_only_not_shown_is_not_missing(account, emulation):
    hidden = sorted(truth(emulation))[0]
    emulation.fault("merge", path=CONTACTS, values=without(emulation, hidden))
    run = walk(account, FULL)
    assert run.state == SyncRun.State.DONE and missing() == []
    assert len(emulation.requests(path=f"/v3/contacts/{hidden}")) == 1


def without(emulation, hidden):
    """The whole account on one page, but for one contact; the count agrees with the page."""
    shown = [each for remote_id, each in truth(emulation).items() if remote_id != hidden]
    return {"contacts": shown, "contacts_count": len(shown), "_links": {}}


def test_a_sweep_that_shows_fewer_than_were_counted_takes_nobody_as_missing(account, emulation):
    erase(emulation, 1)
    emulation.fault("merge", path=CONTACTS, values={"contacts_count": 200})
    run = walk(account, FULL)
    assert run.message == "Constant Contact counted 200 contacts and showed 199: nobody is taken as missing."
    assert missing() == []


@pytest.mark.parametrize("count", [0, None])
def test_an_account_that_is_suddenly_empty_is_held_and_nothing_is_touched(account, emulation, count):
    emulation.fault("merge", path=CONTACTS, times=0, values={"contacts": [], "contacts_count": count, "_links": {}})
    run = walk(account, FULL)
    assert run.state == SyncRun.State.HELD and run.finished_at is None
    assert run.message.startswith("Looks wrong: 200 of 200 contacts would vanish. Held for a person")
    entry = AuditEntry.objects.get(action="sync_held")
    assert (entry.detail["vanished"], entry.outcome) == (200, "refused")
    assert missing() == [] and fresh(account).watermark == account.watermark
    assert sync.start_due() == [] and not sync.due().exists()


def test_a_sweep_that_shows_far_fewer_than_were_counted_is_no_complete_one(account, emulation):
    emulation.fault("empty_page", path=CONTACTS, last=True)
    run = walk(account, FULL)
    assert (run.state, run.message) == (
        SyncRun.State.HELD,
        "Constant Contact counted 200 contacts and showed 0. Held for a person.",
    )
    assert fresh(account).watermark == account.watermark and missing() == []


def test_another_accounts_data_is_never_stored(account, emulation):
    emulation.fault("merge", path="/account/summary", times=0, values={"encoded_account_id": "a07other"})
    run = walk(account)
    assert (run.state, run.message) == (
        SyncRun.State.HELD,
        "Constant Contact answered for another account. Nothing was stored.",
    )
    with pytest.raises(Refused, match="not the one that was linked"):
        sync.release(run, by=make_user())
    assert_equal(account, emulation)


def test_a_mass_deletion_is_ordinary_data(account, emulation):
    alive = [each["contact_id"] for each in truth(emulation).values() if "deleted_at" not in each]
    for each in alive:
        emulation.control("contact/delete", id=each)
    assert walk(account, FULL).state == SyncRun.State.DONE
    assert_equal(account, emulation)


def test_a_person_lets_a_held_run_go_on_and_a_sample_proves_it(account, emulation):
    gone, manager = erase(emulation, 100), make_user(name="Dermot")
    held = walk(account, FULL)
    assert held.state == SyncRun.State.HELD
    sync.release(held, by=manager)
    run = sync.carry_on(held)
    assert run.state == SyncRun.State.DONE and missing() == gone
    assert AuditEntry.objects.get(action="sync_released").actor == "Dermot"
    assert len(emulation.requests(path="/v3/contacts/.+")) == 50
    assert_equal(account, emulation)


def test_one_contact_that_is_still_there_spoils_the_sample(account, emulation):
    everybody = truth(emulation)
    hidden = sorted(everybody)[:100]
    page = {"contacts": [each for name, each in everybody.items() if name not in hidden], "_links": {}}
    emulation.fault("merge", path=CONTACTS, times=0, values=page | {"contacts_count": 100})
    held = walk(account, FULL)
    sync.release(held, by=make_user())
    assert sync.carry_on(held).state == SyncRun.State.DONE
    assert missing() == []


def test_a_dismissed_run_ends_and_marks_nothing(account, emulation):
    emulation.fault("merge", path=CONTACTS, values={"contacts": [], "contacts_count": 0, "_links": {}})
    held = walk(account, FULL)
    sync.dismiss(held, by=make_user(name="Dermot"))
    assert (held.state, held.message) == (
        SyncRun.State.FAILED,
        "Dismissed by Dermot. Nothing was marked as missing.",
    )
    with pytest.raises(Refused, match="decided about this run already"):
        sync.dismiss(held, by=make_user())
    assert walk(fresh(account), FULL).state == SyncRun.State.DONE
    assert missing() == []


@pytest.mark.parametrize(
    ("vanished", "held", "result"),
    [(50, 60, False), (51, 60, True), (51, 1020, False), (52, 1020, True), (0, 0, False)],
)
def test_more_than_fifty_and_more_than_five_per_cent_are_too_many(vanished, held, result):
    assert too_many(vanished, held=held) is result
