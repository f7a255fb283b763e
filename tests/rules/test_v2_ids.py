"""What is read of a pasted column or of a file's rows, which column that is, and what asking costs."""

import pytest

from contacts.rules.refusal import Refused
from contacts.rules.v2_ids import MOST_ROWS, Found, calls, column_of, in_rows, parse

UUID = "0a1b2c3d-0000-11ee-8000-000000000001"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3\n1\n2\n1", Found([1, 2, 3], 0)),
        ('\ufeff"id"\r\n"12"\r\n"7"', Found([7, 12], 1)),
        ("1, 2;3\t4", Found([1, 2, 3, 4], 0)),
        ("maeve@example.net 0 -5 1.5 007", Found([7], 4)),
        ("1" * 19, Found([], 1)),
        ("  ,;", Found([], 0)),
    ],
)
def test_numbers_are_found_once_each_and_other_words_are_counted(text, found):
    assert parse(text) == found


def test_five_hundred_go_in_one_call():
    assert [calls(number) for number in (0, 1, 500, 501, 10_000)] == [0, 1, 1, 2, 20]


def test_a_row_has_one_number_or_is_left_out():
    assert in_rows([" 12 ", "7", "12", "1 2", "", UUID, "34.0", "3.4"]) == Found([7, 12, 34], 4)


def test_no_more_rows_are_read_than_there_may_be():
    assert in_rows("1" for _ in range(MOST_ROWS)).sequence_ids == [1]
    with pytest.raises(Refused, match="100,000 rows"):
        in_rows("1" for _ in range(MOST_ROWS + 1))


@pytest.mark.parametrize(
    ("header", "row", "kind", "place"),
    [
        (["Email", "V2 ID", "Zip"], ["a@example.org", "12", "10115"], "contact", 1),
        (["contact_id", "list_id"], ["12", "3"], "contact", 0),
        (["contact_id", "list_id"], ["12", "3"], "list", 1),
        (["contact_id", "Sequence-Id"], [UUID, "12"], "contact", 1),
        (["contact_id", "old"], [UUID, "12"], "contact", 1),
        (["Name", "Anything"], ["Maeve", "12"], "contact", 1),
        (["V2 id", "v2_id"], ["1", "2"], "contact", 0),
        (["Column A"], ["12"], "list", 0),
        (["Email"], ["a@example.org", "12"], "contact", 1),
    ],
)
def test_the_column_is_found_by_its_heading_or_as_the_only_one_with_numbers(header, row, kind, place):
    assert column_of(header, [row, []], kind=kind) == place


def test_numbers_in_two_columns_are_not_guessed_about():
    with pytest.raises(Refused, match=r"“id” and “Column 2” both hold numbers. Write “V2 id” over the right column."):
        column_of(["id", ""], [["1", "2"]], kind="contact")


@pytest.mark.parametrize("rows", [[], [["Maeve"]], [["1", ""], ["x", ""], ["y", ""]]])
def test_a_table_without_a_column_of_numbers_is_refused(rows):
    with pytest.raises(Refused, match="No V2 id was found"):
        column_of(["Name", "Other"], rows, kind="contact")
