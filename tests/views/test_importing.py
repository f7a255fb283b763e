"""From a checked file to a plan, its report, and what takes it back."""

import uuid

import pytest
from django.urls import reverse

from contacts.models import Job
from contacts.services import jobs
from tests.rows import make_access
from tests.services.jobs.importing import judged_file, people, planned
from tests.services.jobs.rig import GALA, OPTED_OUT, Crowd, emulated

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(settings):
    with emulated(settings) as running:
        yield Crowd(running)
        assert running.alarms() == []


@pytest.fixture
def browser(crowd, client):
    client.force_login(crowd.by)
    return client


def at(crowd, name, **given):
    return reverse(name, kwargs={"account": crowd.account.slug, **given})


def test_a_checked_file_is_planned_with_lists_and_evidence(crowd, browser):
    file = judged_file(crowd.account, people(7), by=crowd.by)
    page = browser.get(at(crowd, "file_import", pk=file.pk)).content.decode()
    assert "New: 7" in page and "implied permission" in page and "Gala 2026" in page
    form = {"token": uuid.uuid4(), "include": ["new"], "lists": [GALA], "basis": "customers", "note": "Till, November"}
    answer = browser.post(at(crowd, "file_import", pk=file.pk), form)
    job = Job.objects.get()
    assert answer["Location"] == at(crowd, "job_detail", pk=job.pk)
    plan = browser.get(answer["Location"]).content.decode()
    assert "Import 7 contacts into Gala 2026" in plan and "They are customers or members: Till, November" in plan
    assert browser.post(at(crowd, "file_import", pk=file.pk), form)["Location"] == answer["Location"]


def test_a_form_without_evidence_is_shown_again_with_what_was_chosen(crowd, browser):
    file = judged_file(crowd.account, people(2), by=crowd.by)
    form = {"token": uuid.uuid4(), "include": ["new"], "lists": [GALA], "note": "Till"}
    page = browser.post(at(crowd, "file_import", pk=file.pk), form).content.decode()
    assert "Say why these people may be written to" in page and 'value="Till"' in page
    assert f'value="{GALA}" checked' in page
    assert not Job.objects.exists()


def test_every_state_of_an_import_has_its_page(crowd, browser):
    crowd.add(2, email_address=OPTED_OUT)
    rows = [*people(7), ["not an address", "", "", ""], ["new1@example.net", "Later", "", ""]]
    job = planned(crowd, rows)
    page = browser.get(at(crowd, "job_detail", pk=job.pk)).content.decode()
    assert "1 not an address" in page and "1 repeated address" in page and "Try 5 first" in page
    job = crowd.carry_on(jobs.try_few(job, by=crowd.by))
    assert "How the trial ended" in browser.get(at(crowd, "job_detail", pk=job.pk)).content.decode()
    job = crowd.run(job)
    report = browser.get(at(crowd, "job_detail", pk=job.pk)).content.decode()
    assert "7 imported" in report and "An import has no undo" in report and "Delete the contacts it created" in report
    left = browser.get(at(crowd, "job_people", pk=job.pk), {"reason": "duplicate"}).content.decode()
    assert "Repeated address" in left and "row 3" in left


def test_those_whom_an_import_made_are_taken_back_by_jobs_of_their_own(crowd, browser):
    job = crowd.run(planned(crowd, people(3)))
    for kind in ("remove_lists", "delete"):
        answer = browser.post(at(crowd, "import_back", pk=job.pk), {"kind": kind, "token": uuid.uuid4()})
        plan = Job.objects.get(kind=kind)
        assert answer["Location"] == at(crowd, "job_detail", pk=plan.pk) and plan.people == 3


def test_the_rows_that_a_stopped_import_did_not_import_are_counted_and_tried_again(crowd, browser):
    job = crowd.carry_on(jobs.try_few(planned(crowd, people(9)), by=crowd.by))
    job = jobs.stop(job, by=crowd.by)
    report = browser.get(at(crowd, "job_detail", pk=job.pk)).content.decode()
    assert "5 imported, 0 failed, 0 unknown, 4 not begun" in report and "Retry the 4 not imported …" in report
    answer = browser.post(at(crowd, "job_retry", pk=job.pk), {"token": uuid.uuid4()})
    plan = browser.get(answer["Location"]).content.decode()
    assert "Import 4 contacts into Gala 2026" in plan
    link = f'<a href="{at(crowd, "job_detail", pk=job.pk)}">job {job.pk}</a>'
    for page in (plan, browser.get(at(crowd, "job_list")).content.decode()):
        assert f"people.csv</a> that {link} did not import" in page


def test_a_file_is_called_by_its_name_only_where_people_are_seen(crowd, browser, client):
    job = planned(crowd, people(2))
    assert job.chosen == f"Rows of file {job.file_id}"
    pages = [at(crowd, "job_detail", pk=job.pk), at(crowd, "job_list")]
    for page in pages:
        assert "people.csv</a>" in browser.get(page).content.decode()
    client.force_login(make_access(crowd.account, "viewer").user)
    for page in pages:
        seen = client.get(page).content.decode()
        assert "people.csv" not in seen and f"Rows of file {job.file_id}" in seen
