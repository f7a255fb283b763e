"""import_contacts and export_contacts: a whole import from the shell, and contacts as a file."""

import csv
import stat

import pytest
from django.utils import timezone

from contacts.models import AuditEntry, Contact, ContactFile, ContactList, Job, JobItem, LinkedAccount
from tests.emulation import ACCOUNT
from tests.emulator.people import addresses
from tests.management.rig import script
from tests.rows import make_access, make_remote
from tests.services.world import NEWSLETTER

pytestmark = pytest.mark.django_db
GROUNDS = ("--basis", "customers", "--note", "Till, 2026")
INTO = ("--list", "Newsletter", *GROUNDS)


@pytest.fixture
def brought(world, tmp_path):
    """A file with somebody new, the deleted contact, somebody who opted out and something that is no address."""
    out = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-10-01T09:00:00Z"}
    left = make_remote("left@example.org", email_address=out)
    world.emulation.state.load(contacts=[{"account": ACCOUNT, **left}])
    world.look(left)
    world.emulation.control("activities", seconds=0)
    now = timezone.now()
    LinkedAccount.objects.update(watermark=now, synced_at=now, swept_at=now)
    file = tmp_path / "people.csv"
    rows = ["new@example.org,Nora", f"{world.contact.address},Maeve", "left@example.org,Leo", "nonsense,Nobody"]
    file.write_text("\n".join(["email,first name", *rows]))
    return file


def members(world, list_id=NEWSLETTER):
    return addresses(world.emulation.get("/contacts", lists=list_id, limit=500))


def test_a_file_is_checked_and_forgotten_without_yes(world, brought):
    code, told = script(world, "import_contacts", brought)

    assert code == 0
    assert {name: number for name, number in told["verdicts"].items() if number} == {
        "new": 1,
        "deleted": 1,
        "opted_out": 1,
        "bad_address": 1,
    }
    assert (Job.objects.count(), world.sent) == (0, [])
    assert ContactFile.objects.get().forgotten_at


def test_the_safe_rows_go_in_and_nobody_else(world, brought):
    code, told = script(world, "import_contacts", brought, *INTO, "--yes")

    assert (code, told["state"], told["people"]) == (0, "done", 1)
    assert members(world) == {"new@example.org"}
    assert world.emulation.alarms() == []
    assert Job.objects.get().by == world.agent
    assert {each.person.address for each in JobItem.objects.filter(write__state="confirmed")} == {"new@example.org"}


def test_deleted_ones_come_back_only_by_a_choice_of_its_own(world, brought):
    code, told = script(world, "import_contacts", brought, *INTO, "--include", "new", "deleted", "--yes")

    assert (code, told["people"]) == (0, 2)
    assert members(world) == {"new@example.org", world.contact.address}
    assert world.emulation.alarms() == []


def test_new_lists_are_made_for_the_import_and_none_without_yes(world, brought):
    into = ("--list", "Newsletter", "--new-list", " Fair 2026", "--new-list", "Fair, all", "--new-list", "Fair 2026")
    code, told = script(world, "import_contacts", brought, *into, *GROUNDS)
    assert (code, world.sent) == (0, []) and "The list “Fair 2026” would be made." in told["said"]

    code, told = script(world, "import_contacts", brought, *into, *GROUNDS, "--yes")

    made = {each.name: str(each.remote_id) for each in ContactList.objects.filter(name__startswith="Fair")}
    assert (code, told["people"], told["new_lists"]) == (0, 1, made) and set(made) == {"Fair 2026", "Fair, all"}
    assert set(Job.objects.get().lists) == {NEWSLETTER, *made.values()}
    assert {frozenset(members(world, each)) for each in made.values()} == {frozenset({"new@example.org"})}
    assert AuditEntry.objects.filter(action="list_create", outcome="confirmed").count() == 2


@pytest.mark.parametrize("name", ["", " ", "x" * 256, "Newsletter"])
def test_a_new_list_that_cannot_be_is_told_before_the_file_is_read(world, brought, name):
    code, said = script(world, "import_contacts", brought, "--new-list", name, *GROUNDS, "--yes")

    assert (code, ContactFile.objects.count(), world.sent) == (2, 0, [])
    assert "list" in said


@pytest.mark.parametrize(
    ("fault", "code"), [({"kind": "status", "status": 400}, 4), ({"kind": "answer_lost"}, 3)], ids=["refused", "lost"]
)
def test_where_a_new_list_is_not_made_nobody_is_imported(world, brought, fault, code):
    world.emulation.fault(method="POST", path="/contact_lists", **fault)

    ended, told = script(world, "import_contacts", brought, "--new-list", "Fair 2026", *GROUNDS, "--yes")

    assert (ended, told["new_lists"], Job.objects.count()) == (code, {}, 0)
    assert "Nobody was imported" in told["said"][-1] and ContactFile.objects.get().forgotten_at


def test_no_list_is_made_for_a_file_of_which_nobody_would_be_sent(world, brought):
    wish = ("--new-list", "Fair 2026", *GROUNDS, "--include", "update")

    assert script(world, "import_contacts", brought, *wish, "--yes")[0] == 1
    assert not ContactList.objects.filter(name="Fair 2026").exists()


def test_an_import_needs_a_list_grounds_and_a_file_that_is_there(world, brought, tmp_path):
    for arguments in ((brought, *GROUNDS), (brought, "--list", "Newsletter"), (brought, "--list", "None", *GROUNDS)):
        assert script(world, "import_contacts", *arguments, "--yes")[0] == 2
    assert script(world, "import_contacts", tmp_path / "nothing.csv", *INTO, "--yes")[0] == 2
    assert (Job.objects.count(), ContactFile.objects.count()) == (0, 0)


def test_before_the_first_sync_nothing_can_be_said_of_a_file(world, brought):
    LinkedAccount.objects.update(watermark=None)

    code, told = script(world, "import_contacts", brought, *INTO, "--yes")

    assert (code, ContactFile.objects.count()) == (1, 0)
    assert "Sync it first" in told["said"][0]


def test_a_file_without_addresses_is_refused(world, brought, tmp_path):
    file = tmp_path / "colours.csv"
    file.write_text("colour,size\nred,3\n")

    code, told = script(world, "import_contacts", file)

    assert (code, "email" in told["said"][0]) == (1, True)


def test_an_agent_imports_and_exports_nothing(world, brought, tmp_path):
    agent = make_access(world.account, "agent").user.email
    file = tmp_path / "out.csv"

    assert script(world, "import_contacts", brought, *INTO, "--yes", person=agent)[0] == 1
    assert script(world, "export_contacts", file, "--reason", "a mailing", person=agent)[0] == 1
    assert (file.exists(), ContactFile.objects.count()) == (False, 0)


def test_contacts_are_exported_for_their_owner_only_and_it_is_written_down(world, brought, tmp_path):
    file = tmp_path / "out.csv"

    code, told = script(world, "export_contacts", file, "--reason", "a mailing", "--columns", "address")

    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert (code, told["rows"], rows[0]) == (0, 2, ["Email address"])
    assert {each[0] for each in rows[1:]} == {"left@example.org", world.contact.address}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ends = AuditEntry.objects.filter(action="export").order_by("sequence")
    assert [(each.outcome, each.actor) for each in ends] == [("intended", str(world.agent)), ("done", str(world.agent))]
    assert ends[0].told()["note"] == "a mailing"


def test_a_view_is_exported_and_nothing_is_written_over(world, brought, tmp_path):
    file = tmp_path / "out.csv"
    who = (file, "--reason", "a mailing", "--status", "unsubscribed")

    assert script(world, "export_contacts", *who)[1]["rows"] == 1
    assert script(world, "export_contacts", *who)[0] == 2
    assert file.read_text(encoding="utf-8-sig").count("@") == 1
    assert AuditEntry.objects.filter(action="export").count() == 2


def test_where_nobody_fits_there_is_no_file(world, tmp_path):
    file = tmp_path / "out.csv"
    Contact.objects.update(status="deleted")

    code, _ = script(world, "export_contacts", file, "--reason", "a mailing", "--list", "Newsletter")

    assert (code, file.exists()) == (1, False)
