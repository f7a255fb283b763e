"""A job in words."""

import pytest

from contacts.rules.job_words import ENDS, button, ending, title

KINDS = ("reactivate", "add_lists", "remove_lists", "add_tags", "remove_tags", "delete", "delete_list")


@pytest.mark.parametrize(
    ("kind", "people", "names", "words"),
    [
        ("reactivate", 2932, [], "Reactivate 2,932 contacts"),
        ("add_lists", 120, ["Gala 2026"], "Add 120 contacts to Gala 2026"),
        ("remove_lists", 1, ["Gala", "Newsletter"], "Remove 1 contact from Gala and Newsletter"),
        ("add_lists", 2, ["a", "b", "c"], "Add 2 contacts to 3 lists"),
        ("add_lists", 0, [], "Add contacts to lists"),
        ("add_lists", 0, ["Gala"], "Add 0 contacts to Gala"),
        ("reactivate", 0, [], "Reactivate 0 contacts"),
        ("add_tags", 3, ["vip"], "Tag 3 contacts with vip"),
        ("remove_tags", 3, ["a", "b", "c"], "Take 3 tags off 3 contacts"),
        ("delete", 14, [], "Delete 14 contacts"),
        ("delete_list", 14, ["Gala"], "Delete the list Gala"),
    ],
)
def test_the_title_names_verb_number_and_place(kind, people, names, words):
    assert title(kind, people, names) == words


@pytest.mark.parametrize(
    ("kind", "people", "names", "rest", "words"),
    [
        ("reactivate", 2927, [], True, "Reactivate the remaining 2,927 contacts"),
        ("add_lists", 40, ["Gala 2026"], False, "Add all 40 contacts to Gala 2026"),
        ("remove_tags", 3, ["vip"], False, "Take vip off all 3 contacts"),
        ("delete", 1, [], False, "Delete 1 contact"),
        ("delete", 1, [], True, "Delete the remaining 1 contact"),
    ],
)
def test_the_button_names_verb_number_and_place(kind, people, names, rest, words):
    assert button(kind, people, names, rest=rest) == words
    asked = button(kind, people, names, rest=rest, asks=True)
    assert asked == f"Ask for approval to {words[0].lower()}{words[1:]}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_title_and_an_end(kind):
    assert title(kind, 1, ["x"])
    assert ENDS[kind] in ending(kind, done=1, refused=0, failed=0, unknown=0, left=0)


def test_the_counts_of_a_report_leave_out_only_what_is_empty_and_rare():
    assert ending("reactivate", done=2925, refused=0, failed=2, unknown=0, left=0) == (
        "2,925 active again, 2 failed, 0 unknown"
    )
    assert ending("delete", done=1, refused=5, failed=0, unknown=1, left=9) == (
        "1 deleted, 5 left alone, 0 failed, 1 unknown, 9 not begun"
    )
