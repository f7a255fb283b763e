"""What is kept for a while only goes in slices, and nothing else goes with it."""

import time
from datetime import timedelta
from threading import Event

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from contacts import slices, tasks
from contacts.models import Alert, AuditEntry, Letter, RequestLog, SyncRun
from contacts.services import guarding, tidying
from tests.rows import make_access, make_account, make_user

pytestmark = pytest.mark.django_db
LONG = timedelta(days=400)


def forget(seconds=60.0):
    return tidying.forget_old(seconds=seconds, stop=Event())


def logged(number, *, age=LONG):
    at = timezone.now() - age
    RequestLog.objects.bulk_create(RequestLog(at=at, method="GET", path="/contacts", ms=1) for _ in range(number))


def test_every_slice_is_a_statement_of_its_own_and_others_have_their_turn_between(monkeypatch):
    monkeypatch.setattr(slices, "AT_ONCE", 10)
    logged(25)
    logged(3, age=timedelta(days=29))
    with CaptureQueriesContext(connection) as captured:
        assert forget() is True
    deletions = [each["sql"] for each in captured if each["sql"].startswith('DELETE FROM "contacts_requestlog"')]
    assert len(deletions) == 3
    assert RequestLog.objects.count() == 3


def test_what_takes_too_long_goes_on_the_next_time_and_keeps_nothing_else_waiting(monkeypatch):
    monkeypatch.setattr(slices, "AT_ONCE", 10)
    logged(45)
    Session.objects.create(session_key="old", expire_date=timezone.now() - LONG)
    assert forget(seconds=0.0) is False
    assert RequestLog.objects.count() == 35
    assert not Session.objects.exists()
    assert forget() is True
    assert not RequestLog.objects.exists()


def test_a_worker_that_is_told_to_end_ends_it_after_a_slice(monkeypatch):
    monkeypatch.setattr(slices, "AT_ONCE", 10)
    monkeypatch.setattr(slices, "PAUSE", 600.0)
    logged(45)
    stop, began = Event(), time.monotonic()
    stop.set()
    assert tidying.forget_old(seconds=600.0, stop=stop) is False
    assert time.monotonic() - began < 60
    assert RequestLog.objects.count() == 35


def test_sessions_and_cache_rows_go_when_their_time_is_over():
    now = timezone.now()
    for key, days in (("over", -1), ("open", 1)):
        Session.objects.create(session_key=key, expire_date=now + timedelta(days=days))
        cache.set(key, "x", timeout=600)
    with connection.cursor() as cursor:
        over = connection.ops.adapt_datetimefield_value(now - timedelta(minutes=1))
        cursor.execute("UPDATE cache SET expires = %s WHERE cache_key LIKE %s", [over, "%over"])
        forget()
        cursor.execute("SELECT cache_key FROM cache")
        assert [key.rsplit(":")[-1] for (key,) in cursor.fetchall()] == ["open"]
    assert [each.session_key for each in Session.objects.all()] == ["open"]


def test_the_cache_has_room_for_more_than_one_crowd():
    for number in range(400):
        cache.set(f"sign-in-{number}", 1, timeout=600)
    assert all(cache.get(f"sign-in-{number}") == 1 for number in (0, 1, 399))


def test_letters_go_long_after_they_were_sent_or_given_up_and_none_is_made_anew(settings):
    now, account = timezone.now(), make_account()
    old, new = (now - timedelta(days=settings.LETTER_DAYS + days) for days in (1, -1))
    user = make_access(account, "admin").user
    for number, (at, columns) in enumerate(
        (
            (old, {"sent_at": old, "due_at": None}),
            (old, {"due_at": None}),
            (old, {"due_at": now}),
            (old, {"sent_at": new, "due_at": None}),
            (new, {"due_at": None}),
        )
    ):
        alert = Alert.objects.create(account=account, kind="spike", key=str(number), at=at, mailed_at=at)
        Letter.objects.create(account=account, user=user, alert=alert, **columns)
    Letter.objects.create(account=account, user=user, week=old.date(), due_at=None)
    forget()
    assert [each.alert.key for each in Letter.objects.order_by("pk")] == ["2", "3", "4"]
    tasks.mail.func()
    assert Letter.objects.count() == 3
    assert Alert.objects.count() == 5


def test_tasks_go_after_an_hour_and_those_that_failed_or_never_ended_after_two_days():
    now = timezone.now()
    for status, hours in (
        *(("SUCCESSFUL", 2), ("SUCCESSFUL", 0), ("FAILED", 2), ("FAILED", 49)),
        *(("RUNNING", 2), ("RUNNING", 49), ("READY", 49)),
    ):
        task, then = tasks.settle.enqueue(), now - timedelta(hours=hours)
        ended = then if status in ("SUCCESSFUL", "FAILED") else None
        DBTaskResult.objects.filter(pk=task.id).update(status=status, started_at=then, finished_at=ended)
    forget()
    left = sorted(DBTaskResult.objects.values_list("status", flat=True))
    assert left == ["FAILED", "READY", "RUNNING", "SUCCESSFUL"]


def test_runs_go_but_the_last_good_one_of_each_account():
    now, accounts = timezone.now(), [make_account(), make_account()]
    kept = []
    for account in accounts:
        for state in ("done", "done", "failed"):
            run = SyncRun.objects.create(account=account, kind="full", state=state, finished_at=now - LONG)
            kept += [run.pk] if state == "done" else []
    open_run = SyncRun.objects.create(account=accounts[0], kind="full", started_at=now - LONG)
    forget()
    assert sorted(SyncRun.objects.values_list("pk", flat=True)) == [kept[1], kept[3], open_run.pk]


def test_a_refused_door_is_history_and_stays():
    account, user = make_account(), make_user()
    guarding.note_refusal(account, by=user, page="people_list")
    forget()
    assert AuditEntry.objects.filter(action="refused_access").count() == 1
