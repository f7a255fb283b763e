"""Sync: what each state of a run says, to whom, and what a person may do about it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts import sync
from contacts.models import AuditEntry, CallBudget, LinkedAccount, RequestLog, SeenActivity, SyncRun, Worker
from tests.rows import make_access, make_account

pytestmark = pytest.mark.django_db
State, Kind = SyncRun.State, SyncRun.Kind


@pytest.fixture
def account():
    return make_account(synced_at=timezone.now() - timedelta(minutes=4), watermark=timezone.now())


@pytest.fixture
def sign_in(client, account):
    def sign_in(role):
        person = make_access(account, role).user
        client.force_login(person)
        return person

    return sign_in


def make_run(account, **fields):
    return SyncRun.objects.create(account=account, **{"kind": Kind.FULL, "step": "contacts", **fields})


def url(name, account, **parts):
    return reverse(name, kwargs={"account": account.slug, **parts})


def page(client, account, name="sync_status"):
    answer = client.get(url(name, account))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_an_account_that_was_never_read_says_so(client, sign_in, account):
    LinkedAccount.objects.update(synced_at=None, watermark=None)
    sign_in("agent")
    text = page(client, account)
    assert "only when the first reading has ended" in text
    assert "No run has ended yet." in text and "Sync now" in text


def test_the_fragment_has_words_before_there_was_any_run(client, sign_in, account):
    sign_in("agent")
    assert "Nothing has been read yet." in page(client, account, "sync_progress")


def test_the_first_reading_shows_how_far_it_is_and_what_works_already(client, sign_in, account):
    LinkedAccount.objects.update(synced_at=None)
    make_run(account, seen=1500, expected=7200, lease_owner="worker")
    sign_in("viewer")
    for name in ("sync_status", "sync_progress"):
        text = page(client, account, name)
        assert "1,500 of about 7,200." in text and "You can already check addresses." in text
        assert 'hx-trigger="every 2s"' in text and '<progress class="wide" max="7200" value="1500"' in text
    assert "Load the page again" in text


@pytest.mark.parametrize("state", [State.DONE, State.FAILED, State.HELD])
def test_the_fragment_stops_asking_when_nothing_moves_any_more(client, sign_in, account, state):
    ended = None if state == State.HELD else timezone.now()
    make_run(account, state=state, finished_at=ended, seen=7200, stored=12, message="Told why.")
    sign_in("agent")
    text = page(client, account, "sync_progress")
    assert "hx-trigger" not in text and "Told why." in text
    assert ("Decide about it" if state == State.HELD else "7,200 seen, 12 changed") in text


def test_a_run_that_must_wait_says_until_when_and_that_nothing_was_lost(client, sign_in, account):
    until = timezone.now() + timedelta(hours=3)
    make_run(account, not_before=until, message="Today's calls are used up. Goes on at 00:00 UTC, at the same page.")
    sign_in("agent")
    text = page(client, account)
    assert "Today&#x27;s calls are used up." in text and "Nothing was lost." in text


def test_a_run_that_nobody_walks_says_whether_there_is_a_worker(client, sign_in, account):
    make_run(account, started_at=timezone.now() - timedelta(minutes=1))
    sign_in("agent")
    assert "No worker is running" in page(client, account, "sync_progress")
    Worker.objects.create(name="one")
    assert "waits for its turn" in page(client, account, "sync_progress")


def test_the_page_says_how_many_workers_there_are_and_when_one_was_seen(client, sign_in, account):
    sign_in("viewer")
    nobody = "No worker is running: nothing is read and no job goes on. Start it with “manage.py worker”."
    assert nobody in page(client, account)
    now = timezone.now()
    Worker.objects.create(name="killed", seen_at=now - timedelta(minutes=7))
    assert nobody in page(client, account) and "7 min ago" in page(client, account)
    Worker.objects.create(name="one", seen_at=now - timedelta(seconds=30))
    Worker.objects.create(name="two", seen_at=now - timedelta(seconds=20))
    assert "2 workers, last seen 2" in page(client, account)


def test_an_interrupted_run_says_where_it_was_resumed(client, sign_in, account):
    make_run(account, message="Interrupted, resumed from page 4.", lease_owner="worker", interrupted=1)
    sign_in("agent")
    assert "Interrupted, resumed from page 4." in page(client, account)


def test_the_streams_show_the_last_good_run_and_its_cost(client, sign_in, account):
    tally = {"lists": {"calls": 1, "seen": 19, "stored": 2}, "changed": {"calls": 3, "seen": 1200, "stored": 44}}
    begun = timezone.now() - timedelta(minutes=5)
    make_run(account, kind=Kind.CHANGES, state=State.DONE, tally=tally, started_at=begun, finished_at=timezone.now())
    make_run(account, state=State.FAILED, finished_at=timezone.now(), message="Constant Contact has a fault (503).")
    sign_in("agent")
    text = page(client, account)
    assert ">44</td>" in text and "3 calls" in text and "5 min" in text
    assert "Failed: Constant Contact has a fault (503)." in text
    assert "not yet" in text


def test_todays_calls_are_shown_with_the_reset_in_utc_and_here(client, sign_in, account):
    CallBudget.objects.create(key="k", day=timezone.now().date(), used=1204)
    RequestLog.objects.create(account=account, method="GET", path="/contacts", status=200, ms=90)
    RequestLog.objects.create(account=make_account(), method="GET", path="/contacts", status=200, ms=90)
    sign_in("agent")
    text = page(client, account)
    assert "1,204 of 10,000 used by all accounts, 1 of them for this one." in text
    assert "00:00 UTC" in text


def test_sync_now_begins_a_run_for_the_worker(client, sign_in, account, django_capture_on_commit_callbacks, settings):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    from django.tasks import default_task_backend

    sign_in("agent")
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url("sync_now", account), {"kind": "changes"})
    run = SyncRun.objects.get()
    assert (answer.status_code, run.kind, run.state) == (302, Kind.CHANGES, State.RUNNING)
    assert [result.args for result in default_task_backend.results] == [[run.pk]]


def test_a_second_sync_now_joins_the_first(client, sign_in, account):
    sign_in("agent")
    client.post(url("sync_now", account))
    answer = client.post(url("sync_now", account), {"kind": "full"}, follow=True)
    assert SyncRun.objects.get().kind == Kind.CHANGES
    assert "A run is under way already" in answer.content.decode()


def test_a_broken_link_begins_no_run_and_says_why(client, sign_in, account):
    LinkedAccount.objects.update(state="broken", broken_reason="It has ended.")
    sign_in("agent")
    answer = client.post(url("sync_now", account), follow=True)
    assert not SyncRun.objects.exists()
    assert "nothing can be read. Reconnect the account." in answer.content.decode()


@pytest.fixture
def held(account):
    return make_run(account, step="sweep", state=State.HELD, message="Looks wrong: 50,000 would vanish.")


def test_a_manager_lets_a_held_run_go_on(client, sign_in, account, held):
    manager = sign_in("manager")
    assert "It is right so: go on" in page(client, account)
    client.post(url("sync_decide", account, pk=held.pk), {"decision": "release"})
    held.refresh_from_db()
    assert (held.state, held.released) == (State.RUNNING, True)
    assert AuditEntry.objects.get(action="sync_released").actor_id == manager.pk


def test_a_manager_dismisses_a_held_run(client, sign_in, account, held):
    sign_in("manager")
    answer = client.post(url("sync_decide", account, pk=held.pk), {"decision": "dismiss"}, follow=True)
    held.refresh_from_db()
    assert held.state == State.FAILED and held.finished_at
    assert "nothing was marked" in answer.content.decode()


def test_a_decision_that_is_none_changes_nothing(client, sign_in, account, held):
    sign_in("manager")
    answer = client.post(url("sync_decide", account, pk=held.pk), {"decision": "shrug"}, follow=True)
    held.refresh_from_db()
    assert held.state == State.HELD and "Nothing was changed." in answer.content.decode()


def test_a_run_that_met_another_account_offers_only_to_be_dismissed(client, sign_in, account):
    make_run(account, step="account", state=State.HELD, message="Constant Contact answered for another account.")
    sign_in("manager")
    text = page(client, account)
    assert "dismiss this run" in text and "go on" not in text


def test_the_requests_are_listed_by_the_page_and_the_two_kinds_of_429_are_told_apart(client, sign_in, account):
    for number in range(60):
        RequestLog.objects.create(account=account, method="GET", path=f"/contacts/{{id}}#{number}", status=200, ms=5)
    for error in ("Throttled", "QuotaSpent"):
        RequestLog.objects.create(account=account, method="GET", path="/contacts", status=429, ms=5, error=error)
    RequestLog.objects.create(account=make_account(), method="GET", path="/somebody/elses", status=200, ms=5)
    sign_in("agent")
    first = page(client, account, "request_list")
    assert first.count("<tr data-row>") == 50 and "/somebody/elses" not in first
    assert "too many in one second" in first and "calls are used up" in first
    problems = client.get(url("request_list", account) + "?show=problems").content.decode()
    assert problems.count("<tr data-row>") == 2


def test_the_page_costs_the_same_queries_whatever_there_is(client, sign_in, account, django_assert_max_num_queries):
    for _ in range(30):
        make_run(account, state=State.DONE, finished_at=timezone.now())
    RequestLog.objects.bulk_create(
        RequestLog(account=account, method="GET", path="/contacts", status=200, ms=1) for _ in range(100)
    )
    Worker.objects.create(name="one")
    sign_in("manager")
    with django_assert_max_num_queries(14):
        page(client, account)
    with django_assert_max_num_queries(9):
        page(client, account, "sync_progress")


@pytest.mark.parametrize(
    ("role", "name", "method", "status"),
    [
        ("viewer", "sync_status", "get", 200),
        ("viewer", "sync_now", "post", 403),
        ("viewer", "request_list", "get", 403),
        ("agent", "sync_now", "get", 405),
        ("agent", "sync_status", "post", 405),
        ("marketer", "sync_decide", "post", 403),
        (None, "sync_status", "get", 404),
        (None, "sync_now", "post", 404),
        (None, "sync_progress", "get", 404),
    ],
)
def test_who_may_do_what(client, account, held, role, name, method, status):
    client.force_login(make_access(account if role else make_account(), role or "admin").user)
    parts = {"pk": held.pk} if name == "sync_decide" else {}
    assert getattr(client, method)(url(name, account, **parts)).status_code == status


def test_another_accounts_run_is_not_found(client, sign_in, account):
    other = make_run(make_account(), state=State.HELD)
    sign_in("manager")
    assert client.post(url("sync_decide", account, pk=other.pk), {"decision": "dismiss"}).status_code == 404
    assert not sync.due().exists()


def test_bulk_jobs_of_others_are_counted_while_they_are_news(client, sign_in, account):
    sign_in("viewer")
    assert "bulk job" not in page(client, account)
    for days, items in ((1, 500), (2, 2_512), (11, 40)):
        ended = timezone.now() - timedelta(days=days)
        SeenActivity.objects.create(
            account=account, remote_id=f"job-{days}", state="completed", completed_at=ended, items=items
        )
    text = page(client, account)
    assert "In the last 10 days 2 bulk jobs at Constant Contact that are not ours ended, the last" in text
    assert "; 3,012 contacts were counted." in text
