"""How often the pages of the history ask the database: six times at most, whatever is asked for and however deep."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import AuditEntry, RequestLog, SavedView
from contacts.selectors import history_rows
from tests.views.history_rig import Past

pytestmark = pytest.mark.django_db
MOST = 6


@pytest.fixture
def long():
    """Sixty acts on six people, some in a job, and something that was seen."""
    past = Past()
    people = past.people(6)
    for number in range(60):
        past.act(people[number % 6], lists=[past.newsletter], note="ticket 4812", job=number % 3 or None)
    past.seen(*people)
    past.seen(people[0])
    return past


def asked(past, name, data=None, **parts):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert past.get(name, data, **parts).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    "text",
    [
        *("", "fold:none", "action:reactivate", "outcome:confirmed", "outcome:seen", "sure:us", "job:1", "evidence:no"),
        *("list:{list}", "actor:{anna}", "contact:{contact}", "created:2020-01-01..", "action:unlink", "actor:ccadmin"),
        *("actor:{anna} action:reactivate outcome:confirmed", "list:{list} actor:{anna} outcome:refused"),
        *("actor:{anna} action:reactivate outcome:proved created:2020-01-01..", "basis:asked_directly"),
        *("actor:{anna} action:unlink", "list:{list} created:2020-01-01..", "nonsense"),
    ],
)
def test_a_page_of_the_history_takes_six_queries_at_most(long, text):
    contact = AuditEntry.objects.exclude(target="").first().target
    filled = text.format(list=long.newsletter.remote_id, anna=long.anna.pk, contact=contact)
    assert asked(long, "audit_list", {"q": filled}) <= MOST


@pytest.mark.parametrize("way", ["after", "before"])
@pytest.mark.parametrize("text", ["fold:none", "list:{list}", "job:1"])
def test_a_deep_page_takes_no_more_than_the_first(long, text, way):
    middle = AuditEntry.objects.order_by("pk")[60].pk
    filled = text.format(list=long.newsletter.remote_id)
    assert asked(long, "audit_list", {"q": filled, way: middle}) == asked(long, "audit_list", {"q": filled}) <= MOST


def test_a_saved_view_takes_six_queries_at_most(long):
    view = SavedView.objects.create(account=long.account, by=long.reader, name="Mine", query="action:reactivate")
    assert asked(long, "audit_view", view=view.pk) <= MOST


@pytest.mark.parametrize("place", [0, 1, -2, -1])
def test_the_page_of_an_entry_takes_six_queries_at_most(long, place):
    entry = list(AuditEntry.objects.order_by("pk"))[place]
    RequestLog.objects.create(account=long.account, by=long.anna, method="PUT", path="/contacts/…", at=entry.at, ms=9)
    assert asked(long, "audit_detail", pk=entry.pk) <= MOST
    assert asked(long, "audit_detail", {"q": f"list:{long.newsletter.remote_id}"}, pk=entry.pk) <= MOST


def test_whom_an_entry_is_about_takes_six_queries_at_most(long):
    entry = AuditEntry.objects.get(action="seen_deleted", target="")
    assert asked(long, "audit_people", pk=entry.pk) <= MOST


@pytest.mark.parametrize("kind", ["", "ours", "seen"])
def test_the_history_of_a_contact_takes_six_queries_at_most(long, kind):
    contact = long.account.contacts.order_by("pk").first()
    last = AuditEntry.objects.filter(target=str(contact.remote_id), begins__isnull=False).last()
    for edge in ({}, {"after": f"entry-{last.pk}"}, {"before": f"entry-{last.pk}"}, {"after": "event-1"}):
        assert asked(long, "contact_history", {"kind": kind, **edge}, remote_id=contact.remote_id) <= MOST


def test_a_filter_finds_the_same_whichever_part_leads_the_way(long, monkeypatch):
    rare = long.act(long.people(1, prefix="rare")[0], end=AuditEntry.Outcome.REJECTED, lists=[long.newsletter])
    text = f"list:{long.newsletter.remote_id} outcome:rejected"
    by_entries = long.shown(text)
    monkeypatch.setattr(history_rows, "PROBE", 1)
    assert by_entries == long.shown(text) == [rare]


def test_a_page_begins_at_an_entry_that_was_folded_away_since(long):
    contact = long.people(1, prefix="late")[0]
    asked_for = long.record("delete", AuditEntry.Outcome.INTENDED, by=long.anna, target=str(contact.remote_id))
    long.record("delete", AuditEntry.Outcome.DONE, by=long.anna, target=str(contact.remote_id), begins=asked_for)
    rows = long.get("audit_list", {"after": asked_for.pk}).context["feed"].rows
    assert max(line.entry.pk for line in rows) < asked_for.pk


def test_an_entry_of_somebody_else_names_no_page_to_those_who_see_their_own_alone():
    past = Past("agent")
    contact = past.contact()
    own = past.act(contact, by=past.reader)
    theirs = past.act(contact)
    first = past.get("audit_list").context["feed"]
    named = past.get("audit_list", {"after": theirs.pk}).context["feed"]
    assert [line.entry for line in named.rows] == [line.entry for line in first.rows] == [own]
    assert named.page.before is None
