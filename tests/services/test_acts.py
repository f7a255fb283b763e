"""Lists, tags and deletion by the write path, against the emulator in every reading of PUT."""

import uuid

import pytest
from django.utils import timezone

from contacts.models import ContactEvent, ContactList, Job, JobItem, Membership, Tag, Tagging, Write
from contacts.rules.refusal import Refused
from contacts.services import writing
from contacts.services.acts import ACTS, Living, act_of, seen_digest
from contacts.services.settling import settle
from tests.services.world import ALERTS, COOKERY, GALA, GIFT, NEWSLETTER, RICH, World

pytestmark = pytest.mark.django_db
State = Write.State
LISTS_KINDS, TAGS_KINDS = ("lists", "add_lists", "remove_lists"), ("add_tags", "remove_tags")
EDITS = {
    "lists": ({"lists": [NEWSLETTER, GALA]}, [NEWSLETTER, GALA], [COOKERY]),
    "add_lists": ({"lists": [GALA, NEWSLETTER]}, [NEWSLETTER, ALERTS, GALA], [COOKERY]),
    "remove_lists": ({"lists": [ALERTS, GALA]}, [NEWSLETTER], [COOKERY]),
    "add_tags": ({"tags": [COOKERY, GIFT]}, [NEWSLETTER, ALERTS], [COOKERY, GIFT]),
    "remove_tags": ({"tags": [COOKERY]}, [NEWSLETTER, ALERTS], []),
}
METHOD = {"delete": "DELETE"}
UNMAILABLE = [
    {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-09-02T10:00:00Z"},
    {"permission_to_send": "unsubscribed", "opt_out_source": "Account", "opt_out_date": "2026-09-02T10:00:00Z"},
    {"permission_to_send": "pending_confirmation", "confirm_status": "pending"},
    {"permission_to_send": "temp_hold"},
    {"permission_to_send": "implicit", "opt_out_source": "Contact"},
]


def member(emulation, **parts):
    """Somebody active, on two lists and with a tag, and a manager who may do everything here."""
    had = {"list_memberships": [NEWSLETTER, ALERTS], "taggings": [COOKERY]}
    return World(emulation, role="manager", deleted=False, **{**had, **parts})


@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_changes_what_was_asked_and_nothing_else(emulation, kind):
    world = member(emulation, **RICH)
    wish, lists, tags = EDITS[kind]
    write = world.change(kind, **wish)
    assert (write.state, write.message) == (State.CONFIRMED, "Done and verified.")
    now = world.now
    assert (sorted(now["list_memberships"]), sorted(now.get("taggings", []))) == (sorted(lists), tags)
    for name in ("first_name", "last_name", "job_title", "birthday_month", "birthday_day", "anniversary"):
        assert now[name] == world.remote[name]
    assert now["email_address"]["permission_to_send"] == "implicit"
    assert now["phone_numbers"][0]["phone_number"] == "+353 1 555 0100"
    assert (world.sent, emulation.alarms()) == (["PUT"], [])


def test_a_deletion_is_one_call_and_is_proved_by_reading(emulation):
    world = member(emulation)
    write = world.change("delete")
    assert (write.state, world.sent) == (State.CONFIRMED, ["DELETE"])
    assert world.now["deleted_at"]
    assert write.intent.told()["before"]["list_memberships"] == [NEWSLETTER, ALERTS]


def test_our_copy_follows_an_edit_and_knows_that_it_was_us(plain):
    world = member(plain)
    world.change("lists", lists=[NEWSLETTER, GALA])
    world.change("add_tags", tags=[GIFT])
    on_now = Membership.objects.filter(contact=world.contact, ended_at=None)
    assert {str(each.list.remote_id) for each in on_now} == {NEWSLETTER, GALA}
    assert Membership.objects.get(contact=world.contact, list__remote_id=ALERTS).ended_how == "us"
    assert Tagging.objects.get(contact=world.contact, tag__remote_id=GIFT).began_how == "us"
    assert set(ContactEvent.objects.filter(contact=world.contact).values_list("kind", "sure")) == {
        ("lists", "us"),
        ("tags", "us"),
    }


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("lists", ["list_memberships"]),
        ("add_tags", ["taggings"]),
        ("delete", ["deleted_at", "list_memberships"]),
    ],
)
def test_the_history_names_what_was_asked_for_and_which_fields(plain, kind, fields):
    world = member(plain)
    write = world.change(kind, **EDITS.get(kind, ({},))[0])
    assert world.entries() == [(kind, "intended"), (kind, "confirmed")]
    assert write.intent.fields == fields
    assert write.intent.detail == {"write": write.pk, "lists": write.lists, "tags": write.tags}


def test_taking_somebody_off_the_last_list_leaves_them_active_on_none(plain):
    world = member(plain)
    assert world.change("lists", lists=[]).state == State.CONFIRMED
    assert "deleted_at" not in world.now
    assert world.now.get("list_memberships", []) == []


@pytest.mark.parametrize("kind", [*EDITS, "delete"])
def test_a_contact_that_was_deleted_meanwhile_is_not_touched(plain, kind):
    world = member(plain)
    plain.fault("delete_contact", method="GET", path="/contacts/", when="before")
    write = world.change(kind, **EDITS.get(kind, ({},))[0])
    assert write.state == State.REFUSED
    assert ("Deleted meanwhile: not written." if kind != "delete" else "deleted already") in write.message
    assert (world.sent, bool(world.now["deleted_at"])) == ([], True)


@pytest.mark.parametrize("consent", UNMAILABLE)
@pytest.mark.parametrize("kind", ["lists", "add_lists"])
def test_nobody_is_added_to_a_list_who_did_not_agree(plain, kind, consent):
    world = member(plain, email_address=consent)
    write = world.change(kind, **EDITS[kind][0])
    assert write.state == State.REFUSED
    assert "may be taken off lists, but not added to one" in write.message
    assert (world.sent, plain.alarms()) == ([], [])


@pytest.mark.parametrize("consent", UNMAILABLE)
@pytest.mark.parametrize("kind", ["remove_lists", "add_tags", "remove_tags"])
def test_they_may_still_be_taken_off_lists_and_tagged(emulation, kind, consent):
    world = member(emulation, email_address=consent)
    had = world.now["email_address"]
    assert world.change(kind, **EDITS[kind][0]).state == State.CONFIRMED
    now = world.now["email_address"]
    assert {**now, "updated_at": ""} == {**had, "updated_at": ""}
    assert emulation.alarms() == []


def test_an_opt_out_that_comes_with_the_fresh_reading_stops_an_addition(plain):
    world = member(plain)
    plain.fault("unsubscribe", method="GET", path="/contacts/", when="before")
    write = world.change("add_lists", lists=[GALA])
    assert write.state == State.REFUSED
    assert "opted out" in write.message
    assert world.sent == []


def test_an_opt_out_between_the_reading_and_the_writing_is_shown_and_stands(emulation):
    world = member(emulation)
    emulation.fault("unsubscribe", method="PUT", path="/contacts/", when="before")
    write = world.change("add_lists", lists=[GALA])
    assert write.state == State.DIFFERS
    assert world.now["email_address"]["permission_to_send"] == "unsubscribed"


@pytest.mark.parametrize(
    ("kind", "wish", "words"),
    [
        ("lists", {"lists": [ALERTS, NEWSLETTER]}, "on exactly these lists already"),
        ("add_lists", {"lists": [NEWSLETTER]}, "on all of these lists already"),
        ("remove_lists", {"lists": [GALA]}, "on none of these lists"),
        ("add_tags", {"tags": [COOKERY]}, "has all of these tags already"),
        ("remove_tags", {"tags": [GIFT]}, "has none of these tags"),
        ("add_lists", {"lists": [str(uuid.uuid4())]}, "A list you chose no longer exists"),
        ("lists", {"lists": [NEWSLETTER, "nonsense"]}, "A list you chose no longer exists"),
        ("add_tags", {"tags": [str(uuid.uuid4())]}, "A tag you chose no longer exists"),
    ],
)
def test_a_wish_that_changes_nothing_or_names_what_is_gone_is_refused(plain, kind, wish, words):
    world = member(plain)
    write = world.change(kind, **wish)
    assert (write.state, world.sent) == (State.REFUSED, [])
    assert words in write.message
    assert "Nothing was sent." in write.message


@pytest.mark.parametrize(
    ("kind", "model", "had", "word"),
    [("add_lists", ContactList, "list_memberships", "lists"), ("add_tags", Tag, "taggings", "tags")],
)
def test_the_fifty_first_is_refused(plain, kind, model, had, word):
    world = member(plain, **{had: [str(uuid.uuid4()) for _ in range(50)]})
    one_more = model.objects.create(account=world.account, remote_id=uuid.uuid4(), name="One more")
    write = world.change(kind, **{word: [str(one_more.remote_id)]})
    assert (write.state, world.sent) == (State.REFUSED, [])
    assert f"at most 50 {word}" in write.message


def test_a_list_that_was_deleted_meanwhile_is_refused_and_one_that_is_kept_is_not_asked_about(plain):
    world = member(plain)
    ContactList.objects.filter(remote_id__in=(GALA, NEWSLETTER)).update(gone_at=timezone.now())
    assert "no longer exists" in world.change("lists", lists=[NEWSLETTER, ALERTS, GALA]).message
    assert world.change("lists", lists=[NEWSLETTER]).state == State.CONFIRMED


def test_a_list_that_only_constant_contact_knows_to_be_gone_ends_as_not_accepted(plain):
    world = member(plain)
    plain.state.lists.delete(plain.account_id, GALA)
    assert world.change("add_lists", lists=[GALA]).state == State.REJECTED
    assert sorted(world.now["list_memberships"]) == [NEWSLETTER, ALERTS]


@pytest.mark.parametrize("kind", [*LISTS_KINDS, *TAGS_KINDS, "delete"])
def test_a_change_since_the_preview_stops_the_change(plain, kind):
    world = member(plain)
    seen = seen_digest(world.remote)
    values = {"list_memberships": [ALERTS]}
    plain.fault("change_contact", method="GET", path="/contacts/", when="before", values=values)
    write = world.change(kind, seen=seen, **EDITS.get(kind, ({},))[0])
    assert (write.state, world.sent) == (State.REFUSED, [])
    assert "since you opened this page" in write.message


@pytest.mark.parametrize(
    ("kind", "may", "may_not"),
    [
        ("lists", "agent", "viewer"),
        ("add_lists", "marketer", "agent"),
        ("remove_lists", "marketer", "agent"),
        ("add_tags", "marketer", "agent"),
        ("remove_tags", "marketer", "agent"),
        ("delete", "marketer", "agent"),
    ],
)
def test_each_kind_needs_its_right(plain, kind, may, may_not):
    world = member(plain)
    for role, state in ((may_not, State.REFUSED), (may, State.CONFIRMED)):
        world.agent.accesses.update(role=role)
        assert world.change(kind, **EDITS.get(kind, ({},))[0]).state == state
    assert len(world.sent) == 1


@pytest.mark.parametrize("kind", [*EDITS, "delete"])
@pytest.mark.parametrize("fault", ["answer_lost", "error_after"])
def test_an_answer_that_is_lost_is_found_out_by_reading_and_nothing_is_sent_again(plain, kind, fault):
    world = member(plain)
    plain.fault(fault, method=METHOD.get(kind, "PUT"), path="/contacts/")
    write = world.change(kind, **EDITS.get(kind, ({},))[0])
    assert write.state == State.UNKNOWN
    assert settle(write).state == State.APPLIED
    assert len(world.sent) == 1


@pytest.mark.parametrize("kind", ["lists", "delete"])
def test_what_was_not_applied_is_said_after_two_equal_readings(plain, kind):
    world = member(plain)
    plain.fault("status", method=METHOD.get(kind, "PUT"), path="/contacts/", status=503)
    write = world.change(kind, **EDITS.get(kind, ({},))[0])
    assert settle(write).state == State.UNKNOWN
    assert settle(Write.objects.get(pk=write.pk)).state == State.NOT_APPLIED


def test_a_change_of_a_job_is_named_in_its_history_and_to_whoever_comes_second(plain):
    world = member(plain)
    job = Job.objects.create(account=world.account, kind="add_lists", chosen="one person")
    wish = {"kind": Write.Kind.ADD_LISTS, "by": world.agent, "lists": [GALA]}
    write = writing.begin(world.contact, **wish)
    JobItem.objects.create(job=job, contact=world.contact, write=write)
    with pytest.raises(Refused, match=f"being changed right now in job {job.pk} by"):
        world.change("lists", lists=[])
    ended = writing.carry_out(write)
    assert (ended.intent.job, ended.outcome.job) == (job.pk, job.pk)


@pytest.mark.parametrize("kind", [*EDITS, "delete"])
def test_many_bodies_need_two_queries_in_all(plain, kind, django_assert_max_num_queries):
    world = member(plain)
    write = Write(account=world.account, contact=world.contact, kind=kind, **EDITS.get(kind, ({},))[0])
    living = Living(world.account)
    with django_assert_max_num_queries(2):
        bodies = [act_of(write).body(write, world.remote, living) for _ in range(5)]
        assert [ACTS[kind].missing(world.remote, body, world.remote) != [] for body in bodies] == [True] * 5
