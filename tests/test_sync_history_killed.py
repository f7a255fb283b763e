"""kill -9 while a run tells what it saw, and four processes at its end: everything is told, and once."""

import pytest

from tests.emulation import running_emulator
from tests.installation import Installation
from tests.linking import tokens
from tests.sync_rig import fill, truth
from tests.test_sync_killed import ACCOUNT, LINK, WALK

pytestmark = pytest.mark.django_db

READ_WHOLE = """
from contacts import sync
from contacts.models import SyncRun
account.refresh_from_db()
sync.carry_on(sync.start(account, SyncRun.Kind.FULL))
"""

# One of those who will be deleted was brought back by us just before.
ACT = """
from django.utils import timezone
from contacts.models import Contact, ContactEvent, Write
person = Contact.objects.get(remote_id=sys.argv.pop(1))
now = timezone.now()
Write.objects.create(account=account, contact=person, kind="reactivate", state="confirmed", ended_at=now)
ContactEvent.objects.create(contact=person, kind="revived", noticed_to=now, sure="us", told_at=now)
"""

KILLED = """
import os, signal
from django.db import connection, transaction
from contacts import sync
from contacts.models import LinkedAccount, SyncRun
start, when = sys.argv[1], sys.argv[2]
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def watch(execute, sql, params, many, context):
    if sql.startswith(start):
        transaction.on_commit(die) if when == "after" else die()
    return execute(sql, params, many, context)
with connection.execute_wrapper(watch):
    sync.carry_on(sync.start(LinkedAccount.objects.get(), SyncRun.Kind.CHANGES))
print("null")
"""

GO_ON = """
from django.utils import timezone
from contacts import sync
from contacts.models import SyncRun
SyncRun.objects.update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
for run in sync.due():
    sync.carry_on(run)
"""

TOLD = """
from contacts import audit
from contacts.models import Alert, AuditEntry, ContactEvent, Reversal, SyncRun
entries = AuditEntry.objects.filter(outcome="seen").order_by("sequence")
told = [[each.action, each.sure, each.detail["number"], each.events.count()] for each in entries]
left = ContactEvent.objects.filter(told_at=None).count()
undone = [Reversal.objects.count(), Alert.objects.filter(kind="reversal").count()]
fault = audit.verify(entries[0].chain) if entries else None
print(json.dumps([told, left, undone, SyncRun.objects.filter(finished_at=None).count(), str(fault)]))
"""

WHOLE = [[["seen_deleted", "likely", 5, 5]], 0, [1, 1], 0, "None"]


@pytest.fixture
def emulation():
    with running_emulator(activity_seconds=0) as emulation:
        fill(emulation, 60)
        yield emulation


@pytest.fixture
def installation(emulation):
    """Read whole; then somebody else's bulk job deleted five people, one of whom we had brought back."""
    installation, given = Installation(emulation), tokens(emulation)
    people = [each["contact_id"] for each in truth(emulation).values() if each["list_memberships"]][:5]
    installation.run(LINK + READ_WHOLE + ACT, ACCOUNT, given.access, given.refresh, people[0])
    emulation.control("clock", advance=5)
    assert emulation.call("POST", "/activities/contact_delete", json={"contact_ids": people}).status_code == 201
    emulation.control("clock", advance=5)
    yield installation
    installation.remove()


@pytest.mark.parametrize(
    ("statement", "when"),
    [
        pytest.param('INSERT INTO "contacts_seenactivity"', "now", id="before the bulk jobs are kept"),
        pytest.param('INSERT INTO "contacts_seenactivity"', "after", id="after the bulk jobs are kept"),
        pytest.param('INSERT INTO "contacts_reversal"', "now", id="before the reversals"),
        pytest.param('INSERT INTO "contacts_alert"', "now", id="before the alert"),
        pytest.param('INSERT INTO "contacts_auditentry"', "now", id="before the entries"),
        pytest.param('UPDATE "contacts_contactevent" SET', "now", id="before the events are marked"),
        pytest.param('UPDATE "contacts_contactevent" SET', "after", id="right after the run has ended"),
    ],
)
def test_a_run_killed_while_it_tells_is_told_whole_and_once(installation, statement, when):
    installation.run(KILLED, statement, when, killed=True)
    assert installation.run(GO_ON + TOLD) == WHOLE


def test_four_processes_at_the_end_of_one_run_tell_it_once(installation, tmp_path):
    walk = WALK.replace("Kind.FULL", "Kind.CHANGES")
    processes = [installation.start(walk, str(tmp_path)) for _ in range(4)]
    assert [each.wait(timeout=60) for each in processes] == [0] * 4
    # Who came last may have opened a run of its own, which has nothing left to tell.
    assert installation.run(GO_ON + TOLD) == WHOLE
