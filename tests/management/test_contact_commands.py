"""verdict, reactivate and memberships: the services of the pages, with codes for a script."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from contacts.models import AuditEntry, Contact, ContactList, Membership, Write
from tests.emulation import ACCOUNT
from tests.management.rig import script
from tests.rows import make_access, make_account, make_remote, make_user
from tests.services.world import ALERTS, GALA, NEWSLETTER, World

pytestmark = pytest.mark.django_db
ADDRESS = "maeve.doyle@example.net"
BASIS = ("--basis", "our_mistake", "--note", "4812")


@pytest.fixture
def member(emulation):
    """A contact who is on one list."""
    return World(emulation, role="marketer", deleted=False, list_memberships=[NEWSLETTER])


def test_a_verdict_comes_from_our_copy_without_a_call(world):
    code, told = script(world, "verdict", ADDRESS)

    [verdict] = told["verdicts"]
    assert (code, verdict["state"], verdict["may_reactivate"], verdict["live"]) == (0, "deleted", True, False)
    assert verdict["contact_id"] == str(world.contact.remote_id)
    assert world.emulation.requests("GET", "/contacts") == []


def test_a_live_verdict_finds_whom_our_copy_does_not_have(world):
    gone = make_remote("gone@example.org", deleted_at="2026-11-01")
    world.emulation.state.load(contacts=[{"account": ACCOUNT, **gone}])

    before, told = script(world, "verdict", "gone@example.org")
    after, asked = script(world, "verdict", "gone@example.org", "--live")

    assert (before, told["verdicts"][0]["state"]) == (3, "")
    assert (after, asked["verdicts"][0]["state"], asked["verdicts"][0]["live"]) == (0, "deleted", True)


def test_what_cannot_be_read_or_asked_has_its_own_code(world):
    code, told = script(world, "verdict", ADDRESS, "nonsense")
    assert (code, len(told["unreadable"])) == (1, 1)

    world.emulation.fault("status", status=503, path="/contacts", times=0)
    code, told = script(world, "verdict", ADDRESS, "--live")
    assert (code, told["verdicts"][0]["live"]) == (4, False)
    assert told["verdicts"][0]["problem"]


def test_reactivating_sends_nothing_without_yes(world):
    code, told = script(world, "reactivate", ADDRESS, "--list", "Newsletter", *BASIS)

    assert (code, told["sent"], told["lists"]) == (0, False, [NEWSLETTER])
    assert "Add --yes to send it." in told["said"][-1]
    assert (world.sent, Write.objects.count()) == ([], 0)


def test_reactivating_is_one_proved_change_in_the_persons_name(world):
    code, told = script(world, "reactivate", ADDRESS, "--list", "Newsletter", "--list", ALERTS, *BASIS, "--yes")

    assert (code, told["state"], world.sent) == (0, "confirmed", ["PUT"])
    assert sorted(world.now["list_memberships"]) == [NEWSLETTER, ALERTS]
    intent = AuditEntry.objects.get(action="reactivate", outcome="intended")
    assert (intent.actor, intent.role, intent.basis) == (str(world.agent), "marketer", "our_mistake")
    again, told = script(world, "reactivate", ADDRESS, "--list", "Newsletter", *BASIS, "--yes")
    assert (again, world.sent) == (1, ["PUT"])


def test_without_lists_a_contact_goes_back_to_those_it_was_on(world):
    on = ContactList.objects.get(remote_id=GALA)
    Contact.objects.update(deleted_from="2026-11-16T00:00:00Z", deleted_to="2026-11-17T00:00:00Z")
    Membership.objects.create(
        contact=world.contact,
        list=on,
        began_at="2026-01-06T09:00:00Z",
        ended_at="2026-11-17T00:00:00Z",
        began_how="before_link",
        ended_how="deleted",
    )

    code, told = script(world, "reactivate", ADDRESS, *BASIS)

    assert (code, told["lists"]) == (0, [GALA])


def test_an_answer_that_never_came_is_not_known_yet(world):
    world.emulation.fault("answer_lost", method="PUT", path="/contacts/")

    code, told = script(world, "reactivate", ADDRESS, "--list", "Newsletter", *BASIS, "--yes")

    assert (code, told["state"]) == (3, "unknown")


def test_who_opted_out_is_refused(emulation):
    out = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-10-01T09:00:00Z"}
    world = World(emulation, role="admin", email_address=out)

    code, told = script(world, "reactivate", ADDRESS, "--list", "Newsletter", *BASIS, "--yes")

    assert (code, world.sent, emulation.alarms()) == (1, [], [])
    assert told["said"]


def test_what_cannot_be_meant_is_told_and_has_code_2(world):
    for arguments in (
        (ADDRESS, "--list", "No such list", *BASIS),
        (ADDRESS, "--list", "Newsletter", "--basis", "other"),
        ("two@example.org\nthree@example.org", *BASIS),
    ):
        code, said = script(world, "reactivate", *arguments, "--yes")
        assert (code, bool(said)) == (2, True)
    assert world.sent == []


def test_the_lists_of_a_contact_are_shown_and_changed_by_one_put(member):
    code, told = script(member, "memberships", ADDRESS)
    assert (code, told["names"]) == (0, ["Newsletter"])

    change = ("--add", "Gala 2026", "--remove", "Newsletter")
    code, told = script(member, "memberships", ADDRESS, *change)
    assert (code, told["wished"], member.sent) == (0, [GALA], [])

    code, told = script(member, "memberships", ADDRESS, *change, "--yes")
    assert (code, told["state"], member.sent) == (0, "confirmed", ["PUT"])
    assert member.now["list_memberships"] == [GALA]


def test_a_change_that_changes_nothing_and_one_of_a_deleted_contact_are_refused(member, emulation):
    assert script(member, "memberships", ADDRESS, "--add", "Newsletter", "--yes")[0] == 1
    emulation.control("contact/delete", id=member.remote["contact_id"])
    assert script(member, "memberships", ADDRESS, "--add", "Gala 2026", "--yes")[0] == 1
    assert member.sent == []


@pytest.mark.parametrize("command", ["verdict", "reactivate", "memberships"])
def test_nobody_enters_who_has_no_role_there(world, command):
    more = BASIS if command == "reactivate" else ()
    for stranger in ("nobody@example.org", make_user().email, make_access(make_account(), "admin").user.email):
        assert script(world, command, ADDRESS, *more, person=stranger)[0] == 2
    assert script(world, command, ADDRESS, *more, account="elsewhere")[0] == 2


def test_the_right_is_that_of_the_person(world):
    viewer = make_access(world.account, "viewer").user.email

    assert script(world, "verdict", ADDRESS, person=viewer)[0] == 0
    assert script(world, "reactivate", ADDRESS, "--list", "Newsletter", *BASIS, "--yes", person=viewer)[0] == 1
    assert script(world, "memberships", ADDRESS, "--add", "Newsletter", "--yes", person=viewer)[0] == 1
    assert world.sent == []


def test_a_second_factor_that_the_account_asks_for_is_asked_for_here_too(world):
    world.account.second_factor_from = "agent"
    world.account.save()

    code, told = script(world, "verdict", ADDRESS)

    assert (code, "second factor" in told["said"][0]) == (1, True)


def test_without_json_a_person_reads_sentences(world):
    out = StringIO()
    call_command("verdict", ADDRESS, "--account", world.account.slug, "--as", world.agent.email, stdout=out)

    assert out.getvalue().startswith(f"{ADDRESS}: ")
    with pytest.raises(json.JSONDecodeError):
        json.loads(out.getvalue())
