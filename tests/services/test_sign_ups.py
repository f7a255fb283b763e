"""A person's own sign-up, passed on: express only for whom it is true, and never a way to bring anybody back."""

import uuid

import pytest

from contacts.models import Contact, Write
from contacts.rules.refusal import Refused
from contacts.services.newcomers import sign_up
from contacts.services.settling import settle
from contacts.services.undo import undo
from tests.emulation import ACCOUNT
from tests.rows import make_remote
from tests.services.world import ALERTS, NEWSLETTER, RICH, World

pytestmark = pytest.mark.django_db
State = Write.State
NEW, MAEVE = "nuala.byrne@example.org", "maeve.doyle@example.net"
OPTED_OUT = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-09-02T10:00:00Z"}
BY_US = OPTED_OUT | {"opt_out_source": "Account"}
FORM = "/contacts/sign_up_form"


class Signing(World):
    """Somebody who is there, and the form that they or somebody new filled in on paper."""

    def __init__(self, emulation, **parts):
        super().__init__(emulation, **{"deleted": False, "list_memberships": [NEWSLETTER], **parts})

    def sign_up(self, address=NEW, **wish):
        given = {"details": {"last_name": "Byrne"}, "lists": [ALERTS], "basis": "paper_form", "note": "Page 12"}
        return sign_up(self.account, **{"by": self.agent, "address": address, "token": uuid.uuid4(), **given, **wish})

    @property
    def forms(self):
        return self.emulation.requests("POST", FORM)

    def holder(self, address):
        found = self.emulation.get("/contacts", email=address, status="all", include="list_memberships").json()
        return found["contacts"][0]


def test_somebody_new_signs_up_with_express_permission(emulation):
    world = Signing(emulation)
    write = world.sign_up()
    assert (write.state, write.contact.address) == (State.CONFIRMED, NEW)
    now = world.holder(NEW)
    assert now["email_address"]["permission_to_send"] == "explicit"
    assert (now["list_memberships"], now["last_name"]) == ([ALERTS], "Byrne")
    assert world.entries() == [("sign_up", "intended"), ("sign_up", "confirmed")]
    assert (len(world.forms), emulation.alarms()) == (1, [])


def test_somebody_known_keeps_everything_else_and_joins_the_lists(emulation):
    world = Signing(emulation, **RICH)
    write = world.sign_up(MAEVE.upper().replace("EXAMPLE.NET", "example.net"), details={})
    assert (write.state, write.contact_id) == (State.CONFIRMED, world.contact.pk)
    now = world.now
    assert now["email_address"]["permission_to_send"] == "explicit"
    assert sorted(now["list_memberships"]) == [NEWSLETTER, ALERTS]
    assert (now["first_name"], now["job_title"]) == ("Maeve", "Baker")
    assert emulation.alarms() == []


def test_an_account_that_asks_for_a_confirmation_lets_somebody_new_wait(plain):
    plain.state.db.execute("UPDATE accounts SET confirmed_opt_in = 1")
    world = Signing(plain)
    assert world.sign_up().state == State.CONFIRMED
    assert world.holder(NEW)["email_address"]["permission_to_send"] == "pending_confirmation"


@pytest.mark.parametrize(
    "parts",
    [
        {"email_address": OPTED_OUT},
        {"email_address": BY_US},
        {"email_address": {"permission_to_send": "implicit", "opt_out_source": "Contact"}},
        {"email_address": {"permission_to_send": "pending_confirmation", "confirm_status": "pending"}},
        {"email_address": {"permission_to_send": "temp_hold"}},
        {"deleted_at": "2026-11-17", "list_memberships": []},
        {"deleted_at": "2026-11-17", "list_memberships": [], "email_address": OPTED_OUT},
    ],
)
@pytest.mark.parametrize("copied", [True, False])
def test_nobody_is_brought_back_or_opted_in_by_our_word(plain, parts, copied):
    world = Signing(plain, **parts)
    if not copied:
        Contact.objects.all().delete()
    write = world.sign_up(MAEVE)
    assert (write.state, world.forms, plain.alarms()) == (State.REFUSED, [], [])
    assert write.message


def test_an_opt_out_that_only_we_remember_stops_it(plain):
    world = Signing(plain)
    Contact.objects.update(once_opted_out="2026-09-02")
    assert (world.sign_up(MAEVE).state, world.forms) == (State.REFUSED, [])


def test_an_opt_out_right_before_the_form_is_seen(plain):
    world = Signing(plain)
    plain.fault("unsubscribe", method="GET", path="/contacts/", when="before")
    assert (world.sign_up(MAEVE).state, world.forms) == (State.REFUSED, [])


def test_somebody_who_came_since_our_copy_was_made_is_looked_at_first(plain):
    world = Signing(plain)
    plain.state.load(contacts=[{"account": ACCOUNT, **make_remote(NEW)}])
    write = world.sign_up()
    assert (write.state, world.forms, write.contact.address) == (State.REFUSED, [], NEW)
    assert world.sign_up().state == State.CONFIRMED


@pytest.mark.parametrize("kind", ["answer_lost", "error_after"])
@pytest.mark.parametrize("address", [NEW, MAEVE])
def test_a_sign_up_whose_answer_is_lost_is_proved_by_reading(plain, kind, address):
    world = Signing(plain)
    plain.fault(kind, method="POST", path=FORM)
    write = world.sign_up(address)
    assert write.state == State.UNKNOWN
    settled = settle(write)
    assert (settled.state, settled.contact.address, len(world.forms)) == (State.APPLIED, address, 1)


def test_two_requests_at_one_moment_are_told_as_what_they_are(plain):
    world = Signing(plain)
    body = [{"error_key": "contacts.api.conflict", "error_message": "Simultaneous"}]
    plain.fault("status", method="POST", path=FORM, status=409, body=body)
    write = world.sign_up(MAEVE)
    assert write.state == State.REJECTED
    assert "at that moment" in write.message


def test_what_it_claimed_is_not_undone(plain):
    world = Signing(plain)
    with pytest.raises(Refused, match="cannot be undone"):
        undo(world.sign_up(), by=world.agent)


@pytest.mark.parametrize("wish", [{"note": ""}, {"basis": "asked_directly"}])
def test_nothing_is_claimed_without_evidence(plain, wish):
    with pytest.raises(Refused, match="kept as evidence"):
        Signing(plain).sign_up(**wish)
