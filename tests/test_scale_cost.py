"""What linked accounts cost in calls a day: counted on real runs, and the table of DEPLOY.md says just that."""

import re
from pathlib import Path

import pytest

from tests.sync_rig import CHANGES, FULL, emulated, fresh, linked, walk

DEPLOY = (Path(__file__).resolve().parent.parent / "DEPLOY.md").read_text("utf-8")
CONTACTS, MINUTES_OF_A_DAY = 10_000, 24 * 60
ROW = r"^\| every (\d+) min \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$"
LIMIT, PARTNER = 9_000, 225_000


@pytest.fixture
def account(settings):
    with emulated(settings, 1200) as emulation:
        account = linked(emulation)
        account.emulation = emulation
        yield account


def calls_of(account, kind):
    before = len(account.emulation.requests(path="^/v3/"))
    run = walk(fresh(account), kind)
    assert run.state == "done"
    made = len(account.emulation.requests(path="^/v3/")) - before
    assert made == run.calls, "what the page of a run says is what was called"
    return made


@pytest.mark.django_db
def test_an_idle_run_and_a_sweep_cost_what_the_table_is_made_of(account):
    sweep, idle = calls_of(account, FULL), calls_of(account, CHANGES)
    assert f"an idle run costs {idle} calls" in DEPLOY
    others = sweep - 3
    assert f"a sweep {others} and one for each 500 contacts" in DEPLOY
    rows = [[int(each.replace(",", "")) for each in row] for row in re.findall(ROW, DEPLOY, re.MULTILINE)]
    assert [row[0] for row in rows] == [5, 15, 60, 240, 1440]
    for minutes, one, ten, hundred, thousand, key, partner in rows:
        cost = (MINUTES_OF_A_DAY // minutes - 1) * idle + others + CONTACTS // 500
        assert (one, ten, hundred, thousand) == (cost, 10 * cost, 100 * cost, 1000 * cost)
        assert (key, partner) == (LIMIT // cost, PARTNER // cost)
