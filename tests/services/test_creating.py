"""Create one contact: look first with every status, one POST, and a 409 understood in all its texts."""

import uuid

import pytest

from contacts.models import Contact, Erasure, Membership, Write
from contacts.rules.refusal import Refused
from contacts.services import erasing
from contacts.services.newcomers import create
from contacts.services.settling import settle
from contacts.services.undo import undo
from tests.emulation import ACCOUNT
from tests.rows import make_remote
from tests.services.world import ALERTS, NEWSLETTER, World

pytestmark = pytest.mark.django_db
State = Write.State
NEW = "Nuala.Byrne@example.org"
DETAILS = {"first_name": "Nuala", "last_name": "Byrne", "company_name": "Harbour Bakery"}
TEXTS = ["with_id", "validation_with_id", "not_unique"]
OPTED_OUT = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-09-02T10:00:00Z"}
#: Whoever came between the look and the POST: somebody whose address was changed to the new one.
DECOY = "somebody.else@example.org"


class Creating(World):
    """The world of one contact, at whose address or another one somebody new is created."""

    def create(self, address=NEW, **wish):
        given = {"details": DETAILS, "lists": [NEWSLETTER], "basis": "asked_directly", "note": "4812"}
        return create(self.account, **{"by": self.agent, "address": address, "token": uuid.uuid4(), **given, **wish})

    @property
    def posts(self):
        return self.emulation.requests("POST", "/contacts$")

    def holders(self, address=NEW):
        return self.emulation.get("/contacts", email=address, status="all", include="list_memberships").json()[
            "contacts"
        ]

    def comes_between(self, *, deleted=False, **email):
        """Let somebody take the new address between our look and our POST."""
        remote = make_remote(DECOY)
        self.emulation.state.load(contacts=[{"account": ACCOUNT, **remote}])
        struck = {"method": "POST", "path": "/contacts$", "when": "before", "id": remote["contact_id"]}
        self.emulation.fault(
            "change_contact", **struck, values={"email_address": remote["email_address"] | {"address": NEW} | email}
        )
        if deleted:
            self.emulation.fault("delete_contact", **struck)
        return remote["contact_id"]


def test_somebody_new_is_created_with_implied_permission_and_the_proof(emulation):
    world = Creating(emulation)
    write = world.create()
    assert (write.state, write.message) == (State.CONFIRMED, "Done and verified.")
    [now] = world.holders()
    assert (now["email_address"]["permission_to_send"], now["create_source"]) == ("implicit", "Account")
    assert (now["first_name"], now["company_name"], now["list_memberships"]) == (
        "Nuala",
        "Harbour Bakery",
        [NEWSLETTER],
    )
    contact = Contact.objects.get(remote_id=now["contact_id"])
    assert (write.contact, write.address_key, contact.address) == (contact, "", NEW)
    assert Membership.objects.get(contact=contact).began_how == "us"
    assert (len(world.posts), emulation.alarms()) == (1, [])


def test_the_history_holds_the_wish_before_anything_is_sent_and_names_the_contact_at_its_end(plain):
    world = Creating(plain)
    write = world.create()
    assert world.entries() == [("create", "intended"), ("create", "confirmed")]
    asked = write.intent.told()
    assert (asked["before"], asked["note"], write.intent.target) == ({}, "4812", "")
    assert asked["sent"]["email_address"] == {"address": NEW, "permission_to_send": "implicit"}
    assert write.outcome.target == str(write.contact.remote_id)
    assert (write.outcome.begins, write.intent.basis) == (write.intent, "asked_directly")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, "you can reactivate it"),
        ({"deleted": False, "list_memberships": [NEWSLETTER]}, "Change its lists instead"),
        ({"deleted": False}, "Change its lists instead"),
        ({"deleted": False, "email_address": OPTED_OUT}, "Only they can come back"),
        ({"email_address": OPTED_OUT}, "Only they can come back"),
        ({"deleted": False, "email_address": {"permission_to_send": "pending_confirmation"}}, "Only they can do that"),
        ({"deleted": False, "email_address": {"permission_to_send": "temp_hold"}}, "temporary hold"),
        ({"deleted": False, "email_address": {"permission_to_send": "not_set"}}, "by signing up"),
    ],
)
@pytest.mark.parametrize("copied", [True, False])
def test_whoever_has_the_address_in_any_state_is_not_created_again(plain, parts, said, copied):
    world = Creating(plain, **parts)
    if not copied:
        Contact.objects.all().delete()
    write = world.create("Maeve.Doyle@Example.net")
    assert write.state == State.REFUSED
    assert said in write.message
    assert str(write.contact.remote_id) == world.remote["contact_id"]
    assert world.posts == []
    assert world.entries() == [("create", "refused")]


def test_an_address_that_our_copy_gives_to_somebody_who_left_it_is_free(plain):
    world = Creating(plain, deleted=False)
    email = world.remote["email_address"] | {"address": "maeve@example.com"}
    plain.control("contact/change", id=world.remote["contact_id"], values={"email_address": email})
    assert world.create("maeve.doyle@example.net").state == State.CONFIRMED


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("deleted", [True, False])
def test_a_409_for_somebody_who_came_between_finds_them(plain, text, deleted):
    plain.control("switches", conflict_text=text)
    world = Creating(plain)
    contact_id = world.comes_between(deleted=deleted)
    write = world.create()
    assert (write.state, write.outcome.http_status) == (State.REJECTED, 409)
    assert ("you can reactivate it" in write.message) is deleted
    assert ("Change its lists instead" in write.message) is not deleted
    assert (str(write.contact.remote_id), write.outcome.target) == (contact_id, contact_id)
    assert (len(world.posts), len(world.holders())) == (1, 1)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("copied", [True, False])
def test_the_race_of_the_seeds_ends_at_the_deleted_contact(plain, text, copied):
    """GET says nobody, POST says 409, nobody is in the vendor's own screens."""
    plain.control("switches", conflict_text=text)
    world = Creating(plain)
    if not copied:
        Contact.objects.all().delete()
    plain.fault("empty_page", method="GET", path="email=", last=True)
    if copied:
        plain.fault("status", method="GET", path=f"/contacts/{world.remote['contact_id']}", status=404)
    write = world.create("maeve.doyle@example.net")
    assert write.state == State.REJECTED
    assert "you can reactivate it" in write.message
    assert str(write.contact.remote_id) == world.remote["contact_id"]
    assert len(world.posts) == 1


def test_a_409_that_names_a_contact_with_another_address_is_looked_up_by_address(plain):
    world = Creating(plain)
    contact_id = world.comes_between()
    body = [{"error_key": "contacts.api.conflict", "error_message": f"Email exists for {world.remote['contact_id']}"}]
    plain.fault("status", method="POST", path="/contacts$", status=409, body=body)
    assert str(world.create().contact.remote_id) == contact_id


@pytest.mark.parametrize("text", TEXTS)
def test_a_409_whose_contact_cannot_be_read_is_told_as_what_it_is(plain, text):
    plain.control("switches", conflict_text=text)
    world = Creating(plain)
    world.comes_between(deleted=True)
    plain.fault("status", method="GET", skip=1, times=0, status=503)
    write = world.create()
    assert (write.state, write.contact) == (State.REJECTED, None)
    assert "Check the address in a minute" in write.message


@pytest.mark.parametrize("kind", ["answer_lost", "error_after", "cut_body", "cut_json"])
def test_a_creation_whose_answer_is_lost_is_found_by_its_address(emulation, kind):
    world = Creating(emulation)
    emulation.fault(kind, method="POST", path="/contacts$")
    write = world.create()
    assert (write.state, write.contact) == (State.UNKNOWN, None)
    settled = settle(write)
    assert (settled.state, settled.contact.address, settled.address_key) == (State.APPLIED, NEW, "")
    assert settled.outcome.target == str(settled.contact.remote_id)
    assert (len(world.posts), len(world.holders())) == (1, 1)


@pytest.mark.parametrize("status", [408, 500, 502, 503])
def test_two_readings_that_show_nobody_prove_that_nobody_was_created(plain, status):
    world = Creating(plain)
    plain.fault("status", method="POST", path="/contacts$", status=status)
    write = world.create()
    assert settle(write).state == State.UNKNOWN
    settled = settle(Write.objects.get(pk=write.pk))
    assert (settled.state, settled.address_key) == (State.NOT_APPLIED, "")
    assert world.create().state == State.CONFIRMED


def test_an_answer_that_came_late_is_not_taken_for_none(plain):
    world = Creating(plain)
    plain.fault("later", method="POST", path="/contacts$", silence=0)
    write = world.create()
    assert settle(write).state == State.UNKNOWN
    plain.control("release")
    assert settle(Write.objects.get(pk=write.pk)).state == State.APPLIED
    assert len(world.posts) == 1


@pytest.mark.parametrize("deleted", [True, False])
def test_somebody_else_at_the_address_of_a_lost_creation_is_not_taken_for_ours(plain, deleted):
    world = Creating(plain)
    plain.fault("status", method="POST", path="/contacts$", status=503)
    write = world.create()
    other = make_remote(NEW)
    contact_id = other["contact_id"]
    plain.state.load(contacts=[{"account": ACCOUNT, **other}])
    if deleted:
        plain.control("contact/delete", id=contact_id)
    settled = settle(write)
    assert (settled.state, str(settled.contact.remote_id)) == (State.DRIFTED, contact_id)
    assert settled.outcome.told()["differences"]
    assert len(world.posts) == 1


def test_a_second_click_finds_the_first(plain):
    world, token = Creating(plain), uuid.uuid4()
    first, second = world.create(token=token), world.create(token=token)
    assert (first.pk, second.state, len(world.posts)) == (second.pk, State.CONFIRMED, 1)


def test_while_one_address_is_being_added_nobody_else_adds_it(plain):
    world = Creating(plain)
    plain.fault("answer_lost", method="POST", path="/contacts$")
    world.create()
    with pytest.raises(Refused, match="being added right now"):
        world.create(NEW.upper())
    assert (Write.objects.count(), len(world.posts)) == (1, 1)


def test_an_erased_person_is_not_brought_back_by_a_form(plain):
    world = Creating(plain)
    erasing.begin(world.contact, by=world.agent, reason="asked by letter")
    world.account.refresh_from_db()
    before = len(plain.requests())
    with pytest.raises(Refused, match="erased on request"):
        world.create("MAEVE.doyle@example.net")
    assert Erasure.objects.count() == 1
    assert len(plain.requests()) == before


def test_an_opt_out_that_only_we_remember_keeps_an_address_closed(plain):
    world = Creating(plain)
    Contact.objects.update(once_opted_out="2026-09-02", missing_since="2026-10-01T00:00:00Z")
    with pytest.raises(Refused, match="Only they can come back"):
        world.create("maeve.doyle@example.net")
    assert world.posts == []


@pytest.mark.parametrize("wish", [{"note": " "}, {"basis": ""}, {"basis": "our_mistake"}])
def test_nobody_is_created_without_evidence(plain, wish):
    with pytest.raises(Refused, match="kept as evidence"):
        Creating(plain).create(**wish)


def test_a_role_that_only_looks_creates_nobody(plain):
    write = Creating(plain, role="viewer").create()
    assert (write.state, plain.requests("POST", "/contacts$")) == (State.REFUSED, [])


def test_a_list_that_is_gone_stops_it(plain):
    write = Creating(plain).create(lists=[str(uuid.uuid4())])
    assert (write.state, plain.requests("POST", "/contacts$")) == (State.REFUSED, [])


def test_what_constant_contact_made_of_it_is_shown_when_it_differs(plain):
    world = Creating(plain)
    plain.fault("merge", method="POST", path="/contacts$", values={"first_name": "Nora"})
    write = world.create(lists=[NEWSLETTER, ALERTS])
    assert (write.state, write.outcome.fields) == (State.DIFFERS, ["first_name"])


def test_undo_hides_who_was_created(plain):
    world = Creating(plain)
    write = world.create()
    assert undo(write, by=world.agent).state == State.CONFIRMED
    assert world.holders()[0]["deleted_at"]
