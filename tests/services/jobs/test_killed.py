"""Kill -9 of the worker anywhere in bulk jobs: every row ends with one true verdict, and nothing is sent twice.

``CCADMIN_KILLS=200 pytest tests/services/jobs/test_killed.py -k random`` is the long run.
"""

import re
from collections import Counter

import pytest
from django.db import connection

from tests.emulation import ACCOUNT
from tests.rows import make_remote
from tests.services.jobs import killing, moments
from tests.services.jobs.commanding import GONE, KILLS, LONGEST, NOTHING, SEED, carried_out, linked
from tests.services.world import COOKERY, GALA, NEWSLETTER, loaded_emulator

pytestmark = pytest.mark.django_db
COMMANDS = 2 + KILLS // 10
MAIN = "from tests.services.jobs import killing\nkilling.main()\n"
DONE, AS_IT_WAS = ("confirmed", "applied"), ("not_applied", "refused", "rejected")


class Workers:
    """An account with many people, and the process that has its workers killed."""

    def __init__(self, emulation, place, *, people):
        self.emulation, self.place = emulation, place
        alive = [make_remote(f"p{number}@example.org", list_memberships=[NEWSLETTER]) for number in range(people)]
        now = [each | GONE if number % 4 == 0 else each for number, each in enumerate(alive)]
        emulation.state.load(contacts=[{"account": ACCOUNT, **each} for each in now])
        self.ids = [each["contact_id"] for each in alive]
        self.before = self.look()
        self.order = linked(emulation, [alive, now])

    def run(self, **order):
        """What the last of them told, when everything had ended. What may be ordered: see ``killing.main``."""
        return carried_out(self.emulation, MAIN, self.place, self.order | NOTHING | order)

    def look(self):
        return {each: self.emulation.state.contacts.get(ACCOUNT, each) for each in self.ids}


@pytest.fixture
def workers(tmp_path, request):
    with loaded_emulator(activity_seconds=0.02) as emulation:
        yield Workers(emulation, tmp_path, people=request.param)


@pytest.mark.parametrize("workers", [200], indirect=True)
def test_a_kill_at_any_named_point_leaves_one_true_verdict_a_row_and_nothing_sent_twice(workers):
    assert_whole(workers, workers.run(points=list(moments.POINTS)))


@pytest.mark.parametrize("workers", [120 + 16 * KILLS], indirect=True)
def test_a_kill_at_any_random_moment_leaves_one_true_verdict_a_row_and_nothing_sent_twice(workers):
    told = workers.run(kills=KILLS, seed=SEED, longest=LONGEST)
    print(f"{KILLS} kills, {len(told['jobs'])} jobs, {Counter(each['verdict'] for each in told['items'])}")
    for place, number in sorted(told["places"].items()):
        print(f"{number:4} {place}")
    assert_whole(workers, told)


@pytest.mark.parametrize("workers", [80 + 40 * COMMANDS], indirect=True)
def test_a_kill_of_the_command_while_it_syncs_as_well_leaves_one_true_verdict_a_row(workers):
    assert_whole(workers, workers.run(commands=COMMANDS, seed=SEED, longest=4 * LONGEST))


@pytest.mark.parametrize("workers", [200], indirect=True)
def test_who_slept_longer_than_the_lease_sends_nothing_when_they_wake(workers):
    assert_whole(workers, workers.run(stalls=list(moments.STALLS)))


@pytest.mark.parametrize("workers", [120], indirect=True)
def test_a_locked_database_stops_the_job_where_it_is_and_nothing_is_done_without_proof(workers):
    assert_whole(workers, workers.run(locks=list(moments.LOCKS)))


if connection.vendor == "sqlite":  # the only one of the two whose disk can be filled from within

    @pytest.mark.parametrize("workers", [200], indirect=True)
    def test_a_full_disk_stops_the_job_where_it_is_and_nothing_is_done_without_proof(workers):
        assert_whole(workers, workers.run(pages_left=[0, 1, 2, 3, 5, 8, 13, 21]))


@pytest.mark.parametrize("workers", [120], indirect=True)
def test_four_workers_at_two_jobs_about_the_same_people_change_each_of_them_once(workers):
    told = workers.run(racers=4)
    assert len(told["jobs"]) == 3
    proved = Counter(each["id"] for each in told["items"] if each["verdict"] in DONE)
    assert set(proved.values()) == {1} and len(proved) == 3 * killing.AT_ONCE
    others = [each for each in told["items"] if each["verdict"] not in DONE]
    assert {each["verdict"] or each["reason"] for each in others} <= {"refused", "busy", "not_deleted"}
    assert all(re.search(r"in job \d+|active|not deleted", each["message"]) for each in others if each["verdict"])
    assert_sent_once(workers.emulation, told)
    assert told["fault"] == "None" and told["open"] == 0


def assert_whole(workers, told):
    """Every job and row has its end, each is true, and what was sent is what was written down."""
    assert told["fault"] == "None" and told["open"] == 0
    assert {job["state"] for job in told["jobs"]} == {"done"}
    assert workers.emulation.alarms() == []
    assert_rows_are_true(workers, told["items"])
    assert_sent_once(workers.emulation, told)


def assert_rows_are_true(workers, items):
    now = workers.look()
    assert Counter(each["id"] for each in items).most_common(1)[0][1] == 1
    for each in items:
        before, after = workers.before[each["id"]], now[each["id"]]
        assert each["reason"] == "" and each["verdict"] in (*DONE, *AS_IT_WAS), each
        if each["verdict"] in AS_IT_WAS:
            assert after == before, each
        else:
            moved = ("updated_at", "update_source", "deleted_at", "list_memberships", "taggings")
            assert rest(after, moved) == rest(before, moved), each
            assert wished(each["kind"], before) == (
                "deleted_at" in after,
                set(after["list_memberships"]),
                set(after["taggings"]),
            ), each
    untouched = workers.before.keys() - {each["id"] for each in items}
    assert all(now[each] == workers.before[each] for each in untouched)


def wished(kind, before):
    """Deleted, lists and tags after such a change."""
    lists, tags = set(before["list_memberships"]), set(before["taggings"])
    return {
        "reactivate": (False, {NEWSLETTER}, tags),
        "add_lists": (False, lists | {GALA}, tags),
        "remove_lists": (False, lists - {NEWSLETTER}, tags),
        "add_tags": (False, lists, tags | {COOKERY}),
        "delete": (True, set(), tags),
    }[kind]


def rest(contact, names):
    return {name: value for name, value in contact.items() if name not in names}


def assert_sent_once(emulation, told):
    """Every call that changed something belongs to one intent, and every intent has one end."""
    single = [
        re.search(r"[0-9a-f-]{36}$", one["path"])[0]
        for one in emulation.requests("", "/contacts/")
        if one["method"] in ("PUT", "DELETE")
    ]
    assert len(set(single)) == len(single)
    intents = Counter(target for _, target in told["intents"])
    assert all(intents[each] >= 1 for each in single)
    ends = Counter(told["ends"])
    assert all(ends[intent] == 1 for intent, _ in told["intents"])
    written = [(each["remote_id"], each["people"]) for each in told["activities"]]
    sent = [(each["activity_id"], sorted(people(each["wish"]))) for each in emulation.look("activities")["activities"]]
    assert len(emulation.requests("POST", "/activities/")) == len(sent) <= len(written)
    for activity_id, ids in sent:
        [ours] = [each for each in written if each[1] == ids]
        assert ours[0] in ("", activity_id)
    taken = [person for _, ids in sent for person in ids]
    assert len(taken) == len(set(taken)), "somebody was in two activities"


def people(wish):
    return wish.get("contact_ids") or wish["source"]["contact_ids"]
