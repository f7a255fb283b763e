"""Settings, Accounts: who sees what, who may do what, and what is said."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.urls import reverse
from django.utils import timezone

from contacts.models import AuditEntry, LinkedAccount
from tests.linking import put_credential
from tests.rows import just_signed_in, make_access, make_account, make_user

pytestmark = pytest.mark.django_db
RULES = {"approval_above": "500", "second_factor_from": "", "sign_up_link": ""}


def signed_in(client, role="admin", **fields):
    account = make_account(slug="harbour", name="Harbour Street Cookery", **fields)
    put_credential(account, access="canary-access", refresh="canary-refresh", expires_at=9e9)
    client.force_login(make_access(account, role).user)
    just_signed_in(client)
    return account


def page(client, name, *args):
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_only_the_accounts_one_is_a_member_of(client):
    signed_in(client)
    make_account(name="Elsewhere Bakery")
    shown = page(client, "account_list")
    assert "Harbour Street Cookery" in shown
    assert "Elsewhere" not in shown


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"token_renewed_at": timezone.now()}, "last renewed"),
        ({"state": "broken", "broken_reason": "The connection has ended."}, "The connection has ended."),
        ({"state": "unlinked", "unlinked_at": timezone.now()}, "Unlinked"),
        ({"writing": "paused"}, "Writing paused"),
        ({"cc_may_write": False}, "Looking only"),
    ],
)
def test_the_list_says_how_each_link_is(client, fields, words):
    signed_in(client, **fields)
    assert words in page(client, "account_list")


@pytest.mark.parametrize(("role", "offered"), [("admin", True), ("manager", False)])
def test_reconnecting_is_offered_to_an_admin_when_the_link_is_broken(client, role, offered):
    signed_in(client, role, state="broken")
    assert ("Reconnect Harbour Street Cookery" in page(client, "account_list")) is offered


def test_linking_is_offered_to_an_operator_of_an_empty_installation(client):
    client.force_login(make_user(is_superuser=True))
    assert reverse("account_link") in page(client, "account_list")


def test_linking_is_not_offered_to_others(client):
    signed_in(client, "manager")
    assert reverse("account_link") not in page(client, "account_list")
    assert client.get(reverse("account_link")).status_code == 403


def test_the_first_step_says_what_is_read_and_shows_the_address_to_paste(client, settings):
    signed_in(client)
    shown = page(client, "account_link")
    assert f"{settings.BASE_URL}{reverse('constantcontact_callback')}" in shown
    assert "one permission for reading" in shown
    assert "Look only" in shown
    assert "disabled" not in shown


def test_without_an_api_key_the_first_step_says_which_settings_are_missing(client, settings):
    signed_in(client)
    settings.CC_CLIENT_SECRET = ""
    shown = page(client, "account_link")
    assert "CC_CLIENT_ID" in shown
    assert "disabled" in shown


@pytest.mark.parametrize(("may_write", "words"), [(True, "Changes are sent"), (False, "can only be looked at")])
def test_the_third_step_says_what_the_link_allows(client, may_write, words):
    signed_in(client, cc_may_write=may_write)
    assert words in page(client, "account_linked", "harbour")


@pytest.mark.parametrize("name", ["account_linked", "account_settings", "account_writing", "account_unlink"])
def test_a_stranger_to_the_account_gets_404(client, name):
    make_account(slug="harbour")
    client.force_login(make_access(make_account(), "admin").user)
    post = name == "account_writing"
    assert (client.post if post else client.get)(reverse(name, args=["harbour"])).status_code == 404


@pytest.mark.parametrize(
    ("role", "name", "status"),
    [
        ("agent", "account_settings", 403),
        ("marketer", "account_settings", 200),
        ("marketer", "account_unlink", 403),
        ("manager", "account_unlink", 403),
        ("admin", "account_unlink", 200),
    ],
)
def test_settings_belong_to_those_who_may_pause_and_unlinking_to_admins(client, role, name, status):
    signed_in(client, role)
    assert client.get(reverse(name, args=["harbour"])).status_code == status


@pytest.mark.parametrize(
    "name", ["account_list", "account_link", "account_linked", "account_settings", "account_writing", "account_unlink"]
)
def test_a_wrong_method_is_405(client, name):
    signed_in(client)
    args = [] if name in {"account_list", "account_link"} else ["harbour"]
    send = client.get if name == "account_writing" else client.put
    assert send(reverse(name, args=args)).status_code == 405


def test_a_marketer_pauses_writing_and_everybody_reads_why(client):
    account = signed_in(client, "marketer")
    there = reverse("account_writing", args=["harbour"])
    answer = client.post(there, {"writing": "paused", "reason": "incident 9"}, follow=True)
    account.refresh_from_db()
    assert account.writing == LinkedAccount.Writing.PAUSED
    assert "incident 9" in answer.content.decode()
    client.post(there, {"writing": "on"})
    account.refresh_from_db()
    assert account.may_write


def test_pausing_and_resuming_on_the_sync_page_stay_there(client):
    signed_in(client, "manager")
    there, sync = reverse("account_writing", args=["harbour"]), reverse("sync_status", args=["harbour"])
    assert client.post(there, {"writing": "paused", "reason": "incident 9", "back": "sync"}).url == sync
    assert client.post(there, {"writing": "on", "back": "sync"}).url == sync
    assert client.post(there, {"writing": "on", "back": "https://elsewhere.example.org/"}).url != sync


def test_a_pause_without_a_reason_is_answered_beside_the_form(client):
    account = signed_in(client)
    answer = client.post(reverse("account_writing", args=["harbour"]), {"writing": "paused", "reason": ""})
    assert answer.status_code == 200
    assert "Say why writing is paused" in answer.content.decode()
    account.refresh_from_db()
    assert account.may_write


@pytest.mark.parametrize("wanted", ["", "nonsense", "ON", "paused\x00"])
def test_nonsense_changes_nothing(client, wanted):
    account = signed_in(client)
    answer = client.post(reverse("account_writing", args=["harbour"]), {"writing": wanted})
    assert "Nothing was changed" in answer.content.decode()
    account.refresh_from_db()
    assert account.may_write


def test_look_only_is_switched_on_and_off_by_an_admin_only(client):
    account = signed_in(client, "marketer")
    there = reverse("account_writing", args=["harbour"])
    assert client.post(there, {"writing": "look_only"}).status_code == 403
    LinkedAccount.objects.update(writing="look_only")
    assert client.post(there, {"writing": "on"}).status_code == 403
    assert client.post(there, {"writing": "paused", "reason": "x"}).status_code == 403
    client.force_login(make_access(account, "admin").user)
    client.post(there, {"writing": "on"})
    account.refresh_from_db()
    assert account.may_write


def test_unlinking_asks_first_and_then_says_what_was_done(client):
    account = signed_in(client)
    there = reverse("account_unlink", args=["harbour"])
    assert "30 days" in page(client, "account_unlink", "harbour")
    assert "Choose what happens to the copy" in client.post(there).content.decode()
    account.refresh_from_db()
    assert account.credential
    answer = client.post(there, {"copy": "keep"}, follow=True)
    account.refresh_from_db()
    assert (account.state, account.credential) == (LinkedAccount.State.UNLINKED, "")
    assert "is unlinked" in answer.content.decode()


def test_unlinking_twice_is_answered_with_a_sentence(client):
    signed_in(client, state="unlinked")
    answer = client.post(reverse("account_unlink", args=["harbour"]), {"copy": "keep"})
    assert answer.status_code == 200
    assert "unlinked already" in answer.content.decode()


@pytest.mark.parametrize("name", ["account_list", "account_linked", "account_settings", "account_unlink"])
def test_no_page_shows_a_token(client, name):
    account = signed_in(client)
    shown = page(client, name, *([] if name == "account_list" else ["harbour"]))
    assert "canary" not in shown
    assert account.credential not in shown


def test_a_name_is_shown_as_typed(client):
    signed_in(client)
    LinkedAccount.objects.update(name="<b>Bold</b> & Sons", broken_reason="<i>x</i>", state="broken")
    shown = page(client, "account_list") + page(client, "account_settings", "harbour")
    assert "<b>Bold" not in shown
    assert "<i>x" not in shown


def test_an_admin_says_whether_a_note_is_needed_and_where_people_sign_up(client):
    account = signed_in(client)
    url = reverse("account_rules", args=[account.slug])
    client.post(url, {**RULES, "evidence_required": "on", "sign_up_link": "https://www.example.org/join"})
    account.refresh_from_db()
    assert (account.evidence_required, account.sign_up_link) == (True, "https://www.example.org/join")
    assert "https://www.example.org/join" in page(client, "account_settings", account.slug)
    entry = AuditEntry.objects.get(action="account_rules")
    before = {"evidence_required": False, "sign_up_link": "", "approval_above": 500, "second_factor_from": ""}
    assert entry.detail["before"] == before


def test_a_sign_up_link_that_is_no_address_changes_nothing(client):
    account = signed_in(client)
    answer = client.post(reverse("account_rules", args=[account.slug]), RULES | {"sign_up_link": "javascript:alert(1)"})
    assert "This is not the address of a page." in answer.content.decode()
    account.refresh_from_db()
    assert account.sign_up_link == ""
    assert not AuditEntry.objects.filter(action="account_rules").exists()


def test_an_admin_says_which_jobs_wait_for_a_second_person(client):
    account = signed_in(client)
    url = reverse("account_rules", args=[account.slug])
    for typed, kept in (("0", 0), ("1200", 1200)):
        client.post(url, RULES | {"approval_above": typed})
        account.refresh_from_db()
        assert account.approval_above == kept
        assert f'value="{kept}"' in page(client, "account_settings", account.slug)


@pytest.mark.parametrize("typed", ["", "-1", "many", "1000001", "9" * 400])
def test_a_threshold_that_is_no_number_changes_nothing(client, typed):
    account = signed_in(client)
    answer = client.post(reverse("account_rules", args=[account.slug]), RULES | {"approval_above": typed})
    assert "approval-above-problem" in answer.content.decode()
    account.refresh_from_db()
    assert account.approval_above == 500


def test_nobody_asks_others_for_a_second_factor_without_having_one(client):
    account = signed_in(client)
    url = reverse("account_rules", args=[account.slug])
    answer = client.post(url, RULES | {"second_factor_from": "agent"})
    assert "Set up a second factor for yourself first" in answer.content.decode()
    account.refresh_from_db()
    assert account.second_factor_from == ""
    TOTP.activate(account.accesses.get().user, "JBSWY3DPEHPK3PXP")
    client.post(url, RULES | {"second_factor_from": "agent"})
    account.refresh_from_db()
    assert account.second_factor_from == "agent"
    entry = AuditEntry.objects.get(action="account_rules")
    assert entry.detail["after"]["second_factor_from"] == "agent"


@pytest.mark.parametrize(
    ("name", "form"), [("account_rules", "account_settings"), ("account_unlink", "account_unlink")]
)
def test_what_weakens_an_account_asks_who_it_is_and_leads_back_to_the_form(client, name, form):
    account = signed_in(client)
    client.force_login(make_access(account, "admin").user)
    answer = client.post(reverse(name, args=["harbour"]), RULES | {"approval_above": "9999", "copy": "erase"})
    back = {"next": reverse(form, args=["harbour"])}
    assert answer["Location"] == reverse("account_reauthenticate", query=back)
    account.refresh_from_db()
    assert (account.approval_above, account.state) == (500, "linked")


def test_the_reason_of_a_pause_may_name_somebody_so_no_clear_column_has_it(client):
    account = signed_in(client, "marketer")
    client.post(reverse("account_writing", args=["harbour"]), {"writing": "paused", "reason": "canary@example.org"})
    entry = AuditEntry.objects.get(action="pause_writing")
    assert "canary" not in str(AuditEntry.objects.values())
    assert entry.told() == {"note": "canary@example.org"}
    assert "canary@example.org" in page(client, "home", account.slug)
