"""What every answer carries, and where a fragment leads when the session has ended."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from ccadmin.security import policy
from tests.rows import make_user

pytestmark = pytest.mark.django_db
AT_CC = "https://authz.constantcontact.com/oauth2/default/v1/authorize"


def answers():
    client = Client()
    client.force_login(make_user())
    return [client.get(path) for path in (reverse("welcome"), "/nowhere/", reverse("healthz"), reverse("start"))]


def test_no_answer_is_kept_by_a_browser_or_a_proxy():
    kept = [answer.headers["Cache-Control"] for answer in [*answers(), Client().get(reverse("account_login"))]]
    assert set(kept) == {"no-store, private"}


def test_a_refused_form_is_not_kept_either():
    answer = Client(enforce_csrf_checks=True).post(reverse("account_login"))
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_a_fragment_and_its_page_are_told_apart():
    assert all("HX-Request" in answer.headers["Vary"] for answer in answers())


def test_every_answer_carries_the_strict_policy():
    for answer in answers():
        sent = answer.headers["Content-Security-Policy"]
        assert sent.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in sent
        assert "nonce" not in sent


def test_every_answer_says_little_and_grants_little():
    for answer in answers():
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "camera=()" in answer.headers["Permissions-Policy"]


def test_the_linking_form_may_lead_to_constant_contact():
    assert policy(authorize_url=AT_CC)["form-action"] == [
        "'self'",
        "https://authz.constantcontact.com",
        "https://*.constantcontact.com",
    ]


def test_the_linking_form_of_the_demo_may_lead_to_the_emulator_only():
    allowed = policy(authorize_url="http://127.0.0.1:8765/oauth2/default/v1/authorize")["form-action"]
    assert allowed == ["'self'", "http://127.0.0.1:8765"]


def test_a_lookalike_of_constant_contact_gets_no_wildcard():
    allowed = policy(authorize_url="https://evilconstantcontact.com/authorize")["form-action"]
    assert allowed == ["'self'", "https://evilconstantcontact.com"]


def test_the_policy_is_the_one_of_the_settings():
    assert policy(authorize_url=settings.CC_AUTHORIZE_URL) == settings.SECURE_CSP


def fragment(shown, method="get"):
    headers = {"HX-Request": "true", "HX-Current-URL": shown}
    return getattr(Client(headers=headers), method)(reverse("welcome"))


def test_a_fragment_without_a_session_sends_the_whole_page_to_sign_in():
    answer = fragment("http://testserver/a/harbour/check/?q=1")
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == "/accounts/login/?next=%2Fa%2Fharbour%2Fcheck%2F%3Fq%3D1"
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert "Content-Security-Policy" in answer.headers


def test_a_page_without_a_session_is_redirected_as_usual():
    answer = Client().get(reverse("welcome"))
    assert answer.status_code == 302
    assert "HX-Redirect" not in answer.headers


@pytest.mark.parametrize(
    "shown",
    [
        "https://evil.example.org/a/",
        "//evil.example.org/",
        "http://testserver//evil.example.org/",
        "http://testserver.evil.example.org/",
        "javascript:alert(1)",
        "http://testserver@evil.example.org/",
        "\\\\evil.example.org",
        "http:///evil.example.org",
        "",
    ],
)
def test_a_foreign_page_is_never_where_signing_in_leads(shown):
    assert fragment(shown).headers["HX-Redirect"] == "/accounts/login/?next=%2F"
