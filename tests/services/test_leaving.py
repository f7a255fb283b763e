"""Unsubscribing one contact by the write path, against the emulator in every reading of PUT."""

import uuid

import pytest
from django.utils import timezone

from contacts.models import Contact, ContactEvent, Write
from contacts.rules.refusal import Refused
from contacts.services.acts import ACTS
from contacts.services.leaving import delete, offer, unsubscribe
from contacts.services.settling import settle
from contacts.services.undo import undo
from tests.services.test_acts import member
from tests.services.world import ALERTS, COOKERY, GALA, NEWSLETTER, RICH

pytestmark = pytest.mark.django_db
State, Kind = Write.State, Write.Kind
WHO = {"they_asked": "Contact", "we_decided": "Account"}


def left(world, basis="they_asked", **wish):
    return unsubscribe(Contact.objects.get(pk=world.contact.pk), by=world.agent, basis=basis, **wish)


@pytest.mark.parametrize("basis", WHO)
def test_an_unsubscription_changes_the_permission_and_nothing_else(emulation, basis):
    world = member(emulation, **RICH)
    write = left(world, basis, note="ticket 4812")
    assert (write.state, write.message) == (State.CONFIRMED, "Done and verified.")
    now = world.now
    email = now["email_address"]
    assert (email["permission_to_send"], email["opt_out_source"]) == ("unsubscribed", WHO[basis])
    assert sorted(now["list_memberships"]) == [NEWSLETTER, ALERTS]
    assert now["taggings"] == [COOKERY]
    for name in ("first_name", "last_name", "job_title", "birthday_month", "birthday_day", "anniversary"):
        assert now[name] == world.remote[name]
    assert now["phone_numbers"][0]["phone_number"] == "+353 1 555 0100"
    assert now["street_addresses"][0]["city"] == "Galway"
    assert (world.sent, emulation.alarms()) == (["PUT"], [])


def test_only_their_own_wish_is_sent_as_their_own_and_the_note_stays_here(plain):
    world = member(plain)
    write = left(world, "we_decided", note="ticket 4812")
    sent = write.intent.told()["sent"]
    assert sent["update_source"] == "Account"
    assert "4812" not in str(sent)
    assert (write.intent.basis, write.intent.told()["note"]) == ("we_decided", "ticket 4812")
    assert write.intent.fields == ["email_address.permission_to_send", "email_address.opt_out_reason"]


def test_our_copy_follows_and_knows_that_it_was_us(plain):
    world = member(plain)
    left(world)
    contact = Contact.objects.get(pk=world.contact.pk)
    assert (contact.status, contact.opt_out_source, contact.once_opted_out is not None) == (
        "unsubscribed",
        "Contact",
        True,
    )
    assert ContactEvent.objects.get(contact=contact).sure == "us"
    assert world.entries() == [("unsubscribe", "intended"), ("unsubscribe", "confirmed")]


def test_lists_that_constant_contact_takes_with_the_opt_out_are_no_difference(plain):
    world = member(plain)
    write = left(world)
    told, act = write.intent.told(), ACTS[Kind.UNSUBSCRIBE]
    assert act.missing(told["before"], told["sent"], world.now | {"list_memberships": [NEWSLETTER]}) == []
    assert act.missing(told["before"], told["sent"], world.now | {"list_memberships": [GALA]}) != []


def test_an_opt_out_of_their_own_in_between_is_not_taken_for_ours(plain):
    world = member(plain)
    plain.fault("unsubscribe", method="PUT", path="/contacts/", when="before")
    write = left(world, "we_decided")
    assert write.state == State.DIFFERS
    assert world.now["email_address"]["opt_out_source"] == "Contact"


def test_nobody_is_unsubscribed_without_saying_who_wants_it(plain):
    world = member(plain)
    with pytest.raises(Refused, match="Say who wants this"):
        left(world, "asked_directly")
    with pytest.raises(Refused, match="Say who wants this"):
        left(world, "")
    world.account.evidence_required = True
    world.account.save()
    with pytest.raises(Refused, match="Add a note"):
        left(world)
    assert world.sent == []


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"deleted_at": "2026-11-17", "list_memberships": []}, "would bring it back"),
        ({"email_address": {"permission_to_send": "unsubscribed", "opt_out_source": "Account"}}, "already"),
        ({"email_address": {"permission_to_send": "loud"}}, "does not understand"),
    ],
)
def test_whoever_cannot_be_unsubscribed_is_left_as_they_are(plain, parts, words):
    world = member(plain, **parts)
    write = left(world)
    assert write.state == State.REFUSED
    assert words in write.message
    assert world.sent == []


@pytest.mark.parametrize("permission", ["explicit", "not_set", "pending_confirmation", "temp_hold"])
def test_whoever_is_not_unsubscribed_can_be(emulation, permission):
    world = member(emulation, email_address={"permission_to_send": permission})
    assert left(world).state == State.CONFIRMED
    assert (world.now["email_address"]["permission_to_send"], emulation.alarms()) == ("unsubscribed", [])


def test_a_deletion_that_comes_with_the_fresh_reading_is_not_undone_by_it(plain):
    world = member(plain)
    plain.fault("delete_contact", method="GET", path="/contacts/", when="before")
    assert left(world).state == State.REFUSED
    assert (world.sent, bool(world.now["deleted_at"])) == ([], True)


def test_an_unsubscription_is_not_undone(plain):
    world = member(plain)
    write = left(world, "we_decided")
    with pytest.raises(Refused, match="cannot be undone from here"):
        undo(write, by=world.agent)
    assert world.sent == ["PUT"]


def test_one_whose_answer_is_lost_is_found_out_by_reading(emulation):
    world = member(emulation)
    emulation.fault("answer_lost", method="PUT", path="/contacts/")
    write = left(world)
    assert write.state == State.UNKNOWN
    assert settle(write).state == State.APPLIED
    assert world.sent == ["PUT"]


def test_one_that_never_arrived_is_told_as_such(plain):
    world = member(plain)
    plain.fault("drop", method="PUT", path="/contacts/")
    write = left(world)
    for _ in range(2):
        Write.objects.filter(pk=write.pk).update(recheck_at=timezone.now())
        write = settle(Write.objects.get(pk=write.pk))
    assert write.state == State.NOT_APPLIED
    assert world.now["email_address"]["permission_to_send"] == "implicit"


def test_a_second_click_finds_the_first(plain):
    world, token = member(plain), uuid.uuid4()
    assert left(world, token=token).pk == left(world, token=token).pk
    assert world.sent == ["PUT"]


def test_an_agent_may_unsubscribe_and_not_delete(plain):
    world = member(plain)
    world.agent.accesses.update(role="agent")
    assert delete(world.contact, by=world.agent).state == State.REFUSED
    assert left(world).state == State.CONFIRMED
    assert world.sent == ["PUT"]


def test_a_preview_of_a_deletion_says_what_is_forgotten_and_what_is_kept(plain):
    world = member(plain)
    told = " ".join(offer(world.contact, kind=Kind.DELETE, role="manager").preview.effects)
    assert "takes them off 2 lists (Newsletter and Course alerts) and forgets that. We keep which they were" in told
    assert "cookery-club" in told
    assert "Reactivate at any time" in told


def test_a_preview_of_a_deletion_says_where_there_is_no_way_back(plain):
    world = member(plain, email_address={"permission_to_send": "unsubscribed", "opt_out_source": "Contact"})
    told = " ".join(offer(world.contact, kind=Kind.DELETE, role="manager").preview.effects)
    assert "There is no way back from here. This person opted out" in told
