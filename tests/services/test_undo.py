"""Taking changes back: each kind, only while the contact is what the change made of it, with its own right."""

import pytest

from contacts.models import AuditPayload, Contact, ContactList, Membership, Write
from contacts.rules.refusal import Refused
from contacts.rules.undo import LIMITS, NO_WAY_BACK
from contacts.services.acts.undo import UNDOING
from contacts.services.settling import settle
from contacts.services.undo import undo
from tests.services.test_acts import EDITS, member
from tests.services.world import ALERTS, COOKERY, GALA, NEWSLETTER, RICH

pytestmark = pytest.mark.django_db
State = Write.State
KINDS = [*EDITS, "delete"]


def done(world, kind):
    write = world.change(kind, **EDITS.get(kind, ({},))[0])
    assert write.state == State.CONFIRMED
    return write


def change_elsewhere(world, **values):
    world.emulation.state.contacts.change(world.emulation.account_id, world.remote["contact_id"], values)


@pytest.mark.parametrize("kind", KINDS)
def test_an_undo_makes_the_contact_what_it_was(emulation, kind):
    world = member(emulation, **RICH)
    taken_back = undo(done(world, kind), by=world.agent)
    assert (taken_back.state, taken_back.message) == (State.CONFIRMED, "Done and verified.")
    now = world.now
    assert sorted(now["list_memberships"]) == [NEWSLETTER, ALERTS]
    assert now["taggings"] == [COOKERY]
    assert "deleted_at" not in now
    assert now["email_address"]["permission_to_send"] == "implicit"
    assert now["phone_numbers"][0]["phone_number"] == "+353 1 555 0100"
    assert (len(world.sent), emulation.alarms()) == (2, [])


@pytest.mark.parametrize("kind", KINDS)
def test_an_undo_is_refused_when_anybody_changed_the_contact_since(plain, kind):
    world = member(plain)
    write = done(world, kind)
    change_elsewhere(world, first_name="Someone else")
    refused = undo(write, by=world.agent)
    assert refused.state == State.REFUSED
    assert "cannot be undone cleanly" in refused.message
    assert "First name" in refused.message
    assert len(world.sent) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_undo_whose_answer_is_lost_is_found_out_by_reading(plain, kind):
    world = member(plain)
    write = done(world, kind)
    plain.fault("answer_lost", method="PUT", path="/contacts/")
    taken_back = undo(write, by=world.agent)
    assert taken_back.state == State.UNKNOWN
    assert settle(taken_back).state == State.APPLIED
    assert len(world.sent) == 2


@pytest.mark.parametrize(("kind", "may_not"), [("lists", "viewer"), ("add_lists", "agent"), ("delete", "agent")])
def test_an_undo_needs_the_right_of_what_it_undoes(plain, kind, may_not):
    world = member(plain)
    write = done(world, kind)
    world.agent.accesses.update(role=may_not)
    assert "Your role" in undo(write, by=world.agent).message
    assert len(world.sent) == 1


def test_an_undo_is_not_undone_and_nothing_is_undone_twice(plain):
    world = member(plain)
    write = done(world, "lists")
    taken_back = undo(write, by=world.agent)
    with pytest.raises(Refused, match="An undo is not undone"):
        undo(taken_back, by=world.agent)
    with pytest.raises(Refused, match="undone already"):
        undo(write, by=world.agent)


@pytest.mark.parametrize("fault", ["unsubscribe", "status"])
def test_a_change_without_proof_is_not_undone(plain, fault):
    world = member(plain)
    given = {"status": 400, "body": []} if fault == "status" else {"when": "before"}
    plain.fault(fault, method="PUT", path="/contacts/", **given)
    write = world.change("lists", lists=[])
    assert write.state in (State.DIFFERS, State.REJECTED)
    assert "no proved change to undo" in undo(write, by=world.agent).message


def test_a_change_whose_details_were_erased_is_not_undone(plain):
    world = member(plain)
    write = done(world, "lists")
    AuditPayload.objects.filter(entry=write.intent).delete()
    assert "details of that change were erased" in undo(write, by=world.agent).message


def test_an_undo_adds_nobody_who_opted_out_back_to_a_list(plain):
    opted_out = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact"}
    world = member(plain, email_address=opted_out)
    write = done(world, "remove_lists")
    refused = undo(write, by=world.agent)
    assert (refused.state, len(world.sent), plain.alarms()) == (State.REFUSED, 1, [])
    assert "opted out" in refused.message


def test_a_deletion_of_somebody_who_opted_out_is_not_taken_back(plain):
    world = member(plain, email_address={"permission_to_send": "unsubscribed", "opt_out_source": "Contact"})
    write = done(world, "delete")
    refused = undo(write, by=world.agent)
    assert (refused.state, len(world.sent)) == (State.REFUSED, 1)


def test_a_deletion_of_somebody_we_remember_as_opted_out_is_not_taken_back(plain):
    world = member(plain)
    write = done(world, "delete")
    Contact.objects.filter(pk=world.contact.pk).update(once_opted_out="2026-09-02")
    assert undo(Write.objects.get(pk=write.pk), by=world.agent).state == State.REFUSED
    assert len(world.sent) == 1


def test_a_deletion_is_taken_back_onto_the_lists_that_still_exist(plain):
    world = member(plain)
    write = done(world, "delete")
    plain.state.lists.delete(plain.account_id, ALERTS)
    ContactList.objects.filter(remote_id=ALERTS).update(gone_at="2026-11-20T00:00:00Z")
    assert undo(write, by=world.agent).state == State.CONFIRMED
    assert world.now["list_memberships"] == [NEWSLETTER]
    assert Membership.objects.get(contact=world.contact, ended_at=None).list.name == "Newsletter"


def test_a_deletion_of_somebody_on_no_list_is_not_taken_back_from_here(plain):
    world = member(plain, list_memberships=[])
    refused = undo(done(world, "delete"), by=world.agent)
    assert "Reactivate it and choose a list." in refused.message


def test_an_edit_is_not_taken_back_from_somebody_who_was_deleted_since(plain):
    world = member(plain)
    write = done(world, "add_lists")
    plain.state.contacts.delete(plain.account_id, world.remote["contact_id"])
    refused = undo(write, by=world.agent)
    assert refused.state == State.REFUSED
    assert "Deleted on" in refused.message
    assert world.now["deleted_at"]


def test_an_undo_onto_the_lists_before_keeps_what_it_read(plain):
    world = member(plain, list_memberships=[NEWSLETTER, GALA])
    write = world.change("lists", lists=[])
    assert undo(write, by=world.agent).outcome.fields == []
    assert sorted(world.now["list_memberships"]) == [NEWSLETTER, GALA]


def test_every_kind_says_what_its_undo_cannot_do():
    assert LIMITS.keys() == set(UNDOING)
    assert not LIMITS.keys() & NO_WAY_BACK.keys()
