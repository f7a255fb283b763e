"""The reports: pictures with their sentences and tables, from numbers that were counted after a sync."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from contacts import audit, mirror
from contacts.models import AuditEntry, DayCount, LinkedAccount
from contacts.services import past
from tests.deleted_rig import LINKED, QUARTER, TUESDAY, Place

pytestmark = pytest.mark.django_db
CONFIRMED = AuditEntry.Outcome.CONFIRMED
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Counted(Place):
    """An account that was counted, with a day that was not."""

    def count(self, at, **counts):
        mirror.keep_day(self.account, counts, at=at)

    def reactivate(self, by, *, basis="asked_directly", evidence=True, outcome=CONFIRMED, number=1):
        for _ in range(number):
            detail = {"evidence": evidence}
            audit.record("reactivate", outcome, by=by, account=self.account, basis=basis, detail=detail)


@pytest.fixture
def place(client, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    found = Counted(client)
    found.sign_in("manager")
    return found


def test_before_the_first_sync_the_page_says_that_nothing_was_counted(place):
    assert "Nothing has been counted yet" in place.text(place.get("report_home"))


def test_days_that_nobody_counted_are_a_gap_in_words_and_in_the_table(place):
    place.count(NOON - timedelta(days=3), active=10, deleted=2)
    place.count(NOON, active=1_234, deleted=5)
    text = place.text(place.get("report_home", "?days=30"))
    assert "On 20 Nov 2026: 1,234 active and 5 deleted." in text
    assert "the active ones went from 10 to 1,234" in text
    assert "2 days were not counted, because no sync ran." in text
    assert text.count("not counted: no sync ran") == 2


@pytest.mark.parametrize("days", ["30", "90", "365", "all", "nonsense"])
def test_every_range_can_be_shown(place, days):
    place.count(NOON, active=3)
    assert "On 20 Nov 2026: 3 active." in place.text(place.get("report_home", f"?days={days}"))


def test_a_day_of_the_past_says_how_it_is_known(place):
    place.count(datetime(2026, 6, 15, 21, 30, tzinfo=UTC), active=6_322, deleted=118)
    text = place.text(place.get("report_home", "?on=2026-06-15"))
    assert "<strong>6,440</strong> contacts on 15 Jun 2026. Counted by us in the copy of" in text


def test_a_day_without_a_count_leads_to_those_around_it(place):
    place.count(datetime(2026, 6, 14, 12, tzinfo=UTC), active=5)
    place.count(datetime(2026, 6, 17, 12, tzinfo=UTC), active=6)
    text = place.text(place.get("report_home", "?on=2026-06-15"))
    assert "Nobody counted on 15 Jun 2026, because no sync ran, so we do not know." in text
    assert "?on=2026-06-14#past" in text
    assert "?on=2026-06-17#past" in text


@pytest.mark.parametrize(
    ("on", "words"),
    [
        ("2026-11-21", "That day has not come yet."),
        ("last June", "is not a day. Example: 2026-06-15."),
        ("2026-02-30", "is not a day."),
        ("1026-01-01", "Nothing is known of 1 Jan 1026"),
    ],
)
def test_a_day_that_cannot_be_shown_is_told_in_a_sentence(place, on, words):
    place.count(NOON, active=1)
    assert words in place.text(place.get("report_home", f"?on={on}"))


def test_the_days_before_the_first_count_come_from_dates_and_say_so(place):
    place.store(2, created_at="2026-11-01T10:00:00Z")
    place.delete(place.store(1, created_at="2026-11-01T10:00:00Z"), on=date(2026, 11, 10))
    place.count(NOON, active=2, deleted=1)
    past.carry_on(place.account)
    assert list(past.due()) == []
    assert DayCount.objects.filter(how="dates").count() == 19
    text = place.text(place.get("report_home", "?on=2026-11-10"))
    assert "From the dates that Constant Contact gives today, not counted by us" in text
    kept = dict(DayCount.objects.values_list("day", "counts"))
    assert kept[date(2026, 11, 9)] == {"active": 3}
    assert kept[date(2026, 11, 10)] == {"active": 2, "deleted": 1}


def test_an_account_without_contacts_claims_no_date_of_theirs(place):
    place.count(NOON)
    past.carry_on(place.account)
    text = place.text(place.get("report_home", "?on=2026-11-15"))
    assert "On 20 Nov 2026: no contacts. </p>".replace(" <", "<") in text
    assert "Nothing is known of 15 Nov 2026: what we know begins on" in text
    assert "the longest bar" not in text


def test_an_account_without_a_past_is_not_looked_back_at_twice(place):
    place.count(NOON)
    assert [account.pk for account in past.due()] == [place.account.pk]
    past.carry_on(place.account)
    assert DayCount.objects.filter(how="dates").count() == 1
    assert list(past.due()) == []


def test_deletions_stand_in_their_month_with_what_became_of_them(place):
    gone = place.delete(place.store(4), on=date(2026, 11, 17))
    place.revive(gone[:1], seen_at=TUESDAY + 2 * QUARTER)
    mirror.count_reports(place.account)
    text = place.text(place.get("report_home"))
    assert "4 deletions since Dec 2025, all in Nov 2026." in text
    assert "0 reactivated from here, 1 came back otherwise, 3 hidden still." in text
    assert "from=2026-11-01T00:00&amp;to=2026-11-30T23:59" in text


def test_a_list_tells_who_joined_left_and_was_deleted(place):
    people = place.store(5)
    place.delete(people[:2])
    place.store(1, since=TUESDAY, seen_at=TUESDAY + QUARTER, created_at="2026-11-17T14:05:00Z")
    mirror.count_reports(place.account)
    text = place.text(place.get("report_home"))
    assert "No list lost more since Jan 2026 than Course alerts: 0 left and 2 were deleted, while 1 joined." in text
    assert "1 joined, 0 left, 2 deleted" in text
    month = '<tr><th scope="row">Nov 2026</th><td class="number">1</td><td class="number">0</td>'
    assert f'{month}<td class="number">2</td></tr>' in text
    assert "Dec 2025</th>" not in text[text.index('id="lists"') : text.index('id="reactivations"')]


def test_the_list_that_lost_most_is_named_where_there_is_one(place):
    place.delete(place.store(2))
    place.delete(place.store(1, lists=place.lists[:1]))
    mirror.count_reports(place.account)
    text = place.text(place.get("report_home"))
    assert "Newsletter lost most since Jan 2026: 0 left and 3 were deleted, while 0 joined." in text


def test_before_the_first_sync_has_ended_nothing_is_said_of_the_deleted_and_the_lists(place):
    LinkedAccount.objects.filter(pk=place.account.pk).update(known_since=None, synced_at=None, watermark=None)
    text = place.text(place.get("report_home"))
    assert text.count("Not known yet: the first sync has not ended.") == 2
    assert "Hidden still" not in text


def test_who_was_there_when_we_first_looked_has_not_joined(place):
    place.store(5)
    mirror.count_reports(place.account)
    assert "No list has lost anybody that we saw since Jan 2026." in place.text(place.get("report_home"))


def test_reactivations_count_at_once_and_never_twice(place):
    person = place.sign_in("manager")
    place.reactivate(person, number=2)
    place.reactivate(person, outcome=AuditEntry.Outcome.REJECTED)
    assert "2 reactivations since Dec 2025; every one with evidence." in place.text(place.get("report_home"))
    mirror.count_reports(place.account)
    place.reactivate(person, basis="our_mistake", evidence=False)
    mirror.count_reports(place.account)
    mirror.count_reports(place.account)
    text = place.text(place.get("report_home"))
    assert "3 reactivations since Dec 2025; 1 without evidence." in text
    assert f"q=actor%3A{person.pk}%20action%3Areactivate%20outcome%3Aproved" in text


def test_no_evidence_has_its_own_bar_also_at_zero(place):
    text = place.text(place.get("report_home"))
    assert "Nobody was reactivated from here since Dec 2025." in text
    assert "No evidence" in text


def test_who_sees_only_their_own_acts_sees_only_their_own_reactivations(place):
    other = place.sign_in("manager")
    place.reactivate(other, number=5)
    mirror.count_reports(place.account)
    place.reactivate(other)
    agent = place.sign_in("agent")
    place.reactivate(agent)
    text = place.text(place.get("report_home"))
    assert "1 reactivation by you since Dec 2025" in text
    assert str(other) not in text
    told = b"".join(place.get("report_csv", what="reactivations")).decode()
    assert str(other) not in told
    assert str(agent) in told


@pytest.mark.parametrize("what", ["status", "deleted", "lists", "reactivations"])
def test_each_report_comes_as_a_file(place, what):
    place.count(NOON, active=3)
    place.delete(place.store(2))
    mirror.count_reports(place.account)
    place.reactivate(place.sign_in("manager"))
    response = place.get("report_csv", what=what)
    lines = b"".join(response).decode("utf-8-sig").splitlines()
    assert len(lines) > 1
    assert len({line.count('","') for line in lines}) == 1
    assert f"-{what}.csv" in response["Content-Disposition"]


def test_a_name_of_a_list_never_becomes_a_formula(client, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    place = Counted(client, lists=("=HYPERLINK(1)",))
    place.sign_in("viewer")
    place.delete(place.store(1))
    mirror.count_reports(place.account)
    assert '"\'=HYPERLINK(1)"' in b"".join(place.get("report_csv", what="lists")).decode()


def test_a_report_that_is_none_is_not_found(place):
    assert place.get("report_csv", what="nonsense").status_code == 404


def test_the_most_ever_active_is_told_with_how_it_is_known(place):
    place.count(LINKED, active=6_322)
    place.count(NOON, active=3_390)
    text = place.text(place.get("report_home"))
    assert "Most active contacts we know of: <strong>6,322</strong>" in text
    assert "as we counted" in text


def test_the_numbers_go_with_the_copy_of_an_unlinked_account(place):
    place.count(NOON, active=3)
    place.reactivate(place.sign_in("admin"))
    mirror.count_reports(place.account)
    mirror.forgetting.erase(place.account)
    assert not DayCount.objects.exists()
    assert "1 reactivation since" in place.text(place.get("report_home"))
