"""A change outside that undid one of ours within seven days is noticed by the run that saw it, once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import mirror, sync
from contacts.models import Alert, AuditEntry, ContactEvent, Reversal, SyncRun, Write
from contacts.services import writing
from contacts.services.reactivate import reactivate
from contacts.services.undo import undo
from contacts.sync import history, reversals
from tests.deleted_rig import QUARTER, Place
from tests.rows import make_access
from tests.services.world import ALERTS, GALA, MODES, NEWSLETTER, World, emulated
from tests.sync_rig import FULL, fresh, walk

pytestmark = pytest.mark.django_db
Kind = Write.Kind


@pytest.fixture
def emulation(settings):
    with emulated(settings, MODES[0]) as running:
        yield running


def world(emulation, **parts):
    """A contact that the account was read whole with."""
    made = World(emulation, role="manager", list_memberships=[NEWSLETTER, ALERTS], deleted=False, **parts)
    walk(made.account, FULL)
    made.account = fresh(made.account)
    made.contact.refresh_from_db()
    return made


def do(world, kind, **wish):
    """Our change, proved."""
    done = writing.carry_out(writing.begin(world.contact, kind=kind, by=world.agent, **wish))
    assert done.state == "confirmed", done.message
    return done


def outside(world, order, **values):
    world.emulation.control("clock", advance=2)
    world.emulation.control(f"contact/{order}", id=world.remote["contact_id"], **values)
    walk(fresh(world.account))


def till(world, *lists):
    """Another program signs the address up again."""
    world.emulation.control("clock", advance=2)
    form = {"email_address": world.remote["email_address"]["address"], "list_memberships": list(lists)}
    assert world.emulation.call("POST", "/contacts/sign_up_form", json=form).ok
    walk(fresh(world.account))


def noticed():
    return [(each.kind, each.write_id, each.event.kind, each.lists) for each in Reversal.objects.order_by("pk")]


def brought_back(world):
    do(world, Kind.DELETE)
    world.contact.refresh_from_db()
    return reactivate(world.contact, by=world.agent, lists=[NEWSLETTER], basis="asked_directly", note="4812")


def test_who_we_reactivated_and_somebody_deleted_again(emulation):
    one = world(emulation)
    write = brought_back(one)
    assert write.state == "confirmed"
    outside(one, "delete")
    assert noticed() == [("deleted_again", write.pk, "deleted", [])]
    [alert] = Alert.objects.filter(kind="reversal")
    assert alert.detail["number"] == 1
    walk(fresh(one.account))
    assert Reversal.objects.count() == Alert.objects.filter(kind="reversal").count() == 1


def test_who_we_deleted_and_another_program_put_back(emulation):
    one = world(emulation)
    write = do(one, Kind.DELETE)
    till(one, GALA)
    assert noticed() == [("came_back", write.pk, "revived", [GALA])]


def test_a_list_we_took_them_off_and_another_program_gave_them_back(emulation):
    one = world(emulation)
    write = do(one, Kind.REMOVE_LISTS, lists=[ALERTS])
    outside(one, "change", values={"list_memberships": [NEWSLETTER, ALERTS, GALA]})
    assert noticed() == [("added_again", write.pk, "lists", [ALERTS])]


def test_lists_that_were_edited_count_for_what_was_taken_and_what_was_given(emulation):
    one = world(emulation)
    write = do(one, Kind.LISTS, lists=[NEWSLETTER, GALA])
    outside(one, "change", values={"list_memberships": [NEWSLETTER, ALERTS]})
    assert sorted(noticed()) == [
        ("added_again", write.pk, "lists", [ALERTS]),
        ("taken_off", write.pk, "lists", [GALA]),
    ]
    assert Alert.objects.get(kind="reversal").detail["number"] == 2


def test_who_we_added_to_a_list_and_who_unsubscribed(emulation):
    one = world(emulation)
    write = do(one, Kind.ADD_LISTS, lists=[GALA])
    outside(one, "unsubscribe")
    assert noticed() == [("unsubscribed", write.pk, "unsubscribed", [])]


def test_our_own_undo_is_not_outside_and_what_undoes_the_undo_is(emulation):
    one = world(emulation)
    write = brought_back(one)
    again = undo(write, by=one.agent)
    assert again.state == "confirmed"
    walk(fresh(one.account))
    assert noticed() == []
    till(one, NEWSLETTER)
    assert noticed() == [("came_back", again.pk, "revived", [NEWSLETTER])]


def test_a_deletion_that_was_seen_just_before_we_reactivated_is_no_deletion_again(emulation):
    """The usual minute of an agent: check, see that they were deleted just now, bring them back; then the run."""
    one = world(emulation)
    emulation.control("contact/delete", id=one.remote["contact_id"])
    remote, now = emulation.get(f"/contacts/{one.remote['contact_id']}?include=list_memberships").json(), timezone.now()
    one.contact = mirror.store_contact(one.account, remote, fetched_at=now, seen_at=now, since=one.account.watermark)
    assert one.contact.deleted_on and history.untold(one.account).filter(kind="deleted").exists()
    write = reactivate(one.contact, by=one.agent, lists=[NEWSLETTER], basis="asked_directly", note="4812")
    assert write.state == "confirmed"
    walk(fresh(one.account))
    assert AuditEntry.objects.filter(action="seen_deleted").count() == 1 and noticed() == []


@pytest.mark.parametrize(("days", "number"), [(6, 1), (8, 0), (40, 0)])
def test_after_seven_days_it_is_no_answer_to_us_any_more(emulation, days, number):
    one = world(emulation)
    write = do(one, Kind.DELETE)
    then = timezone.now() - timedelta(days=days)
    Write.objects.filter(pk=write.pk).update(ended_at=then)
    till(one, NEWSLETTER)
    assert len(noticed()) == number


@pytest.mark.parametrize("state", ["differs", "drifted", "not_applied", "rejected"])
def test_a_change_of_ours_without_proof_cannot_be_undone(emulation, state):
    one = world(emulation)
    write = do(one, Kind.DELETE)
    Write.objects.filter(pk=write.pk).update(state=state)
    till(one, NEWSLETTER)
    assert noticed() == []


def test_tags_are_nobody_s_reversal(emulation):
    one = world(emulation)
    do(one, Kind.ADD_TAGS, tags=["7a900000-0000-11ee-8000-000000000001"])
    outside(one, "delete")
    assert noticed() == []


class Crowd(Place):
    """People whom we deleted; another account with one of them."""

    def __init__(self, number):
        super().__init__()
        self.by = make_access(self.account, "manager").user
        self.gone = self.delete(self.store(number), by_us=True, since=timezone.now() - QUARTER)
        for each in self.gone:
            contact = self.contact(each)
            Write.objects.create(
                account=self.account, contact=contact, kind="delete", state="confirmed", ended_at=timezone.now()
            )
        self.run = SyncRun.objects.create(account=self.account, kind="changes", step="finish")

    def back(self):
        """They are all active again; the number of queries it takes to notice."""
        now = timezone.now()
        self.revive(self.gone, seen_at=now, since=now - QUARTER)
        with CaptureQueriesContext(connection) as queries:
            assert reversals.notice(self.run) == len(self.gone)
        return len(queries)


def test_so_many_queries_and_one_alert_whatever_the_number_of_people():
    assert Crowd(2).back() == Crowd(100).back()
    assert sorted(each.detail["number"] for each in Alert.objects.all()) == [2, 100]


def test_a_run_that_saw_nothing_of_that_kind_costs_one_query():
    place = Place()
    place.delete(place.store(3))
    run = SyncRun.objects.create(account=place.account, kind="changes", step="finish")
    with CaptureQueriesContext(connection) as queries:
        assert reversals.notice(run) == 0
    assert len(queries) == 1


def test_what_came_back_by_a_bulk_job_is_shown_with_its_likely_cause(emulation):
    emulation.control("activities", seconds=0)
    one = world(emulation)
    write = do(one, Kind.DELETE)
    emulation.control("clock", advance=5)
    body = {"source": {"contact_ids": [one.remote["contact_id"]]}, "list_ids": [GALA]}
    assert emulation.call("POST", "/activities/add_list_memberships", json=body).status_code == 201
    emulation.control("clock", advance=5)
    sync.carry_on(sync.start(fresh(one.account), SyncRun.Kind.CHANGES))
    assert noticed() == [("came_back", write.pk, "revived", [GALA])]
    assert ContactEvent.objects.get(kind="revived").sure == "likely"
