"""Django's own admin: off unless asked for, and then only for superusers, read-only, without personal data."""

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, include, path, reverse

from contacts import django_admin
from contacts.models import AuditPayload, Contact, Write
from tests.rows import make_account, make_user

pytestmark = pytest.mark.django_db
urlpatterns = [path("django-admin/", django_admin.site.urls), path("", include("ccadmin.urls"))]
LIST = "/django-admin/contacts/linkedaccount/"


@pytest.fixture
def mounted(settings):
    settings.ROOT_URLCONF = "tests.test_django_admin"
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "django.contrib.admin"]


def test_it_is_not_there_unless_a_setting_asks_for_it():
    with pytest.raises(NoReverseMatch):
        reverse("django_admin:index")


def test_a_superuser_may_look_and_not_touch(client, mounted):
    account = make_account()
    client.force_login(make_user(is_superuser=True, is_staff=True))
    assert account.name in client.get(LIST).content.decode()
    for url in (f"{LIST}add/", f"{LIST}{account.pk}/delete/"):
        assert client.get(url).status_code == 403
    assert client.post(f"{LIST}{account.pk}/change/", {"name": "x"}).status_code == 403


def test_staff_who_are_no_superusers_are_strangers(client, mounted):
    client.force_login(make_user(is_staff=True))
    assert client.get(LIST, follow=True).status_code == 403


def test_a_visitor_is_sent_to_the_site_s_own_sign_in(client, mounted):
    assert client.get(LIST, follow=True).redirect_chain[-1][0].startswith("/accounts/login/")


def test_people_s_data_and_secrets_are_not_in_it(client, mounted):
    account = make_account(credential="sealed-secret")
    client.force_login(make_user(is_superuser=True, is_staff=True))
    assert "sealed-secret" not in client.get(f"{LIST}{account.pk}/change/").content.decode()
    for model in (Contact, AuditPayload, Write):
        assert not django_admin.site.is_registered(model)
    assert django_admin.site is not admin.site
