"""Three web and three worker processes on one PostgreSQL: leases, budget and schedules hold across all of them."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import pytest
from django.db import connection

from tests.scale_rig import DUE, END, ORDER, Fleet, accounts, busiest_second

PER_SECOND, ACCOUNTS, KILLS = 8, 3, 2
# A walk stands in line for half a second's calls at most, and one is on its way.
AHEAD = PER_SECOND // 2 + 1
PAGES = ("/", "/a/shop-0/", "/a/shop-1/contacts/", "/a/shop-2/deleted/", "/a/shop-0/jobs/")

if connection.vendor == "postgresql":  # SQLite is for one machine

    @pytest.fixture
    def fleet(db):
        with accounts(ACCOUNTS, contacts=700, per_second=PER_SECOND) as (cc, given):
            fleet = Fleet(cc, given, per_second=PER_SECOND)
            try:
                yield fleet
            finally:
                fleet.close()

    def all_read_again(runs):
        """Whether nothing is under way, and each account had a run for changes after its sweep."""
        again = {slug for slug, kind, *_ in runs if kind == "changes"}
        return len(again) == ACCOUNTS and {each[2] for each in runs} == {"done"}

    def visits(fleet, over):
        """How every page was answered, by three people who click until it is over."""

        def click(web):
            seen, paths = Counter(), cycle(PAGES)
            while not over.wait(0.5):
                path = next(paths)
                seen.update([(path, fleet.visit(path, web=web))])
            return seen

        with ThreadPoolExecutor(3) as people:
            return sum(people.map(click, range(3)), Counter())

    @pytest.mark.parametrize("clocks", [(0, 0, 0), (0, 2, -2)], ids=["clocks agree", "clocks differ by seconds"])
    def test_three_web_and_three_worker_processes_do_everything_once_though_two_are_killed(fleet, clocks):
        fleet.serve(3)
        for off in clocks:
            fleet.work(off=off)
        over, answers = threading.Event(), []
        clicking = threading.Thread(target=lambda: answers.append(visits(fleet, over)))
        clicking.start()
        try:
            fleet.kill_one_that_works()
            fleet.until(lambda state: [each[2] for each in state["runs"]] == ["done"] * ACCOUNTS)
            fleet.installation.run(ORDER)
            fleet.kill_one_that_works()
            fleet.until(lambda state: set(state["jobs"]) == {"done"})
            fleet.installation.run(DUE)
            fleet.until(lambda state: all_read_again(state["runs"]))
        finally:
            over.set()
            clicking.join()
        assert fleet.end() == [0, 0, 0]
        assert_everything_was_done_once(fleet, fleet.state(), fleet.installation.run(END))
        assert {status for _, status in answers[0]} == {200}, answers
        calls = [each for each in fleet.cc.requests() if each["path"].startswith("/v3/")]
        print(f"{len(calls)} calls, at most {busiest_second(calls)} in a second, {answers[0].total()} pages")

    def assert_everything_was_done_once(fleet, state, end):
        calls = [each for each in fleet.cc.requests() if each["path"].startswith("/v3/")]
        runs = Counter((slug, kind) for slug, kind, *_ in state["runs"])
        for number in range(ACCOUNTS):
            assert runs[f"shop-{number}", "full"] == 1
            # One that was due, and at most one after each of the two jobs.
            assert 1 <= runs[f"shop-{number}", "changes"] <= 3
        assert sum(each[3] for each in state["runs"]) <= KILLS
        # Each machine spaces its calls by its own clock, and a busy one sends them late; who comes too early is told
        # so, and waits. How seldom that is on a machine of one's own is measured by the benchmarks.
        assert len([each for each in calls if each["status"] == 429]) <= len(calls) // 10
        assert len(calls) <= end["used"] <= len(calls) + KILLS * AHEAD, "who was killed may have taken calls ahead"
        sent = Counter(each["path"] for each in calls if each["method"] == "PUT")
        assert set(sent.values()) == {1}
        asked = Counter(each["account_id"] for each in calls if each["method"] == "POST")
        # Who is killed between an intent and its call never sends it, and nobody else does.
        assert set(asked.values()) == {1} and ACCOUNTS - KILLS <= len(asked) <= ACCOUNTS, asked
        assert set(end["writes"]) <= {"confirmed", "applied", "not_applied", "refused"}
        assert end["faults"] == [] and end["chains"] >= ACCOUNTS
        fleet.cc.app.limits.per_second = 0
        assert end["mirror"] == fleet.truth()
