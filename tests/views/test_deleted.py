"""The page of deleted contacts: its days, its window, its pieces, its tabs, and whom a plan made of it means."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import Contact, Job, LinkedAccount, Spike
from contacts.selectors import deleted
from contacts.sync.spikes import notice
from tests.deleted_rig import QUARTER, TUESDAY, Place
from tests.rows import make_remote

pytestmark = pytest.mark.django_db
OPTED_OUT = {"email_address": {"permission_to_send": "unsubscribed", "opt_out_source": "Contact"}}


@pytest.fixture
def place(client, monkeypatch):
    here = Place(client)
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
    LinkedAccount.objects.filter(pk=here.account.pk).update(watermark=timezone.now(), synced_at=timezone.now())
    here.account.refresh_from_db()
    return here


def page(response):
    assert response.status_code == 200
    return response.context["people"]


def addresses(found):
    return {row.contact.address for row in found.rows}


def bars(found):
    return {bar.day: bar.number for bar in found.histogram.bars}


def spiked(place, number=30, **parts):
    gone = place.delete(place.store(number, **parts))
    return gone, notice(place.account, since=TUESDAY)


def test_each_day_with_deletions_has_a_bar_and_a_link_to_exactly_its_people(place):
    place.sign_in()
    place.delete(place.store(3))
    place.delete(place.store(2), since=TUESDAY - timedelta(days=3))
    text = place.text(place.get("deleted_list"))
    found = page(place.get("deleted_list"))
    assert bars(found) == {date(2026, 11, 14): 2, date(2026, 11, 17): 3}
    assert "5 contacts that are hidden now were deleted in the last 30 days, 3 of them on Tuesday 17 Nov." in text
    for link, number in re.findall(r'<a href="([^"]+from[^"]+)">(\d+)</a>', text):
        assert len(page(place.client.get(link.replace("&amp;", "&"))).rows) == int(number)


def test_a_deletion_that_was_noticed_late_stands_on_constant_contact_s_own_day(place):
    place.sign_in()
    place.delete(place.store(2), since=TUESDAY - timedelta(days=9), seen_at=TUESDAY, on=date(2026, 11, 10))
    place.delete(place.store(1), since=TUESDAY - timedelta(days=9), seen_at=TUESDAY, on=date(2020, 1, 1))
    found = page(place.get("deleted_list"))
    # A date before our own window is no better than the window: the account may live in another time zone.
    assert bars(found) == {date(2026, 11, 8): 1, date(2026, 11, 10): 2}
    day = page(place.get("deleted_list", "?from=2026-11-10&to=2026-11-10"))
    assert len(day.rows) == 2


def test_every_bar_of_a_long_year_is_as_large_as_its_window(place):
    place.account.time_zone = "Pacific/Auckland"
    place.account.save()
    place.sign_in()
    for days, hours, wide, on in [(1, 9, 1, 0), (2, 11, 30, 1), (40, 0, 5, 2), (41, 23, 200, 3), (70, 12, 1, -1)]:
        seen_at = TUESDAY - timedelta(days=days, hours=hours)
        remotes = place.store(days % 3 + 1)
        since = seen_at - timedelta(hours=wide)
        place.delete(remotes, since=since, seen_at=seen_at, on=(seen_at - timedelta(days=on)).date())
    found = page(place.get("deleted_list", "?days=all"))
    assert sum(bars(found).values()) == Contact.objects.ghosts().count()
    for day, number in bars(found).items():
        assert len(page(place.get("deleted_list", f"?from={day}T00:00&to={day}T23:59")).rows) == number


def test_who_was_deleted_before_the_account_was_linked_is_in_no_bar(place):
    place.sign_in()
    place.delete(
        [make_remote("old@example.org")], since=None, seen_at=datetime(2026, 1, 6, 9, tzinfo=UTC), on=date(2025, 5, 5)
    )
    found = page(place.get("deleted_list", "?days=all"))
    assert (bars(found), len(found.rows)) == ({}, 1)


def test_days_that_nobody_has_looked_at_are_a_gap_and_not_nothing(place):
    LinkedAccount.objects.filter(pk=place.account.pk).update(watermark=datetime(2026, 11, 18, 9, tzinfo=UTC))
    place.sign_in()
    place.delete(place.store(1))
    text = place.text(place.get("deleted_list"))
    assert bars(page(place.get("deleted_list"))) == {date(2026, 11, 17): 1} | dict.fromkeys(
        [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)]
    )
    assert "3 days have not been looked at yet." in text


def test_today_is_no_gap_just_after_midnight(place, monkeypatch):
    LinkedAccount.objects.filter(pk=place.account.pk).update(watermark=datetime(2026, 11, 21, 23, 50, tzinfo=UTC))
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 22, 0, 5, tzinfo=UTC))
    place.sign_in()
    place.delete(place.store(1))
    assert None not in bars(page(place.get("deleted_list"))).values()


def test_a_large_account_is_counted_once_a_sync(place, django_assert_num_queries):
    LinkedAccount.objects.filter(pk=place.account.pk).update(counts={"deleted": 300_000})
    place.sign_in()
    place.delete(place.store(1))
    place.get("deleted_list")
    place.delete(place.store(1))
    again = page(place.get("deleted_list"))
    assert bars(again) == {date(2026, 11, 17): 1}
    assert again.histogram.counted_at == timezone.now()
    LinkedAccount.objects.filter(pk=place.account.pk).update(synced_at=timezone.now() + QUARTER)
    assert bars(page(place.get("deleted_list"))) == {date(2026, 11, 17): 2}


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("from=2026-11-17T14:00&to=2026-11-17T14:15", 3),
        ("from=2026-11-17T14:16&to=2026-11-17T18:00", 0),
        ("from=2026-11-17T14:00&to=2026-11-17T14:14", 0),
        ("from=2026-11-17&to=2026-11-17", 3),
        ("from=2026-11-14T14:15:59&to=2026-11-14 14:15", 2),
        ("from=2026-11-15", 3),
        ("to=2026-11-15", 2),
    ],
)
def test_a_window_has_both_its_minutes(place, query, number):
    place.sign_in()
    place.delete(place.store(3))
    place.delete(place.store(2), since=TUESDAY - timedelta(days=3))
    assert len(page(place.get("deleted_list", f"?{query}")).rows) == number


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=yesterday", "From: “yesterday” is not a date with a time."),
        ("to=<script>", "To: “&lt;script&gt;” is not a date with a time."),
        ("from=0001-01-01T00:00", "From: choose a year between 2000 and 2100."),
        ("to=9999-12-31", "To: choose a year between 2000 and 2100."),
        ("from=2026-11-18T00:00&to=2026-11-17T00:00", "The window ends before it begins."),
    ],
)
def test_a_window_that_cannot_be_read_shows_nobody_and_plans_nobody(place, query, words):
    user = place.sign_in()
    place.delete(place.store(3))
    response = place.get("deleted_list", f"?{query}")
    assert words in place.text(response)
    assert page(response).rows == []
    fields = QueryDict(mutable=True)
    fields.update(page(response).filter.fields)
    assert not deleted.matching(place.account, user=user, query=fields, text="").exists()


def test_an_empty_window_says_where_the_deletions_are(place):
    place.sign_in()
    place.delete(place.store(3))
    text = place.text(place.get("deleted_list", "?from=2026-11-01&to=2026-11-05"))
    assert "No deleted contacts between 1 Nov 2026 and 5 Nov 2026." in text
    assert "3 were deleted on 17 Nov 2026." in text


def test_nobody_deleted_is_said_with_what_will_happen(place):
    place.sign_in()
    text = place.text(place.get("deleted_list"))
    assert "they will appear here within 15 minutes, with the lists they were on." in text


def test_the_explanation_is_open_on_the_first_visit_only(place):
    place.sign_in()
    assert '<details class="explain" open>' in place.text(place.get("deleted_list"))
    assert '<details class="explain">' in place.text(place.get("deleted_list"))


def test_the_first_sync_and_an_old_copy_are_said(place):
    place.sign_in()
    LinkedAccount.objects.filter(pk=place.account.pk).update(synced_at=timezone.now() - timedelta(hours=2))
    assert "We check again before changing anything." in place.text(place.get("deleted_list"))
    LinkedAccount.objects.filter(pk=place.account.pk).update(synced_at=None, known_since=None, watermark=None)
    assert "Your contacts have not been read yet." in place.text(place.get("deleted_list"))


def test_the_page_of_a_spike_has_its_sentence_and_exactly_its_people(place):
    place.sign_in()
    gone, spike = spiked(place)
    place.delete(place.store(2), since=TUESDAY - QUARTER)
    response = place.get("deleted_spike", pk=spike.pk)
    text = place.text(response)
    assert "30 contacts were deleted on Tuesday 17 Nov between 14:00 and 14:15. A normal day has none." in text
    assert addresses(page(response)) == {each["email_address"]["address"] for each in gone}
    assert 'value="2026-11-17T14:00"' in text
    assert 'value="2026-11-17T14:15"' in text


def test_a_spike_of_another_account_is_not_found(place):
    place.sign_in()
    _, spike = spiked(Place(place.client))
    assert place.get("deleted_spike", pk=spike.pk).status_code == 404
    assert place.client.post(place.url("deleted_spike_dismiss", pk=spike.pk), {"reason": "x"}).status_code == 404


def test_a_spike_is_dismissed_with_a_reason_and_not_without(place):
    place.sign_in()
    _, spike = spiked(place)
    url = place.url("deleted_spike_dismiss", pk=spike.pk)
    assert "Say in a few words why" in place.text(place.client.post(url, {"reason": " "}, follow=True))
    assert "Dismissed by" in place.text(place.client.post(url, {"reason": "Spring cleaning"}, follow=True))
    assert Spike.objects.get().dismissed_reason == "Spring cleaning"
    assert "Somebody else has dismissed this" in place.text(place.client.post(url, {"reason": "x"}, follow=True))
    assert "“Spring cleaning”" in place.text(place.get("deleted_list", "?tab=spikes"))


def test_refused_by_forms_are_those_that_were_asked_for_lately_and_are_still_deleted(place):
    place.sign_in()
    gone = place.delete(place.store(3))
    asked = [place.contact(each).pk for each in gone]
    Contact.objects.filter(pk=asked[0]).update(asked_at=timezone.now())
    Contact.objects.filter(pk=asked[1]).update(asked_at=timezone.now() - timedelta(days=31))
    Contact.objects.filter(pk=asked[2]).update(asked_at=TUESDAY - timedelta(days=1))
    found = page(place.get("deleted_list", "?tab=refused"))
    assert [row.contact.pk for row in found.rows] == asked[:1]
    assert "1 refused by forms, deleted" in place.text(place.get("home"))


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_who_may_not_change_several_people_is_told_so(place, role):
    place.sign_in(role)
    place.delete(place.store(3))
    text = place.text(place.get("deleted_list"))
    assert "Only marketers, managers and admins can change several contacts." in text
    assert 'aria-describedby="plan-closed"' in text


def test_plan_reactivation_freezes_the_people_of_the_window_and_nobody_else(place):
    place.sign_in()
    _, spike = spiked(place)
    place.delete(place.store(2), since=TUESDAY - timedelta(days=3))
    text = place.text(place.get("deleted_spike", pk=spike.pk))
    form = text[text.index('<form method="post" action="' + place.url("job_plan", kind="reactivate")) :]
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[: form.index("</form>")]))
    answer = place.client.post(place.url("job_plan", kind="reactivate"), fields)
    job = Job.objects.get()
    assert answer["Location"].endswith(f"/jobs/{job.pk}/")
    assert (job.items.count(), job.people) == (30, 30)
    assert job.chosen == "Deleted contacts noticed on 17 Nov 2026 between 14:00 and 14:15"


def test_a_search_stays_inside_the_window_and_out_of_the_words_of_a_plan(place):
    user = place.sign_in()
    place.delete(place.store(2, name="anna"))
    place.delete(place.store(1, name="berta"))
    url = place.url("deleted_list", "?from=2026-11-17&to=2026-11-17")
    assert len(page(place.client.post(url, {"text": "anna"})).rows) == 2
    query = QueryDict("from=2026-11-17&to=2026-11-17&tab=opted_out")
    assert deleted.matching(place.account, user=user, query=QueryDict(), text="anna").count() == 2
    assert deleted.in_words(place.account, query=query, text="anna") == (
        "Deleted contacts noticed on 17 Nov 2026, opted out, found by a search"
    )


@pytest.mark.parametrize("query", ["tab=x", "kind=x", "sort=x", "days=x", "after=x", "tab=%00", "spike="])
def test_nonsense_elsewhere_in_a_url_is_as_if_it_were_not_there(place, query):
    place.sign_in()
    place.delete(place.store(1))
    expected = 0 if query == "spike=" else 1
    assert len(page(place.get("deleted_list", f"?{query}")).rows) == expected


@pytest.mark.parametrize("query", ["", "?from=2026-11-17&to=2026-11-17", "?tab=refused", "?tab=spikes", "?kind=known"])
def test_the_page_takes_the_same_queries_for_few_as_for_many(place, query):
    place.sign_in()
    seen = []
    for number in (3, 45):
        gone = place.delete(place.store(number))
        Contact.objects.filter(pk=place.contact(gone[0]).pk).update(asked_at=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            place.get("deleted_list", query)
        seen.append(len(queries))
    assert seen[0] == seen[1] <= 14
