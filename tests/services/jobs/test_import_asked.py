"""An import above the account's limit: it waits for a second person, and its plan and its file stay as they are."""

import json

import pytest
from django.utils import timezone

from contacts.models import AuditEntry, ContactFile, FileRow, Job, LinkedAccount
from contacts.rules.refusal import Refused
from contacts.services import files, jobs
from tests.emulation import running_emulator
from tests.installation import Installation
from tests.rows import make_access
from tests.services.jobs.asking import mark, run
from tests.services.jobs.importing import at_constant_contact, people, planned
from tests.services.jobs.rig import GALA, NEWSLETTER
from tests.test_connect_processes import run_together

pytestmark = pytest.mark.django_db
ROWS = 8


@pytest.fixture
def asked(crowd):
    """An import that a marketer planned and asks a manager for."""
    LinkedAccount.objects.update(approval_above=3)
    crowd.account.refresh_from_db()
    crowd.marketer = make_access(crowd.account, "marketer").user
    return run(planned(crowd, people(ROWS), by=crowd.marketer), crowd.marketer)


def rows_of(job):
    return list(job.items.order_by("line").values_list("line", "row__address_key", "reason", "group__label"))


def approved(crowd, job):
    return jobs.approve(Job.objects.get(pk=job.pk), by=crowd.by, mark=mark(job))


def test_it_waits_and_runs_after_the_approval_in_the_name_of_who_asked(crowd, asked):
    assert (asked.state, asked.approvals.get().people) == ("planned", ROWS) and not jobs.due().exists()
    job = crowd.carry_on(approved(crowd, asked))
    assert (job.state, crowd.verdicts(job)) == ("done", {"confirmed": ROWS})
    assert set(AuditEntry.objects.filter(action="import").values_list("actor_id", flat=True)) == {crowd.marketer.pk}
    assert at_constant_contact(crowd, "new0@example.net")["list_memberships"] == [GALA]
    crowd.assert_whole(job)


def test_while_it_waits_nothing_is_sent_and_the_plan_is_frozen(crowd, asked):
    before, sent = rows_of(asked), len(crowd.calls("POST"))
    LinkedAccount.objects.update(synced_at=timezone.now(), watermark=timezone.now())
    crowd.account.refresh_from_db()
    FileRow.objects.filter(file=asked.file_id, number=2).update(verdict="opted_out")
    assert jobs.renew(Job.objects.get(pk=asked.pk)) == []
    for act in (
        lambda: jobs.choose(asked, by=crowd.marketer, lists=[NEWSLETTER]),
        lambda: jobs.try_few(asked, by=crowd.marketer),
        lambda: run(asked, crowd.marketer),
        lambda: approved_by(asked, crowd.marketer),
    ):
        with pytest.raises(Refused):
            act()
    assert rows_of(asked) == before and len(crowd.calls("POST")) == sent


def approved_by(job, user):
    return jobs.approve(job, by=user, mark=mark(job))


def test_its_file_is_neither_deleted_nor_judged_anew_until_the_job_is_stopped(crowd, asked):
    for act in (lambda: files.forget(asked.file, by=crowd.by), lambda: files.judge_again(asked.file)):
        with pytest.raises(Refused, match=f"Job {asked.pk} rests on this file"):
            act()
    jobs.stop(asked, by=crowd.marketer)
    files.forget(asked.file, by=crowd.by)
    assert ContactFile.objects.get().forgotten_at
    assert asked.approvals.get().state == "withdrawn"


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        ({"ready_at": timezone.now()}, "read or compared anew since"),
        ({"state": "judging"}, "is being read or compared"),
        ({"forgotten_at": timezone.now()}, "was deleted"),
    ],
    ids=["judged anew", "being judged", "deleted"],
)
def test_a_file_that_moved_all_the_same_is_not_imported_by_the_yes_to_another(crowd, asked, meanwhile, why):
    """As when a form about the file was sent at the very moment of the plan."""
    ContactFile.objects.update(**meanwhile)
    with pytest.raises(Refused, match=why):
        approved(crowd, asked)
    assert Job.objects.get().state == "planned" and asked.approvals.get().state == "asked"
    assert not crowd.calls("POST", "/activities")


def test_after_it_was_sent_back_a_plan_of_a_file_judged_anew_is_computed_again(crowd, asked):
    jobs.send_back(asked, by=crowd.by, mark=mark(asked), note="Without the first")
    FileRow.objects.filter(file=asked.file_id, number=2).update(verdict="opted_out")
    ContactFile.objects.update(ready_at=timezone.now())
    with pytest.raises(Refused, match=f"To do: {ROWS - 1}, it was {ROWS}"):
        run(Job.objects.get(pk=asked.pk), crowd.marketer)
    job = run(Job.objects.get(pk=asked.pk), crowd.marketer)
    job = crowd.carry_on(approved(crowd, job))
    assert (job.people, job.left_out, crowd.verdicts(job)) == (ROWS - 1, {"opted_out": 1}, {"confirmed": ROWS - 1})
    assert at_constant_contact(crowd, "new0@example.net") is None


def test_a_trial_that_rests_on_a_file_judged_anew_goes_no_further(crowd):
    job = crowd.carry_on(jobs.try_few(planned(crowd, people(ROWS)), by=crowd.by))
    ContactFile.objects.update(ready_at=timezone.now())
    with pytest.raises(Refused, match="Stop this job and plan what is left anew"):
        run(Job.objects.get(pk=job.pk), crowd.by)
    job = jobs.stop(Job.objects.get(pk=job.pk), by=crowd.by)
    again = crowd.run(jobs.retry(job, by=crowd.by, token="b" * 32))
    assert crowd.verdicts(again) == {"confirmed": ROWS - 5}


def test_a_plan_is_not_made_from_a_file_that_was_deleted_while_its_form_stood_open(crowd, asked):
    file = ContactFile.objects.get()
    jobs.stop(asked, by=crowd.marketer)
    files.forget(ContactFile.objects.get(), by=crowd.by)
    wish = {"token": "c" * 32, "lists": [GALA], "include": ["new"], "basis": "asked", "note": "Fair"}
    with pytest.raises(Refused, match="was deleted meanwhile"):
        jobs.freeze_import(file, by=crowd.marketer, **wish)
    assert Job.objects.count() == 1


SEED = """
import uuid
from contacts.models import ContactList
from tests.rows import make_access, make_account
from tests.services.jobs.importing import judged_file, people
account = make_account()
person = make_access(account, "marketer").user
the_list = ContactList.objects.create(account=account, remote_id=uuid.uuid4(), name="Gala")
file = judged_file(account, people(200), by=person)
print(json.dumps({"person": person.pk, "list": str(the_list.remote_id), "file": file.pk, "slug": account.slug}))
"""
CLICK = """
from django.conf import settings
from django.test import Client
from django.urls import reverse
from contacts.models import User
told = json.loads(%r)
settings.ALLOWED_HOSTS = ["testserver"]
client = Client()
client.force_login(User.objects.get(pk=told["person"]))
form = {"token": "d" * 32, "include": ["new"], "lists": [told["list"]], "basis": "customers", "note": "Till"}
answer = client.post(reverse("file_import", kwargs={"account": told["slug"], "pk": told["file"]}), form)
print(answer.status_code, answer.get("Location", answer.content[-3000:]))
"""
AFTER = """
from contacts.models import Job, JobItem
print(json.dumps([list(Job.objects.values_list("state", "people")), JobItem.objects.count()]))
"""


def test_a_double_click_on_the_plan_of_an_import_makes_one_job(tmp_path):
    with running_emulator() as emulation:
        installation = Installation(emulation)
        try:
            told = installation.run(SEED)
            answers = run_together(installation, CLICK % json.dumps(told), 4, tmp_path)
            after = installation.run(AFTER)
        finally:
            installation.remove()
    assert len(set(answers)) == 1 and answers[0].startswith("302 ") and "/jobs/" in answers[0], answers
    assert after == [[["planned", 200]], 200]
