"""Each fault of a run has its sentence, loses nothing, and ends in a mirror that is true or says that it is not."""

import itertools
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connection

from contacts import sync
from contacts.models import AuditEntry, CallBudget, Contact, LinkedAccount, SyncRun
from contacts.sync import troubles
from tests.emulation import ACCOUNT
from tests.rows import make_remote, make_user
from tests.sync_rig import CHANGES, FULL, assert_equal, emulated, fresh, linked, pages, wake, walk

pytestmark = pytest.mark.django_db
CONTACTS = r"^/v3/contacts\?"


@pytest.fixture
def emulation(settings):
    with emulated(settings, 1100) as emulation:
        yield emulation


@pytest.fixture
def account(emulation):
    return linked(emulation)


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("status", {"status": 503}, "fault of its own (503)"),
        ("status", {"status": 500}, "fault of its own (500)"),
        ("html", {"status": 502}, "fault of its own (502)"),
        ("drop", {}, "broke before Constant Contact answered"),
        ("cut_body", {}, "broke before Constant Contact answered"),
    ],
)
def test_a_passing_fault_is_waited_out_at_the_same_page(account, emulation, kind, options, says):
    emulation.fault(kind, path=CONTACTS, skip=1, **options)
    run = walk(account, FULL)
    assert says in run.message and "5 left" in run.message
    assert (run.state, run.seen, run.lease_owner) == (SyncRun.State.RUNNING, 500, "")
    assert wake(run).state == SyncRun.State.DONE
    assert_equal(account, emulation)


def test_a_fault_for_ever_ends_the_run_after_a_number_of_tries(account, emulation):
    emulation.fault("status", path=CONTACTS, status=503, times=0)
    run = walk(account, FULL)
    for _ in range(troubles.TRIES - 1):
        assert run.state == SyncRun.State.RUNNING and run.not_before
        run = wake(run)
    assert run.state == SyncRun.State.FAILED
    assert "(503)" in run.message and "Our copy stays as it was" in run.message
    assert len(emulation.requests(path="^/v3/contacts$")) == troubles.TRIES
    assert fresh(account).synced_at is None and fresh(account).next_sync_at is not None


def test_a_port_that_nobody_listens_on_is_waited_for(settings, account):
    settings.CC_API_BASE = "http://127.0.0.1:9/v3"
    run = walk(account, FULL)
    assert "could not be reached" in run.message and run.not_before
    assert run.state == SyncRun.State.RUNNING


@pytest.mark.parametrize("hint", [True, False])
def test_being_asked_to_slow_down_is_no_failure(account, emulation, hint):
    emulation.fault("throttled", path=CONTACTS, times=3, retry_after=hint)
    run = sync.start(account, FULL)
    pages(run, 5)
    for tries in (1, 2, 3):
        assert (run.state, run.tries) == (SyncRun.State.RUNNING, tries) and run.not_before
        assert run.message == "Constant Contact asked us to slow down. Continuing."
        run = wake(run, steps=1)
    assert sync.carry_on(run).state == SyncRun.State.DONE
    assert_equal(account, emulation)


def test_a_spent_day_stops_at_the_page_and_goes_on_there(account, emulation):
    emulation.fault("quota_exceeded", path=CONTACTS, skip=1)
    run = walk(account, FULL)
    assert "Goes on at 00:00 UTC, at the same page" in run.message
    midnight = run.not_before.astimezone(UTC)
    assert (midnight.hour, midnight.minute) == (0, 0) and midnight > datetime.now(UTC)
    assert (run.state, run.seen) == (SyncRun.State.RUNNING, 500)
    CallBudget.objects.update(spent_until=None)
    assert wake(run).state == SyncRun.State.DONE
    asked = [each["query"] for each in emulation.requests(path="^/v3/contacts$")]
    assert len(asked) == 4 and asked[1] == asked[2]
    assert_equal(account, emulation)


@pytest.mark.parametrize(
    ("kind", "options"),
    [("cut_json", {}), ("html", {"status": 200}), ("missing_key", {}), ("raw", {"body": '{"contacts": null}'})],
)
def test_an_unreadable_answer_ends_the_run_and_touches_nothing(account, emulation, kind, options):
    walk(account)
    emulation.fault(kind, path=CONTACTS, **options)
    run = walk(fresh(account), FULL)
    assert run.state == SyncRun.State.FAILED
    assert run.message.startswith("Constant Contact sent an unreadable answer. Our copy stays as it was")
    assert_equal(account, emulation)
    assert not Contact.objects.exclude(missing_since=None).exists()


def test_an_expired_cursor_begins_the_walk_again(account, emulation):
    emulation.fault("expired_cursor", path="cursor=", times=2)
    run = walk(account, FULL)
    assert (run.state, run.restarts, run.seen) == (SyncRun.State.DONE, 2, 1100)
    assert_equal(account, emulation)


def test_cursors_that_always_expire_end_the_run(account, emulation):
    emulation.fault("expired_cursor", path="cursor=", times=0)
    run = walk(account, FULL)
    assert (run.state, run.restarts) == (SyncRun.State.FAILED, troubles.RESTARTS)
    assert "no longer took our place in its pages" in run.message


def test_pages_that_lead_round_in_a_circle_end_the_run(account, emulation):
    emulation.fault("same_cursor", path=CONTACTS, times=0)
    run = walk(account, FULL)
    assert run.state == SyncRun.State.FAILED
    assert run.message.startswith("Constant Contact's pages lead round in a circle.")
    assert len(emulation.requests(path="^/v3/contacts$")) == 2 * (troubles.RESTARTS + 1)


def test_an_empty_page_with_a_next_one_is_no_end(account, emulation):
    emulation.fault("empty_page", path=CONTACTS, skip=2)
    emulation.state.load(contacts=(make_remote(f"x{n}@example.org") | {"account": ACCOUNT} for n in range(420)))
    run = walk(account, FULL)
    assert (run.seen, run.expected, Contact.objects.count()) == (1020, 1520, 1020)
    assert run.message == "Constant Contact counted 1,520 contacts and showed 1,020. Held for a person."
    sync.release(run, by=make_user())
    assert sync.carry_on(run).state == SyncRun.State.DONE
    walk(fresh(account), FULL)
    assert_equal(account, emulation)


def test_changes_that_are_counted_and_not_shown_are_asked_for_again(account, emulation):
    walk(account)
    new = (make_remote(f"x{n}@example.org", updated_at="2099-01-01T00:00:00Z") for n in range(600))
    emulation.state.load(contacts=(each | {"account": ACCOUNT} for each in new))
    emulation.fault("empty_page", path="cursor=")
    run = walk(fresh(account))
    assert (run.state, run.restarts) == (SyncRun.State.DONE, 1)
    assert_equal(account, emulation)


@pytest.mark.parametrize("href", ["http://127.0.0.2:9/v3/contacts?cursor=x", "//evil.example.com/v3/contacts?cursor=x"])
def test_a_link_to_another_host_is_not_followed(account, emulation, href):
    emulation.fault("foreign_link", path=CONTACTS, href=href)
    run = walk(account, FULL)
    assert run.state == SyncRun.State.FAILED
    assert run.message.startswith("Constant Contact sent a link that leads to another host; we did not follow it.")
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("kind", "says"), [("unauthorized", "no longer accepts our key"), ("forbidden", "may not do this")]
)
def test_a_link_that_no_longer_works_stops_the_account_and_says_so(account, emulation, kind, says):
    walk(account)
    emulation.fault(kind, path=CONTACTS, times=0)
    run = walk(fresh(account), FULL)
    account = fresh(account)
    assert (run.state, account.state) == (SyncRun.State.FAILED, LinkedAccount.State.BROKEN)
    assert says in run.message and account.broken_reason.startswith("Constant Contact ")
    assert AuditEntry.objects.filter(action="link_broken").count() == 1
    assert not Contact.objects.exclude(missing_since=None).exists()
    assert len(emulation.requests(path="^/v3/contacts$")) <= 6
    assert sync.start_due() == []


def test_odd_data_from_the_wire_is_counted_and_kept(account, emulation):
    emulation.fault("merge", path=CONTACTS, times=0, each={"first_name": "Nul\x00l 😀\ud83d", "new": {"a": [None]}})
    run = walk(account, FULL)
    assert run.state == SyncRun.State.DONE
    one = Contact.objects.first()
    assert one.first_name == "Null 😀?"
    assert one.remote["first_name"] == "Nul\x00l 😀\ud83d" and one.remote["new"] == {"a": [None]}


def test_a_field_of_another_type_is_counted_in_the_run(account, emulation):
    emulation.fault("merge", path=CONTACTS, times=0, each={"last_name": 7})
    assert walk(account, FULL).not_understood == 1100


def test_a_fault_of_our_own_ends_the_run_instead_of_repeating_it(account, emulation, monkeypatch):
    run = sync.start(account, CHANGES)
    SyncRun.objects.filter(pk=run.pk).update(step="no such step")
    with pytest.raises(KeyError):
        sync.step(run)
    run.refresh_from_db()
    assert (run.state, run.message.split(".")[0]) == (SyncRun.State.FAILED, "Something broke on our side")


def fails_at(number, met):
    """The database refuses the n-th statement of the pages, as a locked one does; ``met`` counts them.

    A write outside every transaction of the run is left out: it would spoil the transaction that the test runs in.
    """
    depth = len(connection.savepoint_ids)

    def watch(execute, sql, params, many, context):
        ours = "contacts_" in sql and "contacts_callbudget" not in sql
        if ours and (sql.startswith("SELECT") or len(connection.savepoint_ids) > depth) and next(met) == number:
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    return connection.execute_wrapper(watch)


# The last statement of all reads the run for whoever asked; how many there are before it depends on when pages come.
@pytest.mark.parametrize("number", [3, 10, 20, 30, 40, 50])
def test_a_busy_database_costs_a_moment_and_no_page(settings, number):
    with emulated(settings, 30) as emulation:
        account = linked(emulation)
        run = sync.start(account, FULL)
        met = itertools.count(1)
        with fails_at(number, met):
            run = sync.carry_on(run)
        assert next(met) > number
        assert (run.state, run.interrupted) == (SyncRun.State.DONE, 0)
        assert_equal(account, emulation)


def test_a_run_that_is_erased_while_it_is_walked_just_ends(account, emulation):
    run = sync.start(account, FULL)
    sync.carry_on(run, each=lambda run: SyncRun.objects.all().delete() if run.pages == 2 else None)
    assert not SyncRun.objects.exists()
