"""Where a person lands, health, reports of the policy, and our own faults."""

import json
import re

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.urls import reverse

from contacts.models import LinkedAccount
from contacts.views.site import broken
from tests.rows import make_access, make_account, make_user

pytestmark = pytest.mark.django_db


def signed_in(user, **options):
    client = Client(**options)
    client.force_login(user)
    return client


def report(client, body):
    return client.post(reverse("csp_report"), body, content_type="application/csp-report")


def test_the_bare_address_leads_to_home_of_the_first_account_by_name():
    second, first = make_account(name="Quay Side Theatre"), make_account(name="Harbour Street Cookery")
    user = make_access(second).user
    make_access(first, user=user)
    assert signed_in(user).get("/").url == reverse("home", kwargs={"account": first.slug})


def test_someone_without_an_account_is_welcomed():
    client = signed_in(make_user())
    assert client.get("/").url == reverse("welcome")
    assert "Connect an account" in client.get(reverse("welcome")).text


def test_a_stranger_is_asked_to_sign_in():
    assert Client().get("/").url == "/accounts/login/?next=/"
    assert Client().get(reverse("welcome")).status_code == 302


def test_health_needs_no_session_and_no_words():
    answer = Client().get(reverse("healthz"))
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_alive_is_a_question_about_this_process_alone():
    """Starting a process again mends no database, so a database that is away is told by /readyz."""

    def refuse(*_):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        answer = Client().get(reverse("healthz"))
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_report_of_the_policy_is_written_down_without_the_address_in_the_query(caplog):
    sent = {
        "effective-directive": "script-src-elem",
        "blocked-uri": "https://evil.example.org/x.js?who=maeve.doyle@example.net",
        "document-uri": "https://cc.example.org/a/harbour/check/?q=maeve.doyle@example.net#maeve.doyle",
    }
    assert report(Client(), json.dumps({"csp-report": sent})).status_code == 204
    line = caplog.messages[0]
    assert "script-src-elem" in line
    assert "/a/harbour/check/" in line
    assert "maeve" not in line


def test_a_report_cannot_forge_a_line_of_the_log(caplog):
    report(Client(), json.dumps({"csp-report": {"blocked-uri": "x\nERROR all is lost\r" + "y" * 5000}}))
    assert "\n" not in caplog.messages[0]
    assert len(caplog.messages[0]) < 800


@pytest.mark.parametrize("body", ["", "{", "[]", '{"csp-report": 7}', "\x00", "null", b"\xff\xfe", "[" * 8000])
def test_nonsense_instead_of_a_report_is_passed_over(body, caplog):
    assert report(Client(), body).status_code == 204
    assert not [line for line in caplog.messages if "Policy" in line]


@pytest.mark.parametrize("name", ["start", "welcome", "healthz"])
def test_looking_is_a_get(name):
    assert signed_in(make_user()).post(reverse(name)).status_code == 405


def test_a_page_that_is_not_there_says_so_in_our_look():
    answer = signed_in(make_user()).get("/nowhere/")
    assert answer.status_code == 404
    assert "Nothing here" in answer.text


def test_a_form_without_its_mark_is_refused_in_words():
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("account_login"), {"login": "a@example.org", "password": "x"})
    assert answer.status_code == 403
    assert "This form is too old" in answer.text


def test_a_fault_of_ours_gives_a_number_that_is_in_the_log(caplog, monkeypatch):
    monkeypatch.setattr(LinkedAccount, "objects", None)
    client = signed_in(make_user(), raise_request_exception=False)
    answer = client.get(reverse("welcome"), {"q": "maeve.doyle@example.net"})
    number = re.search(r"<strong>([0-9A-F]{12})</strong>", answer.text).group(1)
    assert answer.status_code == 500
    assert number == answer["X-Request-ID"]
    assert f"Request {number} broke: GET /welcome/" in caplog.text
    assert "maeve" not in caplog.text


def test_a_fault_page_needs_no_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        broken(RequestFactory().get("/"))


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_the_doors_are_readable_without_a_session(name):
    answer = Client().get(reverse(name))
    assert answer.status_code == 200
    assert "oops" not in answer.text.lower()
    assert 'class="entrance"' in answer.text


def test_nobody_can_sign_up_on_their_own():
    assert "People come in by invitation" in Client().get(reverse("account_signup")).text


@pytest.mark.parametrize("name", ["mfa_index", "account_change_password"])
def test_settings_of_the_sign_in_sit_in_the_frame(name):
    answer = signed_in(make_access(make_account()).user).get(reverse(name), follow=True)
    assert answer.status_code == 200
    assert "ccadmin.css" in answer.text
