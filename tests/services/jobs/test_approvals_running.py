"""An approved job as the worker carries it on, and answers that are given at the same moment by several processes."""

import json

import pytest

from contacts.models import Access, AuditEntry, Job
from contacts.services import jobs
from tests.emulation import running_emulator
from tests.installation import Installation
from tests.rows import make_access
from tests.services.jobs.asking import mark, run
from tests.services.jobs.rig import GALA
from tests.test_connect_processes import run_together

pytestmark = pytest.mark.django_db
PEOPLE = 8


@pytest.fixture
def asked(crowd):
    """A job that was tried with five people, and whose others a marketer asks for."""
    crowd.account.approval_above = 2
    crowd.account.save(update_fields=["approval_above"])
    crowd.marketer = make_access(crowd.account, "marketer").user
    job = crowd.freeze("add_lists", crowd.add(PEOPLE), lists=[GALA], by=crowd.marketer)
    job = crowd.carry_on(jobs.try_few(job, by=crowd.marketer))
    assert (job.state, crowd.verdicts(job)) == ("tried", {"confirmed": 5})
    return run(job, crowd.marketer)


def test_a_trial_takes_no_approval_and_the_others_wait_for_theirs(crowd, asked):
    sent = len(crowd.calls("PUT", "/contacts/"))
    assert asked.state == "tried" and asked.approvals.get().people == PEOPLE - 5
    assert not jobs.due().exists()
    job = crowd.carry_on(jobs.approve(asked, by=crowd.by, mark=mark(asked)))
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": PEOPLE})
    assert len(crowd.calls("PUT", "/contacts/")) == sent + 3
    assert set(AuditEntry.objects.filter(action="add_lists").values_list("actor_id", flat=True)) == {crowd.marketer.pk}
    crowd.assert_whole(job)


def test_when_who_asked_loses_the_role_in_mid_job_it_stops_and_who_approved_does_not_matter(crowd, asked):
    job = jobs.approve(asked, by=crowd.by, mark=mark(asked))
    Access.objects.filter(user=crowd.by).update(role="viewer")
    job = jobs.carry_on(job, seconds=0)
    assert job.state == "running"
    Access.objects.filter(user=crowd.marketer).update(role="viewer")
    job = crowd.carry_on(job)
    assert job.state == "stopped" and "does not allow this job any more" in job.message


def test_an_approved_job_that_was_paused_goes_on_without_a_new_question(crowd, asked):
    job = jobs.approve(asked, by=crowd.by, mark=mark(asked))
    job = crowd.carry_on(jobs.pause(jobs.carry_on(job, seconds=0), by=crowd.marketer))
    assert job.state == "paused"
    crowd.account.approval_above = 0
    crowd.account.save(update_fields=["approval_above"])
    job = crowd.carry_on(run(Job.objects.get(pk=job.pk), crowd.marketer))
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": PEOPLE})
    assert [each.state for each in job.approvals.all()] == ["approved"]


SEED = """
from contacts.services import jobs
from tests.views.jobs_rig import Office
from tests.rows import make_access
office = Office("marketer", approval_above=3)
office.ghosts(6, was_on=[office.newsletter])
job = office.plan(by=office.person, basis="our_mistake")
if sys.argv[1] == "asked":
    jobs.run(job, by=office.person, people=6)
managers = [office.boss.pk, *(make_access(office.account, "manager").user.pk for _ in range(3))]
print(json.dumps({"job": job.pk, "asker": office.person.pk, "managers": managers}))
"""
SAY = """
from contacts.models import Job, User
from contacts.rules.refusal import Refused
from contacts.services import jobs
told = json.loads(%r)
job = Job.objects.get(pk=told["job"])
asker, manager = User.objects.get(pk=told["asker"]), User.objects.get(pk=told["managers"][os.getpid() %% 4])
mark = getattr(jobs.question(job), "mark", "")
turn = sorted(each.name for each in start_line.iterdir()).index(str(os.getpid()))
say = {
    "ask": lambda: jobs.run(job, by=asker, people=6),
    "approve": lambda: jobs.approve(job, by=manager, mark=mark),
    "send_back": lambda: jobs.send_back(job, by=manager, mark=mark, note="no"),
    "withdraw": lambda: jobs.withdraw(job, by=asker),
    "stop": lambda: jobs.stop(job, by=asker),
}
said = told["say"][turn %% len(told["say"])]
try:
    say[said]()
    print(said)
except Refused:
    print("refused")
"""
AFTER = """
from contacts import audit
from contacts.models import Alert, Approval, AuditChain, AuditEntry, Job
job = Job.objects.get()
print(json.dumps({
    "job": [job.state, job.order],
    "questions": list(Approval.objects.order_by("pk").values_list("state", flat=True)),
    "entries": list(AuditEntry.objects.filter(job=job.pk).order_by("sequence").values_list("action", flat=True)),
    "standing": Alert.objects.filter(closed_at=None).count(),
    "whole": all(audit.verify(each) is None for each in AuditChain.objects.all()),
}))
"""


def raced(tmp_path, *say, begins="asked"):
    """What four processes were told who say this at once, in turn, and what stands afterwards."""
    with running_emulator() as emulation:
        installation = Installation(emulation)
        try:
            told = installation.run(SEED, begins) | {"say": say}
            answers = run_together(installation, SAY % json.dumps(told), 4, tmp_path)
            return sorted(answers), installation.run(AFTER)
        finally:
            installation.remove()


def test_of_several_who_approve_at_once_one_does(tmp_path):
    answers, after = raced(tmp_path, "approve")
    assert answers == ["approve", "refused", "refused", "refused"]
    assert after["job"] == ["running", "run"] and after["questions"] == ["approved"]
    assert after["entries"] == ["job_ask", "job_approve", "job_run"]
    assert (after["standing"], after["whole"]) == (0, True)


def test_a_double_click_asks_once(tmp_path):
    answers, after = raced(tmp_path, "ask", begins="planned")
    assert answers == ["ask", "refused", "refused", "refused"]
    assert after["job"] == ["planned", ""] and after["questions"] == ["asked"]
    assert after["entries"] == ["job_ask"]
    assert (after["standing"], after["whole"]) == (1, True)


def test_of_different_answers_at_once_one_counts(tmp_path):
    answers, after = raced(tmp_path, "approve", "send_back", "withdraw", "approve")
    [counted] = [each for each in answers if each != "refused"]
    ends = {"approve": "approved", "send_back": "sent_back", "withdraw": "withdrawn"}
    assert after["questions"] == [ends[counted]]
    assert after["job"] == (["running", "run"] if counted == "approve" else ["planned", ""])
    assert after["entries"][:2] == ["job_ask", f"job_{counted}"]
    assert (after["standing"], after["whole"]) == (0, True)


def test_a_job_that_is_stopped_while_it_is_approved_ends_one_way_or_the_other(tmp_path):
    answers, after = raced(tmp_path, "stop", "approve")
    assert "stop" in answers
    if "approve" in answers:
        assert after["questions"] == ["approved"] and after["job"] == ["running", "stop"]
    else:
        assert after["questions"] == ["withdrawn"] and after["job"] == ["stopped", "stop"]
    assert (after["standing"], after["whole"]) == (0, True)
