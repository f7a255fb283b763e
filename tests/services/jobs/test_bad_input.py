"""What is wrong with a selection, a plan or an order is said in a sentence, and nothing is sent."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.models import Contact, ContactList, Job, JobItem, LinkedAccount, Membership, Write
from contacts.rules.refusal import Refused
from contacts.services import jobs
from contacts.services.jobs import freezing
from tests.rows import make_access, make_account
from tests.services.jobs.rig import GALA, NEWSLETTER

pytestmark = pytest.mark.django_db


def freeze(crowd, contacts, kind="add_lists", **wish):
    given = {"by": crowd.by, "chosen": "These people", "token": uuid.uuid4(), "lists": [GALA], **wish}
    return jobs.freeze(crowd.account, Job.Kind(kind), contacts=contacts, **given)


def nothing_happened(crowd):
    return not Job.objects.exists() and not JobItem.objects.exists() and not crowd.calls()


@pytest.mark.parametrize("nobody", [[], [987654321], Contact.objects.none])
def test_an_empty_selection_is_refused(crowd, nobody):
    with pytest.raises(Refused, match="Nobody is selected"):
        freeze(crowd, nobody() if callable(nobody) else nobody)
    assert nothing_happened(crowd)


def test_more_people_than_one_job_takes_are_refused_before_a_row_is_written(crowd, monkeypatch):
    monkeypatch.setattr(freezing, "MOST_PEOPLE", 5)
    crowd.add(6)
    everybody = Contact.objects.all()
    for selection in (everybody, list(everybody.values_list("pk", flat=True))):
        with pytest.raises(Refused, match="more than 5 people, the most one job takes"):
            freeze(crowd, selection)
    assert nothing_happened(crowd)
    assert freeze(crowd, list(everybody.values_list("pk", flat=True))[:5]).people == 5


def test_people_of_another_account_are_not_part_of_a_job(crowd):
    mine = crowd.add(2)
    other = make_account()
    make_access(other, "manager", user=crowd.by)
    now = timezone.now()
    foreign = Contact.objects.create(
        account=other, remote_id=uuid.uuid4(), address="x@example.org", status="active", updated_at=now, fetched_at=now,
        raw=Contact.objects.first().raw, digest=b"0" * 16,
    )  # fmt: skip
    with pytest.raises(Refused, match="Nobody is selected"):
        freeze(crowd, [foreign.pk])
    job = freeze(crowd, Contact.objects.all())
    assert {str(each) for each in job.items.values_list("contact__remote_id", flat=True)} == set(mine)


@pytest.mark.parametrize("order", [jobs.try_few, jobs.pause, jobs.stop])
def test_nobody_orders_a_job_of_an_account_they_do_not_belong_to(crowd, order):
    job = crowd.freeze("add_lists", crowd.add(7), lists=[GALA])
    stranger = make_access(make_account(), "admin").user
    with pytest.raises(Refused, match="Your role on this account does not allow"):
        order(job, by=stranger)
    with pytest.raises(Refused, match="Your role on this account does not allow"):
        jobs.run(job, by=stranger, people=7)
    assert Job.objects.get().state == "planned"


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_who_may_not_change_many_plans_nothing(crowd, role):
    crowd.add(2)
    with pytest.raises(Refused, match="Your role on this account does not allow"):
        freeze(crowd, Contact.objects.all(), by=make_access(crowd.account, role).user)
    assert nothing_happened(crowd)


@pytest.mark.parametrize("typed", [0, 2, 4, -3, 30])
def test_another_number_than_that_of_the_people_runs_nothing(crowd, typed):
    job = crowd.freeze("add_lists", crowd.add(3), lists=[GALA])
    with pytest.raises(Refused, match=f"Type 3 to say that you mean all of them. You typed {typed}."):
        jobs.run(job, by=crowd.by, people=typed)
    assert Job.objects.get().state == "planned" and not crowd.calls()


def test_a_plan_older_than_the_last_sync_says_what_changed_and_runs_only_when_it_was_looked_at(crowd):
    ids = crowd.add(3)
    job = crowd.freeze("add_lists", ids, lists=[GALA])
    gala = ContactList.objects.get(remote_id=GALA)
    now = timezone.now()
    Membership.objects.create(contact=Contact.objects.get(remote_id=ids[0]), list=gala, began_at=now, began_how="seen")
    LinkedAccount.objects.update(synced_at=now)
    with pytest.raises(Refused) as refused:
        jobs.run(Job.objects.get(), by=crowd.by, people=3)
    assert "To do: 2, it was 3. Nothing to do: 1, it was 0." in refused.value.advice
    assert not crowd.calls()
    job = crowd.run(Job.objects.get())
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": 2})


def test_a_sync_that_changed_nothing_of_the_plan_is_no_reason_to_stop(crowd):
    job = crowd.freeze("add_lists", crowd.add(3), lists=[GALA])
    LinkedAccount.objects.update(synced_at=timezone.now())
    assert jobs.renew(Job.objects.get()) == []
    assert crowd.run(Job.objects.get(pk=job.pk)).state == "done"


@pytest.mark.parametrize("state", ["running", "done", "stopped"])
def test_what_has_begun_or_ended_is_neither_planned_nor_run_again(crowd, state):
    job = crowd.freeze("add_lists", crowd.add(2), lists=[GALA])
    ended = timezone.now() if state != "running" else None
    Job.objects.filter(pk=job.pk).update(state=state, finished_at=ended)
    with pytest.raises(Refused, match="has begun already"):
        jobs.choose(job, by=crowd.by, lists=[NEWSLETTER])
    with pytest.raises(Refused, match=r"is running already|has ended"):
        jobs.run(job, by=crowd.by, people=2)


def test_a_list_that_is_gone_cannot_be_chosen(crowd):
    job = crowd.freeze("add_lists", crowd.add(2), lists=[NEWSLETTER])
    ContactList.objects.filter(remote_id=GALA).update(gone_at=timezone.now())
    for lists in ([GALA], [str(uuid.uuid4())]):
        with pytest.raises(Refused, match="A list you chose no longer exists"):
            jobs.choose(job, by=crowd.by, lists=lists)


def test_a_form_posted_twice_makes_one_job_and_one_of_another_person_none(crowd):
    crowd.add(2)
    token = uuid.uuid4()
    first = freeze(crowd, Contact.objects.all(), token=token)
    assert freeze(crowd, Contact.objects.all(), token=token) == first
    colleague = make_access(crowd.account, "manager").user
    with pytest.raises(Refused, match="This form was used for another job already"):
        freeze(crowd, Contact.objects.all(), token=token, by=colleague)
    assert Job.objects.count() == 1


def test_a_second_click_on_run_starts_nothing_more(crowd):
    job = crowd.freeze("add_lists", crowd.add(2), lists=[GALA])
    jobs.run(job, by=crowd.by, people=2)
    with pytest.raises(Refused, match=f"Job {job.pk} is running already. Nothing more was sent."):
        jobs.run(job, by=crowd.by, people=2)


def test_an_undo_and_a_retry_are_made_once_a_form(crowd):
    ids = crowd.add(3)
    crowd.emulation.fault("activity_failed", method="POST", path="/activities/", most=2)
    job = crowd.run(crowd.freeze("add_lists", ids, lists=[GALA]), way="activity")
    for order in (jobs.undo, jobs.retry):
        token = uuid.uuid4()
        assert order(job, by=crowd.by, token=token) == order(job, by=crowd.by, token=token)
    assert [each.people for each in Job.objects.order_by("pk")] == [3, 2, 1]
    assert "is being undone" in jobs.may_undo(job)


def test_a_list_is_deleted_once_proved_and_its_history_is_kept(crowd):
    ids = crowd.add(3, lists=(NEWSLETTER, GALA))
    the_list = ContactList.objects.get(remote_id=GALA)
    admin = make_access(crowd.account, "admin").user
    job = crowd.run(jobs.freeze_list_deletion(the_list, by=admin, token=uuid.uuid4()), by=admin)
    assert (job.state, job.message[:21]) == ("done", "The list is deleted. ")
    assert [each["path"] for each in crowd.calls("DELETE")] == [f"/v3/contact_lists/{GALA}"]
    assert all(GALA not in each["list_memberships"] for each in crowd.held(ids).values())
    assert ContactList.objects.get(remote_id=GALA).gone_at is not None
    with pytest.raises(Refused, match="has been deleted already"):
        jobs.freeze_list_deletion(ContactList.objects.get(remote_id=GALA), by=admin, token=uuid.uuid4())


@pytest.mark.parametrize(
    ("fault", "options", "calls", "gone"),
    [
        ("throttled", {}, 2, True),
        ("status", {"status": 404}, 1, False),
        ("answer_lost", {}, 1, True),
        ("drop", {}, 1, False),
        ("activity_failed", {}, 1, False),
    ],
)
def test_a_deletion_of_a_list_that_meets_a_fault_ends_in_what_is_true(crowd, fault, options, calls, gone):
    admin = make_access(crowd.account, "admin").user
    the_list = ContactList.objects.get(remote_id=GALA)
    crowd.emulation.fault(fault, method="DELETE", path="/contact_lists/", **options)
    job = crowd.run(jobs.freeze_list_deletion(the_list, by=admin, token=uuid.uuid4()), by=admin)
    assert len(crowd.calls("DELETE", "/contact_lists/")) == calls
    assert job.state == "done"
    assert (ContactList.objects.get(remote_id=GALA).gone_at is not None) == gone
    assert ("The list is deleted." in job.message) == gone
    assert not Write.objects.exists()


def test_a_deletion_of_a_list_whose_link_breaks_pauses_and_can_be_run_again(crowd):
    admin = make_access(crowd.account, "admin").user
    the_list = ContactList.objects.get(remote_id=GALA)
    crowd.emulation.fault("forbidden", method="DELETE", path="/contact_lists/")
    job = crowd.run(jobs.freeze_list_deletion(the_list, by=admin, token=uuid.uuid4()), by=admin)
    assert job.state == "paused" and job.message.startswith("Paused: ")
    LinkedAccount.objects.update(state="linked")
    job = crowd.run(job, by=admin)
    assert job.state == "done" and "The list is deleted." in job.message


def test_a_job_that_nobody_carries_on_is_due_when_its_lease_is_over(crowd):
    job = crowd.freeze("add_lists", crowd.add(2), lists=[GALA])
    job = jobs.run(job, by=crowd.by, people=2)
    soon = timezone.now() + timedelta(minutes=2)
    Job.objects.update(lease_owner="somebody", lease_until=soon)
    assert not jobs.due().exists() and jobs.carry_on(job).state == "running"
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert jobs.due().get() == job
    job = crowd.carry_on(job)
    assert (job.state, job.interrupted) == ("done", 1)
