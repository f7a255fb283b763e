"""V2 ids crossed against the emulator: what it costs, what is remembered, who is not."""

from datetime import timedelta
from threading import Event

import pytest
from django.utils import timezone

from contacts import mirror
from contacts.mirror import forgetting
from contacts.models import AuditEntry, Contact, Crossing, Erasure, Xref, XrefKind
from contacts.rules.refusal import Refused
from contacts.rules.v2_ids import parse
from contacts.services import tidying, v2_ids
from tests.emulation import ACCOUNT
from tests.rows import make_access, make_remote
from tests.services.world import NEWSLETTER, World

pytestmark = pytest.mark.django_db
State = Crossing.State


@pytest.fixture
def world(plain):
    return World(plain, role="marketer")


def begun(world, text, kind=XrefKind.CONTACT):
    return v2_ids.begin(world.account, by=world.agent, kind=kind, found=parse(text))


def crossed(world, text, kind=XrefKind.CONTACT):
    return v2_ids.ask(begun(world, text, kind), by=world.agent)


def asked(world):
    return len(world.emulation.requests("GET", "xrefs"))


def crowd(world, number):
    people = [make_remote(f"p{each}@example.org") for each in range(number)]
    world.emulation.state.load(contacts=[{"account": ACCOUNT, **each} for each in people])


def test_pairs_are_asked_for_once_and_then_remembered(world):
    first = begun(world, "1 2")
    assert (first.state, v2_ids.cost(first), asked(world)) == (State.OPEN, 1, 0)

    done = v2_ids.ask(first, by=world.agent)
    again = begun(world, "1")

    assert (done.state, done.known, done.missing, asked(world)) == (State.ANSWERED, 1, [2], 1)
    assert Xref.objects.get().remote_id == world.contact.remote_id
    assert (again.state, again.known, v2_ids.cost(again)) == (State.ANSWERED, 1, 0)


def test_lists_have_numbers_of_their_own(world):
    done = crossed(world, "1", XrefKind.LIST)

    assert (done.known, str(Xref.objects.get(kind="list").remote_id)) == (1, NEWSLETTER)
    assert begun(world, "1").known == 0


def test_a_few_calls_are_waited_for_and_more_are_left_to_the_worker(world):
    crowd(world, 2_100)
    few = crossed(world, " ".join(map(str, range(1, 2_001))))
    many = crossed(world, " ".join(map(str, range(2_001, 6_000))))

    assert (few.state, few.known, asked(world)) == (State.ANSWERED, 2_000, 4)
    assert (many.state, list(v2_ids.due())) == (State.ASKING, [many])


def test_a_worker_that_is_stopped_after_each_portion_ends_with_the_same_answer(world):
    crowd(world, 2_600)
    question = crossed(world, " ".join(map(str, range(1, 3_000))))
    stop = Event()
    stop.set()
    turns = 0
    while question.state == State.ASKING and turns < 20:
        question, turns = v2_ids.carry_on(question, stop=stop), turns + 1

    assert (question.state, question.known, len(question.missing), asked(world)) == (State.ANSWERED, 2_601, 398, 6)
    assert turns == 7


def test_two_workers_do_not_ask_at_once(world):
    question = begun(world, "1")
    held = timezone.now() + timedelta(minutes=1)
    Crossing.objects.update(state=State.ASKING, lease_owner="another", lease_until=held)

    assert (v2_ids.carry_on(question).known, asked(world)) == (0, 0)


def test_a_trouble_waits_for_a_person_and_loses_nothing(world):
    world.emulation.fault("status", status=503, path="xrefs", times=0)
    stopped = crossed(world, "1")
    world.emulation.app.faults.clear()
    done = v2_ids.ask(stopped, by=world.agent)

    assert (stopped.state, done.state, done.known) == (State.OPEN, State.ANSWERED, 1)
    assert "Nothing was changed" in stopped.message
    assert done.message == ""
    told = AuditEntry.objects.filter(action="v2_ids").order_by("sequence")
    assert [(each.outcome, each.begins_id) for each in told] == [
        ("intended", None),
        ("failed", told[0].pk),
        ("intended", None),
        ("done", told[2].pk),
    ]
    assert told[3].detail == {"what": "contact", "found": 1, "missing": 0}


def test_only_who_may_work_in_bulk_asks(world):
    question = begun(world, "1")

    with pytest.raises(Refused):
        v2_ids.ask(question, by=make_access(world.account, "agent").user)
    assert asked(world) == 0


@pytest.mark.parametrize("text", ["", "nobody", "0"])
def test_a_text_without_a_number_is_refused(world, text):
    with pytest.raises(Refused, match="No V2 id was found"):
        begun(world, text)


def test_more_than_ten_thousand_are_refused(world):
    with pytest.raises(Refused, match="10,001"):
        begun(world, " ".join(map(str, range(1, 10_002))))


def test_who_is_erased_takes_their_number_along_and_does_not_come_back_through_it(world):
    crossed(world, "1 2")
    Erasure.objects.create(account=world.account, remote_id=world.contact.remote_id, state="done")
    mirror.forget(Contact.objects.get())

    assert list(Xref.objects.all()) == []
    question = Crossing.objects.get()
    assert (question.sequence_ids, question.known, question.missing) == ([2], 0, [2])

    later = crossed(world, "1")
    assert (later.known, later.missing, list(Xref.objects.all())) == (0, [1], [])


def test_an_unlinked_account_forgets_its_pairs(world):
    crossed(world, "1")
    forgetting.erase(world.account)

    assert (Xref.objects.count(), Crossing.objects.count()) == (0, 0)


def test_questions_end_after_thirty_days_and_their_pairs_stay(world):
    crossed(world, "1")
    Crossing.objects.update(created_at=timezone.now() - timedelta(days=31))

    tidying.forget_old(seconds=5, stop=Event())

    assert (Crossing.objects.count(), Xref.objects.count()) == (0, 1)
