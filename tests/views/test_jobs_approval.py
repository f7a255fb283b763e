"""The pages of a large job: who is told what before, while and after a second person is asked."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.models import Access, Job, LinkedAccount
from contacts.services import jobs
from tests.rows import make_access, make_account, make_user
from tests.services.jobs.asking import LIMIT, mark, planned
from tests.services.jobs.asking import asked as ask
from tests.views.jobs_rig import Office, text

pytestmark = pytest.mark.django_db
PEOPLE = LIMIT + 1


@pytest.fixture
def office():
    """Marek, a marketer, and Dermot, a manager, on an account with a limit of three."""
    office = Office("marketer", approval_above=LIMIT)
    for user, name in ((office.person, "Marek"), (office.boss, "Dermot")):
        user.name = name
        user.save()
    office.boss_browser = browser(office.boss)
    return office


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def page(office, job, client=None):
    return text((client or office.browser).get(office.url("job_detail", pk=job.pk)))


def answer(office, job, client=None, **form):
    given = {"mark": mark(job) if job.approvals.filter(state="asked") else "", **form}
    return (client or office.boss_browser).post(office.url("job_approval", pk=job.pk), given, follow=True)


def test_a_plan_says_before_anything_is_typed_that_it_takes_a_second_person_and_who(office):
    seen = page(office, planned(office))
    assert "a job for more than 3 needs the approval of a second person. Dermot may give it." in seen
    assert "Ask for approval to reactivate all 4 contacts" in seen
    assert "Type 4 to mean all of them" in seen


def test_a_plan_of_a_manager_names_the_others_and_not_the_manager(office):
    job = planned(office)
    for name in ("Orla", "Aoife"):
        user = make_user(name=name)
        make_access(office.account, "admin", user=user)
    seen = page(office, job, office.boss_browser)
    assert "Aoife or Orla may give it." in seen and "Dermot may" not in seen


def test_where_nobody_else_may_approve_the_plan_says_what_to_do_and_cannot_be_asked(office):
    Access.objects.filter(user=office.boss).delete()
    seen = page(office, planned(office))
    assert "Ask an admin to give somebody the manager role, or to raise the limit." in seen
    assert re.search(r'value="run" aria-describedby="second" disabled', seen)


def test_up_to_the_limit_the_plan_says_nothing_of_it(office):
    seen = page(office, planned(office, LIMIT))
    assert "second person" not in seen and "Reactivate all 3 contacts" in seen


def test_who_asked_sees_that_it_waits_for_whom_and_can_withdraw(office):
    job = planned(office)
    seen = office.follow("job_order", {"order": "run", "people": "4", "basis": "our_mistake"}, pk=job.pk)
    assert "Waiting for approval" in seen and "You asked for 4 contacts" in seen
    assert "Who may approve: Dermot." in seen and "Withdraw the question" in seen
    assert f'value="http://testserver{office.url("job_detail", pk=job.pk)}"' in seen
    assert 'value="approve"' not in seen and 'value="run"' not in seen and "Plan again" not in seen
    seen = text(answer(office, job, office.browser, answer="withdraw"))
    assert "Marek asked for approval; Marek took the question back" in seen and 'value="run"' in seen


def test_a_manager_sees_the_frozen_plan_and_approves_it_without_typing(office):
    job = ask(office)
    seen = page(office, job, office.boss_browser)
    assert "Marek asks for your approval" in seen and "Approve and run 4" in seen
    assert "Newsletter" in seen and "We deleted them by mistake: ticket 4812" in seen
    assert "Active contacts: 0 → 4." in seen and "One by one: 8 calls" in seen
    assert 'name="people"' not in seen and "Withdraw the question" not in seen
    seen = text(answer(office, job, answer="approve"))
    assert "Running" in seen and "Marek asked for 4; Dermot approved it" in seen
    assert Job.objects.get().by == office.person


def test_a_trial_is_shown_to_who_approves(office):
    office.account.approval_above = 0
    office.account.save()
    office.ghosts(7, was_on=[office.newsletter])
    job = office.plan(by=office.person, basis="our_mistake")
    few = list(job.items.select_related("job", "contact")[:5])
    office.end(few)
    job.items.filter(pk__in=[each.pk for each in few]).update(trial=True)
    Job.objects.filter(pk=job.pk).update(state="tried")
    office.post("job_order", {"order": "run", "people": "2"}, pk=job.pk)
    seen = page(office, job, office.boss_browser)
    assert "Approve and run 2" in seen
    assert "5 active again, 0 failed" in seen and "The people of the trial" in seen
    assert "ghost0@example.org" in seen
    assert "7 in the plan, 2 of them to do" in seen and "Active contacts: 0 → 2." in seen


def test_what_is_sent_back_says_why_to_who_may_see_it(office):
    job = ask(office)
    answer(office, job, answer="send_back", note="Leave Maeve out")
    assert "Dermot sent this back" in (seen := page(office, job)) and "Leave Maeve out" in seen
    assert "Ask for approval to reactivate all 4 contacts" in seen
    viewer = browser(make_access(office.account, "viewer").user)
    seen = page(office, job, viewer)
    assert "Dermot sent this back" in seen and "Maeve" not in seen and "4812" not in seen


def test_a_refusal_stands_on_the_page_as_it_is_now(office):
    job = ask(office)
    seen = text(answer(office, job, answer="send_back", note=" "))
    assert "Say why you send it back" in seen and "Approve and run 4" in seen
    seen = text(answer(office, job, answer="approve", mark="0" * 64))
    assert "The plan has changed since you looked at it." in seen
    assert "This form is incomplete" in text(answer(office, job, answer="maybe"))


def test_an_approval_that_is_posted_twice_runs_once(office):
    job = ask(office)
    given = mark(job)
    for expected in ("Dermot approved it", "was approved already"):
        assert expected in text(answer(office, job, answer="approve", mark=given))
    assert job.approvals.count() == 1


@pytest.mark.parametrize("role", ["viewer", "agent", "marketer"])
@pytest.mark.parametrize("said", ["approve", "send_back"])
def test_a_forged_answer_of_who_may_not_approve_is_forbidden(office, role, said):
    job = ask(office)
    client = browser(make_access(office.account, role).user)
    assert answer(office, job, client, answer=said, note="x").status_code == 403
    assert answer(office, job, office.browser, answer=said, note="x").status_code == 403
    assert job.approvals.get().state == "asked"


def test_a_forged_approval_of_ones_own_question_is_refused(office):
    Access.objects.filter(user=office.person).update(role="admin")
    job = ask(office)
    assert "asked for this approval yourself" in text(answer(office, job, office.browser, answer="approve"))
    assert job.approvals.get().state == "asked"


def test_a_manager_of_another_account_does_not_find_it(office):
    job = ask(office)
    other = make_account()
    client = browser(make_access(other, "admin").user)
    for slug in (office.account.slug, other.slug):
        url = office.url("job_approval", pk=job.pk).replace(f"/{office.account.slug}/", f"/{slug}/")
        assert client.post(url, {"answer": "approve", "mark": mark(job)}).status_code == 404
    assert job.approvals.get().state == "asked"


def test_changes_trials_and_runs_are_refused_with_a_sentence_while_it_waits(office):
    job = ask(office)
    assert "stays as it is" in office.follow("job_choose", {"note": "x"}, pk=job.pk)
    assert "stays as it is" in office.follow("job_order", {"order": "try"}, pk=job.pk)
    assert "waits for approval already" in office.follow("job_order", {"order": "run", "people": "4"}, pk=job.pk)
    assert office.get("job_people", pk=job.pk).status_code == 200
    assert office.get("job_report", pk=job.pk).status_code == 200


def test_where_the_limit_was_raised_meanwhile_it_may_be_run(office):
    job = ask(office)
    LinkedAccount.objects.update(approval_above=PEOPLE)
    seen = page(office, job)
    assert "needs no approval any more" in seen and "Reactivate all 4 contacts" in seen
    office.post("job_order", {"order": "run", "people": "4"}, pk=job.pk)
    assert Job.objects.get().state == "running"


def test_a_page_that_waits_finds_out_that_it_was_answered(office):
    job = ask(office)
    question = {"asked": str(job.approvals.get().pk)}
    waiting = office.get("job_progress", question, pk=job.pk)
    assert (waiting.status_code, waiting.content) == (204, b"")
    answer(office, job, answer="approve")
    told = office.get("job_progress", question, pk=job.pk)
    assert told["HX-Retarget"] == "#job" and "Dermot approved it" in text(told) and "0 of 4" in text(told)


def test_the_list_of_jobs_and_home_say_what_waits_and_for_whom(office):
    job = ask(office)
    assert "Waiting for approval" in text(office.get("job_list"))
    assert "1 job waiting for approval" in text(office.boss_browser.get(office.url("home")))
    seen = text(office.get("home"))
    assert "1 job waiting" not in seen and f"Job {job.pk}</a> waits for approval: reactivate 4" in seen
    answer(office, job, answer="approve")
    for client in (office.browser, office.boss_browser):
        seen = text(client.get(office.url("home")))
        assert "waiting for approval" not in seen and "waits for approval" not in seen


def test_writing_that_is_paused_holds_an_approval_up(office):
    job = ask(office)
    LinkedAccount.objects.update(writing="paused", writing_by="Orla")
    seen = page(office, job, office.boss_browser)
    assert re.search(r'value="approve" disabled aria-describedby="standstill"', seen)
    assert "Send back" in seen


def test_the_deletion_of_a_long_list_is_approved_too(office):
    admin = browser(make_access(office.account, "admin").user)
    office.people(PEOPLE, on=[office.gala])
    job = jobs.freeze_list_deletion(office.gala, by=office.boss, token="1" * 32)
    office.boss_browser.post(office.url("job_order", pk=job.pk), {"order": "run", "people": "4"})
    seen = page(office, job, admin)
    assert "The list Gala is deleted in Constant Contact." in seen and "Approve and run 4" in seen
    assert "Running" in text(answer(office, job, admin, answer="approve"))


def queries(office, name, client, **parts):
    client.get(office.url(name, **parts))
    with CaptureQueriesContext(
        connection,
    ) as told:
        assert client.get(office.url(name, **parts)).status_code == 200
    return len(told)


def test_the_pages_take_as_many_queries_for_many_as_for_few(office):
    def counts(job):
        pages = (("job_detail", {"pk": job.pk}), ("job_list", {}), ("home", {}))
        clients = (office.browser, office.boss_browser)
        return [queries(office, name, client, **parts) for name, parts in pages for client in clients]

    job = ask(office)
    few = counts(job)
    jobs.withdraw(job, by=office.person)
    office.ghosts(40, was_on=[office.newsletter, office.gala], prefix="more")
    for _ in range(5):
        make_access(office.account, "manager")
        job = jobs.run(office.plan(by=office.person, basis="our_mistake"), by=office.person, people=44)
    assert counts(job) == few
