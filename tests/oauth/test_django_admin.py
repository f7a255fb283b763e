"""Django's own admin is for looking: superusers only, no secret, no change."""

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path, reverse

from contacts.models import LinkedAccount
from tests.linking import put_credential
from tests.rows import make_access, make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(client):
    """The site with the admin mounted, and one account with a secret in it."""
    installed = [*settings.INSTALLED_APPS, "django.contrib.admin.apps.SimpleAdminConfig"]
    with override_settings(INSTALLED_APPS=installed, ROOT_URLCONF=__name__):
        account = make_account(slug="harbour")
        put_credential(account, access="canary", refresh="canary", expires_at=9e9)
        yield account


def address(name, *args):
    return reverse(f"admin:{name}", args=args)


def _urlpatterns():
    from contacts.oauth.django_admin import site

    return [
        path("rows/", site.urls),
        path("accounts/", include("allauth.urls")),
        path("", lambda request: HttpResponse("start"), name="start"),
    ]


def __getattr__(name):
    # Read when the URLs are first resolved: the admin must be installed by then.
    if name == "urlpatterns":
        return _urlpatterns()
    raise AttributeError(name)


def test_a_superuser_looks_at_an_account_and_sees_no_secret(client, rows):
    client.force_login(make_user(is_superuser=True, is_staff=True))
    page = client.get(address("contacts_linkedaccount_change", rows.pk)).content.decode()
    assert "harbour" in page
    assert rows.credential not in page
    assert "canary" not in page


def test_a_password_digest_is_not_shown(client, rows):
    user = make_user(is_superuser=True, is_staff=True)
    client.force_login(user)
    page = client.get(address("contacts_user_change", user.pk)).content.decode()
    assert user.email in page
    assert user.password not in page


def test_nothing_can_be_changed_added_or_deleted(client, rows):
    client.force_login(make_user(is_superuser=True, is_staff=True))
    for name, args in [("add", ()), ("change", (rows.pk,)), ("delete", (rows.pk,))]:
        answer = client.post(address(f"contacts_linkedaccount_{name}", *args), {"slug": "other", "post": "yes"})
        assert answer.status_code == 403
    assert LinkedAccount.objects.get().slug == "harbour"


def test_an_admin_of_an_account_is_no_superuser_and_a_visitor_signs_in_at_the_usual_form(client, rows):
    there = address("index")
    assert client.get(there)["Location"].startswith(address("login"))
    assert client.get(address("login"))["Location"].startswith(reverse("account_login"))
    client.force_login(make_access(rows, "admin").user)
    assert client.get(there, follow=True).status_code == 403
