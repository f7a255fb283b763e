"""Lists are made, renamed and starred against the emulator: what is sent, what is proved, what is refused."""

import uuid

import pytest
from django.utils import timezone

from contacts.models import AuditEntry, ContactList, LinkedAccount, ListChange
from contacts.rules.refusal import Refused
from contacts.services import list_settling, lists
from tests.emulation import ACCOUNT, running_emulator
from tests.linking import link, point_at
from tests.rows import make_access

pytestmark = pytest.mark.django_db
State = ListChange.State
GALA = "0a1b2c3d-0000-11ee-8000-000000000001"


@pytest.fixture
def world(settings):
    with running_emulator() as emulation:
        point_at(settings, emulation)
        settings.QUIET_SECONDS = settings.CONFIRM_SECONDS = 0
        yield World(emulation)


class World:
    """One list at the emulator, its copy here, and a marketer."""

    def __init__(self, emulation):
        self.emulation = emulation
        self.account = link(emulation)
        self.marketer = make_access(self.account, "marketer").user
        given = {"list_id": GALA, "name": "Gala 2026", "description": "Invitees", "favorite": False}
        emulation.state.load(lists=[{"account": ACCOUNT, **given}])
        self.gala = ContactList.objects.create(
            account=self.account, remote_id=GALA, name="Gala 2026", description="Invitees"
        )

    def create(self, name="Summer school", **parts):
        return lists.create(self.account, by=self.marketer, name=name, **{"token": uuid.uuid4(), **parts})

    def change(self, **wish):
        return lists.change(self.gala, by=self.marketer, **{"token": uuid.uuid4(), **wish})

    @property
    def writes(self):
        found = self.emulation.requests(path="/contact_lists")
        return [each["method"] for each in found if each["method"] != "GET"]

    def now(self, list_id=GALA):
        return self.emulation.get(f"/contact_lists/{list_id}").json()

    def entries(self):
        entries = AuditEntry.objects.filter(account=self.account).order_by("sequence")
        return list(entries.values_list("action", "outcome"))


def test_a_new_list_is_proved_by_the_answer_and_is_in_our_copy(world):
    done = world.create(description="Courses in August")
    assert (done.state, done.message) == (State.CONFIRMED, "Done and verified.")
    assert (done.list.name, done.list.description, done.list.gone_at) == ("Summer school", "Courses in August", None)
    assert world.now(str(done.list.remote_id))["name"] == "Summer school"
    assert world.entries() == [("list_create", "intended"), ("list_create", "confirmed")]
    assert done.outcome.target == str(done.list.remote_id)


def test_a_renamed_list_keeps_its_description_and_its_star(world):
    world.change(favorite=True)
    done = world.change(name="Gala 2027")
    assert done.state == State.CONFIRMED
    now = world.now()
    assert (now["name"], now["description"], now["favorite"]) == ("Gala 2027", "Invitees", True)
    world.gala.refresh_from_db()
    assert (world.gala.name, world.gala.favorite) == ("Gala 2027", True)
    assert done.intent.told()["before"]["name"] == "Gala 2026"


def test_a_description_can_be_taken_away(world):
    assert world.change(description="").state == State.CONFIRMED
    assert "description" not in world.now()


def test_a_name_in_use_is_seen_before_anything_is_sent(world):
    done = world.create("Gala 2026")
    assert done.state == State.REFUSED
    assert "There is a list called “Gala 2026” already." in done.message
    assert world.writes == []


def test_a_name_that_is_taken_meanwhile_is_a_sentence_too(world):
    world.emulation.call("POST", "/contact_lists", json={"name": "Taken"})
    done = world.change(name="Taken")
    assert (done.state, done.outcome.http_status) == (State.REJECTED, 409)
    assert "Choose another name." in done.message
    assert world.now()["name"] == "Gala 2026"


def test_what_is_so_already_is_not_sent(world):
    done = world.change(name="Gala 2026")
    assert (done.state, world.writes) == (State.REFUSED, [])


def test_a_list_that_changed_since_the_form_was_opened_is_left_alone(world):
    seen = lists.seen_mark(world.gala)
    world.emulation.call("PUT", f"/contact_lists/{GALA}", json={"name": "Gala, by Orla"})
    done = world.change(name="Gala 2027", seen=seen)
    assert (done.state, world.writes) == (State.REFUSED, ["PUT"])
    assert "changed in Constant Contact since you opened this page" in done.message
    assert done.list.name == "Gala, by Orla"


def test_a_list_that_was_deleted_meanwhile_is_refused_and_gone_here_too(world):
    world.emulation.call("DELETE", f"/contact_lists/{GALA}")
    world.emulation.control("clock", advance=3600)
    done = world.change(name="Gala 2027")
    assert done.state == State.REFUSED
    assert "deleted in Constant Contact" in done.message
    assert ContactList.objects.get().gone_at is not None


@pytest.mark.parametrize(("role", "allowed"), [("viewer", False), ("agent", False), ("marketer", True)])
def test_only_who_may_change_many_may_change_a_list(world, role, allowed):
    person = make_access(world.account, role).user
    done = lists.change(world.gala, by=person, token=uuid.uuid4(), favorite=True)
    assert (done.state == State.CONFIRMED) is allowed
    assert world.writes == (["PUT"] if allowed else [])


@pytest.mark.parametrize("fields", [{"writing": "paused"}, {"writing": "look_only"}, {"state": "broken"}])
def test_nothing_is_sent_while_writing_is_off(world, fields):
    LinkedAccount.objects.update(**fields)
    assert world.create().state == State.REFUSED
    assert world.emulation.requests(path="/contact_lists") == []


def test_the_same_form_sent_twice_is_one_change(world):
    token = uuid.uuid4()
    first, second = world.create(token=token), world.create(token=token)
    assert first.pk == second.pk
    assert world.writes == ["POST"]


def test_a_second_change_waits_for_the_end_of_the_first(world):
    ListChange.objects.create(account=world.account, list=world.gala, kind="list_change", name="x")
    ListChange.objects.create(account=world.account, kind="list_create", name="Summer school")
    with pytest.raises(Refused, match="being changed right now"):
        world.change(favorite=True)
    with pytest.raises(Refused, match="being made right now"):
        world.create()
    assert world.writes == []


@pytest.mark.parametrize("applied", [True, False])
def test_a_new_list_whose_answer_never_came_is_found_out_by_reading(world, applied):
    world.emulation.fault("answer_lost" if applied else "drop", method="POST", path="/contact_lists")
    done = world.create()
    assert done.state == State.UNKNOWN
    assert "We do not know yet" in done.message
    settle_all()
    settle_all()
    done.refresh_from_db()
    assert done.state == (State.APPLIED if applied else State.NOT_APPLIED)
    assert (done.list is not None) is applied
    assert world.writes == ["POST"]


@pytest.mark.parametrize("applied", [True, False])
def test_a_change_whose_answer_never_came_is_found_out_by_reading(world, applied):
    world.emulation.fault("answer_lost" if applied else "drop", method="PUT", path="/contact_lists")
    assert world.change(name="Gala 2027").state == State.UNKNOWN
    settle_all()
    settle_all()
    done = ListChange.objects.get()
    assert done.state == (State.APPLIED if applied else State.NOT_APPLIED)
    assert done.list.name == world.now()["name"] == ("Gala 2027" if applied else "Gala 2026")
    assert world.writes == ["PUT"]


def test_what_somebody_else_made_of_it_meanwhile_is_said(world):
    world.emulation.fault("drop", method="PUT", path="/contact_lists")
    world.change(name="Gala 2027")
    world.emulation.call("PUT", f"/contact_lists/{GALA}", json={"name": "Gala, by Orla"})
    settle_all()
    done = ListChange.objects.get()
    assert (done.state, done.list.name) == (State.DRIFTED, "Gala, by Orla")


def test_a_change_that_was_interrupted_before_it_was_sent_did_nothing(world):
    change = ListChange.objects.create(
        account=world.account, list=world.gala, kind="list_change", name="x", recheck_at=timezone.now()
    )
    settle_all()
    change.refresh_from_db()
    assert (change.state, world.writes) == (State.REFUSED, [])


def test_while_constant_contact_does_not_answer_the_change_stays_open(world):
    world.emulation.fault("answer_lost", method="PUT", path="/contact_lists")
    world.change(name="Gala 2027")
    world.emulation.fault("status", status=503, method="GET", path="/contact_lists")
    settle_all()
    assert ListChange.objects.get().state == State.UNKNOWN
    settle_all()
    assert ListChange.objects.get().state == State.APPLIED


def test_a_note_and_the_automation_flag_stay_here_and_are_written_down(world):
    lists.annotate(world.gala, by=world.marketer, note="Invitees of Ruth", automation="yes")
    lists.annotate(world.gala, by=world.marketer, note="Invitees of Ruth", automation="yes")
    assert (world.gala.note, world.gala.automation) == ("Invitees of Ruth", "yes")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.fields, entry.reason) == (
        "list_note",
        ["note", "automation"],
        "Automation: Starts an automation when someone is added",
    )
    assert "Ruth" not in repr(entry.detail)
    assert world.emulation.requests(path="/contact_lists") == []


def test_an_agent_keeps_no_note_on_a_list(world):
    with pytest.raises(Refused):
        lists.annotate(world.gala, by=make_access(world.account, "agent").user, note="x", automation="")
    assert AuditEntry.objects.count() == 0


def settle_all():
    ListChange.objects.exclude(recheck_at=None).update(recheck_at=timezone.now())
    list_settling.settle_due()
