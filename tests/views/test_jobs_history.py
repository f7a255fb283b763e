"""Where else a job shows: in the audit, in a contact's history, on Home, in the list of jobs, and on the Check page."""

import re
import uuid

import pytest
from django.utils import timezone

from contacts import audit
from contacts.models import AuditEntry, Job
from tests.views.jobs_rig import Office, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    office = Office()
    office.people(3, on=[office.newsletter])
    return office


def done_job(office):
    job = office.plan("remove_lists", lists=[str(office.newsletter.remote_id)])
    office.end(job.items.select_related("job", "contact"))
    audit.record("job_done", AuditEntry.Outcome.DONE, by=None, account=office.account, job=job.pk)
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(state="done", started_at=now, finished_at=now)
    return job


def test_the_audit_names_the_job_of_each_entry_and_narrows_to_one(office):
    job = done_job(office)
    audit.record("grant", AuditEntry.Outcome.DONE, by=office.boss, account=office.account)
    page = text(office.get("audit_list"))
    assert f"Job {job.pk} done" in page and "Give a role" in page.split("<table")[1]
    own = f'<a href="{office.url("job_detail", pk=job.pk)}">Job {job.pk} done</a>'
    assert own in page and f"{own} <span" not in page
    part = f'in <a href="{office.url("job_detail", pk=job.pk)}">job {job.pk}</a>'
    assert part not in page and "A job is one line" in page
    assert text(office.get("audit_list", {"q": "fold:request"})).count(part) == 3
    assert text(office.get("audit_list", {"q": "fold:none"})).count(part) == 6
    narrowed = text(office.get("audit_list", {"q": f"job:{job.pk}"})).split("<table")[1]
    assert f"Job {job.pk} done" in narrowed and "Remove from lists" in narrowed and "Give a role" not in narrowed
    assert "No entry fits this filter" in text(office.get("audit_list", {"q": f"job:{job.pk + 1}"}))
    odd = text(office.get("audit_list", {"q": "job:x"}))
    assert "a job has a number" in odd and "<table" not in odd


def test_an_entry_and_a_contact_s_history_lead_to_the_job(office):
    job = done_job(office)
    item = job.items.select_related("contact", "write").first()
    link = f'href="{office.url("job_detail", pk=job.pk)}"'
    assert link in text(office.get("audit_detail", pk=item.write.outcome_id))
    assert link in text(office.get("contact_history", remote_id=item.contact.remote_id))


def test_home_tells_a_job_once_and_not_each_of_its_people(office):
    job = done_job(office)
    recent = text(office.get("home")).split('id="recent"')[1]
    assert f'href="{office.url("job_detail", pk=job.pk)}">Job {job.pk} done</a>' in recent
    assert "Remove from lists" not in recent


@pytest.mark.parametrize(
    ("state", "waits"), [("tried", True), ("paused", True), ("planned", False), ("running", False)]
)
def test_home_names_the_jobs_that_wait_for_somebody(office, state, waits):
    job = Job.objects.create(account=office.account, kind="delete", state=state, people=8)
    assert (f"Job {job.pk}</a> waits for somebody: delete, 8 people, {state}" in text(office.get("home"))) is waits


def test_the_list_of_jobs_says_what_whom_how_far_and_by_whom(office):
    job = done_job(office)
    office.plan("add_tags", tags=[str(office.tag.remote_id)])
    page = text(office.get("job_list"))
    assert f"{job.pk} Remove 3 contacts from Newsletter" in page and "Tag 3 contacts with vip" in page
    assert "3 of 3" in page and "0 of 3" in page
    assert "Done</td>" in page and "Planned, nothing sent yet</td>" in page
    assert page.index("Tag 3 contacts") < page.index("Remove 3 contacts")


def test_the_list_of_jobs_goes_on_over_pages(office):
    for _ in range(23):
        Job.objects.create(account=office.account, kind="delete", chosen="Everybody")
    first = office.get("job_list")
    second = office.get("job_list", {"after": first.context["page"].after})
    assert [len(first.context["lines"]), len(second.context["lines"])] == [20, 3]


def test_the_navigation_shows_how_many_jobs_run(office):
    Job.objects.create(account=office.account, kind="delete", state="running")
    assert 'visually-hidden"> running</span>' in text(office.get("home"))


def test_several_checked_addresses_that_may_come_back_are_planned_with_one_button(office):
    office.ghosts(3, was_on=[office.newsletter])
    office.ghosts(1, prefix="out", email_address={"opt_out_source": "Contact", "permission_to_send": "unsubscribed"})
    pasted = "ghost0@example.org ghost1@example.org ghost2@example.org out0@example.org guest0@example.org"
    page = text(office.post("check", {"q": pasted.replace(" ", "\n")}))
    assert "Reactivate the 3 that may come back" in page
    ids = [each.split('"')[0] for each in page.split('name="who" value="')[1:]]
    form = {"source": "contacts", "token": str(uuid.uuid4()), "who": ids}
    office.post("job_plan", form, kind="reactivate")
    assert Job.objects.get().people == 3


@pytest.mark.parametrize(("role", "offered"), [("viewer", False), ("agent", False), ("marketer", True)])
def test_the_button_on_the_check_page_is_open_to_those_who_change_several(role, offered):
    office = Office(role)
    office.ghosts(2, was_on=[office.newsletter])
    page = text(office.post("check", {"q": "ghost0@example.org\nghost1@example.org"}))
    closed = re.search(r"disabled><svg[^>]*><use[^>]*></use></svg>Reactivate the 2 that may come back", page)
    assert "Reactivate the 2 that may come back" in page and (closed is None) is offered
    assert ("Only marketers, managers and admins can change several contacts." in page) is not offered


@pytest.mark.parametrize(("role", "closed"), [("viewer", 6), ("agent", 6), ("marketer", 1), ("manager", 0)])
def test_who_cannot_begin_a_job_sees_why_and_no_way_into_a_wall(role, closed):
    office = Office(role)
    page = text(office.get("job_list"))
    assert page.count('disabled aria-describedby="closed"') == closed
    assert page.count(f'href="{office.url("job_plan", kind="add_lists")}"') == (closed < 6)
    assert ("Only managers and admins can delete several contacts." in page) is (closed > 0)
