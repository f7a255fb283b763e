"""What a second person was asked about is what runs: the plan stands still meanwhile, and a yes is to that one only."""

import pytest
from django.utils import timezone

from contacts import mirror
from contacts.models import Contact, Job, JobItem, LinkedAccount
from contacts.rules.refusal import Refused
from contacts.services import jobs
from tests.rows import make_remote
from tests.services.jobs.asking import LIMIT, asked, entries, mark, planned, run, state
from tests.views.jobs_rig import Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    """A marketer, a manager, and an account where a job for more than three people takes both."""
    return Office("marketer", approval_above=LIMIT)


def other_note(job):
    Job.objects.filter(pk=job.pk).update(note="something else")


def other_way(job):
    Job.objects.filter(pk=job.pk).update(way="activity" if job.way == "put" else "put")


def other_basis(job):
    Job.objects.filter(pk=job.pk).update(basis="asked_directly")


def other_lists(job):
    job.groups.update(lists=["00000000-0000-11ee-8000-000000000001"])


def somebody_less(job):
    JobItem.objects.filter(job=job).first().delete()


def somebody_else(job):
    item = JobItem.objects.filter(job=job).first()
    now = timezone.now()
    item.contact = mirror.store_contact(job.account, make_remote("other@example.org"), fetched_at=now, seen_at=now)
    item.save()


def another_reason(job):
    JobItem.objects.filter(pk=JobItem.objects.filter(job=job).first().pk).update(reason="opted_out", group=None)


def test_while_it_is_asked_the_plan_cannot_be_changed_tried_or_asked_again(office):
    job = asked(office)
    was = mark(job)
    with pytest.raises(Refused, match="stays as it is"):
        jobs.choose(job, by=office.person, note="something else")
    with pytest.raises(Refused, match="stays as it is"):
        jobs.choose(job, by=office.boss, lists=[str(office.gala.remote_id)])
    with pytest.raises(Refused, match="stays as it is"):
        jobs.try_few(job, by=office.person)
    with pytest.raises(Refused, match="waits for approval already"):
        run(job, office.boss)
    LinkedAccount.objects.update(synced_at=timezone.now())
    Contact.objects.filter(job_items__job=job).update(missing_since=timezone.now())
    assert jobs.renew(Job.objects.get(pk=job.pk)) == []
    assert state(job) == ("planned", "", ["asked"]) and mark(job) == was
    jobs.withdraw(job, by=office.person)
    assert jobs.renew(Job.objects.get(pk=job.pk)) != []


@pytest.mark.parametrize(
    "change", [other_note, other_way, other_basis, other_lists, somebody_less, somebody_else, another_reason]
)
def test_a_plan_that_changed_under_the_question_is_not_run(office, change):
    job = asked(office)
    change(job)
    with pytest.raises(Refused, match="not the one that was asked about"):
        jobs.approve(job, by=office.boss, mark=mark(job))
    assert state(job) == ("planned", "", ["asked"])


def test_an_approval_of_an_earlier_plan_does_not_run_a_later_one(office):
    job = asked(office)
    seen = mark(job)
    jobs.withdraw(job, by=office.person)
    jobs.choose(job, by=office.person, note="another plan")
    run(job, office.person)
    for answer, more in ((jobs.approve, {}), (jobs.send_back, {"note": "no"})):
        with pytest.raises(Refused, match="has changed since"):
            answer(job, by=office.boss, mark=seen, **more)
    assert state(job) == ("planned", "", ["withdrawn", "asked"])


def test_what_is_sent_back_can_be_changed_and_asked_about_again(office):
    job = asked(office)
    jobs.send_back(job, by=office.boss, mark=mark(job), note="  name the incident ")
    assert job.approvals.get().note == "name the incident"
    jobs.choose(job, by=office.person, note="incident 9")
    run(job, office.person)
    jobs.approve(job, by=office.boss, mark=mark(job))
    assert state(job) == ("running", "run", ["sent_back", "approved"])


def test_a_job_that_was_approved_paused_and_run_again_is_not_asked_about_again(office):
    job = asked(office)
    job = jobs.approve(job, by=office.boss, mark=mark(job))
    Job.objects.filter(pk=job.pk).update(state="paused", order="pause")
    run(Job.objects.get(pk=job.pk), office.person)
    assert state(job) == ("running", "run", ["approved"])


def test_what_was_approved_and_is_another_plan_now_is_asked_about_again(office):
    job = asked(office)
    job = jobs.approve(job, by=office.boss, mark=mark(job))
    Job.objects.filter(pk=job.pk).update(state="paused", order="pause")
    other_lists(job)
    run(Job.objects.get(pk=job.pk), office.person)
    assert state(job) == ("paused", "pause", ["approved", "asked"])


def test_a_limit_that_is_raised_while_asked_frees_the_job_and_settles_the_question(office):
    job = asked(office)
    LinkedAccount.objects.update(approval_above=LIMIT + 1)
    run(Job.objects.get(pk=job.pk), office.person)
    assert state(job) == ("running", "run", ["withdrawn"])
    assert entries(job) == ["job_ask", "job_withdraw", "job_run"]


def test_a_limit_that_is_lowered_counts_at_the_run(office):
    job = planned(office, LIMIT)
    LinkedAccount.objects.update(approval_above=0)
    run(Job.objects.get(pk=job.pk), office.person)
    assert state(job) == ("planned", "", ["asked"])
