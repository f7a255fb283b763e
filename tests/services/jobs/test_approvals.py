"""A large job waits for a second person: when it must, what freezes meanwhile, and what each answer does."""

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from contacts import audit
from contacts.models import (
    Access,
    Alert,
    Approval,
    AuditChain,
    AuditEntry,
    Job,
    LinkedAccount,
    Membership,
)
from contacts.rules.refusal import Refused
from contacts.services import jobs
from tests.rows import make_access, make_account
from tests.services.jobs.asking import LIMIT, asked, entries, mark, planned, run, state
from tests.views.jobs_rig import Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    """A marketer, a manager, and an account where a job for more than three people takes both."""
    return Office("marketer", approval_above=LIMIT)


def test_up_to_the_limit_one_person_is_enough(office):
    job = run(planned(office, LIMIT), office.person)
    assert state(job) == ("running", "run", [])
    assert entries(job) == ["job_run"]


@pytest.mark.parametrize("role", ["marketer", "manager", "admin"])
def test_above_the_limit_whoever_asks_a_second_person_is_needed(office, role):
    by = make_access(office.account, role).user
    job = run(planned(office), by)
    assert state(job) == ("planned", "", ["asked"])
    assert (job.approvals.get().asked_by, job.approvals.get().people) == (by, LIMIT + 1)
    assert entries(job) == ["job_ask"]


def test_a_manager_approves_and_the_job_runs_in_the_name_of_who_asked(office):
    job = asked(office)
    job = jobs.approve(job, by=office.boss, mark=mark(job))
    assert state(job) == ("running", "run", ["approved"])
    assert job.by == office.person and job.approvals.get().answered_by == office.boss
    told = AuditEntry.objects.filter(job=job.pk).order_by("sequence").values_list("action", "actor_id")
    people = [office.person.pk, office.boss.pk, office.person.pk]
    assert list(told) == list(zip(["job_ask", "job_approve", "job_run"], people, strict=True))


def test_every_step_is_in_the_history_with_the_plan_and_its_words_only_in_the_payload(office):
    job = asked(office)
    jobs.send_back(job, by=office.boss, mark=mark(job), note="leave Maeve out")
    run(job, office.person)
    jobs.withdraw(job, by=office.person)
    assert entries(job) == ["job_ask", "job_send_back", "job_ask", "job_withdraw"]
    first, second = job.approvals.order_by("pk")
    for entry, about in zip(
        AuditEntry.objects.filter(job=job.pk).order_by("sequence"), [first, first, second, second], strict=True
    ):
        assert entry.detail == {"kind": "reactivate", "people": 4, "approval": about.pk, "mark": about.mark}
        assert "Maeve" not in str(entry.__dict__) and "4812" not in str(entry.__dict__)
    assert AuditEntry.objects.get(action="job_send_back").told() == {"note": "leave Maeve out"}
    assert audit.verify(AuditChain.objects.get(name=f"account-{office.account.pk}")) is None


def test_who_asked_cannot_approve_or_send_back_even_as_an_admin(office):
    admin = make_access(office.account, "admin").user
    job = run(planned(office), admin)
    for answer, more in ((jobs.approve, {}), (jobs.send_back, {"note": "no"})):
        with pytest.raises(Refused, match="asked for this approval yourself"):
            answer(job, by=admin, mark=mark(job), **more)
    assert state(job) == ("planned", "", ["asked"])


@pytest.mark.parametrize("role", ["viewer", "agent", "marketer"])
def test_a_role_that_may_not_approve_cannot(office, role):
    job, other = asked(office), make_access(office.account, role).user
    for answer, more in ((jobs.approve, {}), (jobs.send_back, {"note": "no"})):
        with pytest.raises(Refused, match="does not allow approving"):
            answer(job, by=other, mark=mark(job), **more)
    assert state(job) == ("planned", "", ["asked"])


def test_a_manager_of_another_account_or_one_who_has_left_cannot_approve(office):
    job = asked(office)
    elsewhere = make_access(make_account(), "admin").user
    expired = make_access(office.account, "admin", expires_at=timezone.now()).user
    gone = make_access(office.account, "admin").user
    gone.is_active = False
    gone.save()
    for other in (elsewhere, expired, gone):
        with pytest.raises(Refused, match="does not allow approving"):
            jobs.approve(job, by=other, mark=mark(job))
    assert [*jobs.approvers(office.account, besides=office.person)] == [office.boss]


def test_where_nobody_else_may_approve_nobody_is_asked_and_the_reason_says_what_to_do(office):
    Access.objects.filter(user=office.boss).delete()
    job = planned(office)
    with pytest.raises(Refused, match="Ask an admin to give somebody the manager role"):
        run(job, office.person)
    assert state(job) == ("planned", "", [])


def test_a_job_is_not_sent_back_without_a_reason(office):
    job = asked(office)
    with pytest.raises(Refused, match="Say why"):
        jobs.send_back(job, by=office.boss, mark=mark(job), note="  ")
    assert state(job) == ("planned", "", ["asked"])


def test_only_who_asked_withdraws(office):
    job = asked(office)
    for other in (office.boss, make_access(office.account, "marketer").user):
        with pytest.raises(Refused, match="Only whoever asked"):
            jobs.withdraw(job, by=other)
    Access.objects.filter(user=office.person).delete()
    with pytest.raises(Refused, match="does not allow"):
        jobs.withdraw(job, by=office.person)
    assert state(job) == ("planned", "", ["asked"])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("withdraw", "taken back meanwhile"),
        ("stop", "taken back meanwhile"),
        ("send_back", "sent back already"),
        ("approve", "approved already"),
    ],
)
def test_an_answer_that_comes_too_late_does_nothing(office, answer, words):
    job = asked(office)
    given = mark(job)
    {
        "withdraw": lambda: jobs.withdraw(job, by=office.person),
        "stop": lambda: jobs.stop(job, by=office.person),
        "send_back": lambda: jobs.send_back(job, by=office.boss, mark=given, note="no"),
        "approve": lambda: jobs.approve(job, by=office.boss, mark=given),
    }[answer]()
    told, was = entries(job), state(job)
    other = make_access(office.account, "manager").user
    for late in (
        lambda: jobs.approve(job, by=other, mark=given),
        lambda: jobs.send_back(job, by=other, mark=given, note="no"),
        lambda: jobs.withdraw(job, by=office.person),
    ):
        with pytest.raises(Refused, match=words):
            late()
    assert (entries(job), state(job)) == (told, was)


def test_nobody_answers_what_nobody_asked(office):
    job = planned(office)
    with pytest.raises(Refused, match="Nobody asks"):
        jobs.approve(job, by=office.boss, mark="")
    assert state(job) == ("planned", "", [])


def test_stopping_a_job_takes_its_question_back(office):
    job = asked(office)
    jobs.stop(job, by=office.boss)
    assert state(job) == ("stopped", "stop", ["withdrawn"])
    assert entries(job) == ["job_ask", "job_withdraw", "job_stop"]


@pytest.mark.parametrize("columns", [{"role": "agent"}, {"expires_at": timezone.now()}])
def test_when_who_asked_lost_the_right_the_approval_is_refused(office, columns):
    job = asked(office)
    Access.objects.filter(user=office.person).update(**columns)
    with pytest.raises(Refused, match="may not run it any more"):
        jobs.approve(job, by=office.boss, mark=mark(job))
    assert state(job) == ("planned", "", ["asked"])


def test_when_who_asked_is_gone_the_approval_is_refused(office):
    job = asked(office)
    office.person.delete()
    with pytest.raises(Refused, match="may not run it any more"):
        jobs.approve(job, by=office.boss, mark=mark(job))
    jobs.send_back(job, by=office.boss, mark=mark(job), note="Somebody else has to ask")
    assert state(job) == ("planned", "", ["sent_back"])


@pytest.mark.parametrize("columns", [{"writing": "paused"}, {"writing": "look_only"}, {"state": "broken"}])
def test_nothing_is_asked_or_approved_while_nothing_may_be_sent(office, columns):
    job = asked(office)
    LinkedAccount.objects.update(**columns)
    with pytest.raises(Refused, match="Nothing can be sent"):
        jobs.approve(Job.objects.get(pk=job.pk), by=office.boss, mark=mark(job))
    jobs.withdraw(job, by=office.person)
    with pytest.raises(Refused, match="Nothing can be sent"):
        run(Job.objects.get(pk=job.pk), office.person)
    assert state(job) == ("planned", "", ["withdrawn"])


def test_a_list_is_deleted_by_two_when_it_has_many_members_also_by_now(office):
    office.people(LIMIT, on=[office.gala])
    job = jobs.freeze_list_deletion(office.gala, by=office.boss, token="1" * 32)
    assert not jobs.needs_approval(job)
    office.people(1, on=[office.gala], prefix="late")
    assert Membership.objects.filter(list=office.gala, ended_at=None).count() == LIMIT + 1
    admin = make_access(office.account, "admin").user
    run(job, office.boss)
    assert state(job) == ("planned", "", ["asked"])
    jobs.approve(job, by=admin, mark=mark(job))
    assert state(job) == ("running", "run", ["approved"])


def test_an_undo_and_a_retry_are_jobs_of_their_own_and_ask_anew(office):
    office.people(2 * (LIMIT + 1))
    job = run(office.plan("add_lists", by=office.person, lists=[str(office.gala.remote_id)]), office.person)
    job = jobs.approve(job, by=office.boss, mark=mark(job))
    items = list(job.items.select_related("job", "contact"))
    office.end(items[: LIMIT + 1])
    office.end(items[LIMIT + 1 :], "rejected")
    Job.objects.filter(pk=job.pk).update(state="done", finished_at=timezone.now())
    for number, again in enumerate((jobs.undo, jobs.retry)):
        other = again(Job.objects.get(pk=job.pk), by=office.person, token=str(number) * 32)
        assert jobs.remaining(other) == LIMIT + 1
        run(other, office.person)
        assert state(other) == ("planned", "", ["asked"])


def test_the_question_is_told_once_and_is_over_when_it_is_answered(office):
    job = asked(office)
    alert = Alert.objects.get(kind="approval")
    assert alert.key == f"approval-{job.approvals.get().pk}" and alert.closed_at is None
    assert alert.detail == {"job": job.pk, "people": LIMIT + 1, "asked_by": office.person.pk}
    jobs.send_back(job, by=office.boss, mark=mark(job), note="no")
    run(job, office.person)
    told = Alert.objects.filter(kind="approval").order_by("pk")
    assert [each.closed_at is None for each in told] == [False, True]


@pytest.mark.parametrize("answer", ["ask", "approve", "send_back", "withdraw"])
def test_without_its_entry_in_the_history_nothing_happens(office, answer):
    job = planned(office) if answer == "ask" else asked(office)
    was = state(job)

    def full(execute, sql, *rest):
        if sql.startswith('INSERT INTO "contacts_auditentry"'):
            raise OperationalError("the disk is full")
        return execute(sql, *rest)

    given = mark(job) if answer != "ask" else ""
    with connection.execute_wrapper(full), pytest.raises(OperationalError, match="disk is full"):
        {
            "ask": lambda: run(job, office.person),
            "approve": lambda: jobs.approve(job, by=office.boss, mark=given),
            "send_back": lambda: jobs.send_back(job, by=office.boss, mark=given, note="no"),
            "withdraw": lambda: jobs.withdraw(job, by=office.person),
        }[answer]()
    assert state(job) == was and Alert.objects.filter(closed_at=None).count() == Approval.objects.count()
