"""The history pages and Home: who sees which line, and what a line tells."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts import audit, mirror
from contacts.models import AuditEntry, AuditPayload
from tests.rows import make_access, make_account, make_remote

pytestmark = pytest.mark.django_db
Outcome = AuditEntry.Outcome


class Past:
    """An account with one reactivation of Anna's in its history."""

    def __init__(self, client):
        self.client = client
        self.account = make_account()
        self.anna = make_access(self.account, "agent").user
        self.remote = make_remote(deleted_at="2024-11-17")
        now = timezone.now()
        self.contact = mirror.store_contact(self.account, self.remote, fetched_at=now, seen_at=now)
        self.intent = self.record(Outcome.INTENDED, payload=self.told | {"before": self.remote, "sent": self.sent})
        self.end = self.record(Outcome.CONFIRMED, begins=self.intent, payload=self.told | {"after": self.after})

    told = {"address": "maeve.doyle@example.net", "note": "ticket 4812"}

    @property
    def sent(self):
        return {"first_name": "Maeve", "list_memberships": ["l1"], "update_source": "Account"}

    @property
    def after(self):
        return {name: value for name, value in self.remote.items() if name != "deleted_at"}

    def record(self, outcome, **parts):
        return audit.record(
            "reactivate",
            outcome,
            by=self.anna,
            account=self.account,
            target=self.remote["contact_id"],
            basis="asked_directly",
            **parts,
        )

    def sign_in(self, role):
        self.client.force_login(make_access(self.account, role).user)

    def shown(self, query=""):
        """The entries on the first page."""
        return [line.entry for line in self.get("audit_list", query).context["feed"].rows]

    def get(self, name, query="", **parts):
        return self.client.get(reverse(name, kwargs={"account": self.account.slug, **parts}) + query)


@pytest.fixture
def past(client):
    return Past(client)


def test_a_manager_sees_everyone_s_acts_an_agent_only_their_own(past):
    past.sign_in("manager")
    assert past.shown() == [past.end]
    past.sign_in("agent")
    assert past.shown() == []
    assert past.get("audit_detail", pk=past.end.pk).status_code == 404
    past.client.force_login(past.anna)
    assert past.shown() == [past.end]


def test_an_entry_shows_who_why_and_before_sent_after(past):
    past.sign_in("manager")
    text = past.get("audit_detail", pk=past.end.pk).content.decode()
    for words in (str(past.anna), "They asked us directly", "ticket 4812", "Deleted on", "2024-11-17", past.end.hash):
        assert words in text


def test_an_erased_entry_says_so_and_stays(past):
    past.sign_in("manager")
    AuditPayload.objects.filter(entry=past.intent).delete()
    text = past.get("audit_detail", pk=past.intent.pk).content.decode()
    assert "were erased" in text
    assert "ticket 4812" not in text


def test_a_viewer_s_own_history_shows_no_personal_value(past):
    past.anna.accesses.update(role="viewer")
    past.client.force_login(past.anna)
    for response in (past.get("audit_list"), past.get("audit_detail", pk=past.end.pk), past.get("home")):
        assert response.status_code == 200
        assert "maeve.doyle" not in response.content.decode()
        assert "4812" not in response.content.decode()


def test_another_account_s_entry_is_not_found(past):
    other = Past(past.client)
    past.sign_in("admin")
    assert past.get("audit_detail", pk=other.end.pk).status_code == 404
    assert other.get("audit_list").status_code == 404


@pytest.mark.parametrize(
    ("query", "shown"), [("?q=action:undo", 0), ("?q=outcome:confirmed", 1), ("?q=fold:none", 2), ("?q=outcome:x", 0)]
)
def test_the_history_can_be_filtered_by_what_and_by_end(past, query, shown):
    past.sign_in("manager")
    assert len(past.shown(query)) == shown


def test_the_controls_lead_to_the_address_of_their_filter(past):
    past.sign_in("manager")
    answer = past.get("audit_list", "?action=undo&outcome=&job=007&from=2026-11-16&to=")
    assert (answer.status_code, answer["Location"].partition("?q=")[2]) == (
        303,
        "action%3Aundo+job%3A7+created%3A2026-11-16..",
    )
    odd = past.get("audit_list", "?action=nonsense")
    assert "“action:nonsense” is not among what can be asked for" in odd.content.decode()
    assert odd.context["feed"].rows == []


def test_home_tells_the_latest_work_and_that_nothing_needs_anybody(past):
    past.sign_in("manager")
    text = past.get("home").content.decode()
    assert "Nothing needs you." in text
    assert "Reactivate: Done and verified" in text
    assert "Not counted yet" in text


@pytest.mark.parametrize("name", ["home", "audit_list"])
def test_a_page_takes_the_same_queries_for_a_long_history(past, name, django_assert_num_queries):
    past.sign_in("manager")
    with CaptureQueriesContext(connection) as few:
        past.get(name)
    for _ in range(40):
        past.record(Outcome.REFUSED)
    with django_assert_num_queries(len(few)):
        past.get(name)


@pytest.mark.parametrize("name", ["home", "audit_list", "deleted_list", "contact_list", "check"])
def test_a_stranger_and_a_visitor_see_nothing(past, name):
    assert past.get(name).status_code == 302
    past.client.force_login(make_access(make_account(), "admin").user)
    assert past.get(name).status_code == 404
