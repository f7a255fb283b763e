"""kill -9 while a walk is split, and while pages are fetched ahead: the mirror equals the emulator afterwards."""

import pytest

from tests.emulation import ACCOUNT, running_emulator
from tests.installation import Installation
from tests.linking import tokens
from tests.sync_rig import fill
from tests.test_sync_killed import COMPARE, GO_ON, LINK, SYNC, mirror_equals, wait_for

pytestmark = pytest.mark.django_db
SMALL = """
from contacts.sync import walks, windows
walks.PER_PAGE, windows.WORTH, windows.QUICK_MS, windows.EACH = 20, 100, 0, 20
"""
TELL = """
run["split"] = SyncRun.objects.get().tally["split"]
"""
CONTACTS = "^/v3/contacts$"


@pytest.fixture
def emulation():
    with running_emulator() as emulation:
        fill(emulation, 300)
        yield emulation


@pytest.fixture
def installation(emulation):
    installation = Installation(emulation, CC_CALLS_PER_SECOND="1000000")
    yield installation
    installation.remove()


@pytest.fixture
def credential(emulation):
    given = tokens(emulation)
    return ACCOUNT, given.access, given.refresh


@pytest.mark.parametrize(
    ("statement", "number", "when"),
    [
        pytest.param('INSERT INTO "contacts_syncpage"', 4, "now", id="before the walk is split"),
        pytest.param('INSERT INTO "contacts_syncpage"', 4, "after", id="right after the walk was split"),
        pytest.param('INSERT INTO "contacts_syncpage"', 9, "now", id="before the commit of a window's page"),
        pytest.param('INSERT INTO "contacts_syncpage"', 9, "after", id="after the commit of a window's page"),
        pytest.param('INSERT INTO "contacts_syncpage"', 15, "now", id="in a page late in the windows"),
        pytest.param('INSERT INTO "contacts_syncpage"', 20, "after", id="when some windows have ended"),
    ],
)
def test_a_killed_run_goes_on_in_its_windows(installation, emulation, credential, statement, number, when):
    installation.run(LINK + SMALL + SYNC, *credential, statement, str(number), when, killed=True)
    run, contacts = installation.run(SMALL + GO_ON + TELL + COMPARE)
    assert (run["state"], run["interrupted"]) == ("done", 1) and 300 <= run["seen"] <= 320
    assert run["told"].startswith("Interrupted, resumed from page ") and run["split"]["windows"] == 8
    assert mirror_equals(emulation, contacts)


def test_a_process_killed_with_several_answers_on_their_way_loses_nothing(installation, emulation, credential):
    emulation.fault("delay", path="created_", seconds=30, times=0)
    process = installation.start(LINK + SMALL + SYNC, *credential, "nothing of the kind", "1", "now")
    wait_for(lambda: len(emulation.requests(path=CONTACTS)) == 1 + 8)
    process.kill()
    process.communicate()
    emulation.app.faults.clear()
    run, contacts = installation.run(SMALL + GO_ON + COMPARE)
    assert run["interrupted"] == 1 and mirror_equals(emulation, contacts)
