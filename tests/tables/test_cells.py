"""Cells of a file that a spreadsheet opens: text stays text, and reading the file gives back exactly what went in."""

import csv
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.tables import cell, line, look, rows, to_csv, value
from contacts.tables.cells import is_plain

FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
STARTS = (*FORMULAS, "\t", "\r", "\n")
#: What our copy can hold: no NUL and no half of a pair, which both databases refuse too.
held = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
odd = st.text(alphabet="=+-@＝＋－＠\t\r\n\"' ;,|a\u200b\u00a0\u2028\ufeff\x0b", max_size=12)
anything = st.text(alphabet=held, max_size=30) | odd | st.from_regex(r"[\"' ]*[=+\-@][^\x00]*").filter(str.isprintable)


@pytest.mark.parametrize(
    "text", ["maeve.doyle@example.net", "O'Brien", "'t Hooft", "Newsletter; Gala", "", "2026-11-21", "1,204"]
)
def test_plain_text_is_left_as_it_is(text):
    assert cell(text) == value(text) == text


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+353 1 234", "-2", "@SUM(A1)", " =1", '"=1"', "'=1", "\u00a0=1", "＝1", "\0=1", "\x0b=1", "\u200b=1"],
)
def test_what_a_spreadsheet_would_run_has_an_apostrophe_before_it(text):
    assert cell(text) == f"'{text}".replace("\0", "")


@pytest.mark.parametrize("text", ["Alpha; =1+1", 'a;"=1', "a\n+1", "a\r\n@b", "a\t=1"])
def test_what_would_be_a_cell_of_its_own_elsewhere_is_no_formula_either(text):
    assert re.split("[;\t\r\n]+", cell(text))[1].lstrip().startswith("'")


@pytest.mark.parametrize(
    ("foreign", "meant"), [("'+353 1 234", "+353 1 234"), ("'=1", "=1"), ("'Mae", "'Mae"), ("''t", "''t"), ("'", "'")]
)
def test_an_apostrophe_of_another_program_is_a_guard_only_before_what_would_run(foreign, meant):
    assert value(foreign) == meant


@settings(max_examples=5000, deadline=None)
@given(anything)
def test_no_cell_begins_a_formula_and_the_value_comes_back_exactly(text):
    [read] = _raw(text)
    assert not read.lstrip(" \"'\u00a0\u200b\u2028\ufeff\x0b").startswith(STARTS) or read.startswith("'")
    for each in re.split("[;\t\r\n]", read):
        assert not each.lstrip(' "\u00a0\u200b\u2028\ufeff\x0b').startswith(FORMULAS)
    assert value(read) == text


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.text(max_size=12) | odd, min_size=1, max_size=4))
def test_a_row_is_written_unguarded_only_where_the_guard_would_change_nothing(texts):
    if is_plain(f";{';'.join(texts)}"):
        assert [cell(each) for each in texts] == texts
        assert '"' not in "".join(texts)


@settings(max_examples=500, deadline=None)
@given(st.lists(anything, min_size=1, max_size=4))
def test_the_reader_gives_back_the_rows_that_were_written(texts):
    written = io.BytesIO(b"".join(to_csv([["x", *texts], ["y", *texts]])))
    found = look(written, name="a.csv", delimiter=",", has_header=False)
    assert [row.cells for row in rows(written, found)] == [["x", *texts], ["y", *texts]]


def test_what_no_file_can_carry_is_replaced():
    assert cell("a\ud800b\0c") == "a?bc"
    assert line([42, None, "a\0"]) == '"42","","a"\r\n'


def _raw(text):
    """The cell as it stands in the file."""
    [read] = csv.reader(io.StringIO(line([text]), newline=""))
    return read
