"""Sessions end at once: for somebody who was shut out or signed out, also inside a fragment, and for nobody else."""

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import AbstractBaseUser
from django.test import Client
from django.urls import reverse

from contacts.models import Access, User
from tests.rows import make_access, make_account

pytestmark = pytest.mark.django_db


class Open:
    """An agent with an open session."""

    def __init__(self):
        self.account = make_account()
        self.user = make_access(self.account, "marketer").user
        self.browser = Client()
        self.browser.force_login(self.user)

    def look(self, **headers):
        return self.browser.get(reverse("home", args=[self.account.slug]), headers=headers)

    def act(self, **headers):
        address = reverse("account_writing", args=[self.account.slug])
        return self.browser.post(address, {"writing": "paused", "reason": "still here"}, headers=headers)


@pytest.fixture
def opened():
    return Open()


ENDS = {
    "shut out": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "signed out": lambda user: User.objects.filter(pk=user.pk).update(sessions=1),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_next_request_of_an_ended_session_leads_to_the_sign_in_and_does_nothing(opened, end):
    assert opened.look().status_code == 200
    ENDS[end](opened.user)
    for answer in (opened.look(), opened.act()):
        assert answer["Location"].startswith(reverse("account_login"))
    assert opened.act(hx_request="true")["HX-Redirect"].startswith(reverse("account_login"))
    opened.account.refresh_from_db()
    assert opened.account.writing == "on"


@pytest.mark.parametrize("htmx", ["true", "false"])
def test_the_next_request_of_somebody_removed_finds_nothing(opened, htmx):
    Access.objects.all().delete()
    assert opened.look(hx_request=htmx).status_code == 404
    assert opened.act(hx_request=htmx).status_code == 404
    opened.account.refresh_from_db()
    assert opened.account.writing == "on"


def test_a_role_that_was_lowered_counts_from_the_next_request_on(opened):
    Access.objects.update(role="viewer")
    assert opened.look().status_code == 200
    assert opened.act().status_code == 403


def test_a_session_ended_stays_ended_when_the_person_may_come_back(opened):
    User.objects.update(is_active=False, sessions=1)
    User.objects.update(is_active=True)
    assert opened.look().status_code == 302
    opened.browser.force_login(User.objects.get())
    assert opened.look().status_code == 200


def test_sessions_of_before_they_were_counted_go_on(opened):
    assert opened.browser.session[HASH_SESSION_KEY] == AbstractBaseUser.get_session_auth_hash(opened.user)


def test_sessions_end_under_a_new_secret_key_too(opened, settings):
    User.objects.update(sessions=3)
    opened.browser.force_login(User.objects.get())
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-one-" + "y" * 40
    session = opened.browser.session
    assert session[HASH_SESSION_KEY] in list(User.objects.get().get_session_auth_fallback_hash())
    User.objects.update(sessions=4)
    assert session[HASH_SESSION_KEY] not in list(User.objects.get().get_session_auth_fallback_hash())
