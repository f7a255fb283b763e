"""Is it still you: what asks for a fresh sign-in, where one comes back to, and what is not kept meanwhile."""

import time

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve, reverse
from django_htmx.middleware import HtmxDetails

from contacts.views.scope import recently_signed_in
from tests.rows import just_signed_in, make_access, make_account, make_user

pytestmark = pytest.mark.django_db
METHODS, WHO = "account_authentication_methods", "account_authentication_methods_user"


@recently_signed_in("account_settings")
def guarded(request):
    return HttpResponse("done")


def answer(*, records=(), of="", method="post", **headers):
    """What the guarded view answers to a session with these records."""
    account = make_account(slug="harbour")
    request = getattr(RequestFactory(), method)("/a/harbour/settings/rules/", {"note": "canary"}, headers=headers)
    request.user = make_access(account, "admin").user
    request.session = {METHODS: list(records), WHO: of or str(request.user.pk)}
    request.resolver_match = resolve("/a/harbour/settings/rules/")
    request.htmx = HtmxDetails(request)
    return guarded(request), request


def record(*, age):
    return {"method": "password", "at": time.time() - age}


def test_a_fresh_sign_in_passes():
    assert answer(records=[record(age=290)])[0].content == b"done"


@pytest.mark.parametrize("records", [[], [record(age=301)]])
def test_an_older_one_is_asked_and_comes_back_to_the_form_with_nothing_kept(records):
    asked, request = answer(records=records)
    assert asked["Location"] == "/accounts/reauthenticate/?next=%2Fa%2Fharbour%2Fsettings%2F"
    assert "canary" not in asked["Location"] + str(request.session)


def test_a_fresh_sign_in_of_somebody_else_in_the_same_browser_does_not_count():
    assert answer(records=[record(age=1)], of=str(make_user().pk))[0].status_code == 302


def test_a_fragment_sends_the_whole_page():
    asked, _ = answer(hx_request="true")
    assert asked["HX-Redirect"] == "/accounts/reauthenticate/?next=%2Fa%2Fharbour%2Fsettings%2F"


def test_the_password_leads_back_to_the_form(client):
    account = make_account()
    user = make_access(account, "admin").user
    client.force_login(user)
    back = reverse("account_settings", args=[account.slug])
    page = client.get(reverse("account_reauthenticate"), {"next": back})
    assert "Nothing has been changed yet" in page.content.decode()
    wrong = client.post(reverse("account_reauthenticate"), {"password": "wrong", "next": back})
    assert wrong.status_code == 200
    right = client.post(reverse("account_reauthenticate"), {"password": "correct horse", "next": back})
    assert right["Location"] == back
    assert client.session[METHODS]


def test_it_never_leads_off_this_site(client):
    client.force_login(make_user())
    asked = {"password": "correct horse", "next": "https://elsewhere.example.org/"}
    assert client.post(reverse("account_reauthenticate"), asked)["Location"] == "/"


def test_the_rig_counts_as_a_fresh_sign_in(client):
    user = make_user()
    client.force_login(user)
    assert METHODS not in client.session
    assert just_signed_in(client).session[WHO] == str(user.pk)
