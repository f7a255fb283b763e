"""What is kept of somebody new goes with an erasure, or with an account that is unlinked for good."""

import uuid

import pytest

from contacts import audit
from contacts.mirror.forgetting import erase
from contacts.models import AuditChain, AuditPayload, Contact, Write
from contacts.rules.refusal import Refused
from contacts.services import erasing
from contacts.services.newcomers import create
from contacts.services.traces import Words
from tests.services.world import NEWSLETTER, World

pytestmark = pytest.mark.django_db
NEW = "nuala.byrne@example.org"


def created(world, **wish):
    given = {
        "details": {"first_name": "Nuala", "last_name": "Byrne"},
        "lists": [NEWSLETTER],
        "note": "Nuala Byrne rang",
    }
    given |= {"basis": "asked_directly", "token": uuid.uuid4(), **wish}
    return create(world.account, by=world.agent, address=NEW, **given)


def named_in(words):
    return [payload.pk for payload in AuditPayload.objects.all() if words.are_in(bytes(payload.body))]


def test_the_intent_that_named_nobody_s_id_goes_with_the_erasure_too(plain):
    world = World(plain)
    write = created(world)
    words = Words.of(write.contact)
    assert write.intent.pk in [AuditPayload.objects.get(pk=each).entry_id for each in named_in(words)]
    erasure = erasing.begin(write.contact, by=world.agent, reason="letter")
    assert erasing.carry_on(erasure).step in ("", "wipe")
    assert named_in(words) == []
    assert audit.verify(AuditChain.objects.exclude(name=AuditChain.INSTALLATION).get()) is None


def test_a_trial_that_created_nobody_loses_its_words_as_well(plain):
    world = World(plain)
    plain.fault("status", method="POST", path="/contacts$", status=400)
    failed, done = created(world), created(world)
    erasing.carry_on(erasing.begin(done.contact, by=world.agent, reason="letter"))
    failed.refresh_from_db()
    assert (failed.contact, failed.address_key, failed.note) == (None, "", "[erased] rang")


def test_nobody_is_erased_while_their_creation_is_under_way(plain):
    world = World(plain)
    plain.fault("answer_lost", method="POST", path="/contacts$")
    created(world)
    remote = plain.get("/contacts", email=NEW).json()["contacts"][0]
    contact = world.look(world.remote | remote)
    with pytest.raises(Refused, match="being changed right now"):
        erasing.begin(contact, by=world.agent, reason="letter")
    assert Contact.objects.filter(pk=contact.pk).exists()


def test_an_account_that_is_forgotten_takes_those_along_who_never_came(plain):
    world = World(plain)
    plain.fault("status", method="POST", path="/contacts$", status=400)
    created(world)
    erase(world.account)
    assert not Write.objects.exists()
