"""Settings, Alerts: what stands, what is over, and each person's own choice of mail."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts import alerts
from contacts.models import Access, Alert, AuditEntry, Letter
from tests.rows import make_access, make_account, make_user

pytestmark = pytest.mark.django_db
Kind = Alert.Kind


class Desk:
    def __init__(self, role="manager"):
        self.account = make_account(name="Harbour Street Cookery")
        self.access = make_access(self.account, role)
        self.client = Client()
        self.client.force_login(self.access.user)

    def url(self, name="alert_list", **args):
        return reverse(name, kwargs={"account": self.account.slug, **args})

    def page(self, **query):
        return self.client.get(self.url(), query).content.decode()

    def ticked(self):
        """How many boxes of the choice of mail are ticked."""
        return self.page().partition('id="mail"')[2].partition("</section>")[0].count(" checked>")

    def notice(self, kind=Kind.SPIKE, key="1", account=None, **detail):
        return alerts.notice(account or self.account, kind, key=key, **({"spike": 1, "number": 3012} | detail))

    def post(self, name, pk=None, **fields):
        return self.client.post(self.url(name, **({"pk": pk} if pk else {})), fields)


def test_with_no_alert_the_page_says_so():
    desk = Desk()
    assert "No alert stands." in desk.page()
    assert "No alert is over yet." in desk.page(show="past")


def test_a_standing_alert_says_what_happened_and_leads_there():
    desk = Desk()
    desk.notice()
    html = desk.page()
    assert "3,012 contacts were deleted at once" in html
    assert desk.url("deleted_spike", pk=1) in html
    assert "3,012 contacts" not in desk.page(show="past")


def test_the_header_counts_what_stands_and_leads_to_it():
    desk = Desk()
    for number in range(2):
        desk.notice(key=str(number))
    home = desk.client.get(desk.url("home")).content.decode()
    assert "<span>2 alerts</span>" in home
    assert desk.url() in home
    alerts.over(desk.account, Kind.SPIKE)
    assert "alerts</span>" not in desk.client.get(desk.url("home")).content.decode()


def test_home_shows_what_has_no_place_of_its_own_there():
    desk = Desk()
    desk.notice(Kind.BUDGET, used=9001, limit=10000)
    desk.notice()
    home = desk.client.get(desk.url("home")).content.decode()
    assert "9,001 of the day’s 10,000 calls" in home
    assert "3,012 contacts were deleted at once" not in home
    assert "Nothing needs you" not in home


def test_closing_moves_it_to_the_past_under_a_name_and_into_the_history():
    desk = Desk()
    alert = desk.notice()
    assert desk.post("alert_close", alert.pk).status_code == 302
    assert "No alert stands." in desk.page()
    assert f"closed by {desk.access.user}" in desk.page(show="past")
    entry = AuditEntry.objects.get(action="alert_closed")
    assert entry.detail == {"alert": alert.pk, "kind": "spike"}


def test_closing_twice_is_told_once():
    desk = Desk()
    alert = desk.notice()
    for _ in range(2):
        desk.post("alert_close", alert.pk)
    assert AuditEntry.objects.filter(action="alert_closed").count() == 1


def test_an_alert_that_ended_by_itself_is_over_and_has_no_button():
    desk = Desk()
    desk.notice()
    alerts.over(desk.account, Kind.SPIKE)
    html = desk.page(show="past")
    assert "; over" in html
    assert reverse("alert_close", kwargs={"account": desk.account.slug, "pk": 1}) not in html


def test_what_is_over_is_not_said_to_be_so_still():
    desk = Desk()
    for kind in (Kind.LINK, Kind.SPIKE):
        desk.notice(kind)
        alerts.over(desk.account, kind)
    html = desk.page(show="past")
    assert "nothing can be checked live" not in html
    assert "Connect again" not in html
    assert desk.url("deleted_spike", pk=1) in html


def test_another_account_s_alert_is_not_there():
    desk, other = Desk("admin"), make_account()
    alert = desk.notice(account=other)
    assert desk.post("alert_close", alert.pk).status_code == 404
    assert "3,012" not in desk.page()
    assert Alert.objects.get().closed_at is None


@pytest.mark.parametrize("kind", [Kind.APPROVAL, Kind.VERIFY])
def test_who_may_not_act_on_it_does_not_learn_of_it(kind):
    desk = Desk("marketer")
    alert = desk.notice(kind, job=4, people=900)
    assert "No alert stands." in desk.page()
    assert "alerts</span>" not in desk.page()
    assert desk.post("alert_close", alert.pk).status_code == 404


def test_whoever_asked_for_an_approval_is_not_told_of_it():
    desk = Desk()
    desk.notice(Kind.APPROVAL, job=4, people=900, asked_by=desk.access.user_id)
    assert "No alert stands." in desk.page()
    desk.notice(Kind.APPROVAL, key="2", job=5, people=901, asked_by=make_user().pk)
    desk.notice(Kind.APPROVAL, key="3", job=6, people=902)
    html = desk.page()
    assert "Job 5 waits for a second person" in html
    assert "Job 6 waits for a second person" in html


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_who_may_not_close_it_sees_it_without_the_button(role):
    desk = Desk(role)
    alert = desk.notice(Kind.LINK)
    html = desk.page()
    assert "no longer accepts our key" in html
    assert desk.url("alert_close", pk=alert.pk) not in html
    assert f'href="{desk.url("account_settings")}"' not in html
    assert desk.post("alert_close", alert.pk).status_code == 403


def test_mail_that_could_not_be_sent_is_told_beside_the_alert():
    desk = Desk()
    alert = desk.notice()
    for number in range(2):
        Letter.objects.create(account=desk.account, user=make_user(), alert=alert, trouble="TimeoutError" * number)
    assert "could not be sent to 1 person yet" in desk.page()


@pytest.mark.parametrize(("role", "ticked"), [("agent", 0), ("marketer", 4), ("manager", 7), ("admin", 7)])
def test_what_the_role_gets_is_ticked_until_somebody_chooses(role, ticked):
    desk = Desk(role)
    html = desk.page()
    assert desk.ticked() == ticked
    assert "Ticked is what your role usually gets." in html
    assert ('name="digest"' in html) is (ticked == 7)


def test_a_choice_is_kept_for_this_person_and_this_account_alone():
    desk = Desk()
    colleague = make_access(desk.account, "manager")
    elsewhere = make_access(make_account(), "manager", user=desk.access.user)
    desk.post("alert_choose", kinds=["spike", "verify"])
    desk.access.refresh_from_db()
    assert (desk.access.mail, desk.access.digest) == (["spike", "verify"], False)
    for other in (colleague, elsewhere):
        other.refresh_from_db()
        assert (other.mail, other.digest) == (None, None)
    assert "This is your own choice." in desk.page()


def test_nothing_ticked_is_a_choice_too_and_can_be_taken_back():
    desk = Desk()
    desk.post("alert_choose")
    assert Access.objects.get(pk=desk.access.pk).mail == []
    assert desk.ticked() == 0
    desk.post("alert_choose", reset="1")
    assert Access.objects.get(pk=desk.access.pk).mail is None
    assert desk.ticked() == 7


@pytest.mark.parametrize("kinds", [["verify"], ["spike", "gossip"], ["<script>"]])
def test_a_kind_the_role_may_not_know_is_refused_whole(kinds):
    desk = Desk("marketer")
    answer = desk.post("alert_choose", kinds=kinds, digest="on")
    assert answer.status_code == 422
    assert "Nothing was changed." in answer.content.decode()
    assert Access.objects.get(pk=desk.access.pk).mail is None


def test_a_marketer_cannot_ask_for_the_digest():
    desk = Desk("marketer")
    desk.post("alert_choose", kinds=["spike"], digest="on")
    assert Access.objects.get(pk=desk.access.pk).digest is None


def test_pages_by_key_and_a_fixed_number_of_queries():
    desk, seen = Desk(), []
    for number in range(120):
        desk.notice(key=str(number), number=number + 1000)
        if number in (1, 119):
            with CaptureQueriesContext(connection) as queries:
                html = desk.page()
            seen.append(len(queries))
    assert seen[0] == seen[1]
    assert html.count('class="card alert-card"') == 50
    after = Alert.objects.order_by("-pk")[49].pk
    assert f"?after={after}" in html
    assert "1,069 contacts" in desk.page(after=after)
    assert "1,070 contacts" not in desk.page(after=after)
