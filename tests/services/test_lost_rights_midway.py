"""Whoever ordered it loses the role, or is gone, while the worker is at it: it stops there (faults W13)."""

from threading import Event

import pytest

from contacts.models import Access, AuditEntry, Contact, ContactFile, Crossing, Membership, Seed, User, Xref, XrefKind
from contacts.rules.v2_ids import Found
from contacts.services import seeds, v2_ids
from contacts.services.seeds import walking
from tests.rows import make_access
from tests.services.test_seeds import MARCH, Place
from tests.services.world import World

pytestmark = pytest.mark.django_db
GONE = "Stopped: the person who ordered this has no access to the account any more."
LOWERED = "Stopped: the role of {by} does not allow this any more."
LOSSES = {
    "the role is lowered": (lambda user: Access.objects.filter(user=user).update(role="agent"), LOWERED),
    "the role is taken": (lambda user: Access.objects.filter(user=user).delete(), GONE),
    "shut out": (lambda user: User.objects.filter(pk=user.pk).update(is_active=False), GONE),
    "deleted": (lambda user: User.objects.filter(pk=user.pk).delete(), GONE),
}


class After(Event):
    """Something happens after so many portions of a turn; the turn itself goes on."""

    def __init__(self, portions, act):
        super().__init__()
        self.left, self.act = portions, act

    def is_set(self):
        self.left -= 1
        if self.left == 0:
            self.act()
        return False


@pytest.fixture
def place(monkeypatch):
    monkeypatch.setattr(walking, "AT_ONCE", 2)
    place = Place()
    for number in range(5):
        place.ghost(f"person{number}@example.org")
    return place


@pytest.fixture
def text():
    return "email,lists\n" + "".join(f"person{number}@example.org,Newsletter\n" for number in range(5))


@pytest.fixture(params=LOSSES)
def loss(request):
    return LOSSES[request.param]


def told(action):
    """The outcomes of an action in the history, and what the last one says."""
    entries = list(AuditEntry.objects.filter(action=action).order_by("sequence").select_related("payload"))
    return [each.outcome for each in entries], entries[-1]


def test_learning_stops_and_what_was_learned_stays(place, text, loss):
    lose, sentence = loss
    seed = place.brought(text)
    seeds.learn(seed, by=place.by)
    seed = seeds.carry_on(seed, seconds=10, stop=After(1, lambda: lose(place.by)))

    assert (seed.state, seed.counts["taught"]) == ("learned", {"people": 2, "stays": 2})
    assert seed.message.startswith(sentence.format(by=place.by))
    assert seed.message.endswith("What was learned before stays. To learn the rest, bring the file again.")
    assert (Membership.objects.count(), list(seeds.due())) == (2, [])
    outcomes, last = told("seed_learned")
    assert (outcomes, last.detail["people"]) == (["refused"], 2)
    assert place.lists["Newsletter"].memberships.count() == 2


def test_another_person_learns_the_rest_from_the_same_file(place, text):
    seed = place.brought(text)
    seeds.learn(seed, by=place.by)
    seeds.carry_on(seed, seconds=10, stop=After(1, lambda: Access.objects.all().delete()))
    place.by = make_access(place.account, "manager").user

    again = place.brought(text)
    assert place.fates(again) == ["known", "known", "learn", "learn", "learn"]
    assert place.learn(again).message == ""
    assert Membership.objects.count() == 5


def test_learning_that_never_began_is_still_to_be_ordered(place, text, loss):
    lose, sentence = loss
    seed = place.brought(text)
    seeds.match(seed, {})
    seed = seeds.carry_on(seed, seconds=10)
    seeds.learn(seed, by=place.by)
    lose(place.by)
    seed = seeds.carry_on(Seed.objects.get(pk=seed.pk), seconds=10)

    assert (seed.state, seed.reached) == ("looked", 0)
    assert seed.message == f"{sentence.format(by=place.by)} Nothing was learned."
    assert not Membership.objects.exists()
    assert told("seed_learned")[0] == ["refused"]
    seeds.learn(seed, by=make_access(place.account, "marketer").user)
    assert seeds.carry_on(seed, seconds=10).counts["taught"] == {"people": 5, "stays": 5}


def test_taking_back_stops_and_can_be_ordered_again(place, text, loss):
    lose, sentence = loss
    seed = place.learned(text)
    seeds.forget(seed, by=place.by)
    seed = seeds.carry_on(seed, seconds=10, stop=After(1, lambda: lose(place.by)))

    assert (seed.state, seed.counts["taught"]) == ("learned", {"people": 3, "stays": 3})
    assert seed.message == f"{sentence.format(by=place.by)} What was taken back before stays so."
    outcomes, last = told("seed_forgotten")
    assert (outcomes, last.detail["stays"]) == (["done", "refused"], 3)
    seeds.forget(seed, by=make_access(place.account, "marketer").user)
    assert (seeds.carry_on(seed, seconds=10).state, Membership.objects.count()) == ("forgotten", 0)


def test_a_comparison_goes_on_for_whoever_is_left(place, text):
    seed = place.brought(text, stop=True)
    seeds.answer(seed, day=MARCH, columns=seed.columns, whole=None)
    Access.objects.all().delete()

    assert seeds.carry_on(seed, seconds=10).state == "looked"
    assert ContactFile.objects.get().by_id == place.by.pk


def test_asking_for_v2_ids_stops_and_what_was_answered_stays(plain, loss):
    lose, sentence = loss
    world = World(plain, role="marketer")
    found = Found(list(range(1, 3_001)), left_out=0)
    question = v2_ids.begin(world.account, by=world.agent, kind=XrefKind.CONTACT, found=found)
    question = v2_ids.ask(question, by=world.agent)
    question = v2_ids.carry_on(question, stop=After(2, lambda: lose(world.agent)))

    assert (question.state, question.message) == ("open", sentence.format(by=world.agent))
    assert (question.known, len(question.missing), len(world.emulation.requests("GET", "xrefs"))) == (1, 999, 2)
    assert Xref.objects.get().remote_id == Contact.objects.get().remote_id
    outcomes, last = told("v2_ids")
    assert (outcomes, last.detail["left"]) == (["intended", "refused"], 2_000)

    other = make_access(world.account, "manager").user
    question = v2_ids.carry_on(v2_ids.ask(question, by=other))
    assert (question.state, question.known, question.by, list(v2_ids.due())) == ("answered", 1, other, [])
    assert Crossing.objects.get().message == ""
