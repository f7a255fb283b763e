"""Bulk jobs at Constant Contact that are not ours make a change likely theirs; asking for them can spoil no run."""

import json

import pytest
from django.utils import timezone

from contacts import audit, tasks
from contacts.models import Activity, AuditEntry, ContactEvent, Job, LinkedAccount, SeenActivity, SyncRun
from tests.sync_rig import CHANGES, FULL, assert_equal, emulated, fresh, linked, truth, walk

pytestmark = pytest.mark.django_db
ASKED, ASKING = "^/v3/activities$", "^/v3/activities\\?"


@pytest.fixture
def emulation(settings):
    with emulated(settings, 60, activity_seconds=0) as emulation:
        yield emulation


@pytest.fixture
def account(emulation):
    account = linked(emulation)
    walk(account, FULL)
    # What happens from now on is surely later than that look: dates have whole seconds.
    emulation.control("clock", advance=5)
    return fresh(account)


def ids(emulation, number):
    people = [each for each in truth(emulation).values() if each["list_memberships"] and "email_address" in each]
    return [each["contact_id"] for each in people[:number]]


def bulk(emulation, kind, body):
    """Somebody else's job, done by the time the next second begins."""
    answer = emulation.call("POST", f"/activities/{kind}", json=body)
    assert answer.status_code == 201
    emulation.control("clock", advance=5)
    return answer.json()["activity_id"]


def told():
    return AuditEntry.objects.get(action__startswith="seen_")


def test_a_deletion_in_bulk_is_likely_a_bulk_job(account, emulation):
    gone = ids(emulation, 6)
    jobs = {bulk(emulation, "contact_delete", {"contact_ids": part}) for part in (gone[:3], gone[3:])}
    run = walk(account)
    entry = told()
    assert (entry.action, entry.sure, entry.detail["number"]) == ("seen_deleted", "likely", 6)
    assert {each["id"] for each in entry.detail["activities"]} == jobs
    assert [each["items"] for each in entry.detail["activities"]] == [3, 3]
    assert all(entry.detail["from"] < each["completed_at"] <= entry.detail["to"] for each in entry.detail["activities"])
    assert set(ContactEvent.objects.filter(kind="deleted").values_list("sure", flat=True)) == {"likely"}
    assert run.tally["activities"] == {"calls": 1, "seen": 2, "stored": 2}
    assert len(emulation.requests(path=ASKED)) == 1
    assert audit.verify(entry.chain) is None
    assert_equal(account, emulation)


def test_more_deleted_than_the_bulk_jobs_reached_stay_unknown(account, emulation):
    gone = ids(emulation, 4)
    bulk(emulation, "contact_delete", {"contact_ids": gone[:3]})
    emulation.control("contact/delete", id=gone[3])
    walk(account)
    assert (told().sure, "activities" in told().detail) == ("unknown", False)


def test_our_own_bulk_jobs_explain_nothing(account, emulation):
    done = bulk(emulation, "contact_delete", {"contact_ids": ids(emulation, 3)})
    job = Job.objects.create(account=account, kind="delete", chosen="3")
    Activity.objects.create(account=account, job=job, kind="contact_delete", state="ended", remote_id=done)
    walk(account)
    assert told().sure == "unknown" and not SeenActivity.objects.exists()


def test_a_bulk_job_that_may_be_ours_because_its_answer_was_lost_explains_nothing(account, emulation):
    bulk(emulation, "contact_delete", {"contact_ids": ids(emulation, 3)})
    job = Job.objects.create(account=account, kind="delete", chosen="3")
    Activity.objects.create(account=account, job=job, kind="contact_delete", state="unknown", sent_at=timezone.now())
    walk(account)
    assert told().sure == "unknown" and not SeenActivity.objects.exists()


def test_an_export_explains_nothing(account, emulation):
    bulk(emulation, "contact_exports", {})
    emulation.control("contact/delete", id=ids(emulation, 1)[0])
    walk(account)
    assert told().sure == "unknown" and not SeenActivity.objects.exists()


def test_a_bulk_job_of_an_earlier_window_explains_nothing(account, emulation):
    bulk(emulation, "contact_delete", {"contact_ids": ids(emulation, 3)})
    walk(account)
    emulation.control("clock", advance=60)
    emulation.control("contact/delete", id=ids(emulation, 1)[0])
    walk(fresh(account))
    assert [each.sure for each in AuditEntry.objects.filter(action="seen_deleted").order_by("pk")] == [
        "likely",
        "unknown",
    ]
    assert SeenActivity.objects.count() == 1


def test_who_opted_out_is_never_likely_a_bulk_job(account, emulation):
    one, two = ids(emulation, 2)
    emulation.control("contact/unsubscribe", id=one)
    bulk(emulation, "contacts_taggings_add", {"source": {"contact_ids": [two]}, "tag_ids": tags(emulation)})
    walk(account)
    sure = dict(AuditEntry.objects.filter(outcome="seen").values_list("action", "sure"))
    assert sure == {"seen_unsubscribed": "contact", "seen_tags": "likely"}


def tags(emulation):
    return [emulation.get("/contact_tags").json()["tags"][0]["tag_id"]]


def test_nothing_to_explain_costs_no_call(account, emulation):
    emulation.control("contact/unsubscribe", id=ids(emulation, 1)[0])
    assert walk(account).state == "done"
    assert not emulation.requests(path=ASKED)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"status": 503}),
        ("forbidden", {}),
        ("status", {"status": 404}),
        ("throttled", {}),
        ("quota_exceeded", {}),
        ("drop", {}),
        ("cut_json", {}),
        ("html", {}),
        ("missing_key", {"key": "activities"}),
        ("foreign_link", {}),
    ],
)
def test_a_question_that_fails_leaves_it_unknown_and_the_run_says_why(account, emulation, kind, options):
    gone = ids(emulation, 3)
    bulk(emulation, "contact_delete", {"contact_ids": gone})
    emulation.fault(kind, path=ASKING, **{"times": 9} | options)
    run = walk(account)
    assert (run.state, told().sure) == (SyncRun.State.DONE, "unknown")
    assert run.message.startswith("Constant Contact did not show its bulk jobs")
    assert run.tally["activities"]["skipped"]
    assert LinkedAccount.objects.get().state == LinkedAccount.State.LINKED
    assert_equal(account, emulation)


def test_a_link_that_is_dead_ends_the_run_and_the_next_one_tells(account, emulation):
    bulk(emulation, "contact_delete", {"contact_ids": ids(emulation, 3)})
    emulation.fault("unauthorized", path=ASKING, times=2)
    run = walk(account)
    assert run.state == SyncRun.State.FAILED and fresh(account).state == LinkedAccount.State.BROKEN
    assert not AuditEntry.objects.filter(outcome="seen").exists()
    LinkedAccount.objects.update(state="linked")
    walk(fresh(account))
    assert told().sure == "likely"


def test_a_full_sweep_asks_too(account, emulation):
    bulk(emulation, "contact_delete", {"contact_ids": ids(emulation, 3)})
    walk(account, FULL)
    assert told().sure == "likely"


def test_bulk_jobs_are_forgotten_after_a_while(account, settings):
    ended = timezone.now() - timezone.timedelta(days=settings.REQUEST_LOG_DAYS + 1)
    SeenActivity.objects.create(account=account, remote_id="old", state="completed", completed_at=ended)
    SeenActivity.objects.create(account=account, remote_id="new", state="completed", completed_at=timezone.now())
    tasks.tidy.call()
    assert SeenActivity.objects.get().remote_id == "new"


@pytest.mark.parametrize(
    "odd",
    [
        {"activity_id": "x" * 65},
        {"activity_id": "a\x00b"},
        {"activity_id": "a", "state": 7, "completed_at": "yesterday", "status": []},
        {"activity_id": "a", "state": "s" * 400, "completed_at": "0001-01-01T00:00:00+14:00"},
        {"activity_id": "a", "state": "completed", "status": {"items_completed_count": 10**12}},
    ],
)
def test_odd_activities_are_no_reason_to_stop(account, emulation, odd):
    emulation.control("contact/delete", id=ids(emulation, 1)[0])
    emulation.fault("raw", path=ASKING, body=json.dumps({"activities": [odd]}))
    run = walk(account, CHANGES)
    assert (run.state, told().sure) == (SyncRun.State.DONE, "unknown")
