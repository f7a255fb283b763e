"""Many processes append to one history at once, some of them killed in the middle: no gap, no fork, nothing twice.

APPENDS says how often each of the eight appends (100); the full count of the plan is 2,000.
"""

import os
import random
import time

import pytest

from tests.emulation import running_emulator
from tests.installation import Installation

APPENDS = int(os.environ.get("APPENDS", "100"))
PROCESSES, KILLED = 8, 3

BEGIN = """
from contacts.models import LinkedAccount
LinkedAccount.objects.create(slug="one", name="One", encoded_account_id="one")
"""
APPEND = """
from contacts import audit
from contacts.models import AuditEntry, LinkedAccount
account, name, number, done = LinkedAccount.objects.get(), int(sys.argv[1]), int(sys.argv[2]), 0
while done < number:
    some = min(1 + done % 3, number - done)
    facts = [{"job": name, "detail": {"number": done + each}} for each in range(some)]
    drafts = [audit.Draft("reactivate", AuditEntry.Outcome.DONE, {"note": f"{name}"}, each) for each in facts]
    audit.record_all(drafts, by=None, account=account)
    done += some
    open(sys.argv[3], "a").write("." * some)
"""
LOOK = """
from collections import defaultdict
from contacts import audit
from contacts.models import AuditChain, AuditCheckpoint
chain = AuditChain.objects.get()
numbers = defaultdict(list)
for job, detail in chain.entries.order_by("sequence").values_list("job", "detail"):
    numbers[job].append(detail["number"])
fault = audit.verify(chain)
sequences = list(chain.entries.order_by("sequence").values_list("sequence", flat=True))
print(json.dumps({
    "fault": fault and fault.problem,
    "without_gaps": sequences == [*range(1, chain.sequence + 1)],
    "numbers": numbers,
    "signed": sorted(AuditCheckpoint.objects.values_list("sequence", flat=True)),
}))
"""


@pytest.fixture
def installation():
    with running_emulator() as emulation:
        made = Installation(emulation)
        yield made
        made.remove()


def test_eight_processes_that_append_at_once_make_one_chain(installation, tmp_path):
    installation.run(BEGIN)
    chance = random.Random(APPENDS)
    told = [tmp_path / str(name) for name in range(PROCESSES)]
    processes = [installation.start(APPEND, str(name), str(APPENDS), str(file)) for name, file in enumerate(told)]
    for victim, file in zip(processes[:KILLED], told, strict=False):
        # Killed wherever it is then, once it has begun.
        wanted = chance.randrange(1, APPENDS // 2)
        while victim.poll() is None and not (file.exists() and file.stat().st_size >= wanted):
            time.sleep(0.005)
        victim.kill()
    for each in processes:
        _, err = each.communicate(timeout=600)
        assert each.returncode in (0, -9), err
    found = installation.run(LOOK)
    assert found["fault"] is None
    assert found["without_gaps"]
    for name, file in enumerate(told):
        numbers, acknowledged = found["numbers"][str(name)], file.stat().st_size
        assert numbers == [*range(len(numbers))], "one process, its own order, nothing twice"
        # What was acknowledged is there; of one that was killed, perhaps the next few as well.
        assert acknowledged <= len(numbers) <= acknowledged + 3
    total = sum(map(len, found["numbers"].values()))
    assert found["signed"] == [*range(1000, total + 1, 1000)]
    assert {processes[name].returncode for name in range(KILLED, PROCESSES)} == {0}
