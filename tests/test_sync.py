"""Whatever happens at Constant Contact, after a quiet run the mirror equals it."""

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from django.utils import timezone

from contacts import leases, sync
from contacts.models import CallBudget, Contact, ContactEvent, ContactList, Membership, SyncPage, SyncRun
from contacts.rules.refusal import Refused
from contacts.sync import runs
from tests.emulation import ACCOUNT
from tests.rows import make_remote
from tests.sync_rig import CHANGES, FULL, assert_equal, emulated, fresh, linked, pages, truth, walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def emulation(settings):
    with emulated(settings, 60) as emulation:
        yield emulation


@pytest.fixture
def account(emulation):
    return linked(emulation)


def test_the_first_run_reads_everything_and_moves_the_watermark(account, emulation):
    before = datetime.now(UTC).replace(microsecond=0)
    run = walk(account, CHANGES)
    account = fresh(account)
    assert (run.kind, run.state, run.seen, run.expected) == (FULL, SyncRun.State.DONE, 60, 60)
    assert_equal(account, emulation)
    assert account.watermark == account.known_since == account.swept_at == run.watermark >= before
    assert account.synced_at == run.started_at
    assert sum(account.counts.values()) == 60
    assert sum(each.member_count for each in ContactList.objects.all()) == Membership.objects.count()
    assert not SyncPage.objects.exists() and not ContactEvent.objects.exists()


def test_a_run_without_changes_writes_no_contact_and_costs_seven_calls(account, emulation):
    walk(account)
    before = list(Contact.objects.values_list("pk", "fetched_at", "digest"))
    run = walk(fresh(account))
    assert (run.kind, run.state, run.stored, run.calls) == (CHANGES, SyncRun.State.DONE, 0, 7)
    assert list(Contact.objects.values_list("pk", "fetched_at", "digest")) == before


def test_a_full_sweep_over_an_unchanged_account_stores_nothing(account, emulation):
    walk(account)
    assert walk(fresh(account), FULL).stored == 0


def test_changes_opt_outs_deletions_and_revivals_are_in_the_next_run(account, emulation):
    walk(account)
    active = [each for each in truth(emulation).values() if each.get("list_memberships") and "email_address" in each]
    ids = [each["contact_id"] for each in active if each["email_address"]["permission_to_send"] == "implicit"]
    emulation.control("clock", advance=60)
    emulation.control("contact/change", id=ids[0], values={"first_name": "Maebh"})
    emulation.control("contact/unsubscribe", id=ids[1])
    emulation.control("contact/delete", id=ids[2])
    emulation.state.load(
        contacts=[make_remote("new@example.org") | {"account": ACCOUNT, "updated_at": "2099-01-01T00:00:00Z"}]
    )
    run = walk(fresh(account))
    assert_equal(account, emulation)
    kinds = {str(each.contact.remote_id): each.kind for each in ContactEvent.objects.select_related("contact")}
    assert [kinds[each] for each in ids[:3]] == ["changed", "unsubscribed", "deleted"]
    assert run.stored == 4


def test_a_deletion_that_moves_no_date_is_found_by_walking_the_deleted(account, emulation):
    emulation.control("switches", delete_moves_updated_at=False)
    walk(account)
    victim = next(each for each in truth(emulation).values() if "deleted_at" not in each and each["list_memberships"])
    emulation.control("clock", advance=3600)
    emulation.control("contact/delete", id=victim["contact_id"])
    walk(fresh(account))
    contact = Contact.objects.get(remote_id=victim["contact_id"])
    assert (contact.deleted_from, contact.deleted_to) == (account_before(account), contact.deleted_to)
    assert_equal(account, emulation)


def account_before(account):
    """The watermark of the run before the last."""
    first, _ = SyncRun.objects.filter(account=account).order_by("id")
    return first.watermark


def test_contacts_that_move_over_a_page_border_are_caught_by_the_next_run(settings):
    with emulated(settings, 1100) as emulation:
        account = linked(emulation)
        run = sync.start(account, FULL)
        pages(run, 5)
        assert run.step == "contacts" and run.pages == 4
        newest = [make_remote(f"new{n}@example.org", updated_at="2099-01-01T00:00:00Z") for n in range(3)]
        emulation.state.load(contacts=[each | {"account": ACCOUNT} for each in newest])
        sync.carry_on(run)
        walk(fresh(account))
        assert_equal(account, emulation)


def test_a_thousand_contacts_with_one_time_stamp_lose_nobody_at_the_border(settings):
    with emulated(settings) as emulation:
        account = linked(emulation)
        walk(account)
        stamp = fresh(account).watermark.isoformat().replace("+00:00", "Z")
        people = (make_remote(f"p{n}@example.org", updated_at=stamp, created_at=stamp) for n in range(1000))
        emulation.state.load(contacts=(each | {"account": ACCOUNT} for each in people))
        walk(fresh(account))
        assert_equal(account, emulation)


@pytest.mark.parametrize("hours", [1, -1])
def test_our_own_clock_decides_nothing_about_what_is_read(account, emulation, hours, monkeypatch):
    walk(account)
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(hours=hours))
    walk(fresh(account))
    monkeypatch.setattr(timezone, "now", real)
    # The budget of calls has a clock of its own, and tests of its own.
    CallBudget.objects.all().delete()
    someone = next(each for each in truth(emulation).values() if "deleted_at" not in each)
    emulation.control("contact/change", id=someone["contact_id"], values={"last_name": "O’Brien"})
    assert walk(fresh(account)).state == SyncRun.State.DONE
    assert_equal(account, emulation)


def test_a_list_deleted_in_the_middle_of_a_run_keeps_its_members(account, emulation):
    run = sync.start(account, FULL)
    pages(run, 4)
    [gone, *_] = [each["list_id"] for each in emulation.get("/contact_lists").json()["lists"]]
    emulation.control("list/delete", id=gone)
    sync.carry_on(run)
    walk(fresh(account), FULL)
    assert ContactList.objects.get(remote_id=gone).gone_at is not None
    assert Contact.objects.count() == 60
    assert_equal(account, emulation)


def test_the_second_of_two_runs_joins_the_first(account):
    first = sync.start(account, FULL)
    assert sync.start(account, CHANGES) == first
    assert SyncRun.objects.count() == 1


def test_a_run_that_somebody_walks_is_not_walked_by_another(account):
    run = sync.start(account, FULL)
    assert sync.step(run, owner="one")
    again = SyncRun.objects.get(pk=run.pk)
    assert sync.step(again, owner="two") is False
    assert again.pages == run.pages == 0


def test_an_account_whose_link_is_broken_is_not_read(account):
    account.state = "broken"
    account.save()
    with pytest.raises(Refused, match="Reconnect the account"):
        sync.start(account, FULL)
    assert sync.start_due() == []


def test_the_clock_starts_what_is_due_and_nothing_twice(account, emulation):
    [run] = sync.start_due()
    assert sync.start_due() == [] and list(sync.due()) == [run]
    assert sync.carry_on(run).state == SyncRun.State.DONE
    assert sync.start_due() == [] and not sync.due().exists()


def test_a_lease_that_was_taken_while_we_waited_for_the_row_is_left_alone(account):
    run = sync.start(account, FULL)
    for seconds in (1, 30):
        # The holder's clock was read after ours, or runs a little ahead of it.
        until = timezone.now() + leases.LEASE + timedelta(seconds=seconds)
        SyncRun.objects.filter(pk=run.pk).update(lease_owner="another", lease_until=until)
        assert not runs.claim(run, "me") and not sync.due().exists()


def test_a_stop_ends_the_walk_after_the_page_under_way(account):
    stop, run = Event(), sync.start(account, FULL)
    run = sync.carry_on(run, stop=stop, each=lambda run: stop.set() if run.pages else None)
    assert (run.pages, run.state, run.lease_owner) == (1, SyncRun.State.RUNNING, "")
    assert sync.carry_on(run).state == SyncRun.State.DONE
