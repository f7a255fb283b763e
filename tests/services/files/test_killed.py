"""Kill -9 of the worker while it reads and judges files: every row is there once, with its verdict, and counted.

``CCADMIN_KILLS=200 pytest tests/services/files/test_killed.py`` is the long run.
"""

import json
from collections import Counter

import pytest

from tests.emulation import running_emulator
from tests.installation import Installation
from tests.services.jobs.commanding import KILLS, SEED

pytestmark = pytest.mark.django_db
MAIN = "from tests.services.files import killing\nkilling.main()\n"


def test_a_kill_at_any_moment_leaves_every_row_once_with_its_verdict_and_true_counts():
    with running_emulator(empty=True) as emulation:
        installation = Installation(emulation)
        try:
            told = installation.run(MAIN, json.dumps({"kills": 2 * KILLS, "seed": SEED, "longest": 0.6}))
        finally:
            installation.remove()
    print(f"seed {SEED}: {2 * KILLS} kills, {len(told['files'])} files")
    for place, number in sorted(told["places"].items()):
        print(f"{number:4} {place}")
    assert told["places"], f"seed {SEED}: nobody was killed at work"
    for file in told["files"]:
        assert file["state"] == "ready", SEED
        assert file["rows"] == file["expected"], SEED
        assert file["counted"] == [len(file["rows"]), Counter(verdict for _, verdict in file["rows"])], SEED
