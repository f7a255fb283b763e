"""At the door: where signing in may lead, sessions, floods, forged hosts, oversized and forged forms."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.rows import just_signed_in, make_access, make_account

pytestmark = pytest.mark.django_db
ELSEWHERE = [
    *("https://evil.example.com/", "//evil.example.com/", "///evil.example.com", "////evil.example.com"),
    *("http:evil.example.com", "http:///evil.example.com", "https:/evil.example.com", "HTTPS://evil.example.com"),
    *(
        "\\\\evil.example.com",
        "/\\evil.example.com",
        "\\/evil.example.com",
        "/\\/evil.example.com",
        "/\t/evil.example.com",
    ),
    *("/\n/evil.example.com", "\t//evil.example.com", " //evil.example.com", "//evil.example.com\\@testserver/"),
    *("//testserver@evil.example.com/", "http://testserver@evil.example.com", "http://testserver.evil.example.com/"),
    *("http://evil.example.com#testserver", "http://evil.example.com?testserver", "//evil%2eexample%2ecom"),
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "\x00//evil.example.com"),
    *(
        "//[::1]/",
        "http://[evil.example.com",
        "/%0d%0aLocation: //evil.example.com",
        "/\r\nX-Evil: 1",
        "ftp://evil.example.com",
    ),
]


@pytest.fixture(autouse=True)
def _no_former_attempts():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def person():
    return make_access(make_account(), "admin").user


def sign_in(browser, user, *, password="correct horse", **more):
    return browser.post(reverse("account_login"), {"login": user.email, "password": password, **more})


def leads_elsewhere(answer):
    place = (
        answer.headers.get("Location", "")
        + answer.headers.get("HX-Redirect", "")
        + answer.headers.get("HX-Location", "")
    )
    return not place.startswith("/") or place.startswith(("//", "/\\")) or "\n" in place


@pytest.mark.parametrize("place", ELSEWHERE)
def test_signing_in_never_leads_off_this_site(person, place):
    browser = Client(headers={"Referer": place.strip()})
    asked = browser.get(reverse("account_login"), {"next": place})
    assert asked.status_code == 200
    answer = sign_in(browser, person, next=place)
    assert answer.status_code == 302
    assert not leads_elsewhere(answer)


@pytest.mark.parametrize("place", ELSEWHERE)
def test_nothing_else_leads_off_this_site_either(person, place):
    browser = Client(
        headers={"Referer": place.strip(), "HX-Current-URL": place.strip(), "X-Forwarded-Host": "evil.example.com"}
    )
    account = person.accesses.get().account.slug
    fragment = browser.post(reverse("check_live", args=[account]), {"next": place}, headers={"HX-Request": "true"})
    assert not leads_elsewhere(fragment)
    browser.force_login(person)
    for name, form in (("account_writing", {"writing": "on"}), ("sync_now", {"kind": "full"})):
        answer = browser.post(f"{reverse(name, args=[account])}?next=//evil.example.com", form | {"next": place})
        assert answer.status_code == 302
        assert not leads_elsewhere(answer)
    assert not leads_elsewhere(browser.post(reverse("account_logout"), {"next": place}))


def test_signing_in_gives_a_new_session(person):
    browser = Client()
    browser.get(reverse("account_login"))
    session = browser.session
    session["planted"] = "by somebody else"
    session.save()
    browser.cookies[configured.SESSION_COOKIE_NAME] = before = session.session_key
    assert sign_in(browser, person).status_code == 302
    assert browser.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_stolen_session_ends_with_the_password(person):
    thief, owner = Client(), Client()
    sign_in(thief, person)
    sign_in(owner, person)
    assert thief.get(reverse("account_list")).status_code == 200
    form = {"oldpassword": "correct horse", "password1": "another long horse", "password2": "another long horse"}
    assert owner.post(reverse("account_change_password"), form).status_code == 302
    assert thief.get(reverse("account_list")).status_code == 302
    assert owner.get(reverse("account_list")).status_code == 200


def test_signing_out_ends_the_session_itself(person):
    browser = Client()
    sign_in(browser, person)
    key = browser.session.session_key
    browser.post(reverse("account_logout"))
    assert not Session.objects.filter(session_key=key).exists()


def test_a_flood_of_sign_ins_is_told_to_wait(person):
    browser = Client()
    answers = [sign_in(browser, person, password=f"wrong horse {n}") for n in range(8)]
    assert "Too many" in answers[-1].content.decode()
    refused = sign_in(browser, person)
    assert refused.status_code != 302
    assert "_auth_user_id" not in browser.session


def test_nobody_learns_from_signing_in_who_has_an_account(person):
    known = sign_in(Client(), person, password="wrong horse").content.decode()
    unknown = sign_in(Client(), SimpleNamespace(email="nobody@example.org"), password="wrong horse").content.decode()
    assert alert_of(known) == alert_of(unknown)


def alert_of(page):
    return [line.strip() for line in page.splitlines() if "errorlist" in line or "not correct" in line]


@pytest.mark.parametrize(
    "host", ["evil.example.com", "testserver.evil.example.com", "testserver:80@evil.example.com", "", "a\\b"]
)
def test_a_forged_host_is_refused_in_words(host):
    answer = Client(headers={"Host": host}).get(reverse("account_login"))
    assert answer.status_code == 400
    assert "cannot read" in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


def test_a_forged_forwarded_host_changes_no_link(person):
    browser = Client(headers={"X-Forwarded-Host": "evil.example.com", "Forwarded": "host=evil.example.com"})
    browser.force_login(person)
    page = just_signed_in(browser).get(reverse("account_link")).content.decode()
    assert "evil.example.com" not in page
    assert f"{configured.BASE_URL}{reverse('constantcontact_callback')}" in page


def fields(number):
    return {f"field{n}": "x" for n in range(number)}


@pytest.mark.parametrize("form", [{"q": "x" * 3_000_000}, fields(10_000)], ids=["bytes", "fields"])
@pytest.mark.parametrize("encoded", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_an_oversized_form_is_refused_in_words(person, form, encoded):
    browser = Client()
    browser.force_login(person)
    where = reverse("check", args=[person.accesses.get().account.slug])
    if encoded == "multipart/form-data":
        answer = browser.post(where, form)
    else:
        answer = browser.post(where, urlencode(form), content_type=encoded)
    assert answer.status_code == 400
    assert "cannot read" in answer.content.decode()
    assert "Nothing was changed" in answer.content.decode()


@pytest.mark.parametrize(
    "content_type",
    [
        *("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x; charset=no-such"),
        *("application/x-www-form-urlencoded; charset=utf-16", "application/x-www-form-urlencoded; charset=no-such"),
        *("multipart/form-data; boundary=é", "application/json", "text/plain", "", "\x00"),
    ],
)
@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"--x\r\n\r\n", b"q=%ff%00&q", b"{" * 1000])
def test_a_form_that_is_none_is_answered_in_words(person, content_type, body):
    browser = Client(raise_request_exception=True)
    browser.force_login(person)
    where = reverse("check", args=[person.accesses.get().account.slug])
    answer = browser.generic("POST", where, body, content_type=content_type)
    assert answer.status_code in (200, 400)
    assert "<h1" in answer.content.decode()


def test_a_file_is_not_taken_in(person):
    browser = Client()
    browser.force_login(person)
    where = reverse("check", args=[person.accesses.get().account.slug])
    answer = browser.post(where, {"q": SimpleUploadedFile("q.txt", b"maeve@example.net")})
    assert answer.status_code == 200
    assert "Paste an address" in answer.content.decode()


def test_a_wrong_mark_is_refused_in_words(person):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person)
    account = person.accesses.get().account.slug
    for form in ({}, {"csrfmiddlewaretoken": "x" * 64}, {"csrfmiddlewaretoken": "é\x00"}):
        answer = browser.post(reverse("account_writing", args=[account]), {"writing": "look_only", **form})
        assert answer.status_code == 403
        assert "This form is too old" in answer.content.decode()
    person.accesses.get().account.refresh_from_db()
    assert person.accesses.get().account.writing == "on"


def test_a_good_mark_from_another_site_is_refused(person):
    browser = Client(enforce_csrf_checks=True, headers={"Origin": "https://evil.example.com"})
    page = browser.get(reverse("account_login"))
    form = {"login": person.email, "password": "correct horse", "csrfmiddlewaretoken": page.cookies["csrftoken"].value}
    assert browser.post(reverse("account_login"), form).status_code == 403


def test_cookies_are_for_this_site_and_its_pages_only(person):
    browser = Client()
    browser.get(reverse("account_login"))
    sign_in(browser, person)
    session, mark = browser.cookies["sessionid"], browser.cookies["csrftoken"]
    assert session["httponly"]
    assert {session["samesite"], mark["samesite"]} == {"Lax"}
    assert session["domain"] == mark["domain"] == ""


def test_a_site_with_https_has_secure_cookies_and_says_so_to_browsers():
    code = (
        "import json; from ccadmin import settings as s; "
        "names = ('SESSION_COOKIE_SECURE', 'CSRF_COOKIE_SECURE', 'SECURE_SSL_REDIRECT', 'SECURE_HSTS_SECONDS'); "
        "print(json.dumps([getattr(s, name) for name in names]))"
    )
    env = os.environ | {"CCADMIN_BASE_URL": "https://cc.example.org"}
    told = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, timeout=30)
    assert json.loads(told.stdout) == [True, True, True, 31_536_000]
