"""What the benchmarks say of a figure: met, missed, or why there is none."""

import pytest

from bench.goals import GOALS, summary, verdict
from bench.measure import Series
from bench.parts import PARTS


def page(*values, queries=4, size=1_000_000, goal="P6"):
    return Series("A page", size, "ms", list(values), {"queries": queries}, goal=goal)


def test_a_page_within_both_bounds_is_met():
    assert verdict(page(9.0, 10.0, 11.0)) == "met"


def test_a_quick_page_with_too_many_queries_is_missed():
    assert verdict(page(9.0, 10.0, 11.0, queries=7)) == "missed"


def test_the_tail_of_a_page_decides_and_not_its_middle():
    assert verdict(page(*[9.0] * 90, *[31.0] * 10)) == "missed"


def test_a_figure_at_another_size_than_the_goals_says_so():
    assert verdict(page(9.0, size=10_000)) == "met at this size"


def test_a_figure_that_could_not_be_had_says_why():
    assert verdict(Series("Export", 0, "rows/s", [], goal="P11 export", why="not there yet")) == (
        "not measured: not there yet"
    )


def test_a_figure_without_a_goal_is_neither_met_nor_missed():
    assert verdict(Series("Sign-in", 0, "ms", [500.0])) == ""


def test_a_figure_that_lacks_what_its_goal_asks_for_is_an_error():
    with pytest.raises(KeyError):
        verdict(Series("A page", 0, "ms", [1.0], goal="P6"))


def test_the_worst_run_decides_over_rows_that_must_not_be_written():
    assert verdict(Series("Rows", 10_000, "rows", [0, 0, 1], goal="P3 unchanged")) == "missed"


def test_every_goal_of_the_twelve_has_a_part_that_measures_it():
    numbers = {f"P{each}" for each in range(1, 13)}
    assert {name.partition(" ")[0] for name in GOALS} == numbers
    assert {each for part in PARTS.values() for each in part.goals} == numbers


def test_the_summary_has_a_line_for_each_goal_also_for_what_was_left_out():
    lines = summary([page(9.0, size=10_000), page(40.0, size=10_000)])
    assert len(lines) == 12
    assert lines[5] == "P6: missed in 1 of 2 rows; largest size 10,000, the goal is set for 1,000,000"
    assert lines[0] == "P1: not measured: left out of this run"


def test_a_part_that_stopped_on_its_way_is_never_summed_up_as_met():
    stopped = Series("The rest of it", 0, "", [], goal="P6", why="it stopped")
    assert summary([page(9.0), stopped])[5] == "P6: not whole; not measured: The rest of it (it stopped)"
