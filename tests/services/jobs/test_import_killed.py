"""Kill -9 of the worker anywhere in imports: every row ends with one true verdict, and nothing is sent twice.

``CCADMIN_KILLS=50 pytest tests/services/jobs/test_import_killed.py -k random`` is the long run.
"""

import json
from collections import Counter

import pytest

from contacts.models import Write
from tests.emulation import ACCOUNT
from tests.rows import make_remote
from tests.services.jobs import import_killing as killing
from tests.services.jobs.commanding import GONE, KILLS, LONGEST, NOTHING, SEED, carried_out, linked
from tests.services.jobs.rig import OPTED_OUT
from tests.services.world import GALA, NEWSLETTER, loaded_emulator

pytestmark = pytest.mark.django_db
MAIN = "from tests.services.jobs import import_killing\nimport_killing.main()\n"


class Workers:
    """An account with people for so many files, and the process that has its workers killed."""

    def __init__(self, emulation, place, *, files):
        self.emulation, self.place = emulation, place
        ghosts, out = killing.GONE * files, killing.OUT * files
        alive = [make_remote(f"p{n}@example.org", list_memberships=[NEWSLETTER]) for n in range(killing.THERE * files)]
        left = [make_remote(f"o{n}@example.org", email_address=OPTED_OUT) for n in range(out)]
        were = [make_remote(f"d{n}@example.org", list_memberships=[NEWSLETTER]) for n in range(ghosts)]
        now = [*alive, *left, *(each | GONE for each in were)]
        emulation.state.load(contacts=[{"account": ACCOUNT, **each} for each in now])
        self.before = {each["email_address"]["address"]: self.look(each["email_address"]["address"]) for each in now}
        self.order = linked(emulation, [[*alive, *left, *were], now])

    def look(self, address):
        held = self.emulation.state.contacts.rows.find_address(ACCOUNT, address)
        return held.contact if held else None

    def run(self, **order):
        return carried_out(self.emulation, MAIN, self.place, self.order | NOTHING | order)


@pytest.fixture
def workers(tmp_path, request):
    with loaded_emulator(activity_seconds=0.02) as emulation:
        yield Workers(emulation, tmp_path, files=request.param)


@pytest.mark.parametrize("workers", [25], indirect=True)
def test_a_kill_at_any_named_point_leaves_one_true_verdict_a_row_and_nothing_sent_twice(workers):
    assert_whole(workers, workers.run(points=list(killing.POINTS)))


@pytest.mark.parametrize("workers", [8 + 2 * KILLS], indirect=True)
def test_a_kill_at_any_random_moment_leaves_one_true_verdict_a_row_and_nothing_sent_twice(workers):
    told = workers.run(kills=KILLS, seed=SEED, longest=3 * LONGEST)
    print(f"{KILLS} kills, {len(told['jobs'])} jobs, {Counter(each['verdict'] for each in told['items'])}")
    for place, number in sorted(told["places"].items()):
        print(f"{number:4} {place}")
    assert_whole(workers, told)


def assert_whole(workers, told):
    """Every job and row has its end, each is true, and what was sent is what was written down, once."""
    assert told["fault"] == "None" and told["open"] == 0
    assert {job["state"] for job in told["jobs"]} == {"done"}
    assert workers.emulation.alarms() == []
    size = killing.NEW + killing.THERE + killing.GONE + killing.OUT + 2
    assert set(Counter(each["job"] for each in told["items"]).values()) == {size}
    for each in told["items"]:
        assert_true(workers, each)
    assert_sent_once(workers.emulation, told)


def assert_true(workers, item):
    address, now = item["address"], workers.look(item["address"])
    was = workers.before.get(address)
    if item["reason"]:
        assert item["verdict"] == "" and (item["reason"] == "duplicate" or now == was), item
    elif item["verdict"] in Write.PROVED:
        assert GALA in now["list_memberships"] and "deleted_at" not in now, item
        assert now["first_name"] != "Maeve" and item["contact"] == address, item
        kept = (was or {"email_address": {"permission_to_send": "implicit"}})["email_address"]["permission_to_send"]
        assert now["email_address"]["permission_to_send"] == kept, item
    else:
        assert item["verdict"] in Write.WITHOUT_EFFECT and now == was, item


def assert_sent_once(emulation, told):
    ends = Counter(told["ends"])
    assert all(ends[intent] == 1 for intent, _ in told["intents"])
    kept = [json.loads(row["rows"]) for row in emulation.state.db.rows("SELECT rows FROM imports ORDER BY rowid")]
    sent = [sorted(each["email"].lower() for each in rows) for rows in kept]
    assert len(emulation.requests("POST", "/activities/")) == len(sent) <= len(told["activities"])
    assert all(rows in [each["people"] for each in told["activities"]] for rows in sent)
    everybody = [address for rows in sent for address in rows]
    assert len(everybody) == len(set(everybody)), "somebody was in two imports"
