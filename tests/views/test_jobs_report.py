"""A job while it runs, after its trial, and when it has ended: numbers that add up, rows with proof, and the file."""

import csv
import hashlib
import io
import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import Activity, AuditEntry, Job, Worker, Write
from tests.views.jobs_rig import Office, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return Office()


def job_in(office, state, number=8, **fields):
    office.people(number, on=[office.newsletter])
    job = office.plan("remove_lists", lists=[str(office.newsletter.remote_id)])
    ended = timezone.now() if state in Job.ENDED else None
    started = {"started_at": timezone.now(), "finished_at": ended}
    Job.objects.filter(pk=job.pk).update(state=state, **{**started, **fields})
    job.refresh_from_db()
    return job


def end_some(office, job):
    """Five done, one refused, one failed, one unknown."""
    items = list(job.items.select_related("job", "contact").order_by("pk"))
    office.end(items[:5])
    office.end(items[5:6], "refused", message="They opted out meanwhile. Nothing was sent.", proof="")
    office.end(items[6:7], "rejected", message="Constant Contact did not accept it.", proof="")
    office.end(items[7:8], "unknown", message="We do not know yet.", proof="")
    return items


def page_of(office, job, **query):
    return text(office.get("job_detail", query, pk=job.pk))


def test_a_running_job_shows_numbers_that_add_up_and_asks_for_itself(office):
    job = job_in(office, "running", 9, order="run")
    end_some(office, job)
    Worker.objects.create(name="w")
    for name in ("job_detail", "job_progress"):
        page = text(office.get(name, pk=job.pk))
        assert "Running: 7 of 9.</strong>" in page
        assert "5 done and verified, 1 left alone at the run, 1 failed, 1 not known yet, 1 not begun." in page
        assert '<progress class="wide" max="9" value="7"' in page
        assert 'hx-trigger="every 2s"' in page
        assert "Load the page again" in page and "You may leave this page" in page
    assert "Pause</button>" in page_of(office, job)


def test_a_step_is_said_aloud_once_a_quarter_and_not_at_every_percent(office):
    job = job_in(office, "running", 9, order="run")
    end_some(office, job)
    assert 'id="announce"' not in text(office.get("job_progress", {"said": "3"}, pk=job.pk))
    assert 'id="announce" hx-swap-oob="innerHTML">7 of 9<' in text(office.get("job_progress", {"said": "2"}, pk=job.pk))


@pytest.mark.parametrize("state", ["tried", "paused", "stopped", "done"])
def test_the_fragment_of_a_job_at_rest_brings_the_whole_content_and_asks_no_more(office, state):
    job = job_in(office, state)
    answer = office.get("job_progress", pk=job.pk)
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#job", "outerHTML")
    assert 'id="job"' in text(answer) and "hx-trigger" not in text(answer)


def test_when_a_job_has_ended_the_numbers_of_the_navigation_follow(office):
    job = job_in(office, "running", order="run")
    assert '<span class="count" id="count-running">1<' in page_of(office, job)
    Job.objects.filter(pk=job.pk).update(state="done", finished_at=timezone.now())
    assert '<span class="count" id="count-running" hx-swap-oob="true"></span>' in text(
        office.get("job_progress", pk=job.pk)
    )


def test_a_report_names_those_the_plan_left_alone(office):
    job = job_in(office, "done", left_out={"opted_out": 41, "unknown_lists": 39})
    page = page_of(office, job)
    assert "?verdict=left#rows" in page and "Left alone by the plan: 80" in page


def test_a_job_that_waits_says_why_and_until_when(office):
    until = timezone.now() + timedelta(hours=2)
    Worker.objects.create(name="w")
    message = "Today's calls are used up. Goes on by itself at 00:00 UTC."
    job = job_in(office, "running", order="run", message=message, not_before=until)
    page = page_of(office, job)
    assert "Today&#x27;s calls are used up." in page and "That is" in page


def test_what_a_job_is_at_is_said_while_no_number_moves(office):
    Worker.objects.create(name="w")
    job = job_in(office, "running", order="run", step="look")
    assert "Reading everybody first, by pages" in page_of(office, job)


@pytest.mark.parametrize(("age", "said"), [(None, True), (90, True), (5, False)])
def test_without_a_worker_the_page_says_so_in_a_sentence(office, age, said):
    if age is not None:
        Worker.objects.create(name="w", seen_at=timezone.now() - timedelta(seconds=age))
    job = job_in(office, "running", order="run")
    assert ("No worker is running" in page_of(office, job)) is said


@pytest.mark.parametrize(("order", "words"), [("try", "Trying 5 first"), ("pause", "Pausing"), ("stop", "Stopping")])
def test_what_the_job_is_told_shows_at_once(office, order, words):
    assert words in page_of(office, job_in(office, "running", order=order))


def test_pause_and_stop_are_said_what_they_mean_and_done(office):
    job = job_in(office, "running", order="run")
    assert "whoever is not begun stays as they are" in page_of(office, job)
    office.post("job_order", {"order": "pause"}, pk=job.pk)
    job.refresh_from_db()
    assert job.order == "pause"
    office.post("job_order", {"order": "stop"}, pk=job.pk)
    job.refresh_from_db()
    assert job.order == "stop"


def test_after_the_trial_the_five_are_shown_with_proof_and_the_rest_can_run_or_not(office):
    job = job_in(office, "tried", order="try")
    items = list(job.items.select_related("job", "contact").order_by("pk"))
    job.items.filter(pk__in=[each.pk for each in items[:5]]).update(trial=True)
    office.end(items[:5])
    page = page_of(office, job)
    assert "5 removed, 0 failed, 0 unknown." in page
    assert page.count("Done and verified</span>") == 5 and "guest7@" not in page
    assert "the remaining 3 contacts" in page and "Type 3 to mean all of them" in page and "Stop here" in page
    office.post("job_order", {"order": "run", "people": "3"}, pk=job.pk)
    job.refresh_from_db()
    assert (job.state, job.order) == ("running", "run")


def test_a_report_adds_up_and_each_row_has_verdict_reason_and_proof(office):
    job = job_in(office, "done")
    end_some(office, job)
    page = page_of(office, job)
    assert "5 removed, 1 left alone, 1 failed, 1 unknown." in page
    assert "They opted out meanwhile. Nothing was sent." in page
    entry = job.items.order_by("pk").first().write.outcome_id
    assert office.url("audit_detail", pk=entry) in page
    assert "answer" in page
    failed = page_of(office, job, verdict="failed")
    assert "guest6@" in failed and "guest5@" not in failed and "guest0@" not in failed


def test_a_stopped_job_says_how_many_were_not_begun(office):
    job = job_in(office, "stopped", 10, message="Stopped by Dermot.")
    end_some(office, job)
    page = page_of(office, job)
    assert "5 removed, 1 left alone, 1 failed, 1 unknown, 2 not begun." in page
    assert "Stopped by Dermot." in page


def test_rows_go_on_over_pages_and_lose_nobody(office):
    job = job_in(office, "done", 60)
    office.end(list(job.items.select_related("job", "contact").order_by("pk")))
    first = office.get("job_detail", {"verdict": "done"}, pk=job.pk)
    second = office.get("job_detail", {"verdict": "done", "after": first.context["rows"].page.after}, pk=job.pk)
    shown = [row.shown for answer in (first, second) for row in answer.context["rows"].rows]
    assert sorted(shown) == sorted(f"guest{number}@example.org" for number in range(60))


def test_a_viewer_sees_numbers_and_masked_addresses_and_no_message():
    office = Office("viewer")
    job = job_in(office, "done")
    end_some(office, job)
    page = page_of(office, job)
    assert "g…@example.org" in page and "guest" not in page
    assert "They opted out meanwhile" not in page
    assert not re.search(r"/audit/\d", page)
    assert office.get("job_report", pk=job.pk).status_code == 403
    assert "Only marketers, managers and admins can export people." in page


def test_the_file_has_everybody_and_its_export_is_written_down(office):
    job = job_in(office, "done")
    end_some(office, job)
    answer = office.get("job_report", pk=job.pk)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="job-{job.pk}-report.csv"'
    raw = b"".join(answer.streaming_content)
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[0][0] == "Address" and len(rows) == 9
    assert {row[3] for row in rows[1:]} == {
        "Done and verified",
        "Refused before anything was sent",
        "Constant Contact did not accept it",
        "We do not know yet",
    }
    entry = AuditEntry.objects.get(action="export")
    assert (entry.job, entry.actor_id, entry.detail["rows"]) == (job.pk, office.person.pk, 8)
    assert entry.detail["sha256"] == hashlib.sha256(raw).hexdigest()


def test_the_file_is_only_for_somebody_who_has_just_signed_in(office):
    job = job_in(office, "done")
    office.browser.force_login(office.person)
    session = office.browser.session
    del session["account_authentication_methods"]
    session.save()
    asked = office.get("job_report", pk=job.pk)
    assert asked["Location"].startswith("/accounts/reauthenticate/?next=")
    assert not AuditEntry.objects.filter(action="export").exists()


def test_nothing_in_the_file_is_run_by_a_spreadsheet(office):
    office.newsletter.name = "=cmd|' /C calc'!A0"
    office.newsletter.save()
    office.people(1, prefix="+441234", on=[office.newsletter])
    job = office.plan("remove_lists", lists=[str(office.newsletter.remote_id)])
    office.end(job.items.select_related("job", "contact"), "rejected", message="@SUM(1)\t")
    rows = list(csv.reader(io.StringIO(b"".join(office.get("job_report", pk=job.pk)).decode("utf-8-sig"))))
    assert rows[1][0] == "'+4412340@example.org"
    assert rows[1][2].startswith("'=cmd") and rows[1][4].startswith("'@SUM")


def test_undo_and_retry_lead_to_plans_of_their_own_once(office):
    job = job_in(office, "done")
    end_some(office, job)
    page = page_of(office, job)
    assert "They are put back on." in page and "Retry the 2 not changed …" in page
    for name, link in (("job_undo", "undoes"), ("job_retry", "retries")):
        form = {"token": str(uuid.uuid4())}
        location = office.post(name, form, pk=job.pk)["Location"]
        assert office.post(name, form, pk=job.pk)["Location"] == location
        made = Job.objects.get(**{link: job})
        assert ("are put back on" in text(office.get("job_detail", pk=made.pk))) is (name == "job_undo")
        assert made.state == "planned" and location == office.url("job_detail", pk=made.pk)
        assert "This form is incomplete" in text(office.post(name, {"token": "x"}, pk=job.pk))
    page = page_of(office, job)
    assert "Undo: <a" in page and "Tried again: <a" in page
    assert "This job is being undone, or was, by another job." in page


def test_a_job_that_changed_nobody_says_why_there_is_nothing_to_undo(office):
    page = page_of(office, job_in(office, "stopped"))
    assert "This job changed nobody, so there is nothing to undo." in page
    assert "Retry the 8 not changed …" in page
    assert "Retry the" not in page_of(office, job_in(office, "stopped", started_at=None))


def test_what_constant_contact_did_in_bulk_is_shown_with_its_state(office):
    job = job_in(office, "done")
    Activity.objects.create(
        account=office.account,
        job=job,
        kind="remove_list_memberships",
        people=8,
        state="ended",
        remote_state="completed",
    )
    page = page_of(office, job)
    assert "remove_list_memberships" in page and "Ended in Constant Contact" in page


def test_a_list_that_is_still_shown_is_not_called_deleted(office):
    job = Job.objects.create(
        account=office.account,
        kind="delete_list",
        state="done",
        lists=[str(office.gala.remote_id)],
        started_at=timezone.now(),
        finished_at=timezone.now(),
    )
    assert "The list was deleted." not in page_of(office, job)
    office.gala.gone_at = timezone.now()
    office.gala.save()
    page = page_of(office, job)
    assert "The list was deleted." in page
    assert f'{office.url("list_detail", list_id=office.gala.remote_id)}">Who was on it, and a new list' in page


def test_the_deletion_of_a_list_can_be_stopped_but_not_paused(office):
    job = Job.objects.create(
        account=office.account, kind="delete_list", state="running", order="run", lists=[str(office.gala.remote_id)]
    )
    page = page_of(office, job)
    assert "Stop</button>" in page and "Pause</button>" not in page and "who is done stays done" not in page


def test_a_job_of_another_account_is_not_found_whatever_is_asked_of_it(office):
    theirs = job_in(Office(), "done")
    for name in ("job_detail", "job_progress", "job_people", "job_report"):
        assert office.get(name, pk=theirs.pk).status_code == 404
    for name in ("job_choose", "job_order", "job_undo", "job_retry"):
        assert office.post(name, {"order": "stop"}, pk=theirs.pk).status_code == 404
    assert "No jobs yet." in text(office.get("job_list"))


def test_names_and_messages_are_shown_as_text(office):
    hostile = "<script>alert(1)</script>"
    office.newsletter.name = hostile
    office.newsletter.save()
    job = job_in(office, "paused", message=hostile)
    office.end(job.items.select_related("job", "contact")[:1], "rejected", message=hostile)
    for page in (page_of(office, job), text(office.get("job_people", pk=job.pk)), text(office.get("job_list"))):
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page


@pytest.mark.parametrize("state", ["running", "done", "tried"])
@pytest.mark.parametrize("name", ["job_detail", "job_progress"])
def test_a_page_takes_the_same_queries_for_few_rows_as_for_many(office, name, state, django_assert_num_queries):
    few = job_in(office, state, 8)
    end_some(office, few)
    with CaptureQueriesContext(connection) as taken:
        office.get(name, pk=few.pk)
    Write.objects.filter(state="unknown").update(state="drifted")
    many = job_in(office, state, 40)
    end_some(office, many)
    office.end(list(many.items.filter(write=None).select_related("job", "contact"))[:20])
    with django_assert_num_queries(len(taken)):
        assert office.get(name, pk=many.pk).status_code == 200
