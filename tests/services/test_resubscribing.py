"""The one resubscribe mail: for who unsubscribed, once, and no more is said of it than was proved."""

import uuid

import pytest

from contacts.models import Contact, Write
from contacts.rules.refusal import Refused
from contacts.services.resubscribing import resubscribe, used
from contacts.services.settling import settle
from tests.services.world import ALERTS, NEWSLETTER, World

pytestmark = pytest.mark.django_db
State = Write.State
MAIL = "/contacts/resubscribe/"
OPTED_OUT = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-09-02T10:00:00Z"}


class Asking(World):
    """Somebody who unsubscribed, and now writes that they want the mails again."""

    def __init__(self, emulation, **parts):
        super().__init__(emulation, **{"deleted": False, "email_address": OPTED_OUT, **parts})

    def resubscribe(self, **wish):
        given = {"lists": [NEWSLETTER, ALERTS], "basis": "asked_directly", "note": "4812"}
        contact = Contact.objects.get(pk=self.contact.pk)
        return resubscribe(contact, **{"by": self.agent, "token": uuid.uuid4(), **given, **wish})

    @property
    def mails(self):
        return self.emulation.requests("PUT", MAIL)


def test_the_mail_is_ordered_and_nothing_changes_until_they_click(plain):
    world = Asking(plain)
    write = world.resubscribe()
    assert write.state == State.CONFIRMED
    assert "accepted the order" in write.message
    assert (write.outcome.http_status, write.outcome.proof) == (200, "status of the answer")
    assert (world.now["email_address"]["permission_to_send"], world.now["list_memberships"]) == ("unsubscribed", [])
    assert world.entries() == [("resubscribe", "intended"), ("resubscribe", "confirmed")]
    assert (len(world.mails), plain.alarms()) == (1, [])
    plain.control("contact/confirm", id=world.remote["contact_id"])
    assert sorted(world.now["list_memberships"]) == [NEWSLETTER, ALERTS]


def test_that_it_was_used_is_remembered(plain):
    world = Asking(plain)
    assert used(world.contact) is None
    write = world.resubscribe()
    before = used(world.contact)
    assert (before.write, before.ours, before.is_waiting) == (write, True, True)
    Contact.objects.update(opt_out_at="2036-01-01T00:00:00Z")
    assert not used(Contact.objects.get()).is_waiting


def test_a_409_says_that_it_was_used_before_and_is_remembered(plain):
    world = Asking(plain)
    plain.call("PUT", f"{MAIL}{world.remote['contact_id']}", json={"list_ids": [NEWSLETTER]})
    write = world.resubscribe()
    assert write.state == State.REJECTED
    assert "was sent to this contact before" in write.message
    assert used(world.contact).ours is False


@pytest.mark.parametrize(
    "parts",
    [
        {"email_address": {}},
        {"email_address": {"permission_to_send": "pending_confirmation"}},
        {"email_address": {"permission_to_send": "temp_hold"}},
        {"deleted": True},
    ],
)
def test_it_is_for_nobody_but_who_unsubscribed_and_is_there(plain, parts):
    world = Asking(plain, **parts)
    assert (world.resubscribe().state, world.mails) == (State.REFUSED, [])


def test_an_answer_that_is_lost_is_never_taken_for_a_mail_nor_for_none(plain):
    world = Asking(plain)
    plain.fault("answer_lost", method="PUT", path=MAIL)
    write = world.resubscribe()
    assert write.state == State.UNKNOWN
    settled = settle(write)
    assert settled.state == State.DRIFTED
    assert "no reading shows whether" in settled.message
    assert (used(world.contact), len(world.mails)) == (None, 1)
    again = world.resubscribe()
    assert (again.state, used(world.contact).write) == (State.REJECTED, again)


def test_who_clicked_before_we_looked_proves_it(plain):
    world = Asking(plain)
    plain.fault("answer_lost", method="PUT", path=MAIL)
    write = world.resubscribe()
    plain.control("contact/confirm", id=world.remote["contact_id"])
    assert settle(write).state == State.APPLIED


def test_a_mail_is_not_undone_and_needs_lists_and_evidence(plain):
    world = Asking(plain)
    for wish in ({"note": ""}, {"basis": ""}):
        with pytest.raises(Refused, match="kept as evidence"):
            world.resubscribe(**wish)
    for lists in ([], [str(uuid.uuid4())]):
        assert world.resubscribe(lists=lists).state == State.REFUSED
    assert world.mails == []
