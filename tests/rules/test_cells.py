"""Cells of a file that a spreadsheet opens: text stays text, and can be read back."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.rules.cells import cell

FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
STARTS = (*FORMULAS, "\t", "\r", "\n")
anything = st.text() | st.text(alphabet="=+-@＝＋－＠\t\r\n\0\"' ;,a") | st.from_regex(r"[\"' ]*[=+\-@].*")


@pytest.mark.parametrize("value", ["maeve.doyle@example.net", "O'Brien", "Newsletter; Gala", "", "2026-11-21", "1,204"])
def test_plain_text_is_left_as_it_is(value):
    assert cell(value) == value


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+353 1 234", "-2", "@SUM(A1)", " =1", '"=1"', "'=1", "\u00a0=1", "＝1", "\0=1", "\x0b=1", "\u200b=1"],
)
def test_what_a_spreadsheet_would_run_has_an_apostrophe_before_it(value):
    assert cell(value) == f"'{value}".replace("\0", "")


@pytest.mark.parametrize("value", ["Alpha; =1+1", 'a;"=1', "a\n+1", "a\r\n@b", "a\t=1"])
def test_what_would_be_a_cell_of_its_own_elsewhere_is_no_formula_either(value):
    assert re.split("[;\t\r\n]+", cell(value))[1].lstrip().startswith("'")


@given(anything)
def test_no_cell_begins_a_formula_and_the_value_can_be_read_back(value):
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerow([cell(value)])
    [[read]] = csv.reader(io.StringIO(written.getvalue(), newline=""))
    assert not read.lstrip(' "\u00a0').startswith(STARTS)
    assert not [each for each in re.split("[;\t\r\n]", read) if each.lstrip(' "\u00a0').startswith(FORMULAS)]
    assert read.replace("'", "") == value.replace("\0", "").replace("'", "")


def test_what_no_file_can_carry_is_replaced():
    assert cell("a\ud800b\0c") == "a?bc"
    assert cell(42) == "42"
