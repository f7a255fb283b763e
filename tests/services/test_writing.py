"""The write path against the emulator: what is sent, what is proved, what is refused."""

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError
from django.utils import timezone

from contacts import audit
from contacts.models import Contact, LinkedAccount, Membership, Write
from contacts.rules.refusal import Refused
from contacts.services import acts
from contacts.services.settling import due, settle, settle_due
from contacts.services.undo import undo
from tests.full_disk import no_room
from tests.services.world import ALERTS, NEWSLETTER, RICH, World

pytestmark = pytest.mark.django_db
State = Write.State


def test_a_deleted_contact_comes_back_on_its_lists_and_nothing_else_changes(emulation):
    world = World(emulation, **RICH)
    write = world.reactivate()
    assert (write.state, write.message) == (State.CONFIRMED, "Done and verified.")
    now = world.now
    assert "deleted_at" not in now
    assert sorted(now["list_memberships"]) == [NEWSLETTER, ALERTS]
    for name in ("first_name", "last_name", "job_title", "birthday_month", "birthday_day", "anniversary"):
        assert now[name] == world.remote[name]
    assert now["email_address"]["permission_to_send"] == "implicit"
    assert now["phone_numbers"][0]["phone_number"] == "+353 1 555 0100"
    assert now["street_addresses"][0]["city"] == "Galway"
    assert (len(world.puts), emulation.alarms()) == (1, [])


def test_the_history_holds_the_wish_the_body_and_the_proof(emulation):
    world = World(emulation)
    write = world.reactivate()
    assert world.entries() == [("reactivate", "intended"), ("reactivate", "confirmed")]
    asked, ended = write.intent.told(), write.outcome.told()
    assert asked["before"]["deleted_at"] == "2026-11-17"
    assert asked["sent"]["update_source"] == "Account"
    assert asked["note"] == "4812"
    assert ended["after"]["list_memberships"]
    assert write.outcome.begins == write.intent
    assert (write.intent.basis, write.intent.actor_id) == ("asked_directly", world.agent.pk)


def test_our_copy_follows_and_knows_that_it_was_us(emulation):
    world = World(emulation)
    world.reactivate()
    contact = Contact.objects.get(pk=world.contact.pk)
    assert (contact.deleted_on, contact.status) == (None, Contact.Status.ACTIVE)
    open_now = Membership.objects.filter(contact=contact, ended_at=None)
    assert set(open_now.values_list("began_how", flat=True)) == {"us"}
    assert contact.events.filter(kind="revived", sure="us").exists()


def test_the_intent_is_on_disk_before_anything_is_sent(emulation, monkeypatch):
    world = World(emulation)

    def fail(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(audit, "record_all", fail)
    with pytest.raises(DatabaseError):
        world.reactivate()
    assert world.puts == []


@pytest.mark.parametrize(
    "consent",
    [
        {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-09-02T10:00:00Z"},
        {"permission_to_send": "unsubscribed", "opt_out_source": "Account", "opt_out_date": "2026-09-02T10:00:00Z"},
        {"permission_to_send": "pending_confirmation", "confirm_status": "pending"},
        {"permission_to_send": "temp_hold"},
        {"permission_to_send": "implicit", "opt_out_source": "Contact"},
    ],
)
def test_a_person_who_must_act_first_is_never_brought_back(emulation, consent):
    world = World(emulation, email_address=consent)
    write = world.reactivate()
    assert write.state == State.REFUSED
    assert write.message
    assert world.puts == []
    assert world.entries() == [("reactivate", "refused")]


def test_an_opt_out_that_constant_contact_forgot_still_stands(emulation):
    world = World(emulation)
    Contact.objects.filter(pk=world.contact.pk).update(once_opted_out="2026-09-02")
    world.contact.refresh_from_db()
    assert world.reactivate().state == State.REFUSED
    assert world.puts == []


def test_a_change_since_the_preview_stops_the_act(emulation):
    world = World(emulation)
    seen = acts.seen_digest(world.remote)
    emulation.fault("unsubscribe", method="GET", path="/contacts/", when="before")
    write = world.reactivate(seen=seen)
    assert write.state == State.REFUSED
    assert world.puts == []


def test_an_unsubscribe_between_the_read_and_the_write_is_shown_and_not_overridden(emulation):
    world = World(emulation)
    emulation.fault("unsubscribe", method="PUT", path="/contacts/", when="before")
    write = world.reactivate()
    assert write.state == State.DIFFERS
    assert world.now["email_address"]["permission_to_send"] == "unsubscribed"


@pytest.mark.parametrize("kind", ["answer_lost", "error_after", "cut_body", "cut_json"])
def test_a_change_whose_answer_is_lost_is_not_known_until_it_is_read_again(emulation, kind):
    world = World(emulation)
    emulation.fault(kind, method="PUT", path="/contacts/")
    write = world.reactivate()
    assert write.state == State.UNKNOWN
    assert "do not know" in write.message
    assert settle(write).state == State.APPLIED
    assert len(world.puts) == 1
    assert world.entries()[-1] == ("reactivate", "applied")


def test_an_end_that_cannot_be_stored_is_due_again_so_that_the_next_try_says_so_too(emulation):
    world = World(emulation)
    emulation.fault("answer_lost", method="PUT", path="/contacts/")
    write = world.reactivate()
    with no_room():
        for _ in range(2):
            with pytest.raises(OperationalError):
                settle(Write.objects.get(pk=write.pk))
            row = Write.objects.get(pk=write.pk)
            assert (row.state, row.recheck_at) == (State.UNKNOWN, write.recheck_at)
    assert settle(Write.objects.get(pk=write.pk)).state == State.APPLIED


@pytest.mark.parametrize("status", [408, 500, 502, 503])
def test_not_applied_needs_two_equal_reads(emulation, status):
    world = World(emulation)
    emulation.fault("status", method="PUT", path="/contacts/", status=status)
    write = world.reactivate()
    assert write.state == State.UNKNOWN
    assert settle(write).state == State.UNKNOWN
    assert settle(Write.objects.get(pk=write.pk)).state == State.NOT_APPLIED
    assert len(world.puts) == 1


def test_an_answer_that_does_not_mention_a_part_proves_nothing_about_it_until_it_is_read(emulation):
    world = World(emulation, **RICH)
    emulation.fault("missing_key", method="PUT", path="/contacts/", key="phone_numbers")
    assert world.reactivate().state == State.CONFIRMED
    assert [call["method"] for call in emulation.requests()] == ["GET", "PUT", "GET"]


def test_a_part_that_cannot_be_read_after_the_answer_leaves_the_end_open(emulation):
    world = World(emulation, **RICH)
    emulation.fault("missing_key", method="PUT", path="/contacts/", key="phone_numbers")
    emulation.fault("status", method="GET", path="/contacts/", skip=1, times=0, status=503)
    assert world.reactivate().state == State.UNKNOWN


def test_a_consent_that_our_own_write_moved_is_shown(emulation):
    world = World(emulation)
    for method, reads_before in (("PUT", 0), ("GET", 1)):
        moved = {"create_source": "Contact"}
        emulation.fault("merge", method=method, path="/contacts/", skip=reads_before, values=moved)
    write = world.reactivate()
    assert write.state == State.DIFFERS
    assert write.outcome.fields == ["create_source"]


def test_a_late_application_is_found_and_nothing_is_sent_again(emulation):
    world = World(emulation)
    emulation.fault("later", method="PUT", path="/contacts/", seconds=None)
    write = world.reactivate()
    assert settle(write).state == State.UNKNOWN
    emulation.control("release")
    assert settle(Write.objects.get(pk=write.pk)).state == State.APPLIED
    assert len(world.puts) == 1


def test_somebody_else_s_change_after_a_lost_answer_is_drift(emulation):
    world = World(emulation)
    emulation.fault("status", method="PUT", path="/contacts/", status=503)
    write = world.reactivate()
    emulation.fault("change_contact", method="GET", path="/contacts/", when="before", values={"first_name": "M"})
    assert settle(write).state == State.DRIFTED


@pytest.mark.parametrize(
    ("status", "key"), [(400, "x"), (403, "x"), (404, "x"), (409, "contacts.api.conflict"), (415, "x")]
)
def test_a_refusal_by_constant_contact_is_final_and_never_repeated(emulation, status, key):
    world = World(emulation)
    body = [{"error_key": key, "error_message": "no"}]
    emulation.fault("status", method="PUT", path="/contacts/", status=status, body=body)
    write = world.reactivate()
    assert (write.state, write.outcome.http_status) == (State.REJECTED, status)
    assert len(world.puts) == 1


@pytest.mark.parametrize("kind", ["throttled", "quota_exceeded", "unauthorized"])
def test_a_put_that_was_turned_away_at_the_door_surely_did_not_happen(emulation, kind):
    world = World(emulation)
    emulation.fault(kind, method="PUT", path="/contacts/")
    assert world.reactivate().state == State.REJECTED


def test_no_answer_to_the_first_read_means_nothing_was_sent(emulation):
    world = World(emulation)
    emulation.fault("status", method="GET", path="/contacts/", times=0, status=503)
    write = world.reactivate()
    assert write.state == State.REFUSED
    assert world.puts == []


def test_a_second_click_finds_the_first_act(emulation):
    world = World(emulation)
    token = uuid.uuid4()
    first, second = world.reactivate(token=token), world.reactivate(token=token)
    assert first == second
    assert len(world.puts) == 1


def test_two_changes_to_one_contact_cannot_be_open_at_once(emulation):
    world = World(emulation)
    Write.objects.create(account=world.account, contact=world.contact, kind="reactivate", by=world.agent)
    with pytest.raises(Refused, match="being changed right now"):
        world.reactivate()
    assert world.puts == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"writing": "paused", "writing_by": "Dermot", "writing_reason": "incident 9"}, "paused by Dermot"),
        ({"writing": "look_only"}, "look only"),
        ({"cc_may_write": False}, "look only"),
        ({"state": "broken"}, "broken"),
    ],
)
def test_nothing_is_sent_while_the_account_may_not_write(emulation, change, word):
    world = World(emulation)
    LinkedAccount.objects.filter(pk=world.account.pk).update(**change)
    write = world.reactivate()
    assert write.state == State.REFUSED
    assert word in write.message
    assert world.puts == []


def test_a_viewer_cannot_reactivate_even_past_the_page(emulation):
    world = World(emulation, role="viewer")
    assert world.reactivate().state == State.REFUSED
    assert world.puts == []


@pytest.mark.parametrize("lists", [[], [str(uuid.uuid4())], [NEWSLETTER, str(uuid.uuid4())]])
def test_a_wish_without_a_living_list_is_refused(emulation, lists):
    world = World(emulation)
    assert world.reactivate(lists=lists).state == State.REFUSED
    assert world.puts == []


def test_an_account_that_demands_evidence_asks_for_a_note(emulation):
    world = World(emulation)
    LinkedAccount.objects.filter(pk=world.account.pk).update(evidence_required=True)
    world.contact.account.refresh_from_db()
    with pytest.raises(Refused, match="note"):
        world.reactivate(note=" ")
    with pytest.raises(Refused, match="who asked"):
        world.reactivate(basis="because")


def test_the_basis_chosen_last_is_remembered_for_this_person_and_account(emulation):
    world = World(emulation)
    world.reactivate(basis="our_mistake")
    assert world.agent.accesses.get().last_basis == "our_mistake"


def test_an_undo_hides_the_contact_again_and_proves_it(emulation):
    world = World(emulation)
    done = world.reactivate()
    taken_back = undo(done, by=world.agent)
    assert taken_back.state == State.CONFIRMED
    assert world.now["deleted_at"]
    assert world.agent.accesses.get().last_basis == "asked_directly"
    assert [outcome for _, outcome in world.entries()] == ["intended", "confirmed", "intended", "confirmed"]


def test_after_an_undo_the_lists_are_still_remembered(emulation):
    world = World(emulation)
    undo(world.reactivate(), by=world.agent)
    ended = Membership.objects.filter(contact=world.contact, ended_how="deleted")
    assert {str(each.list.remote_id) for each in ended} == {NEWSLETTER, ALERTS}


def test_an_undo_is_refused_when_somebody_changed_the_contact_since(emulation):
    world = World(emulation)
    done = world.reactivate()
    emulation.fault("change_contact", method="GET", path="/contacts/", when="before", values={"first_name": "M"})
    assert undo(done, by=world.agent).state == State.REFUSED
    assert "deleted_at" not in world.now


def test_an_undo_that_was_refused_may_be_tried_again_and_one_that_was_done_may_not(emulation):
    world = World(emulation)
    done = world.reactivate()
    emulation.fault("status", method="GET", path="/contacts/", status=503)
    assert undo(done, by=world.agent).state == State.REFUSED
    assert undo(done, by=world.agent).state == State.CONFIRMED
    with pytest.raises(Refused, match="undone already"):
        undo(done, by=world.agent)


def test_an_interrupted_act_that_sent_nothing_is_closed_by_the_clock(emulation):
    world = World(emulation)
    past = timezone.now() - timedelta(minutes=10)
    Write.objects.create(
        account=world.account, contact=world.contact, kind="reactivate", by=world.agent, recheck_at=past
    )
    assert settle_due() == 1
    assert Write.objects.get().state == State.REFUSED
    assert not due().exists()
