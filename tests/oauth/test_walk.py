"""The handshake with Constant Contact: one way in, one way out, and every forged way back ends on a clear page."""

import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from contacts.connect.credential import unseal
from contacts.models import AuditEntry, LinkedAccount, RequestLog, User
from emulator.people import Role
from emulator.people import User as Visitor
from tests.emulation import ACCOUNT
from tests.linking import point_at
from tests.oauth.walk import back_address, come_back, decide, depart, emulator_that_sends_back, walk
from tests.rows import just_signed_in, make_access, make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def emulation(settings):
    with emulator_that_sends_back(settings) as running:
        point_at(settings, running)
        yield running


@pytest.fixture
def operator(client):
    user = make_user(is_superuser=True)
    client.force_login(user)
    just_signed_in(client)
    return user


def query_of(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def changed(address, **values):
    """The same address with other parameters; None takes one away."""
    query = query_of(address) | values
    return (
        f"{address.partition('?')[0]}?{urlencode({name: value for name, value in query.items() if value is not None})}"
    )


def assert_refused(answer, *words):
    assert answer.status_code == 400
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert "Start again" in page
    for each in words:
        assert each in page
    assert not LinkedAccount.objects.exists()


def test_the_walk_links_the_account_and_leads_to_its_page(client, operator, emulation):
    answer = walk(client)
    account = LinkedAccount.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("account_linked", args=[account.slug])
    assert account.encoded_account_id == ACCOUNT


def test_constant_contact_is_asked_for_exactly_what_is_needed(client, operator, emulation, settings):
    asked = query_of(depart(client))
    assert set(asked.pop("scope").split()) == {"contact_data", "account_read", "offline_access"}
    assert len(asked.pop("state")) >= 16
    assert len(asked.pop("code_challenge")) >= 43
    assert asked == {
        "client_id": emulation.client_id,
        "redirect_uri": back_address(settings),
        "response_type": "code",
        "code_challenge_method": "S256",
        "prompt": "login",
    }


def test_pkce_can_be_switched_off_for_an_application_that_refuses_it(client, operator, emulation, settings):
    emulation.app.oauth.application.pkce_with_secret = False
    assert_refused(walk(client), "(invalid_request)")
    settings.CC_PKCE = False
    assert walk(client).status_code == 302


def test_a_forged_host_header_does_not_choose_where_the_code_goes(client, operator, emulation, settings):
    settings.ALLOWED_HOSTS = ["*"]
    answer = client.post(reverse("constantcontact_login"), headers={"host": "evil.example.com"})
    assert query_of(answer["Location"])["redirect_uri"] == back_address(settings)


def test_the_walk_leaves_nothing_of_allauth_s_behind_and_no_token_anywhere(client, operator, emulation, caplog):
    caplog.set_level("DEBUG")
    address = decide(depart(client))
    answer = come_back(client, address)
    page = client.get(answer["Location"])
    credential = unseal(LinkedAccount.objects.get())
    sessions = [str(session.get_decoded()) for session in Session.objects.all()]
    rows = [str(row) for model in (AuditEntry, RequestLog, LinkedAccount) for row in model.objects.values()]
    everywhere = [*sessions, *rows, caplog.text, page.content.decode(), str(answer.items()), str(client.cookies)]
    for secret in (credential.access, credential.refresh, emulation.client_secret, query_of(address)["code"]):
        assert not any(secret in text for text in everywhere)
    assert not any(model.objects.exists() for model in (SocialAccount, SocialToken, SocialApp))
    assert User.objects.count() == 1
    assert client.session["_auth_user_id"] == str(operator.pk)


def test_refusing_at_constant_contact_links_nothing_and_is_written_down(client, operator, emulation):
    assert_refused(walk(client, decision="refuse"), "not allowed at Constant Contact")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.outcome, entry.actor_id) == ("link", "refused", operator.pk)


def test_an_error_of_constant_contact_s_is_named_but_its_text_is_not_repeated(client, operator, emulation):
    state = query_of(depart(client))["state"]
    there = reverse("constantcontact_callback")
    answer = client.get(
        f"{there}?{urlencode({'error': 'server_error', 'state': state, 'error_description': 'CANARY'})}"
    )
    assert_refused(answer, "(server_error)")
    assert b"CANARY" not in answer.content


def test_an_error_word_that_is_no_word_is_not_shown(client, operator, emulation):
    state = query_of(depart(client))["state"]
    answer = client.get(reverse("constantcontact_callback"), {"error": "<script>alert(1)</script>", "state": state})
    assert_refused(answer)
    assert b"alert(1)" not in answer.content


@pytest.mark.parametrize(
    "change",
    [{"state": None}, {"state": ""}, {"state": "forged-forged-forged"}, {"code": None, "state": None}],
    ids=["no state", "empty state", "forged state", "nothing at all"],
)
def test_a_way_back_that_did_not_begin_here_links_nothing_and_is_not_written_down(client, operator, emulation, change):
    back = decide(depart(client))
    assert_refused(come_back(client, changed(back, **change)), "did not begin here")
    assert not AuditEntry.objects.exists()
    assert emulation.requests("POST", "/token") == []


@pytest.mark.parametrize("change", [{"code": "made-up"}, {"code": ""}, {"code": "x" * 5000}, {"code": None}])
def test_a_made_up_code_links_nothing(client, operator, emulation, change):
    assert_refused(come_back(client, changed(decide(depart(client)), **change)))


def test_a_way_back_works_once(client, operator, emulation):
    back = decide(depart(client))
    come_back(client, back)
    first = LinkedAccount.objects.get().credential
    answer = come_back(client, back)
    assert answer.status_code == 400
    assert "used before" in answer.content.decode()
    assert LinkedAccount.objects.get().credential == first


def test_a_way_back_after_ten_minutes_links_nothing(client, operator, emulation, monkeypatch):
    back = decide(depart(client))
    later = time.time() + 601
    monkeypatch.setattr("allauth.socialaccount.internal.statekit.time.time", lambda: later)
    assert_refused(come_back(client, back), "more than 10 minutes ago")


def test_a_code_that_was_redeemed_elsewhere_links_nothing(client, operator, emulation):
    back = decide(depart(client))
    emulation.app.oauth.grants.take_code(query_of(back)["code"])
    assert_refused(come_back(client, back), "good once")


def test_another_person_s_code_does_not_link_their_account_here(client, operator, emulation):
    attacker = Client()
    attacker.force_login(make_user(is_superuser=True))
    just_signed_in(attacker)
    theirs = query_of(decide(depart(attacker)))["code"]
    mine = decide(depart(client))
    assert_refused(come_back(client, changed(mine, code=theirs)), "did not accept its own sign-in code")


def test_a_state_of_one_browser_does_not_work_in_another(client, operator, emulation):
    attacker = Client()
    attacker.force_login(make_user(is_superuser=True))
    just_signed_in(attacker)
    assert_refused(come_back(client, decide(depart(attacker))), "did not begin here")


def test_nobody_is_signed_in_by_coming_back(client, emulation, settings):
    answer = client.get(reverse("constantcontact_callback"), {"code": "x", "state": "y"})
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse(settings.LOGIN_URL))
    assert "_auth_user_id" not in client.session


def test_a_campaign_creator_is_told_who_must_connect(client, operator, emulation):
    login = "campaigns@harbour.example.com"
    visitor = Visitor(login=login, name="C", role=Role.CREATOR, account_id=ACCOUNT, account_name="Harbour", number=9)
    emulation.app.oauth.add_user(visitor)
    assert_refused(walk(client, login=login), "Ask the Account Owner to connect")


@pytest.mark.parametrize("status", [503, 429])
def test_a_fault_of_the_token_endpoint_is_a_page_and_not_a_crash(client, operator, emulation, status):
    emulation.fault("status", path="/token", status=status)
    assert_refused(walk(client), "Constant Contact")


def test_wrong_credentials_of_this_installation_are_named(client, operator, emulation, settings):
    settings.CC_CLIENT_SECRET = "wrong"
    assert_refused(walk(client), "CC_CLIENT_SECRET")


def test_without_a_key_there_is_no_walk(client, operator, settings):
    settings.CC_CLIENT_ID = ""
    assert_refused(client.post(reverse("constantcontact_login")), "CC_CLIENT_ID")


def test_the_walk_starts_by_post_only_and_with_our_own_form(operator, client, settings):
    there = reverse("constantcontact_login")
    assert client.get(there).status_code == 405
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(operator)
    just_signed_in(guarded)
    assert guarded.post(there).status_code == 403


def test_only_an_admin_may_start_and_a_stranger_learns_nothing(client, emulation):
    account = make_account(slug="harbour")
    there = reverse("constantcontact_login")
    assert client.post(there).status_code == 302
    for role, slug, status in [("manager", "", 403), ("manager", "harbour", 403), ("admin", "harbour", 302)]:
        client.force_login(make_access(account, role).user)
        assert client.post(there, {"reconnect": slug}).status_code == status
    client.force_login(make_access(make_account(), "admin").user)
    assert client.post(there, {"reconnect": "harbour"}).status_code == 404


@pytest.mark.parametrize("form", [{}, {"reconnect": "harbour"}])
def test_a_walk_begins_only_after_a_fresh_sign_in(client, emulation, form):
    client.force_login(make_access(make_account(slug="harbour"), "admin").user)
    asked = reverse("account_reauthenticate", query={"next": reverse("account_list")})
    assert client.post(reverse("constantcontact_login"), form)["Location"] == asked
    assert just_signed_in(client).post(reverse("constantcontact_login"), form)["Location"].startswith("http")


def test_reconnecting_another_account_than_the_one_that_was_chosen_is_refused(client, operator, emulation):
    account = make_account(slug="bakery", name="Elsewhere Bakery")
    make_access(account, "admin", user=operator)
    answer = walk(client, reconnect="bakery")
    assert answer.status_code == 400
    assert "Elsewhere Bakery was to be connected again" in answer.content.decode()
    assert LinkedAccount.objects.get().pk == account.pk


def test_an_account_that_asks_for_a_second_factor_is_not_reconnected_without_one_by_linking_it_anew(client, emulation):
    asking = make_account(encoded_account_id=ACCOUNT, second_factor_from="admin", state="broken")
    admin = make_access(asking, "admin").user
    client.force_login(admin)
    just_signed_in(client)
    answer = walk(client, look_only="on")
    assert answer.status_code == 400
    assert "asks for a second factor" in answer.content.decode()
    asking.refresh_from_db()
    assert (asking.state, asking.writing, asking.credential) == ("broken", "on", "")
    TOTP.activate(admin, "JBSWY3DPEHPK3PXP")
    assert walk(client).status_code == 302
    asking.refresh_from_db()
    assert asking.state == "linked"


def test_look_only_chosen_before_the_walk_is_kept(client, operator, emulation):
    walk(client, look_only="on")
    assert LinkedAccount.objects.get().writing == LinkedAccount.Writing.LOOK_ONLY


def test_nobody_signs_up(client):
    client.post(reverse("account_signup"), {"email": "new@example.org", "password1": "correct horse battery"})
    assert not User.objects.exists()
