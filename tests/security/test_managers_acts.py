"""What those who manage can be made to do, or cannot: approvals, roles, polls of an ended session, words in mails."""

import pytest
from django.core import mail
from django.urls import reverse

from contacts import urls
from contacts.models import Access, Approval, AuditEntry, Contact, Job, User
from contacts.services import erasing
from tests.rows import make_access, make_account, make_user
from tests.services.jobs.asking import LIMIT, mark, planned, run
from tests.views.jobs_rig import Office
from tests.views.permissions import PAGES, House, signed_in

pytestmark = pytest.mark.django_db


def at(account, name, **parts):
    return reverse(name, kwargs={"account": account.slug, **parts})


@pytest.fixture
def office():
    office = Office("marketer", approval_above=LIMIT)
    office.boss_browser = signed_in(office.boss)
    return office


def answer(office, job, browser, **form):
    return browser.post(office.url("job_approval", pk=job.pk), {"mark": mark(job), **form})


def test_who_asked_does_not_approve_it_under_any_role_or_mark(office):
    job = run(planned(office), office.person)
    Access.objects.filter(user=office.person).update(role="admin")
    for forged in ({}, {"by": office.boss.pk}, {"asked_by": office.boss.pk}, {"answer": ["withdraw", "approve"]}):
        answer(office, job, office.browser, **{"answer": "approve", **forged})
        job.refresh_from_db()
        assert job.state == Job.State.PLANNED
    assert Approval.objects.get().state == "asked"


def test_an_old_mark_approves_nothing_once_the_plan_is_another(office):
    job = run(planned(office), office.person)
    old = mark(job)
    office.post("job_approval", {"answer": "withdraw"}, pk=job.pk)
    office.post("job_choose", {"choices": "1", "lists": [str(office.gala.remote_id)], "note": "9"}, pk=job.pk)
    job.refresh_from_db()
    run(job, office.person)
    assert mark(job) != old
    for forged in (old, "", mark(job).upper(), mark(job)[:-1]):
        page = answer(office, job, office.boss_browser, answer="approve", mark=forged).content.decode()
        assert "Nothing was sent" in page
    job.refresh_from_db()
    assert (job.state, Approval.objects.latest("pk").state) == (Job.State.PLANNED, "asked")


def test_a_marketer_who_is_no_approver_gets_nobody_s_job_through(office):
    job = run(planned(office), office.person)
    for role in ("viewer", "agent", "marketer"):
        browser = signed_in(make_access(office.account, role).user)
        assert answer(office, job, browser, answer="approve").status_code == 403
        assert answer(office, job, browser, answer="send_back", note="x").status_code == 403
        assert answer(office, job, browser, answer="withdraw").status_code == (403 if role != "marketer" else 200)
    assert Approval.objects.get().state == "asked"


# Roles and sessions.


@pytest.mark.parametrize("role", ["viewer", "agent", "marketer"])
def test_only_managers_answer_privacy_requests_take_proofs_home_and_see_the_people(role):
    house = House()
    browser = signed_in(make_access(house.account, role).user)
    here = {"remote_id": house.contact.remote_id}
    for name, parts, form in (
        ("contact_erase", here, {"typed": house.contact.address, "reason": "x"}),
        ("contact_privacy_pack", here, {}),
        ("audit_verify", {}, {}),
        ("people_invite", {}, {"email": "x@example.org", "role": "admin"}),
        ("people_change", {"pk": house.person.pk}, {"role": "admin"}),
    ):
        assert browser.post(at(house.account, name, **parts), form).status_code == 403, name
    assert browser.get(at(house.account, "audit_checkpoints")).status_code == 403
    assert browser.get(at(house.account, "audit_verify_progress")).status_code == 403
    assert Contact.objects.filter(pk=house.contact.pk).exists()


@pytest.mark.parametrize("fragment", ["job_progress", "sync_progress", "audit_verify_progress", "check_live"])
def test_a_fragment_that_polls_ends_with_the_person(fragment):
    house = House()
    access = make_access(house.account, "admin")
    browser = signed_in(access.user, headers={"HX-Request": "true"})
    [pattern] = [each for each in urls.of_account if each.name == fragment]
    method = browser.get if "GET" in PAGES[fragment][0] else browser.post
    assert method(house.url(pattern)).status_code == 200
    User.objects.filter(pk=access.user_id).update(is_active=False)
    answer = method(house.url(pattern))
    assert answer.headers.get("HX-Redirect", "").startswith(reverse("account_login"))
    assert not answer.content


def test_an_erasure_cannot_be_forged_by_a_name_in_the_place_of_the_address():
    house = House()
    browser = signed_in(make_access(house.account, "manager").user)
    place = at(house.account, "contact_erase", remote_id=house.contact.remote_id)
    for typed in ("", "*", "%", house.contact.name, str(house.contact.pk), str(house.contact.remote_id), "maeve.doyle"):
        assert browser.post(place, {"typed": typed, "reason": "x"}).status_code == 200
    assert Contact.objects.filter(pk=house.contact.pk).exists()


def test_an_admin_cannot_give_more_by_extra_fields_of_a_form():
    house = House()
    admin = make_access(house.account, "admin")
    browser = signed_in(admin.user)
    other = make_account()
    form = {"role": "agent", "is_superuser": "on", "is_staff": "on", "account": other.pk, "user": admin.user_id}
    browser.post(at(house.account, "people_change", pk=house.person.pk), form)
    browser.post(at(house.account, "people_invite"), form | {"email": "new@example.org"})
    assert Access.objects.filter(account=other).count() == 0
    assert not User.objects.filter(is_superuser=True).exists()
    assert Access.objects.get(pk=house.person.pk).role == "agent"


# Words that could become something else.

BREAKS = [
    "Evil\r\nBcc: victim@example.com",
    "Evil\nSubject: x",
    "Evil\r\n\r\n<script>",
    "Evil\u2028Bcc: x",
    "Evil\x0bx",
]


@pytest.mark.parametrize("name", BREAKS)
def test_no_name_adds_a_line_to_the_head_of_a_mail(name):
    account = make_account(name=name)
    admin = make_access(account, "admin", user=make_user(name=name))
    browser = signed_in(admin.user)
    browser.post(at(account, "people_invite"), {"email": "new@example.org", "name": name, "role": "agent"})
    [sent] = mail.outbox
    head = str(sent.message()).partition("\n\n")[0]
    assert sent.recipients() == ["new@example.org"]
    assert "\n" not in sent.subject and "\r" not in sent.subject
    assert not [line for line in head.splitlines() if line.lower().startswith(("bcc:", "<script"))]
    assert head.lower().count("\nsubject:") == 1


@pytest.mark.parametrize(
    "email", ["a@example.org\nBcc: b@example.org", "a@example.org,b@example.org", "a@example.org\0"]
)
def test_an_invitation_goes_to_one_address(email):
    account = make_account()
    browser = signed_in(make_access(account, "admin").user)
    browser.post(at(account, "people_invite"), {"email": email, "role": "agent"})
    assert mail.outbox == []
    assert Access.objects.filter(account=account).count() == 1


def test_erasing_is_written_down_under_the_name_of_who_did_it_whatever_the_form_says():
    house = House()
    manager = make_access(house.account, "manager", user=make_user(name="Dermot"))
    place = at(house.account, "contact_erase", remote_id=house.contact.remote_id)
    form = {"typed": house.contact.address, "reason": "x", "by": "1", "by_name": "Somebody else"}
    signed_in(manager.user).post(place, form)
    assert AuditEntry.objects.get(action="erase").actor == "Dermot"
    assert erasing.due().get().by_name == "Dermot"
