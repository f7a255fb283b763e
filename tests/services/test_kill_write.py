"""Kill -9 at every named point of the write path: one intent, one true verdict, one send at most."""

import pytest

from tests.emulation import ACCOUNT, running_emulator
from tests.rows import make_remote
from tests.services.dying import DIE_AT, NEWSLETTER, POINTS, RECOVER, killed_while_it_waits, linked_installation

pytestmark = pytest.mark.django_db
ACT = f"""{DIE_AT}
from contacts.models import Contact, User
die_at(sys.argv[1], acts.act.Put)
contact = Contact.objects.get(remote_id=sys.argv[2])
kind, lists = ("reactivate", [sys.argv[3]]) if contact.deleted_on else ("lists", [])
basis = "our_mistake"
if sys.argv[3] == "unsubscribe":
    kind, basis = "unsubscribe", "they_asked"
writing.carry_out(writing.begin(contact, kind=kind, by=User.objects.get(), lists=lists, basis=basis))
"""


@pytest.fixture(scope="module")
def linked(django_db_setup, django_db_blocker):
    """An emulator with a deleted contact and an active one, and an installation linked to it that is only copied."""
    with running_emulator() as emulation, django_db_blocker.unblock():
        hidden = make_remote(deleted_at="2026-11-17")
        active = make_remote("nuala@example.org", list_memberships=[NEWSLETTER])
        with linked_installation(emulation, [hidden, active]) as installation:
            emulation.state.load(contacts=[{"account": ACCOUNT, **each} for each in (hidden, active)])
            yield emulation, installation, hidden["contact_id"], active["contact_id"]


@pytest.fixture
def place(linked):
    emulation, original, hidden, active = linked
    installation = original.copy()
    try:
        yield emulation, installation, hidden, active
    finally:
        installation.remove()
        emulation.app.faults.clear()
        if "deleted_at" not in emulation.state.contacts.get(ACCOUNT, hidden):
            emulation.state.contacts.delete(ACCOUNT, hidden)
        before = make_remote("nuala@example.org")["email_address"]
        emulation.state.contacts.change(ACCOUNT, active, {"list_memberships": [NEWSLETTER], "email_address": before})


def puts(emulation):
    return len(emulation.requests("PUT", "/contacts/"))


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_leaves_one_intent_one_true_verdict_and_no_second_send(place, point):
    emulation, installation, contact_id, _ = place
    sent, state, entries = POINTS[point]
    before = puts(emulation)
    installation.run(ACT, point, contact_id, NEWSLETTER, killed=True)
    told = installation.run(RECOVER)
    assert told == {"state": state, "entries": entries, "whole": True}
    assert puts(emulation) - before == sent
    assert ("deleted_at" not in emulation.get(f"/contacts/{contact_id}").json()) == bool(sent)


@pytest.mark.parametrize("point", ["after the intent", "after the answer", "inside the outcome"])
def test_a_kill_in_an_edit_of_lists_ends_as_truly(place, point):
    emulation, installation, _, contact_id = place
    sent, state, entries = POINTS[point]
    before = puts(emulation)
    installation.run(ACT, point, contact_id, NEWSLETTER, killed=True)
    assert installation.run(RECOVER) == {"state": state, "entries": entries, "whole": True}
    assert puts(emulation) - before == sent
    held = emulation.get(f"/contacts/{contact_id}", include="list_memberships").json()
    assert held.get("list_memberships", []) == ([] if sent else [NEWSLETTER])


@pytest.mark.parametrize("point", ["after the intent", "after the answer", "inside the outcome"])
def test_a_kill_in_an_unsubscription_ends_as_truly(place, point):
    emulation, installation, _, contact_id = place
    sent, state, entries = POINTS[point]
    before = puts(emulation)
    installation.run(ACT, point, contact_id, "unsubscribe", killed=True)
    assert installation.run(RECOVER) == {"state": state, "entries": entries, "whole": True}
    assert puts(emulation) - before == sent
    email = emulation.get(f"/contacts/{contact_id}").json()["email_address"]
    assert email["permission_to_send"] == ("unsubscribed" if sent else "implicit")


def test_a_kill_while_the_answer_is_awaited_ends_with_what_constant_contact_did(place):
    emulation, installation, contact_id, _ = place
    before = puts(emulation)
    given = (ACT, "never", contact_id, NEWSLETTER)
    killed_while_it_waits(emulation, installation, *given, method="PUT", path="/contacts/")
    assert installation.run(RECOVER) == {"state": "applied", "entries": ["intended", "applied"], "whole": True}
    assert "deleted_at" not in emulation.get(f"/contacts/{contact_id}").json()
    assert puts(emulation) - before == 1
