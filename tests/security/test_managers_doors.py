"""Ways around the doors of those who manage: forged posts, other accounts, older sessions, missing second factors."""

import re
import time
import uuid

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse

from contacts import urls
from contacts.models import Alert, Approval, AuditEntry, Erasure, Job, LinkedAccount, SavedView
from tests.rows import make_access, make_account, make_user
from tests.security.evidence import rows
from tests.security.test_foreign_ids import Tenant, nobody, plain, without_number
from tests.security.test_web import ELSEWHERE, leads_elsewhere
from tests.views.permissions import PAGES, STEP_UP, House, signed_in

pytestmark = pytest.mark.django_db
# What a request may write although it is refused or led elsewhere.
PASSING = {"django_session", "cache", "contacts_requestlog", "contacts_callbudget"}


def snapshot():
    return {table: found for table, found in rows().items() if table not in PASSING}


def forms(house):
    """What each guarded address would take, from somebody who was asked who they are."""
    person, contact = {"pk": house.person.pk}, {"remote_id": house.contact.remote_id}
    yield "people_invite", {}, {"email": "new@example.org", "role": "admin"}
    yield "people_change", person, {"role": "admin"}
    yield "people_remove", person, {}
    yield "people_sign_out", person, {}
    yield "account_rules", {}, {"approval_above": "9", "second_factor_from": "", "sign_up_link": ""}
    yield "account_unlink", {}, {"copy": "erase"}
    yield "contact_erase", contact, {"typed": house.contact.address, "reason": "forged"}
    yield "contact_privacy_pack", contact, {}
    yield "contact_history_export", contact, {"form": "csv", "reason": "forged"}
    yield "audit_export", {}, {"form": "jsonl", "reason": "forged"}
    yield "erasure_retention", {}, {"months": "1"}
    yield "erasure_lift", {"pk": house.erasure.pk}, {"reason": "forged"}
    yield "contact_export", {}, {"source": "contacts", "all": "1", "make": "1", "groups": "address", "reason": "forged"}
    yield "remote_export_list", {}, {"token": "6f9619ff-8b86-d011-b42d-00c04fc964ff", "status": "", "reason": "forged"}
    yield "remote_export_file", {}, {"export": "1"}


def at(account, name, **parts):
    return reverse(name, kwargs={"account": account.slug, **parts})


FORGED = [
    {},
    {"HX-Request": "true"},
    {"HX-Request": "true", "HX-Boosted": "true", "HX-Current-URL": "//evil.example.com"},
    {"X-Reauthenticated": "1", "Referer": "http://testserver/accounts/reauthenticate/"},
]


@pytest.mark.parametrize("headers", FORGED)
def test_no_forged_form_passes_without_a_fresh_sign_in(headers):
    house = House()
    admin = signed_in(make_access(house.account, "admin").user, fresh=False, headers=headers)
    before = snapshot()
    for name, parts, form in forms(house):
        place = f"{at(house.account, name, **parts)}?reauthenticated=1&next=//evil.example.com"
        answer = admin.post(place, form | {"next": "//evil.example.com", "password": "correct horse"})
        leads = answer.headers.get("HX-Redirect") or answer["Location"]
        assert leads.startswith(reverse("account_reauthenticate")), name
        assert not answer.content and not leads_elsewhere(answer), name
    assert snapshot() == before


def test_a_sign_in_of_long_ago_and_one_that_claims_tomorrow_of_somebody_else_do_not_count():
    house = House()
    admin = signed_in(make_access(house.account, "admin").user)
    for who, age in ((None, 301), (str(make_user().pk), 1)):
        session = admin.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time() - age}]
        session["account_authentication_methods_user"] = who or session["_auth_user_id"]
        session.save()
        for name, parts, form in forms(house):
            assert admin.post(at(house.account, name, **parts), form).status_code == 302, name
    assert not Erasure.objects.filter(remote_id=house.contact.remote_id).exists()


@pytest.mark.parametrize("place", ELSEWHERE[::3])
def test_proving_who_one_is_never_leads_off_this_site(place):
    person = make_access(make_account(), "admin").user
    browser = Client()
    browser.force_login(person)
    asked = browser.get(reverse("account_reauthenticate"), {"next": place})
    assert asked.status_code == 200
    answer = browser.post(reverse("account_reauthenticate"), {"password": "correct horse", "next": place})
    assert answer.status_code == 302
    assert not leads_elsewhere(answer)


# The second factor.


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_without_the_second_factor_no_page_fragment_form_or_file_of_the_account_is_had(headers):
    house = House()
    admin = signed_in(make_access(house.account, "admin").user, headers=headers)
    LinkedAccount.objects.filter(pk=house.account.pk).update(second_factor_from="marketer")
    before = snapshot()
    for name, (methods, _) in PAGES.items():
        [pattern] = [each for each in urls.of_account if each.name == name]
        for method in methods.split():
            answer = getattr(admin, method.lower())(house.url(pattern), {})
            body = answer.content.decode()
            assert answer.status_code == (200 if headers else 403), name
            assert (answer.headers.get("HX-Refresh") == "true" and not body) if headers else "second factor" in body
            assert house.contact.address not in body and "Newsletter" not in body, name
    assert snapshot() == before


def test_the_second_factor_of_one_person_does_not_open_for_another_nor_one_account_for_the_other():
    asking, open_one = make_account(second_factor_from="viewer"), make_account()
    secured, bare = make_user(), make_user()
    TOTP.activate(secured, "JBSWY3DPEHPK3PXP")
    for account in (asking, open_one):
        for person in (secured, bare):
            make_access(account, "admin", user=person)
    assert signed_in(secured).get(at(asking, "home")).status_code == 200
    browser = signed_in(bare)
    assert browser.get(at(open_one, "home")).status_code == 200
    assert browser.get(at(asking, "home")).status_code == 403


# Another account.


def managed(name):
    """An account with a view, an alert, a request and a colleague, each of which names it."""
    tenant = Tenant(name)
    boss = make_access(tenant.account, "agent", user=make_user(name=f"{name} colleague"))
    alert = Alert.objects.create(account=tenant.account, kind="budget", key="day", detail={"used": 9, "limit": 9})
    view = SavedView.objects.create(
        account=tenant.account, by=tenant.person, name=f"{name} view", query="action:link", shared=True
    )
    erasure = Erasure.objects.create(account=tenant.account, remote_id=uuid.uuid4(), by_name=f"{name} boss")
    entry = AuditEntry.objects.filter(account=tenant.account).latest("pk")
    tenant.rows = {"people": boss, "alert": alert, "view": view, "erasure": erasure, "entry": entry}
    return tenant


def foreign(theirs, ids):
    """Every address that ends in a number or an id of theirs, and what a form would send there."""
    yield "people_detail", {"pk": ids["people"]}, None
    for act in ("change", "remove", "deactivate", "reactivate", "sign_out", "invite_again"):
        yield f"people_{act}", {"pk": ids["people"]}, {"role": "viewer"}
    yield "alert_close", {"pk": ids["alert"]}, {}
    yield "audit_view", {"view": ids["view"]}, None
    yield "audit_view_delete", {"view": ids["view"]}, {}
    yield "erasure_detail", {"pk": ids["erasure"]}, None
    yield "erasure_lift", {"pk": ids["erasure"]}, {"reason": "x"}
    for name in ("audit_detail", "audit_people"):
        yield name, {"pk": ids["entry"]}, None
    yield "job_approval", {"pk": ids["job"]}, {"answer": "approve", "mark": ids["mark"], "note": "x"}
    for name in ("contact_privacy", "contact_erase", "contact_history_export", "contact_history"):
        yield name, {"remote_id": ids["who"]}, None
    for name in ("contact_privacy_pack", "contact_erase", "contact_history_export"):
        yield name, {"remote_id": ids["who"]}, {"form": "csv", "reason": "x", "typed": ids["address"]}


def test_nothing_of_another_account_is_found_and_nothing_there_changes():
    ours, theirs = managed("ours"), managed("theirs")
    job = Job.objects.get(pk=theirs.planned.pk)
    asked = Approval.objects.create(job=job, people=3, mark="m" * 64, asked_by=make_user())
    known = {name: row.pk for name, row in theirs.rows.items()}
    known |= {"job": job.pk, "mark": asked.mark, "who": theirs.ids.who, "address": theirs.ids.address}
    unknown = dict.fromkeys(known, 987_654) | {"who": uuid.uuid4(), "mark": "", "address": "x@example.org"}
    before = snapshot()
    for (name, parts, form), (_, others, _) in zip(foreign(theirs, known), foreign(theirs, unknown), strict=True):
        answers = [
            ours.get(name, **each) if form is None else ours.post(name, form, **each) for each in (parts, others)
        ]
        assert [each.status_code for each in answers] == [404, 404], name
        assert without_number(answers[0]) == without_number(answers[1]), name
        assert "theirs" not in answers[0].content.decode(), name
    assert snapshot() == before


def test_a_filter_that_names_theirs_is_as_one_that_names_nobody_also_in_a_view_and_a_file():
    ours, theirs = managed("ours"), managed("theirs")

    def shown(ids, actor):
        for query in (f"list:{ids.list}", f"tag:{ids.tag}", f"contact:{ids.who}", f"job:{ids.job}", f"actor:{actor}"):
            yield from (ours.get(name, {"q": query}) for name in ("audit_list", "audit_export"))
            made = {"account": ours.account, "by": ours.person, "name": "View", "query": query, "shared": True}
            view = SavedView.objects.create(**made)
            yield ours.get("audit_view", view=view.pk)
            view.delete()

    def texts(ids, actor):
        pages = [plain(each, ids, ours) for each in shown(ids, actor)]
        assert {status for status, _, _ in pages} == {200}
        # A number is the one that was asked for, or that of the view.
        return [re.sub(r"\d+|\(spike\)", "N", page) for _, _, page in pages]

    assert texts(theirs.ids, theirs.rows["people"].user_id) == texts(nobody(), 987_654)


def test_a_typed_filter_finds_no_name_of_theirs():
    ours, theirs = managed("ours"), managed("theirs")
    person = theirs.rows["people"].user
    for text in (
        theirs.ids.address,
        f"contact:{theirs.ids.address}",
        f'actor:"{person.name}"',
        f"actor:{person.email}",
        f'list:"{theirs.newsletter.name}"',
        'list:"theirs Newsletter"',
    ):
        answer = ours.post("audit_list", {"q": text})
        assert answer.status_code == 200, "it led to a filter, so the name was known"
        assert answer.context["feed"].rows == []


@pytest.mark.parametrize("who", ["another account's admin", "superuser without access"])
def test_operators_and_admins_of_elsewhere_see_nothing_of_an_account(who):
    house = House()
    elsewhere = {"is_superuser": True, "is_staff": True} if who.startswith("super") else {}
    user = make_user(**elsewhere)
    if not elsewhere:
        make_access(make_account(), "admin", user=user)
    browsers = [signed_in(user, headers=headers) for headers in ({}, {"HX-Request": "true"})]
    before = snapshot()
    for browser in browsers:
        for pattern in urls.of_account:
            for method in ("get", "post"):
                answer = getattr(browser, method)(house.url(pattern), {"form": "csv", "reason": "x", "q": "x"})
                assert answer.status_code in (404, 405), pattern.name
                assert house.account.name not in answer.content.decode()
    assert snapshot() == before


def test_every_guarded_form_of_the_table_is_tried_above():
    tried = {name for name, _, _ in forms(House())}
    pages = {"people_detail", "contact_privacy", "job_report", "check_file_download", "v2_pairs"}
    others = {"people_invite_again", "people_deactivate", "people_reactivate"}
    assert tried == STEP_UP - pages - others
