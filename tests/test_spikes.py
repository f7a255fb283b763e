"""Spikes: noticed at the end of a run, once a look, with what is true about them; and dismissed by a person."""

from datetime import timedelta

import pytest

from contacts import audit, sync
from contacts.models import Alert, AuditEntry, Spike, Write
from contacts.rules.refusal import Refused
from contacts.selectors import spikes
from contacts.sync.spikes import notice
from tests.deleted_rig import LINKED, QUARTER, TUESDAY, Place
from tests.rows import make_access, make_remote
from tests.sync_rig import CHANGES, FULL, emulated, fresh, linked, pages, truth, walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return Place()


def blow(place, number=30, **options):
    """So many are deleted on Tuesday between 14:00 and 14:15."""
    return place.delete(place.store(number), **options)


def test_many_deletions_in_one_look_are_a_spike_with_its_window(place):
    blow(place)
    spike = notice(place.account, since=TUESDAY)
    assert (spike.number, spike.by_us, spike.normal) == (30, 0, 0)
    assert (spike.noticed_from, spike.noticed_to) == (TUESDAY, TUESDAY + QUARTER)


def test_a_few_deletions_are_none(place):
    blow(place, 19)
    assert notice(place.account, since=TUESDAY) is None


def test_an_account_that_was_never_read_before_has_no_window_and_no_spike(place):
    remotes = [make_remote(f"old{number}@example.org", deleted_at="2025-05-05") for number in range(30)]
    place.delete(remotes, since=None, seen_at=LINKED)
    assert notice(place.account, since=None) is None
    assert notice(place.account, since=LINKED) is None


def test_a_busy_account_needs_more_to_be_surprised(place):
    for days in range(1, 91):
        place.delete(place.store(5), since=TUESDAY - timedelta(days=days))
    gone = blow(place, 24)
    assert notice(place.account, since=TUESDAY) is None
    place.delete(place.store(len(gone)), since=TUESDAY, seen_at=TUESDAY + QUARTER)
    assert notice(place.account, since=TUESDAY).normal == pytest.approx(5)


def test_an_earlier_spike_does_not_make_the_next_one_normal(place):
    earlier = TUESDAY - timedelta(days=20)
    place.delete(place.store(200), since=earlier)
    notice(place.account, since=earlier)
    blow(place)
    assert notice(place.account, since=TUESDAY).normal == 0


def test_the_same_look_makes_no_second_spike(place):
    blow(place)
    first = notice(place.account, since=TUESDAY)
    assert notice(place.account, since=TUESDAY) == first
    assert Spike.objects.count() == 1


def test_the_pages_of_one_look_are_one_spike_and_the_next_look_has_none_of_them(place):
    for number in range(3):
        blow(place, 10, seen_at=TUESDAY + QUARTER + timedelta(seconds=number))
    spike = notice(place.account, since=TUESDAY)
    assert (spike.number, spike.noticed_to) == (30, TUESDAY + QUARTER + timedelta(seconds=2))
    # The next run begins where this one gave its first answer, before its other pages were read.
    assert notice(place.account, since=TUESDAY + QUARTER) is None


def test_who_was_made_and_deleted_between_two_looks_counts_and_who_was_deleted_long_ago_does_not(place):
    made = (TUESDAY + timedelta(minutes=3)).isoformat()
    place.delete([make_remote(f"new{number}@example.org", created_at=made) for number in range(5)])
    place.delete([make_remote(f"old{number}@example.org", created_at="2020-01-01T00:00:00Z") for number in range(5)])
    blow(place, 20)
    assert notice(place.account, since=TUESDAY).number == 25


def test_what_we_deleted_ourselves_is_no_warning(place):
    blow(place, 30, by_us=True)
    spike = notice(place.account, since=TUESDAY)
    assert (spike.number, spike.by_us) == (30, 30)
    user = make_access(place.account, "viewer").user
    assert spikes.loud(place.account, user=user) == []
    told = spikes.one(place.account, spike.pk, user=user)
    assert told.sentence.endswith("Done from ccadmin.")
    assert not told.is_alarming


def test_a_deletion_that_the_sync_saw_before_its_job_did_is_still_ours(place):
    for each in blow(place, 30):
        Write.objects.create(
            account=place.account, contact=place.contact(each), kind="delete", state="intended", began_at=TUESDAY
        )
    assert notice(place.account, since=TUESDAY).by_us == 30


def test_a_spike_says_how_many_are_back_and_falls_silent_when_nobody_is_left(place):
    gone = blow(place)
    spike = notice(place.account, since=TUESDAY)
    user = make_access(place.account, "viewer").user
    later = TUESDAY + timedelta(hours=2)
    place.revive(gone[:28], seen_at=later)
    told = spikes.one(place.account, spike.pk, user=user)
    assert (told.back, told.left, told.is_alarming) == (28, 2, True)
    place.revive(gone[28:], seen_at=later)
    assert not spikes.one(place.account, spike.pk, user=user).is_alarming
    assert spikes.loud(place.account, user=user) == []


def test_a_dismissed_spike_is_written_down_and_not_said_again(place):
    blow(place)
    spike = notice(place.account, since=TUESDAY)
    marketer = make_access(place.account, "marketer").user
    sync.dismiss_spike(spike, by=marketer, reason="Spring cleaning by the agency")
    entry = AuditEntry.objects.get(action="spike_dismissed")
    assert (entry.actor, entry.reason, entry.detail["number"]) == (str(marketer), "", 30)
    assert entry.told() == {"note": "Spring cleaning by the agency"}
    assert audit.verify(entry.chain) is None
    assert spikes.loud(place.account, user=marketer) == []
    with pytest.raises(Refused):
        sync.dismiss_spike(spike, by=marketer, reason="Once more")
    assert AuditEntry.objects.filter(action="spike_dismissed").count() == 1


def test_a_spike_raises_one_alert_until_it_is_dismissed_and_our_own_work_none(place):
    blow(place)
    spike = notice(place.account, since=TUESDAY)
    notice(place.account, since=TUESDAY)
    alert = Alert.objects.get(kind="spike")
    assert (alert.detail, alert.closed_at) == ({"spike": spike.pk, "number": 30}, None)
    sync.dismiss_spike(spike, by=make_access(place.account, "marketer").user, reason="Spring cleaning")
    assert Alert.objects.get().closed_at is not None
    ours = Place()
    ours.delete(ours.store(30), by_us=True)
    notice(ours.account, since=TUESDAY)
    assert not Alert.objects.filter(account=ours.account).exists()


def test_a_stranger_sees_no_spike(place):
    blow(place)
    spike = notice(place.account, since=TUESDAY)
    stranger = make_access(Place().account, "admin").user
    assert spikes.one(place.account, spike.pk, user=stranger) is None
    assert spikes.latest(place.account, user=stranger) == []


def test_a_run_that_was_carried_on_notices_its_spike_once(settings):
    with emulated(settings, 60) as emulation:
        account = linked(emulation)
        walk(account, FULL)
        assert not Spike.objects.exists()
        living = [each for each in truth(emulation).values() if "deleted_at" not in each]
        for each in living[:25]:
            emulation.control("contact/delete", id=each["contact_id"])
        run = sync.start(fresh(account), CHANGES)
        pages(run, 5)
        assert sync.carry_on(run).state == "done"
        assert Spike.objects.get().number == 25
        walk(fresh(account))
        assert Spike.objects.count() == 1
