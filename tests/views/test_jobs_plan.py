"""The plan of a job: what it says before anything is sent, what may be chosen, and to whom it is open."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import CallBudget, Contact, ContactList, Job, LinkedAccount
from contacts.services import jobs
from tests.views.jobs_rig import TUESDAY, Office, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return Office()


def plan_page(office, job, **query):
    return text(office.get("job_detail", query, pk=job.pk))


def test_a_plan_shows_groups_reasons_effects_and_cost(office):
    office.ghosts(30, was_on=[office.newsletter])
    office.ghosts(6, was_on=[office.newsletter, office.gala], prefix="both")
    office.ghosts(2, was_on=[office.gala], prefix="out", email_address={"opt_out_source": "Contact"})
    ContactList.objects.filter(pk=office.gala.pk).update(automation="yes")
    page = plan_page(office, office.plan())
    assert "Reactivate 36 contacts" in page
    assert '<li aria-current="step">Plan</li>' in page
    assert "36 to do, 2 left alone" in page
    assert "Gala + Newsletter" in page and "Gala: starts an automation." in page
    assert "Nobody here has said whether an automation starts for Newsletter; look in Constant Contact" in page
    assert "2 opted out</a>: They opted out themselves. Only they can come back." in page
    assert "Active contacts: 0 → 36." in page
    assert "Up to 6 automation emails: Gala starts an automation" in page
    assert "Constant Contact sets the tier by the highest count" in page
    assert "72 calls, 0.7 % of a day’s 10,000" in page
    assert "Try 5 first" in page and "Reactivate all 36 contacts" in page


def test_more_than_eight_groups_are_folded_with_their_number(office):
    for number in range(14):
        each = ContactList.objects.create(
            account=office.account, remote_id=f"00000000-0000-11ee-8000-0000000000{number:02}", name=f"List {number:02}"
        )
        office.people(1, on=[each], prefix=f"on{number}x")
    lists = [str(each) for each in ContactList.objects.values_list("remote_id", flat=True)]
    page = plan_page(office, office.plan("remove_lists", lists=lists))
    assert "6 more groups, 6 people" in page
    assert "This is the last list for 14 of them: they stay active on no list and still count." in page


def test_those_whose_lists_are_unknown_may_be_given_one(office):
    gone = {"deleted_at": "2026-11-17"}
    office.people(1, prefix="early", **gone)
    office.ghosts(1, was_on=[office.newsletter])
    job = office.plan()
    assert "Choose now" in plan_page(office, job)
    gala = str(office.gala.remote_id)
    form = {"choices": "1", "lists": [gala], "basis": "our_mistake", "note": "incident 9"}
    page = office.follow("job_choose", form, pk=job.pk)
    assert "2 to do" in page and "Former lists unknown" not in page
    job.refresh_from_db()
    assert (job.lists, job.basis, job.note) == ([gala], "our_mistake", "incident 9")


def test_before_a_list_is_chosen_there_is_no_plan_and_no_way_to_run(office):
    office.people(3)
    job = office.plan("add_lists")
    page = plan_page(office, job)
    assert "Choose at least one list first" in page
    assert 'value="run"' not in page and 'value="try"' not in page
    page = office.follow("job_choose", {"choices": "1", "lists": [str(office.gala.remote_id)]}, pk=job.pk)
    assert "Add 3 contacts to Gala" in page and 'value="run"' in page


def test_a_list_that_was_deleted_meanwhile_has_to_be_chosen_anew(office):
    office.people(3)
    job = office.plan("add_lists", lists=[str(office.gala.remote_id)])
    office.gala.gone_at = timezone.now()
    office.gala.save()
    page = plan_page(office, job)
    assert "Gala no longer exists in Constant Contact. Choose again." in page
    assert 'value="run"' not in page


def test_a_viewer_does_not_see_the_note():
    office = Office("viewer")
    office.ghosts(3, was_on=[office.newsletter])
    assert "Maeve rang" not in plan_page(office, office.plan(note="Maeve rang", basis="asked_directly"))


def test_five_or_fewer_need_no_trial(office):
    office.people(5, on=[office.newsletter])
    page = plan_page(office, office.plan("delete"))
    assert "Try 5" not in page and "Delete all 5 contacts" in page
    assert "erases nobody" in page


@pytest.mark.parametrize(
    ("field", "words"), [("lists", "not in this account any more"), ("way", "Select a valid choice")]
)
def test_a_foreign_list_or_an_odd_way_is_refused_and_the_plan_stays(office, field, words):
    office.people(2)
    job = office.plan("add_lists")
    foreign = str(Office().gala.remote_id)
    page = text(office.post("job_choose", {"choices": "1", field: foreign}, pk=job.pk))
    assert 'role="alert"' in page and words in page
    job.refresh_from_db()
    assert job.lists == []


def test_evidence_given_with_the_order_is_kept_and_without_it_nothing_runs(office):
    office.ghosts(8, was_on=[office.newsletter])
    job = office.plan()
    page = text(office.post("job_order", {"order": "try"}, pk=job.pk))
    assert "Say who asked for this" in page and "Choose one of these first." in page
    answer = office.post("job_order", {"order": "try", "basis": "our_mistake", "note": "incident 9"}, pk=job.pk)
    assert answer.status_code == 302
    job.refresh_from_db()
    assert (job.state, job.order, job.basis, job.note) == ("running", "try", "our_mistake", "incident 9")


def test_the_way_may_be_chosen_with_the_order(office):
    office.people(8, on=[office.newsletter])
    job = office.plan("delete")
    office.post("job_order", {"order": "try", "way": "activity"}, pk=job.pk)
    job.refresh_from_db()
    assert (job.state, job.way) == ("running", "activity")


def test_a_way_once_chosen_stays_when_only_the_evidence_changes(office):
    office.ghosts(8, was_on=[office.newsletter])
    job = office.plan()
    office.post("job_choose", {"way": "activity"}, pk=job.pk)
    office.post("job_choose", {"way": "activity", "basis": "our_mistake", "note": "incident 9"}, pk=job.pk)
    job.refresh_from_db()
    assert (job.way, job.basis) == ("activity", "our_mistake")


def test_a_choice_that_changed_with_the_order_is_planned_again_and_nothing_runs(office):
    office.people(8)
    job = office.plan("add_lists", lists=[str(office.newsletter.remote_id)])
    form = {"order": "try", "choices": "1", "lists": [str(office.gala.remote_id)]}
    page = office.follow("job_order", form, pk=job.pk)
    assert "this is another plan. Nothing was sent yet." in page
    job.refresh_from_db()
    assert job.state == "planned" and job.lists == [str(office.gala.remote_id)]


@pytest.mark.parametrize("typed", ["", "7", "eight", "-8", "٨", "8" * 20, "0x8"])
def test_a_number_that_is_not_the_number_of_people_runs_nothing(office, typed):
    office.people(8, on=[office.newsletter])
    job = office.plan("delete")
    page = text(office.post("job_order", {"order": "run", "people": typed}, pk=job.pk))
    assert 'role="alert"' in page and "8" in page
    job.refresh_from_db()
    assert job.state == "planned"


@pytest.mark.parametrize("typed", ["8", " 8 ", "8,", "0008"])
def test_the_number_may_be_typed_with_separators(office, typed):
    office.people(8, on=[office.newsletter])
    job = office.plan("delete")
    assert office.post("job_order", {"order": "run", "people": typed}, pk=job.pk).status_code == 302
    job.refresh_from_db()
    assert job.order == "run"


@pytest.mark.parametrize("order", ["", "fly", "done"])
def test_an_order_nobody_knows_does_nothing(office, order):
    office.people(8, on=[office.newsletter])
    job = office.plan("delete")
    assert "This form is incomplete" in text(office.post("job_order", {"order": order}, pk=job.pk))
    job.refresh_from_db()
    assert job.state == "planned"


def test_a_double_click_on_try_is_one_trial_and_a_second_manager_sees_how_it_stands(office):
    office.people(8, on=[office.newsletter])
    job = office.plan("delete")
    assert office.post("job_order", {"order": "try"}, pk=job.pk).status_code == 302
    page = text(office.post("job_order", {"order": "try"}, pk=job.pk))
    assert f"Job {job.pk} is running already" in page and 'id="progress"' in page
    assert job.items.filter(trial=True).count() == 5


def test_too_few_calls_name_the_other_way_and_the_days(office, settings):
    settings.CC_CALLS_PER_DAY = 1000
    CallBudget.objects.create(key="k", day=timezone.now().date(), used=880)
    office.account.counts = {"active": 40}
    office.account.save()
    office.people(40, on=[office.newsletter])
    job = office.plan("remove_lists", lists=[str(office.newsletter.remote_id)])
    jobs.choose(job, by=office.person, way="put")
    page = plan_page(office, job)
    assert "This needs 80 calls; 20 are left until midnight (00:00 UTC). In bulk it takes" in page
    assert "or it is split over 2 days by itself." in page
    office.post("job_choose", {"way": "activity"}, pk=job.pk)
    job.refresh_from_db()
    assert job.way == "activity"
    assert "This needs" not in plan_page(office, job)


def test_running_jobs_keep_the_calls_they_still_need(office, settings):
    settings.CC_CALLS_PER_DAY = 1000
    office.people(40, on=[office.newsletter])
    Job.objects.create(account=Office().account, kind="delete", state="running", calls_left=870)
    job = office.plan("delete")
    jobs.choose(job, by=office.person, way="put")
    assert "30 are left until midnight" in plan_page(office, job)


def test_a_plan_older_than_the_last_sync_is_computed_again_and_says_what_changed(office):
    office.ghosts(3, was_on=[office.newsletter])
    job = office.plan()
    Contact.objects.filter(address="ghost0@example.org").update(opt_out_source="Contact", permission="unsubscribed")
    LinkedAccount.objects.update(synced_at=timezone.now() + timedelta(minutes=1))
    page = plan_page(office, job)
    assert "the plan was computed again" in page
    assert "To do: 2, it was 3." in page
    assert "the plan was computed again" not in plan_page(office, job)


def test_an_undo_and_a_retry_name_the_job_they_come_from(office):
    office.people(2, on=[office.newsletter])
    first = office.plan("delete")
    second = office.plan("reactivate", undoes=first, basis="our_mistake")
    third = office.plan("delete", retries=first)
    link = f'href="{office.url("job_detail", pk=first.pk)}"'
    assert f"This takes back <a {link}>" in plan_page(office, second)
    assert f"those again whom <a {link}>job {first.pk}</a> did not change." in plan_page(office, third)


def test_deleting_a_list_says_what_stays_and_takes_the_number_of_its_members(office):
    office.people(3, on=[office.gala])
    job = jobs.freeze_list_deletion(office.gala, by=office.person, token="6b1f0c1e-0000-4000-8000-000000000001")
    page = plan_page(office, job)
    assert "Delete the list Gala" in page
    assert "3 contacts are on it now" in page and "For 3 of them it is the last list" in page
    assert "Its history is kept here" in page
    assert "Type 3, the number of its members" in page


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_whoever_may_only_look_sees_the_plan_with_closed_buttons_and_the_reason(role):
    office = Office(role)
    office.people(8, on=[office.newsletter])
    job = office.plan("add_tags", tags=[str(office.tag.remote_id)])
    page = plan_page(office, job)
    assert "Only marketers, managers and admins can change several contacts." in page
    assert 'name="order" value="try" disabled' in page
    assert office.post("job_order", {"order": "try"}, pk=job.pk).status_code == 403


def test_a_marketer_may_undo_by_deleting_but_not_delete(office):
    marketer = Office("marketer")
    marketer.people(8, on=[marketer.newsletter])
    plain = marketer.plan("delete")
    assert "Only managers and admins can delete several contacts." in plan_page(marketer, plain)
    assert "does not allow" in text(marketer.post("job_order", {"order": "try"}, pk=plain.pk))


def test_while_writing_is_paused_the_plan_stands_and_says_why_nothing_can_be_sent():
    office = Office(writing="paused", writing_by="Dermot", writing_reason="incident 9")
    office.people(8, on=[office.newsletter])
    page = plan_page(office, office.plan("delete"))
    assert "Writing is paused by Dermot: “incident 9”." in page
    assert 'value="try" disabled' in page


def test_the_people_of_a_group_and_of_a_reason_are_exactly_those(office):
    office.ghosts(3, was_on=[office.newsletter])
    office.ghosts(2, was_on=[office.gala], prefix="gala")
    office.ghosts(1, was_on=[office.gala], prefix="out", email_address={"opt_out_source": "Contact"})
    job = office.plan()
    group = job.groups.get(people=2)
    shown = text(office.get("job_people", {"group": group.number}, pk=job.pk))
    assert "gala0@" in shown and "gala1@" in shown and "ghost0@" not in shown and "out0@" not in shown
    shown = text(office.get("job_people", {"reason": "opted_out"}, pk=job.pk))
    assert "out0@" in shown and "gala0@" not in shown and "1 contact" in shown
    assert "Only they can come back" in shown


@pytest.mark.parametrize("query", ["group=x", "group=99999999999", "reason=x", "verdict=x", "after=x", "after=0"])
def test_nonsense_in_the_address_of_the_people_is_as_if_it_were_not_there(office, query):
    office.ghosts(1, was_on=[office.newsletter])
    job = office.plan()
    assert "ghost0@" in text(office.browser.get(f"{office.url('job_people', pk=job.pk)}?{query}"))


@pytest.mark.parametrize("name", ["job_detail", "job_people", "job_list"])
def test_a_page_takes_the_same_queries_for_few_people_as_for_many(office, name, django_assert_num_queries):
    parts = {} if name == "job_list" else {"pk": 0}

    def read(job):
        return office.get(name, **({"pk": job.pk} if parts else {}))

    office.ghosts(2, was_on=[office.newsletter])
    office.ghosts(1, prefix="none")
    few = office.plan()
    read(few)
    with CaptureQueriesContext(connection) as taken:
        read(few)
    for number in range(5):
        office.ghosts(8, was_on=[office.newsletter, office.gala][number % 2 :], prefix=f"more{number}x")
    many = office.plan()
    office.plan("delete")
    with django_assert_num_queries(len(taken)):
        assert read(many).status_code == 200
    assert Contact.objects.filter(deleted_to__gt=TUESDAY).count() == 43
