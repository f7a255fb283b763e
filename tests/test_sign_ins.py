"""Sign-ins in the history: each way in and out is an entry, a typed address is in none, and nobody can flood it."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from contacts import audit
from contacts.models import AuditEntry, User
from tests.rows import just_signed_in, make_user

pytestmark = pytest.mark.django_db
CANARY = "typed.canary@example.org"


@pytest.fixture(autouse=True)
def _fresh_limits():
    """What was tried in another test counts in none."""
    cache.clear()


@pytest.fixture
def anna():
    return make_user("anna@example.org", name="Anna Ng")


def sign_in(client, email="anna@example.org", password="correct horse"):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def code_for(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def told():
    """Every entry of the installation, oldest first, without the numbers of the chain."""
    return list(AuditEntry.objects.filter(account=None).order_by("sequence").values_list("action", "actor", "outcome"))


def test_signing_in_and_out_is_written_down_with_the_person_s_name(client, anna):
    assert sign_in(client).status_code == 302
    client.post(reverse("account_logout"))
    assert told() == [("signed_in", "Anna Ng", "done"), ("signed_out", "Anna Ng", "done")]
    assert AuditEntry.objects.filter(actor_id=anna.pk, target=f"user-{anna.pk}").count() == 2
    assert audit.verify(AuditEntry.objects.get(action="signed_in").chain) is None


@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_password_is_written_down_without_what_was_typed(client, known):
    user = make_user(CANARY) if known else None
    assert sign_in(client, CANARY, "wrong").status_code == 200
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.outcome, entry.actor_id) == ("sign_in_failed", "refused", None)
    assert entry.target == (f"user-{user.pk}" if user else "")
    assert CANARY not in str(AuditEntry.objects.values())
    assert entry.payload_digest == ""


def test_a_flood_of_wrong_passwords_makes_few_entries(client):
    for number in range(40):
        sign_in(client, f"nobody{number}@example.org", "wrong")
    assert AuditEntry.objects.filter(action="sign_in_failed").count() <= 10


def test_one_address_tried_from_many_places_makes_few_entries(client, anna):
    for number in range(40):
        client.post(
            reverse("account_login"),
            {"login": anna.email, "password": "x"},
            headers={"User-Agent": f"{number}"},
            REMOTE_ADDR=f"192.0.2.{number}",
        )
    assert AuditEntry.objects.filter(action="sign_in_failed").count() <= 5


def test_no_address_stays_in_the_session(client, anna):
    sign_in(client)
    assert client.session["_auth_user_id"] == str(anna.pk)
    assert anna.email not in str(dict(client.session))


def test_proving_it_again_is_written_down_and_so_is_failing_to(client, anna):
    client.force_login(anna)
    client.post(reverse("account_reauthenticate"), {"password": "wrong"})
    client.post(reverse("account_reauthenticate"), {"password": "correct horse"})
    assert told() == [("sign_in_failed", "ccadmin", "refused"), ("reauthenticated", "Anna Ng", "done")]
    assert AuditEntry.objects.get(action="reauthenticated").detail == {"method": "password"}
    assert anna.email not in str(dict(client.session))


def test_a_new_password_is_written_down_and_the_other_sessions_end(client, anna):
    elsewhere = client.__class__()
    elsewhere.force_login(anna)
    client.force_login(anna)
    fields = {"oldpassword": "correct horse", "password1": "battery staple 9", "password2": "battery staple 9"}
    client.post(reverse("account_change_password"), fields)
    assert ("password_changed", "Anna Ng", "done") in told()
    assert elsewhere.get(reverse("account_list")).status_code == 302


def test_a_second_factor_comes_goes_and_is_asked_for(client, anna, django_capture_on_commit_callbacks):
    client.force_login(anna)
    just_signed_in(client)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert ("second_factor_added", "Anna Ng", "done") in told()
    client.post(reverse("mfa_reauthenticate"), {"code": "000000"})
    assert ("second_factor_failed", "ccadmin", "refused") in told()
    client.post(reverse("mfa_deactivate_totp"))
    assert ("second_factor_removed", "Anna Ng", "done") in told()


def test_a_second_factor_ends_the_sessions_that_were_opened_without_it(
    client, anna, django_capture_on_commit_callbacks
):
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.force_login(anna)
        assert browser.get(reverse("account_list")).status_code == 200
    just_signed_in(client)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert elsewhere.get(reverse("account_list")).status_code == 302
    assert client.get(reverse("account_list")).status_code == 200


def test_somebody_who_never_confirmed_an_address_can_add_a_second_factor(client, anna):
    """allauth's page of addresses makes one that waits for confirmation; the invitation was read at it already."""
    client.force_login(anna)
    client.get(reverse("account_email"))
    assert EmailAddress.objects.filter(user=anna, verified=False).exists()
    just_signed_in(client)
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200


def test_another_address_of_sign_in_is_written_down_without_it(client, anna):
    client.force_login(anna)
    client.get(reverse("account_email"))
    EmailAddress.objects.create(user=anna, email=CANARY, verified=True)
    client.post(reverse("account_email"), {"action_primary": "", "email": CANARY})
    anna.refresh_from_db()
    assert anna.email == CANARY
    entry = AuditEntry.objects.get(action="address_changed")
    assert CANARY not in str(AuditEntry.objects.values())
    assert entry.told() == {"address": CANARY}


def test_a_second_factor_is_enough_to_prove_it_again(client, anna):
    TOTP.activate(anna, "JBSWY3DPEHPK3PXP")
    client.force_login(anna)
    page = client.get(reverse("mfa_reauthenticate"), {"next": "/settings/accounts/link/"})
    assert "code of your authenticator app" in page.content.decode()
    code = code_for("JBSWY3DPEHPK3PXP")
    answer = client.post(reverse("mfa_reauthenticate"), {"code": code, "next": "/settings/accounts/link/"})
    assert answer["Location"] == "/settings/accounts/link/"
    assert AuditEntry.objects.get(action="reauthenticated").detail == {"method": "totp"}


def test_the_test_client_s_own_sign_in_makes_no_entry(client, anna):
    client.force_login(anna)
    assert not AuditEntry.objects.exists()


def test_somebody_shut_out_cannot_sign_in_and_that_is_no_sign_in(client, anna):
    User.objects.update(is_active=False)
    sign_in(client)
    assert "_auth_user_id" not in client.session
    assert not AuditEntry.objects.filter(action="signed_in").exists()
