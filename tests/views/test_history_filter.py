"""The filter of the audit: what is typed, what stands in the address, who is found, what is folded, what is counted."""

import html
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import AuditEntry, ContactList
from contacts.rules.history_query import Query
from tests.rows import make_access
from tests.views.history_rig import FROM, TO, Outcome, Past, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def past():
    return Past()


def test_what_is_typed_with_names_leads_to_an_address_that_names_nobody(past):
    contact = past.contact()
    typed = f'actor:{past.anna.email} action:Reactivate list:"Course alerts" contact:Maeve.Doyle@example.net'
    canonical = past.asked(typed)
    assert canonical == (
        f"actor:{past.anna.pk} action:reactivate list:{past.courses.remote_id} contact:{contact.remote_id}"
    )
    page = text(past.get("audit_list", {"q": canonical}))
    shown = f"actor:{past.anna.email} action:reactivate list:&quot;Course alerts&quot; contact:maeve.doyle@example.net"
    assert f'value="{shown}"' in page
    for words in ("by Anna Ng", "about the list Course alerts", "on maeve.doyle@example.net"):
        assert words in page


@pytest.mark.parametrize("name", ["anna", "Anna Ng", "ANNA NG", "ng"])
def test_an_actor_is_found_by_name_or_its_beginning(past, name):
    assert past.asked(f'actor:"{name}"') == f"actor:{past.anna.pk}"


def test_an_actor_may_be_oneself_or_ccadmin(past):
    assert past.asked("actor:me") == f"actor:{past.reader.pk}"
    theirs, its, seen = (
        past.act(past.contact()),
        past.record("job_done", job=4),
        past.seen(past.contact("x@example.org")),
    )
    assert past.shown("actor:ccadmin") == [its]
    assert past.shown(f"actor:{past.anna.pk}") == [theirs]
    assert past.shown("sure:us") == [its, theirs] and past.shown("outcome:seen") == [seen]


def test_what_fits_nobody_is_told_and_shows_nothing(past):
    past.act(past.contact())
    assert past.asked("actor:nobody list:Gala contact:x@example.org") == [
        "Nobody who works or worked here is called “nobody”.",
        "No list is called “Gala”.",
        "Our copy has no contact with the address “x@example.org”.",
    ]
    answer = past.post("audit_list", {"q": "actor:nobody action:reactivate"})
    page = text(answer)
    assert answer.context["feed"].rows == [] and 'value="actor:nobody action:reactivate"' in page
    assert "Show what was understood" in page and "<table" not in page


def test_another_account_s_people_lists_and_contacts_have_no_name_here(past):
    other = Past()
    stranger = other.contact("brian.kelly@example.org")
    gala = ContactList.objects.create(account=other.account, remote_id=uuid.uuid4(), name="Secret gala")
    sean = make_access(other.account, "agent").user
    for typed in (f"actor:{sean.email}", 'list:"Secret gala"', "contact:brian.kelly@example.org"):
        assert "Secret" not in "".join(past.asked("action:undo")) and len(past.asked(typed)) == 1
    other.act(stranger, by=sean, lists=[gala])
    page = text(past.get("audit_list", {"q": f"actor:{sean.pk} list:{gala.remote_id} contact:{stranger.remote_id}"}))
    for name in (sean.email, "Secret gala", "brian.kelly"):
        assert name not in page
    assert "No entry fits this filter" in page


def test_a_job_or_a_page_of_another_account_is_as_unknown_as_one_that_never_was(past):
    other = Past()
    theirs = other.record("job_run", by=other.dermot, job=42)
    ours = past.record("link")
    assert past.shown("job:42") == [] == past.shown("job:43")
    assert [line.entry for line in past.get("audit_list", {"after": theirs.pk}).context["feed"].rows] == [ours]
    assert past.get("audit_people", pk=theirs.pk).status_code == 404


def test_without_the_right_to_see_all_only_oneself_can_be_named():
    past = Past("agent")
    own = past.act(past.contact(), by=past.reader)
    past.act(past.contact("x@example.org"))
    past.seen(past.contact("y@example.org"))
    assert past.shown() == [own]
    assert past.asked(f"actor:{past.anna.email}") == [f"Nobody who works or worked here is called “{past.anna.email}”."]
    assert past.shown(f"actor:{past.anna.pk}") == []
    page = text(past.get("audit_list"))
    assert "Anna Ng" not in page and "Dermot" not in page


def test_lists_tags_and_missing_evidence_are_found_by_their_marks(past):
    contact = past.contact()
    with_note = past.act(contact, lists=[past.newsletter, past.courses], note="ticket 4812")
    without = past.act(contact, lists=[past.newsletter])
    assert past.shown(f"list:{past.newsletter.remote_id}") == [without, with_note]
    assert past.shown(f"list:{past.courses.remote_id}") == [with_note]
    assert past.shown("evidence:no") == [without]
    assert past.shown(f"list:{past.courses.remote_id} evidence:no") == []
    assert past.shown(f"tag:{uuid.uuid4()}") == []
    assert "(no evidence)" in text(past.get("audit_list", {"q": "evidence:no"}))


def test_a_day_begins_and_ends_in_the_account_s_time_zone():
    past = Past(time_zone="America/New_York")
    midnight = datetime(2026, 11, 16, 5, 0, tzinfo=UTC)
    instant, day = timedelta(microseconds=1), timedelta(days=1)
    early, first, last, late = (_at(past, midnight + after) for after in (-instant, timedelta(), day - instant, day))
    assert past.shown("created:2026-11-16") == [last, first]
    assert past.shown("created:2026-11-16.. action:unlink") == [late, last, first]
    assert past.shown("created:..2026-11-15") == [early]


def _at(past, moment):
    """An entry as it is when it was written at this moment; the one writer knows only now."""
    entry = past.record("link")
    number = entry.sequence + 1000
    hashes = {"previous_hash": f"{number:064x}", "hash": f"{number + 1:064x}"}
    facts = {"actor": "ccadmin", "action": "unlink", "outcome": Outcome.DONE, "account": past.account}
    return AuditEntry.objects.create(chain=entry.chain, sequence=number, at=moment, **hashes, **facts)


def test_a_job_is_one_line_until_its_people_are_asked_for(past):
    contact = past.contact()
    asked = past.record("job_run", by=past.dermot, job=42)
    part = past.act(contact, by=past.dermot, job=42)
    past.record("activity", Outcome.INTENDED, job=42)
    done, alone, seen = past.record("job_done", job=42), past.act(contact), past.seen(*past.people(2))
    assert past.shown() == [seen, alone, done, asked]
    assert past.shown(f"actor:{past.dermot.pk}") == [asked]
    assert past.shown("action:reactivate") == [alone, part]
    assert part in past.shown("job:42") and part in past.shown("fold:request")
    assert len(past.shown("fold:none")) == 8
    assert "A job is one line" in text(past.get("audit_list"))


def test_only_the_last_word_on_a_request_is_a_line(past):
    contact = past.contact()
    first = past.act(contact, end=Outcome.UNKNOWN)
    assert past.shown() == [first] == past.shown("outcome:unknown")
    last = past.record("reactivate", Outcome.APPLIED, by=past.anna, begins=first.begins, target=str(contact.remote_id))
    assert past.shown() == [last] and past.shown("outcome:unknown") == []
    assert past.shown("outcome:unknown fold:none") == [first]


def test_a_request_without_an_end_stays_in_sight(past):
    asked = past.record("reactivate", Outcome.INTENDED, by=past.anna)
    assert past.shown() == [asked]


def test_what_was_seen_is_one_line_with_its_window_its_number_and_no_name(past):
    ended = (timezone.now() - timedelta(hours=1)).replace(hour=14, minute=7)
    activity = {"id": "a1", "completed_at": ended.isoformat(), "items": 500}
    entry = past.seen(*past.people(3), sure="likely", activities=[activity])
    page = text(past.get("audit_list"))
    assert "17 Nov 2026 14:00 to 14:15" in page and "Unknown, outside" in page
    assert "likely: bulk job of Constant Contact 14:07" in page
    assert f'<a href="{past.url("audit_people", pk=entry.pk)}">3 people</a>' in page
    detail = text(past.get("audit_detail", pk=entry.pk))
    assert "Deleted (3 people)" in detail
    sentence = "A bulk job of Constant Contact finished 14:07 and counted 500 contacts; it does not say which kind."
    assert sentence in detail


def test_many_deletions_lead_to_the_page_that_brings_them_back(past):
    entry = past.seen(*past.people(3))
    window = urlencode({"days": "all", "from": FROM.isoformat(), "to": TO.isoformat()})
    for name in ("audit_detail", "audit_people"):
        page = html.unescape(text(past.get(name, pk=entry.pk)))
        assert f'href="{past.url("deleted_list")}?{window}"' in page
    shown = text(past.browser.get(f"{past.url('deleted_list')}?{window}"))
    assert 'value="2026-11-17T14:00"' in shown and "is not a date" not in shown


def test_several_bulk_jobs_are_told_together(past):
    ended = (timezone.now() - timedelta(hours=1)).replace(hour=14, minute=0)
    jobs = [
        {"id": str(minute), "completed_at": ended.replace(minute=minute).isoformat(), "items": 500}
        for minute in (12, 7, 9)
    ]
    entry = past.seen(*past.people(3), sure="likely", activities=jobs)
    assert "likely: 3 bulk jobs of Constant Contact, 14:07 to 14:12" in text(past.get("audit_list"))
    sentence = "3 bulk jobs of Constant Contact finished 14:07 to 14:12 and counted 1,500 contacts; they do not"
    assert sentence in text(past.get("audit_detail", pk=entry.pk))


def test_what_was_seen_has_no_end(past):
    past.seen(past.contact())
    past.record("link")
    [asked, seen] = past.get("audit_list").context["feed"].rows
    assert (asked.end, seen.end) == ("Done", "")


def test_everything_that_somebody_did_last_week_is_two_clicks_away(past):
    past.record("link", by=past.anna)
    page = text(past.get("audit_list"))
    assert f'<a href="{past.url("audit_list")}?q=actor:{past.anna.pk}">Anna' in page
    times = {each.name: each.text for each in past.get("audit_list", {"q": f"actor:{past.anna.pk}"}).context["times"]}
    assert times["Any time"] == f"actor:{past.anna.pk}"
    query = Query.parse(times["Last week"])
    assert query.actor == str(past.anna.pk) and (query.last - query.first).days == 6 and query.first.weekday() == 0


@pytest.mark.parametrize(
    ("sure", "who", "words"),
    [
        ("contact", "The contact", "by the contact"),
        ("account", "Somebody in Constant Contact", "by your account in Constant Contact"),
        ("unknown", "Unknown, outside", "unknown"),
    ],
)
def test_how_sure_it_is_has_one_of_five_words(past, sure, who, words):
    past.seen(past.contact(), kind="unsubscribed", sure=sure)
    page = text(past.get("audit_list"))
    assert f'<td data-label="Who">{who}</td>' in page and f'<td data-label="Sure?">{words}</td>' in page


def test_the_people_of_a_line_are_shown_page_by_page(past):
    entry = past.seen(*past.people(60))
    first = past.get("audit_people", pk=entry.pk)
    assert "guest0@example.org" in text(first)
    second = past.get("audit_people", {"after": first.context["page"].after}, pk=entry.pk)
    assert [len(each.context["people"]) for each in (first, second)] == [50, 10]


def test_a_filter_that_nothing_fits_says_which_part_to_drop(past):
    past.act(past.contact())
    page = text(past.get("audit_list", {"q": f"actor:{past.dermot.pk} action:reactivate"}))
    assert "No entry fits this filter: by Dermot Walsh, Reactivate." in page
    assert "1 line when “by Dermot Walsh” is left out." in page


def test_more_than_a_thousand_are_counted_as_such(past, monkeypatch):
    monkeypatch.setattr("contacts.selectors.history_feed.COUNT_LIMIT", 55)
    for _ in range(57):
        past.record("link")
    assert "55+ lines, newest first" in text(past.get("audit_list", {"q": "action:link"}))
    assert "lines, newest first" not in text(past.get("audit_list"))


def test_pages_go_forward_and_back_within_a_filter(past):
    contact = past.contact()
    ends = [past.act(contact, lists=[past.newsletter]) for _ in range(53)][::-1]
    for filter_text in ("", f"list:{past.newsletter.remote_id}", f"contact:{contact.remote_id}"):
        first = past.get("audit_list", {"q": filter_text})
        page = first.context["feed"].page
        second = past.get("audit_list", {"q": filter_text, "after": page.after})
        back = past.get("audit_list", {"q": filter_text, "before": second.context["feed"].page.before})
        shown = [line.entry for each in (first, second) for line in each.context["feed"].rows]
        assert shown == ends
        assert [line.entry for line in back.context["feed"].rows] == ends[:50]


def test_a_page_takes_the_same_queries_for_many_lines_as_for_few(past, django_assert_num_queries):
    contact = past.contact()
    query = f"actor:{past.anna.pk} list:{past.newsletter.remote_id} contact:{contact.remote_id}"
    for _ in range(51):
        past.act(contact, lists=[past.newsletter])
    with CaptureQueriesContext(connection) as few:
        past.get("audit_list", {"q": query})
    for other in past.people(20):
        past.act(other, lists=[past.newsletter])
        past.seen(other)
        past.act(contact, lists=[past.newsletter])
    with django_assert_num_queries(len(few)):
        past.get("audit_list", {"q": query})
    with CaptureQueriesContext(connection) as whole:
        past.get("audit_list")
    assert len(whole) <= len(few)


def test_an_entry_leads_to_its_neighbours_in_the_filter(past):
    contact = past.contact()
    first, other, last = past.act(contact), past.record("link"), past.act(contact)
    page = text(past.get("audit_detail", {"q": "action:reactivate"}, pk=last.pk))
    assert f'rel="next" href="{past.url("audit_detail", pk=first.pk)}?q=action%3Areactivate"' in page
    assert 'rel="prev"' not in page
    whole = text(past.get("audit_detail", pk=other.pk))
    assert f'href="{past.url("audit_detail", pk=last.begins_id)}"' in whole
    assert f'rel="next" href="{past.url("audit_detail", pk=first.pk)}"' in whole


def test_who_sees_only_their_own_is_not_offered_what_others_did():
    past = Past(role="viewer")
    page = text(past.get("audit_list"))
    assert "You have not asked for anything here yet." in page
    assert "Seen outside ccadmin" not in page and 'name="actor"' not in page


def test_an_entry_shows_first_what_did_not_stay_the_same(past):
    entry = past.act(past.contact(), lists=[past.newsletter])
    page = text(past.get("audit_detail", pk=entry.pk))
    different, same = page.split("The same as before:")
    assert '<th scope="row">Lists</th>' in different and '<th scope="row">First name</th>' not in different
    assert "<dt>First name</dt>" in same


@pytest.mark.parametrize(
    ("action", "about"),
    [
        ("export", "a contact that is not in our copy"),
        ("erase", "a contact that is not in our copy"),
        ("people_remove", "a colleague"),
    ],
)
def test_a_line_says_what_it_is_about_when_our_copy_has_nobody(past, action, about):
    past.record(action, by=past.anna, target=str(uuid.uuid4()))
    assert f'<span class="quiet">{about}</span>' in text(past.get("audit_list"))
