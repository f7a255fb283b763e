"""Kill -9 at every named point of a creation, and eight processes at once: one intent, one true verdict, one POST."""

import json

import pytest

from tests.emulation import ACCOUNT, running_emulator
from tests.installation import Installation
from tests.linking import tokens
from tests.rows import make_remote
from tests.services.test_kill_write import LINK, NEWSLETTER, POINTS, RECOVER

pytestmark = pytest.mark.django_db
NEW = "nuala.byrne@example.org"

ACT = """
import os, signal, uuid
from contacts import audit
from contacts.models import LinkedAccount, User
from contacts.services import acts, ending, finding, newcomers, writing

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def then_die(function):
    def both(*args, **kwargs):
        function(*args, **kwargs)
        die()
    return both

point = sys.argv[1]
if point == "before the intent":
    writing._intend = die
elif point == "inside the intent":
    audit.record_all = then_die(audit.record_all)
elif point == "after the intent":
    writing._intend = then_die(writing._intend)
elif point == "after the answer":
    acts.Creation.send = then_die(acts.Creation.send)
elif point == "after the copy":
    finding.store = then_die(finding.store)
elif point == "before the outcome":
    ending.end_draft = die
elif point == "inside the outcome":
    def last_then_die(drafts, record_all=audit.record_all, **kwargs):
        entries = record_all(drafts, **kwargs)
        return entries if drafts[0].outcome == "intended" else die()

    audit.record_all = last_then_die
elif point == "after the outcome":
    writing.conclude = then_die(writing.conclude)
newcomers.create(
    LinkedAccount.objects.get(), by=User.objects.get(), address=sys.argv[2], details={"first_name": "Nuala"},
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
    with running_emulator() as emulation, django_db_blocker.unblock():
        times = {"created_at": "2023-01-01T09:00:00Z", "updated_at": "2023-01-01T09:00:00Z"}
        emulation.state.load(lists=[{"account": ACCOUNT, "list_id": NEWSLETTER, "name": "Newsletter", **times}])
        answer = tokens(emulation)
        given = {
            "account": ACCOUNT,
            "tokens": [answer.access, answer.refresh, answer.expires_in, answer.scope],
            "list": NEWSLETTER,
            "remotes": [make_remote()],
        }
        installation = Installation(emulation)
        try:
            installation.run(LINK, json.dumps(given))
            yield emulation, installation
        finally:
            installation.remove()


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
    emulation.fault("later", method="POST", path="/contacts$", seconds=None, silence=60)
    process = installation.start(ACT, "never", NEW, NEWSLETTER)
    while posts(emulation) == before:
        assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()
    emulation.control("release")
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
