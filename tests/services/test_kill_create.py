"""Kill -9 at every named point of a creation, and eight processes at once: one intent, one true verdict, one POST."""

import json

import pytest

from tests.emulation import running_emulator
from tests.rows import make_remote
from tests.services.dying import DIE_AT, NEWSLETTER, POINTS, RECOVER, killed_while_it_waits, linked_installation

pytestmark = pytest.mark.django_db
NEW = "nuala.byrne@example.org"

ACT = f"""{DIE_AT}
import uuid
from contacts.models import LinkedAccount, User
from contacts.services import newcomers
die_at(sys.argv[1], acts.Creation)
newcomers.create(
    LinkedAccount.objects.get(), by=User.objects.get(), address=sys.argv[2], details={{"first_name": "Nuala"}},
    lists=[sys.argv[3]], basis="asked_directly", note="4812", token=uuid.uuid4(),
)
"""
RACE = """
import uuid
from contacts.models import LinkedAccount, User
from contacts.rules.refusal import Refused
from contacts.services import newcomers
try:
    write = newcomers.create(
        LinkedAccount.objects.get(), by=User.objects.get(), address=sys.argv[1], details={},
        lists=[sys.argv[2]], basis="asked_directly", note="4812", token=uuid.uuid4(),
    )
    print(json.dumps(write.state))
except Refused as refused:
    print(json.dumps("waits" if "being added right now" in refused.advice else refused.advice))
"""
COUNT = """
from contacts.models import AuditEntry, Contact, Write
print(json.dumps({
    "contacts": Contact.objects.filter(address_key=sys.argv[1]).count(),
    "open": Write.objects.filter(state__in=Write.OPEN).count(),
    "intents": AuditEntry.objects.filter(action="create", outcome="intended").count(),
}))
"""
HERE = POINTS | {"after the copy": (1, "applied", ["intended", "applied"])}


@pytest.fixture(scope="module")
def linked(django_db_setup, django_db_blocker):
    """An emulator with a list, and an installation linked to it that is only copied."""
    with (
        running_emulator() as emulation,
        django_db_blocker.unblock(),
        linked_installation(emulation, [make_remote()]) as installation,
    ):
        yield emulation, installation


@pytest.fixture
def place(linked):
    emulation, original = linked
    installation = original.copy()
    try:
        yield emulation, installation
    finally:
        installation.remove()
        emulation.app.faults.clear()


def posts(emulation):
    return len(emulation.requests("POST", "/contacts$"))


def holders(emulation, address):
    return emulation.get("/contacts", email=address, status="all").json()["contacts"]


@pytest.mark.parametrize("point", HERE)
def test_a_kill_leaves_one_intent_one_true_verdict_and_one_post_at_most(place, point):
    emulation, installation = place
    sent, state, entries = HERE[point]
    before, address = posts(emulation), f"{point.replace(' ', '.')}@example.org"
    installation.run(ACT, point, address, NEWSLETTER, killed=True)
    told = installation.run(RECOVER)
    assert told == {"state": state, "entries": entries, "whole": True}
    assert (posts(emulation) - before, len(holders(emulation, address))) == (sent, sent)


def test_a_kill_while_the_answer_is_awaited_ends_with_what_constant_contact_did(place):
    emulation, installation = place
    before = posts(emulation)
    killed_while_it_waits(emulation, installation, ACT, "never", NEW, NEWSLETTER, method="POST", path="/contacts$")
    assert installation.run(RECOVER) == {"state": "applied", "entries": ["intended", "applied"], "whole": True}
    assert (posts(emulation) - before, len(holders(emulation, NEW))) == (1, 1)


def test_eight_processes_at_once_create_one_contact(place):
    emulation, installation = place
    before, address = posts(emulation), "eight.at.once@example.org"
    emulation.fault("delay", method="POST", path="/contacts$", seconds=1)
    started = [installation.start(RACE, address, NEWSLETTER) for _ in range(8)]
    ends = [json.loads(each.communicate()[0]) for each in started]
    assert ends.count("confirmed") == 1
    assert set(ends) <= {"confirmed", "waits", "refused"}
    assert (posts(emulation) - before, len(holders(emulation, address))) == (1, 1)
    assert installation.run(COUNT, address) == {"contacts": 1, "open": 0, "intents": 1}
