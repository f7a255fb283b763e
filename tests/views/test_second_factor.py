"""An account that asks for a second factor shows nothing to those who have none, and leads them to their own."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import AuditEntry
from tests.rows import just_signed_in, make_access, make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account(
        name="Harbour Street Cookery", second_factor_from="manager", broken_reason="canary", state="broken"
    )


def enter(client, account, role="manager", page="home", **headers):
    client.force_login(make_access(account, role).user)
    return client.get(reverse(page, args=[account.slug]), headers=headers)


@pytest.mark.parametrize(("role", "status"), [("viewer", 200), ("marketer", 200), ("manager", 403), ("admin", 403)])
def test_it_is_asked_of_the_role_and_of_those_above_it(client, account, role, status):
    assert enter(client, account, role).status_code == status


def test_the_page_says_why_and_leads_to_one_s_own_setup(client, account):
    text = enter(client, account).content.decode()
    assert "Harbour Street Cookery asks for a second factor" in text
    assert reverse("mfa_index") in text
    assert "canary" not in text
    assert reverse("contact_list", args=[account.slug]) not in text
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("page", ["home", "audit_list", "account_settings"])
def test_every_page_is_closed_until_there_is_one(client, account, page):
    assert enter(client, account, page=page).status_code == 403
    user = account.accesses.get().user
    RecoveryCodes.activate(user)
    assert client.get(reverse(page, args=[account.slug])).status_code == 403
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    assert client.get(reverse(page, args=[account.slug])).status_code == 200


def test_a_fragment_has_the_whole_page_fetched_anew(client, account):
    answer = enter(client, account, page="sync_progress", hx_request="true")
    assert answer["HX-Refresh"] == "true"
    assert answer.content == b""


def test_a_form_changes_nothing(client, account):
    enter(client, account)
    answer = client.post(reverse("account_writing", args=[account.slug]), {"writing": "paused", "reason": "x"})
    account.refresh_from_db()
    assert (answer.status_code, account.writing) == (403, "on")


def test_the_list_of_accounts_names_it_and_shows_no_more(client, account):
    enter(client, account)
    text = client.get(reverse("account_list")).content.decode()
    assert "Harbour Street Cookery" in text
    assert "asks for a second factor" in text
    assert "canary" not in text


def test_it_cannot_be_connected_again_either(client, account):
    enter(client, account, "admin")
    answer = just_signed_in(client).post(reverse("constantcontact_login"), {"reconnect": account.slug})
    assert answer.status_code == 403


def test_an_account_that_asks_costs_no_query_more(client, account, django_assert_num_queries):
    page = reverse("audit_list", args=[account.slug])
    enter(client, account)
    TOTP.activate(account.accesses.get().user, "JBSWY3DPEHPK3PXP")
    with CaptureQueriesContext(connection) as asked:
        assert client.get(page).status_code == 200
    account.second_factor_from = ""
    account.save()
    with django_assert_num_queries(len(asked)):
        client.get(page)
