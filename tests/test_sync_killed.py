"""kill -9 at the worst moments of a run, and four processes at one run: the mirror equals the emulator afterwards."""

import json
import threading

import pytest

from tests.emulation import ACCOUNT, running_emulator
from tests.installation import Installation
from tests.linking import tokens
from tests.sync_rig import fill, truth

pytestmark = pytest.mark.django_db

LINK = """
from contacts import connect
from contacts.api.oauth_token import TokenAnswer
from contacts.models import LinkedAccount
account = LinkedAccount.objects.create(slug="harbour", encoded_account_id=sys.argv.pop(1), name="Harbour")
connect.keep(account, TokenAnswer(sys.argv.pop(1), sys.argv.pop(1), 3600, ""))
"""

# Dies by its own hand just before the n-th statement of a kind, or just after the commit that follows it.
SYNC = """
import os, signal
from django.db import connection, transaction
from contacts import sync
from contacts.models import SyncRun
start, number, when = sys.argv[1], int(sys.argv[2]), sys.argv[3]
met = 0
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def watch(execute, sql, params, many, context):
    global met
    if sql.startswith(start):
        met += 1
        if met == number:
            transaction.on_commit(die) if when == "after" else die()
    return execute(sql, params, many, context)
account.refresh_from_db()
with connection.execute_wrapper(watch):
    sync.carry_on(sync.start(account, SyncRun.Kind.FULL))
print("null")
"""

GO_ON = """
from django.utils import timezone
from contacts import sync
from contacts.models import SyncRun
SyncRun.objects.update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
[run] = sync.due()
told = []
sync.carry_on(run, each=lambda run: told.append(run.message))
run = {"state": run.state, "interrupted": run.interrupted, "told": told[0], "seen": run.seen}
"""

COMPARE = """
run = globals().get("run")
from contacts.models import Contact, LinkedAccount, Membership
rows = {str(each.remote_id): [each.remote, []] for each in Contact.objects.filter(missing_since=None)}
for contact, thing in Membership.objects.filter(ended_at=None).values_list("contact__remote_id", "list__remote_id"):
    rows[str(contact)][1].append(str(thing))
print(json.dumps([run, {name: [remote, sorted(lists)] for name, (remote, lists) in rows.items()}]))
"""

WALK = """
import os, pathlib, threading
from contacts import sync
from contacts.models import LinkedAccount, SyncRun
start_line = pathlib.Path(sys.argv[1])
(start_line / str(os.getpid())).touch()
while len(list(start_line.iterdir())) < 4:
    threading.Event().wait(0.01)
run = sync.start(LinkedAccount.objects.get(), SyncRun.Kind.FULL)
walked = []
sync.carry_on(run, each=lambda run: walked.append(run.pages))
print(json.dumps([run.pk, len(walked)]))
"""


@pytest.fixture
def emulation():
    with running_emulator() as emulation:
        fill(emulation, 1100)
        yield emulation


@pytest.fixture
def installation(emulation):
    installation = Installation(emulation)
    yield installation
    installation.remove()


@pytest.fixture
def credential(emulation):
    given = tokens(emulation)
    return ACCOUNT, given.access, given.refresh


def mirror_equals(emulation, contacts):
    return contacts == {name: [each, sorted(each["list_memberships"])] for name, each in truth(emulation).items()}


@pytest.mark.parametrize(
    ("statement", "number", "when"),
    [
        pytest.param('INSERT INTO "contacts_syncpage"', 1, "now", id="before the commit of the lists"),
        pytest.param('SELECT "contacts_contactlist"."remote_id"', 2, "now", id="in the middle of the second page"),
        pytest.param('INSERT INTO "contacts_syncpage"', 5, "now", id="before the commit of a page"),
        pytest.param('INSERT INTO "contacts_syncpage"', 5, "after", id="between the commit and the next fetch"),
        pytest.param('UPDATE "contacts_linkedaccount" SET "synced_at"', 1, "now", id="in the final step"),
    ],
)
def test_a_killed_run_is_carried_on_and_the_mirror_is_whole(
    installation, emulation, credential, statement, number, when
):
    installation.run(LINK + SYNC, *credential, statement, str(number), when, killed=True)
    run, contacts = installation.run(GO_ON + COMPARE)
    assert (run["state"], run["interrupted"], run["seen"]) == ("done", 1, 1100)
    assert run["told"].startswith("Interrupted, resumed from page ")
    assert mirror_equals(emulation, contacts)


def test_a_process_killed_while_it_waits_for_an_answer_leaves_no_half_page(installation, emulation, credential):
    emulation.fault("delay", path="cursor=", seconds=30)
    process = installation.start(LINK + SYNC, *credential, "nothing of the kind", "1", "now")
    wait_for(lambda: len(emulation.requests(path="^/v3/contacts$")) == 2)
    process.kill()
    process.communicate()
    emulation.app.faults.clear()
    run, contacts = installation.run(GO_ON + COMPARE)
    assert run["interrupted"] == 1 and mirror_equals(emulation, contacts)


def test_four_processes_at_once_walk_one_run_once(installation, emulation, credential, tmp_path):
    installation.run(LINK, *credential)
    processes = [installation.start(WALK, str(tmp_path)) for _ in range(4)]
    told = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert len({pk for pk, _ in told}) == 1
    assert len(emulation.requests(path="^/v3/contacts$")) == 3
    assert mirror_equals(emulation, installation.run(COMPARE)[1])


def wait_for(condition):
    """Until it is so, for at most half a minute; the emulator's log is what tells."""
    for _ in range(300):
        if condition():
            return
        threading.Event().wait(0.1)
    raise AssertionError("it never came to that")
