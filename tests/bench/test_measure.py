"""The statistics of the benchmarks."""

import pytest

from bench.measure import Series, each_time, peak_memory, ratios, shown, together
from bench.parts.limiter import too_close
from bench.report import in_order, table


def load(*values, database="SQLite", **facts):
    return Series("First load", 10_000, "contacts/s", list(values), facts, database)


def test_runs_of_the_same_thing_on_the_same_database_are_one_series():
    joined = together([load(1.0, calls=20), load(9.0, database="PostgreSQL"), load(3.0, calls=25)])
    assert [each.values for each in joined] == [[1.0, 3.0], [9.0]]
    assert joined[0].facts == {"calls": 25}


def test_few_runs_show_their_ends_and_many_their_tail():
    assert load(1.0, 3.0, 2.0).spread == "1 to 3"
    assert load(1.0).spread == "one run"
    assert load(*range(100)).spread == "p95 94.0"


def test_a_ratio_is_taken_run_by_run():
    found = ratios(
        "Against raw", [load(50.0), load(30.0)], [load(100.0), load(50.0)], times=100, unit="%", goal="P2 raw"
    )
    assert (found.values, found.database, found.size) == ([50.0, 60.0], "SQLite", 10_000)


def test_a_ratio_has_that_of_the_cpu_beside_it():
    ours, raw = Series("", 1, "", [50.0], {"s of CPU": 4.0}), Series("", 1, "", [90.0], {"s of CPU": 2.0})
    assert ratios("Against raw", [ours], [raw], times=100, unit="%", goal="").facts == {"% by CPU": 50.0}


def test_a_ratio_of_unequal_numbers_of_runs_is_refused():
    with pytest.raises(ValueError):
        ratios("Against raw", [load(50.0)], [], times=1, unit="", goal="")


def test_what_warms_up_is_not_counted():
    asked = []
    values, cpu = each_time(asked.append, times=5, warm_up=2)
    assert (asked, len(values)) == ([0, 1, 2, 3, 4, 5, 6], 5)
    assert cpu >= 0


def test_the_memory_is_that_of_this_program_in_megabytes():
    # A Python with Django takes more than this, and no test process nearly that.
    assert 10 < peak_memory() < 10_000


def test_a_fifth_call_within_a_second_is_seen():
    assert too_close([0.0, 0.25, 0.5, 0.75, 1.0, 1.25], most=4) == 0
    assert too_close([0.0, 0.25, 0.5, 0.75, 0.99, 1.25], most=4) == 1


def test_the_table_shows_the_goal_and_the_verdict_beside_the_figure():
    line = table([Series("Disk", 10_000, "bytes/contact", [1200.0], {}, "SQLite", "P5")]).splitlines()[1]
    assert line.split() == [
        "P5",
        "Disk",
        "10,000",
        "SQLite",
        "1,200",
        "one",
        "run",
        "bytes/contact",
        "<=",
        "1,600",
        "met",
    ]


def test_rows_come_in_the_order_of_the_goals_and_what_has_none_comes_last():
    goals = ["", "P10", "P2 raw", "P1 quick"]
    assert [each.goal for each in in_order(Series("", 0, "", [], goal=goal) for goal in goals)] == goals[::-1]


@pytest.mark.parametrize(("value", "text"), [(1234.5, "1,234"), (12.34, "12.3"), (1.234, "1.23"), (3.0, "3")])
def test_a_figure_shows_three_digits_that_mean_something(value, text):
    assert shown(value) == text
