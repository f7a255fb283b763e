"""Settings, People: what an admin sees of each person, what the pages do, and what they never tell."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Access, AuditEntry, User
from contacts.rules.roles import NOT_YET, WORDS
from tests.rows import just_signed_in, make_access, make_account, make_user

pytestmark = pytest.mark.django_db
LATER = timedelta(days=3)


class Desk:
    """Ada, an admin who signed in just now, and an agent called Anna who has been here."""

    def __init__(self, client):
        self.client = client
        self.account = make_account(slug="harbour", name="Harbour Street Cookery", time_zone="Europe/Dublin")
        self.ada = make_access(self.account, "admin", user=make_user("ada@example.org", name="Ada Byrne"))
        make_access(self.account, "admin", user=make_user(last_login=timezone.now() + LATER))
        self.anna = make_access(
            self.account, "agent", user=make_user("anna@example.org", name="Anna Ng", last_login=timezone.now() + LATER)
        )
        client.force_login(self.ada.user)
        just_signed_in(client)

    def sign_in_long_ago(self):
        self.client = Client()
        self.client.force_login(self.ada.user)

    def at(self, name, access=None):
        return reverse(name, kwargs={"account": "harbour", **({"pk": access.pk} if access else {})})

    def text(self, name, access=None):
        answer = self.client.get(self.at(name, access))
        assert answer.status_code == 200
        return answer.content.decode()

    def post(self, page, access=None, /, **form):
        return self.client.post(self.at(page, access), form, follow=True).content.decode()

    def invite(self, email="dermot@example.org", role="manager", **form):
        return self.post("people_invite", email=email, role=role, **form)


@pytest.fixture
def desk(client):
    return Desk(client)


def test_the_list_tells_role_last_day_last_sign_in_and_second_factor(desk):
    Access.objects.filter(pk=desk.anna.pk).update(expires_at=datetime(2031, 1, 1, 0, 0, tzinfo=UTC))
    TOTP.activate(desk.anna.user, "JBSWY3DPEHPK3PXP")
    text = desk.text("people_list")
    for words in ("Anna Ng", "anna@example.org", "Agent", "31 Dec 2030", "Yes", "you"):
        assert words in text


def test_the_table_of_rights_is_the_one_of_the_code(desk):
    text = desk.text("people_list")
    for right, words in WORDS.items():
        assert (words.replace("'", "&#x27;") in text) is (right not in NOT_YET)


def test_somebody_invited_gets_a_role_to_the_end_of_the_day_where_the_account_is(desk):
    day = (timezone.now() + timedelta(days=40)).date()
    said = desk.invite(name="Dermot", until=day.isoformat())
    assert "A mail is on its way to dermot@example.org." in said
    access = Access.objects.get(user__email="dermot@example.org")
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=ZoneInfo("Europe/Dublin"))
    assert (access.role, access.expires_at) == ("manager", end)
    assert [message.to for message in mail.outbox] == [["dermot@example.org"]]
    assert "has not come yet" in said


def test_the_last_day_is_shown_as_it_was_typed(desk):
    desk.invite(until="2030-06-30")
    access = Access.objects.get(user__email="dermot@example.org")
    assert "30 Jun 2030" in desk.text("people_list")
    assert 'value="2030-06-30"' in desk.text("people_detail", access)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"email": "dermot"}, "This is not an email address."),
        ({"email": ""}, "Type an address."),
        ({"email": "a\0@example.org"}, "This is not an email address."),
        ({"role": "owner"}, "Select a valid choice."),
        ({"until": "tomorrow"}, "This is not a date."),
        ({"until": "2001-01-01"}, "This day is over."),
        ({"until": "9999-12-31"}, "more than ten years"),
        ({"name": "x" * 151}, "at most 150 characters"),
    ],
)
def test_a_mistake_in_the_invitation_is_said_beside_its_field(desk, form, words):
    assert words in desk.invite(**form)
    assert Access.objects.count() == 3
    assert mail.outbox == []


def test_somebody_invited_chooses_a_password_once_and_signs_in(desk, settings):
    desk.invite()
    [address] = [line for line in mail.outbox[0].body.splitlines() if "/password/reset/key/" in line]
    browser, address = Client(), address.removeprefix(settings.BASE_URL)
    asked = browser.get(address, follow=True)
    assert "<h1>Choose your password</h1>" in asked.text
    words = {"password1": "cardamom-and-clove", "password2": "cardamom-and-clove"}
    there = asked.redirect_chain[-1][0]
    assert "Your password is chosen" in browser.post(there, words, follow=True).text
    assert "This link has run out" in Client().get(address, follow=True).text


def test_somebody_shut_out_reads_whom_to_ask():
    make_user("gone@example.org", is_active=False)
    words = {"login": "gone@example.org", "password": "correct horse"}
    assert "You cannot sign in at present" in Client().post(reverse("account_login"), words, follow=True).text


@pytest.mark.parametrize("known", [False, True])
def test_nothing_tells_whether_an_invited_address_was_known(desk, known):
    if known:
        there = make_user("dermot@example.org", name="Dermot Elsewhere", last_login=timezone.now() - LATER)
        make_access(make_account(), "manager", user=there)
        TOTP.activate(there, "JBSWY3DPEHPK3PXP")
    said = desk.invite(name="Dermot Typed")
    access = Access.objects.get(user__email="dermot@example.org", account=desk.account)
    pages = said + desk.text("people_list") + desk.text("people_detail", access)
    for words in ("Elsewhere", "Typed", "Sign-in, on every account", "Second factor</dt>"):
        assert words not in pages
    assert pages.count("has not come yet") == 3


def test_a_mail_that_was_not_taken_is_said_and_can_be_sent_again(desk, settings):
    settings.MAILERS = {"default": {"BACKEND": "tests.views.test_members.NoServer"}}
    assert "did not take the mail" in desk.invite()
    access = Access.objects.get(user__email="dermot@example.org")
    assert "did not take the mail" in desk.post("people_invite_again", access)
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    assert "is on its way again" in desk.post("people_invite_again", access)


def test_a_role_and_its_last_day_are_changed(desk):
    assert "Anna Ng is marketer now." in desk.post("people_change", desk.anna, role="marketer", until="2030-06-30")
    desk.anna.refresh_from_db()
    assert desk.anna.role == "marketer"
    assert "look at the role" in desk.post("people_change", desk.anna, role="marketer", until="2001-01-01")


@pytest.mark.parametrize(
    ("name", "words", "action"),
    [
        ("people_remove", "Anna Ng is not on this account any more.", "people_remove"),
        ("people_sign_out", "Anna Ng is signed out everywhere", "people_sign_out"),
        ("people_deactivate", "Anna Ng cannot sign in any more", "people_deactivate"),
    ],
)
def test_an_open_session_ends_with_the_click(desk, name, words, action):
    browser = Client()
    browser.force_login(desk.anna.user)
    assert browser.get(desk.at("home")).status_code == 200
    assert words in desk.post(name, desk.anna)
    assert browser.get(desk.at("home")).status_code in (302, 404)
    assert AuditEntry.objects.get(action=action).told() == {"address": "anna@example.org"}


def test_somebody_shut_out_is_marked_and_let_in_again(desk):
    assert "Cannot sign in" in desk.post("people_deactivate", desk.anna)
    assert "Let Anna Ng sign in again" in desk.text("people_detail", desk.anna)
    assert "Anna Ng may sign in again." in desk.post("people_reactivate", desk.anna)
    assert User.objects.get(pk=desk.anna.user_id).is_active


def test_what_an_admin_may_not_decide_is_shown_closed_and_refused(desk):
    make_access(make_account(name="Quay Side Theatre"), "viewer", user=desk.anna.user)
    shown = desk.text("people_detail", desk.anna)
    assert "also has access that you do not manage" in shown
    assert "Quay Side" not in shown
    assert "this person has more" in desk.post("people_deactivate", desk.anna)
    assert User.objects.get(pk=desk.anna.user_id).is_active


def test_whoever_removes_themselves_lands_on_their_accounts(desk):
    said = desk.client.post(desk.at("people_remove", desk.ada), follow=True)
    assert said.redirect_chain[-1][0] == reverse("account_list")
    assert said.status_code == 200


ACTS = ("change", "invite_again", "remove", "deactivate", "reactivate", "sign_out")


@pytest.mark.parametrize("name", ACTS)
def test_people_of_another_account_are_not_found(desk, name):
    foreign = make_access(make_account(), "agent")
    before = list(Access.objects.order_by("pk").values()), list(User.objects.order_by("pk").values())
    there = desk.at(f"people_{name}", foreign)
    assert desk.client.post(there, {"role": "viewer"}).status_code == 404
    assert desk.client.get(desk.at("people_detail", foreign)).status_code == 404
    assert (list(Access.objects.order_by("pk").values()), list(User.objects.order_by("pk").values())) == before


@pytest.mark.parametrize("name", ACTS)
def test_an_older_sign_in_is_asked_again_and_comes_back_to_the_person(desk, name):
    desk.sign_in_long_ago()
    answer = desk.client.post(desk.at(f"people_{name}", desk.anna), {"role": "viewer"})
    back = {"next": desk.at("people_detail", desk.anna)}
    assert answer["Location"] == reverse("account_reauthenticate", query=back)
    assert not AuditEntry.objects.exists()


def test_the_list_is_seen_without_a_fresh_sign_in_and_the_invitation_is_not(desk):
    desk.sign_in_long_ago()
    assert desk.client.get(desk.at("people_list")).status_code == 200
    for send in (desk.client.get, desk.client.post):
        assert send(desk.at("people_invite"))["Location"].startswith(reverse("account_reauthenticate"))


def test_a_name_is_shown_as_typed(desk):
    User.objects.filter(pk=desk.anna.user_id).update(name="<b>Anna</b> {{ 1 }} {0}")
    shown = desk.text("people_list") + desk.text("people_detail", desk.anna) + desk.post("people_sign_out", desk.anna)
    assert "<b>Anna" not in shown
    assert "&lt;b&gt;Anna&lt;/b&gt; {{ 1 }} {0}" in shown


@pytest.mark.parametrize("page", ["people_list", "people_detail"])
def test_a_page_takes_the_same_queries_for_many_people(desk, page, django_assert_num_queries):
    there = desk.at(page, desk.anna if page == "people_detail" else None)
    with CaptureQueriesContext(connection) as few:
        desk.client.get(there)
    for _ in range(30):
        make_access(desk.account, "agent")
    with django_assert_num_queries(len(few)):
        desk.client.get(there)


def test_many_people_come_in_pages(desk):
    for number in range(60):
        make_access(desk.account, "agent", user=make_user(f"zoe{number:02d}@example.org"))
    first = desk.client.get(desk.at("people_list"))
    second = desk.client.get(desk.at("people_list"), {"after": first.context["members"].page.after})
    shown = [each.access.pk for page in (first, second) for each in page.context["members"].rows]
    assert sorted(shown) == sorted(desk.account.accesses.values_list("pk", flat=True))


class NoServer(BaseEmailBackend):
    """A mail server that cannot be reached."""

    def send_messages(self, messages):
        raise ConnectionRefusedError


@pytest.mark.parametrize("page", ["home", "people_list", "contact_list", "audit_list"])
def test_writing_is_paused_in_two_clicks_from_any_page(desk, page):
    """The lock in the header, then the button beside the reason (product guide, 5.4)."""
    first = desk.at("sync_status")
    assert f'href="{first}"' in desk.text(page)
    assert "Pause writing" in desk.text("sync_status")
    desk.post("account_writing", writing="paused", reason="incident 9")
    desk.account.refresh_from_db()
    assert desk.account.writing == "paused"
