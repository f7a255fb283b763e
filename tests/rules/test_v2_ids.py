"""What is read of a pasted column, and what asking costs."""

import pytest

from contacts.rules.v2_ids import Pasted, calls, parse


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3\n1\n2\n1", Pasted([1, 2, 3], 0)),
        ('\ufeff"id"\r\n"12"\r\n"7"', Pasted([7, 12], 1)),
        ("1, 2;3\t4", Pasted([1, 2, 3, 4], 0)),
        ("maeve@example.net 0 -5 1.5 007", Pasted([7], 3)),
        ("1" * 19, Pasted([], 1)),
        ("  ,;", Pasted([], 0)),
    ],
)
def test_numbers_are_found_once_each_and_other_words_are_counted(text, found):
    assert parse(text) == found


def test_five_hundred_go_in_one_call():
    assert [calls(number) for number in (0, 1, 500, 501, 10_000)] == [0, 1, 1, 2, 20]
