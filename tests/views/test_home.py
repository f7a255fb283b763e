"""Home: a spike is said first, loudly only while somebody must look, and what was refused by forms is counted."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import Contact
from contacts.rules.addresses import parse
from contacts.rules.roles import Role
from contacts.services.check import live, look_up
from contacts.sync.spikes import dismiss, notice
from tests.deleted_rig import QUARTER, TUESDAY, Place
from tests.rows import make_access
from tests.views.check_rig import Desk, emulated

pytestmark = pytest.mark.django_db
SENTENCE = "30 contacts were deleted on Tuesday 17 Nov between 14:00 and 14:15"


@pytest.fixture
def place(client):
    return Place(client)


@pytest.fixture
def blow(place):
    """Thirty people deleted in a quarter of an hour, and the spike it is."""
    gone = place.delete(place.store(30))
    return gone, notice(place.account, since=TUESDAY)


def test_a_spike_is_told_with_a_way_to_it_and_a_way_to_dismiss_it(place, blow):
    _, spike = blow
    place.sign_in("marketer")
    text = place.text(place.get("home"))
    assert SENTENCE in text
    assert place.url("deleted_spike", pk=spike.pk) in text
    assert place.url("deleted_spike_dismiss", pk=spike.pk) in text
    assert "Nothing else needs you." in text


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_who_may_not_dismiss_is_told_who_may(place, blow, role):
    place.sign_in(role)
    text = place.text(place.get("home"))
    assert SENTENCE in text
    assert "Marketers, managers and admins can dismiss it." in text
    assert "Dismiss this spike" not in text


def test_a_spike_says_how_many_are_back(place, blow):
    gone, _ = blow
    place.revive(gone[:28], seen_at=TUESDAY + 2 * QUARTER)
    place.sign_in()
    assert "28 of them are no longer hidden, 2 still are." in place.text(place.get("home"))


def test_a_spike_is_silent_when_dismissed(place, blow):
    _, spike = blow
    dismiss(spike, by=make_access(place.account, "manager").user, reason="The agency tidied up")
    place.sign_in()
    text = place.text(place.get("home"))
    assert SENTENCE not in text
    assert "Nothing needs you." in text


def test_a_spike_is_silent_when_nobody_is_left(place, blow):
    gone, _ = blow
    place.revive(gone, seen_at=TUESDAY + 2 * QUARTER)
    place.sign_in()
    assert SENTENCE not in place.text(place.get("home"))


def test_our_own_deletions_are_not_told(place):
    place.delete(place.store(30), by_us=True)
    notice(place.account, since=TUESDAY)
    place.sign_in()
    assert SENTENCE not in place.text(place.get("home"))


def test_another_account_s_spike_is_not_told(place, blow, client):
    other = Place(client)
    other.sign_in()
    assert SENTENCE not in other.text(other.get("home"))


def test_home_takes_the_same_queries_with_a_spike_as_with_three(place):
    place.sign_in()
    seen = []
    for turn in range(3):
        since = TUESDAY + 2 * turn * QUARTER
        place.delete(place.store(30 * (turn + 1) * 5 if turn else 30), since=since)
        notice(place.account, since=since)
        with CaptureQueriesContext(connection) as queries:
            place.get("home")
        seen.append(len(queries))
    assert len(set(seen)) == 1


def test_a_checked_address_that_is_deleted_is_remembered_as_refused(settings):
    with emulated(settings) as emulation:
        desk = Desk(emulation)
        desk.ghost("ghost@example.org")
        ask = parse("ghost@example.org")[0]
        look_up(desk.account, "ghost@example.org", role=Role.AGENT)
        assert Contact.objects.get(address="ghost@example.org").asked_at is None
        before = timezone.now()
        live(desk.account, ask, by=desk.access.user, role=Role.AGENT)
        assert Contact.objects.get(address="ghost@example.org").asked_at >= before
