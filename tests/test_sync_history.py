"""What a run saw is in the history when it has ended: one line for each kind of change, told once, never ours."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import audit, mirror, sync
from contacts.models import AuditEntry, AuditMark, Contact, ContactEvent, SyncRun
from contacts.sync import history, runs
from tests.deleted_rig import QUARTER, TUESDAY, Place
from tests.sync_rig import CHANGES, FULL, emulated, fresh, linked, truth, walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def emulation(settings):
    with emulated(settings, 60) as emulation:
        yield emulation


@pytest.fixture
def account(emulation):
    account = linked(emulation)
    walk(account, FULL)
    return fresh(account)


@pytest.fixture
def place():
    return Place()


def living(emulation):
    """Those who can be mailed and are on a list."""
    people = [each for each in truth(emulation).values() if each["list_memberships"] and "email_address" in each]
    return [each for each in people if each["email_address"]["permission_to_send"] == "implicit"]


def seen():
    return list(AuditEntry.objects.filter(action__startswith="seen_").order_by("sequence"))


def test_the_first_sync_sees_no_change(account):
    assert not seen()


def test_many_deleted_between_two_looks_are_one_line_and_each_keeps_their_own_event(account, emulation):
    gone = living(emulation)[:5]
    for each in gone:
        emulation.control("contact/delete", id=each["contact_id"])
    run = walk(account)
    [entry] = seen()
    assert (entry.action, entry.outcome, entry.sure, entry.target) == ("seen_deleted", "seen", "unknown", "")
    assert (entry.actor, entry.actor_id, entry.role, entry.payload_digest) == (audit.SYSTEM, None, "", "")
    events = ContactEvent.objects.filter(kind="deleted")
    assert {each.entry_id for each in events} == {entry.pk} and all(each.told_at for each in events)
    lists = sorted({one for each in gone for one in each["list_memberships"]})
    assert entry.detail == {
        "number": 5,
        "from": account.watermark.isoformat(),
        "to": max(each.noticed_to for each in events).isoformat(),
        "lists": lists,
    }
    assert {each.word for each in AuditMark.objects.filter(entry=entry)} == {f"list:{each}" for each in lists}
    assert run.state == "done" and audit.verify(entry.chain) is None


def test_one_person_is_named_by_their_id_and_one_who_opted_out_did_it_themselves(account, emulation):
    person = living(emulation)[0]
    emulation.control("contact/unsubscribe", id=person["contact_id"])
    walk(account)
    [entry] = seen()
    assert (entry.action, entry.sure, entry.target) == ("seen_unsubscribed", "contact", person["contact_id"])
    assert entry.detail["number"] == 1


def test_kinds_and_certainties_are_lines_of_their_own(account, emulation):
    one, two, three, four = living(emulation)[:4]
    emulation.control("contact/unsubscribe", id=one["contact_id"])
    emulation.control("contact/unsubscribe", id=two["contact_id"], source="Account")
    emulation.control("contact/change", id=three["contact_id"], values={"first_name": "Maebh"})
    emulation.control("contact/change", id=four["contact_id"], values={"list_memberships": []})
    walk(account)
    lines = sorted((each.action, each.sure, each.detail["number"]) for each in seen())
    assert lines == [
        ("seen_changed", "unknown", 1),
        ("seen_lists", "unknown", 1),
        ("seen_unsubscribed", "account", 1),
        ("seen_unsubscribed", "contact", 1),
    ]


def test_the_pages_of_one_look_are_one_line_that_ends_with_the_last_of_them(place):
    people = place.store(9)
    for number in range(3):
        at = TUESDAY + QUARTER + timedelta(seconds=number)
        place.delete(people[3 * number : 3 * number + 3], seen_at=at)
    [entry] = history.tell(place.account)
    assert entry.detail["number"] == 9
    assert entry.detail["to"] == (TUESDAY + QUARTER + timedelta(seconds=2)).isoformat()
    place.delete(place.store(2), since=TUESDAY + QUARTER)
    [later] = history.tell(place.account)
    assert (later.detail["number"], later.detail["from"]) == (2, (TUESDAY + QUARTER).isoformat())


def test_somebody_changed_twice_in_a_window_is_one_person(place):
    [person] = place.store(1)
    for name in ("Maebh", "Medb"):
        at = TUESDAY + QUARTER
        changed = person | {"first_name": name, "updated_at": at.isoformat()}
        mirror.store_page(place.account, [changed], fetched_at=at, seen_at=at, since=TUESDAY)
    [entry] = history.tell(place.account)
    assert (entry.detail["number"], entry.target) == (1, person["contact_id"])
    assert entry.events.count() == 2


def test_tags_that_moved_are_named_and_can_be_searched(place):
    [person] = place.store(1)
    tag, at = "7a900000-0000-11ee-8000-000000000001", TUESDAY + QUARTER
    mirror.store_page(place.account, [person | {"taggings": [tag]}], fetched_at=at, seen_at=at, since=TUESDAY)
    [entry] = history.tell(place.account)
    assert (entry.action, entry.detail["tags"]) == ("seen_tags", [tag])
    assert AuditMark.objects.get(entry=entry).word == f"tag:{tag}"


def test_our_own_acts_are_told_by_their_own_lines_alone(place):
    place.delete(place.store(3), by_us=True)
    assert not history.untold(place.account).exists()
    assert history.tell(place.account) == []


def test_what_a_live_read_found_between_runs_is_told_by_the_next_run_once(account, emulation):
    person = living(emulation)[0]
    emulation.control("contact/delete", id=person["contact_id"])
    now = timezone.now()
    [remote] = [each for each in truth(emulation).values() if each["contact_id"] == person["contact_id"]]
    mirror.store_contact(account, remote, fetched_at=now, seen_at=now, since=account.watermark)
    assert not seen()
    walk(account)
    walk(fresh(account))
    [entry] = seen()
    assert (entry.action, entry.target) == ("seen_deleted", person["contact_id"])


def test_a_run_that_failed_leaves_what_it_saw_to_the_next_one(account, emulation):
    emulation.control("contact/delete", id=living(emulation)[0]["contact_id"])
    run = sync.start(account, CHANGES)
    while run.step != "activities":
        sync.step(run)
    assert runs.claim(run, "me")
    runs.fail(run, "me", "Stopped for the test.")
    assert not seen() and history.untold(account).count() == 1
    walk(fresh(account))
    assert len(seen()) == 1 and not history.untold(account).exists()


def test_a_run_that_lost_its_lease_tells_nothing(account, emulation):
    emulation.control("contact/delete", id=living(emulation)[0]["contact_id"])
    run = sync.start(account, CHANGES)
    while run.step != "finish":
        sync.step(run)
    SyncRun.objects.filter(pk=run.pk).update(lease_owner="another", lease_until=timezone.now() + timedelta(minutes=1))
    assert sync.step(SyncRun.objects.get(pk=run.pk)) is False and not seen()


def test_another_account_s_events_are_left_to_it(place):
    other = Place()
    other.delete(other.store(2))
    place.delete(place.store(1))
    [entry] = history.tell(place.account)
    assert entry.detail["number"] == 1 and history.untold(other.account).count() == 2


def test_so_many_queries_for_a_group_whatever_its_size(place):
    def cost(number):
        place.delete(place.store(number))
        with CaptureQueriesContext(connection) as queries:
            [entry] = history.tell(place.account)
        assert entry.detail["number"] == number
        return len(queries)

    assert cost(2) == cost(200)


def test_an_erased_person_takes_their_events_along_and_the_line_stays(place):
    gone = place.delete(place.store(2))
    [entry] = history.tell(place.account)
    Contact.objects.filter(remote_id=gone[0]["contact_id"]).delete()
    assert AuditEntry.objects.get(pk=entry.pk).events.count() == 1
    assert audit.verify(entry.chain) is None
