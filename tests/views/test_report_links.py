"""Each number of a report that leads somewhere leads to exactly as many rows."""

import html
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from contacts import audit, mirror
from contacts.models import AuditEntry
from tests.deleted_rig import LINKED, Place

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Outcome = AuditEntry.Outcome


class Linked(Place):
    """An account whose reports are followed, number by number."""

    def act(self, by, *, at=NOON, basis="asked_directly", evidence=True, outcomes=(Outcome.CONFIRMED,)):
        """A reactivation as it is written down: what was asked, and each of its ends."""
        told = {"by": by, "account": self.account, "basis": basis, "detail": {"evidence": evidence}}
        asked = audit.record("reactivate", Outcome.INTENDED, **told)
        for each in outcomes:
            audit.record("reactivate", each, begins=asked, **told)

    def numbers(self):
        """Every number of the page that is a link, with its address."""
        page = self.client.get(self.url("report_home")).content.decode()
        found = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(?:<span class="number">)?([\d,]+)<', page)
        return [(html.unescape(where), int(number.replace(",", ""))) for where, number in found]

    def rows(self, where):
        """How many rows the page of this address says that it has."""
        context = self.client.get(where).context
        return context["feed"].number if "feed" in context else context["people"].number


@pytest.fixture
def clock(monkeypatch):
    """The moment it is."""
    moment = [NOON]
    monkeypatch.setattr(timezone, "now", lambda: moment[0])
    return moment


@pytest.fixture
def place(client, clock):
    return Linked(client, time_zone="America/New_York")


def follow(place):
    """Every number of the report that can be followed, by what stands in its address; each is what its page says."""
    found = {}
    for where, number in place.numbers():
        assert place.rows(where) == number, where
        found[where] = number
    return found


def asked(found, *words):
    """The numbers whose addresses have all of these words."""
    return [number for where, number in found.items() if all(word in where for word in words)]


@pytest.mark.parametrize("kept", [False, True])
def test_reactivations_lead_to_the_acts_by_person_and_by_reason(place, kept):
    anna, reader = place.sign_in("agent"), place.sign_in("manager")
    place.act(anna)
    place.act(anna, basis="our_mistake", evidence=False, outcomes=[Outcome.UNKNOWN, Outcome.APPLIED])
    place.act(anna, outcomes=[Outcome.REJECTED])
    place.act(anna, outcomes=[Outcome.UNKNOWN, Outcome.NOT_APPLIED])
    place.act(anna, outcomes=[])
    place.act(reader, basis="", evidence=False)
    place.act(None, basis="other")
    if kept:
        mirror.count_reports(place.account)
    found = follow(place)
    assert asked(found, f"actor%3A{anna.pk}%20") == [2]
    assert asked(found, "actor%3Accadmin") == asked(found, "basis%3Aother") == [1]
    assert asked(found, "basis%3Aasked_directly") == asked(found, "basis%3Anone") == [1]
    assert asked(found, "evidence%3Ano") == [2]


def test_who_sees_only_their_own_acts_is_led_to_those(place):
    other, reader = place.sign_in("manager"), place.sign_in("agent")
    place.act(other)
    place.act(reader)
    found = follow(place)
    assert asked(found, "basis%3Aasked_directly") == [1]
    assert not asked(found, "actor")


def test_acts_at_the_edges_of_the_months_are_counted_as_the_history_has_them(place, clock):
    reader = place.sign_in("manager")
    # In New York the first of December 2025 begins at five in the morning of Greenwich.
    first = datetime(2025, 12, 1, 5, 0, tzinfo=UTC)
    for moment in (first - timedelta(seconds=1), first, first + timedelta(seconds=1), NOON):
        clock[0] = moment
        place.act(reader)
    assert asked(follow(place), f"actor%3A{reader.pk}%20") == [3]
    mirror.count_reports(place.account)
    assert asked(follow(place), f"actor%3A{reader.pk}%20") == [3]


def test_the_hidden_of_a_month_are_the_rows_of_its_window_also_at_its_edges(place):
    place.sign_in("viewer")
    edge = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)  # Midnight in New York.
    hour = timedelta(hours=1)
    # Noticed in October, on the evening to which Constant Contact gives the date of November already.
    place.delete(place.store(1), since=edge - 3 * hour, seen_at=edge - 2 * hour, on=date(2026, 11, 1))
    # Not deleted yet in the first hour of November, though the date is October's.
    place.delete(place.store(2), since=edge + hour, seen_at=edge + 2 * hour, on=date(2026, 10, 31))
    # Noticed days later, and deleted before we ever looked.
    place.delete(place.store(4), since=edge - 5 * hour, seen_at=edge + 50 * hour, on=date(2026, 10, 31))
    place.delete(place.store(8), since=None, seen_at=LINKED, on=date(2025, 12, 31))
    mirror.count_reports(place.account)
    found = follow(place)
    assert asked(found, "from=2026-10-01") == [5]
    assert asked(found, "from=2026-11-01") == [2]
    assert asked(found, "from=2025-12-01") == [8]
