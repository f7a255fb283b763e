"""The body of a list's PUT, its proof, and its three columns."""

import pytest

from contacts.rules.lists import body_for, missing, three

READ = {"list_id": "x", "name": "Gala", "description": "Invitees", "favorite": True, "membership_count": 12}


@pytest.mark.parametrize(
    ("wish", "body"),
    [
        ({}, {"name": "Gala", "favorite": True, "description": "Invitees"}),
        ({"name": "Ball"}, {"name": "Ball", "favorite": True, "description": "Invitees"}),
        ({"favorite": False}, {"name": "Gala", "favorite": False, "description": "Invitees"}),
        ({"description": ""}, {"name": "Gala", "favorite": True}),
    ],
)
def test_what_is_not_wished_for_is_sent_back_as_it_was_read(wish, body):
    assert body_for(READ, wish) == body


def test_a_new_list_has_what_was_wished_for_alone():
    assert body_for({}, {"name": "Ball", "description": "", "favorite": False}) == {"name": "Ball", "favorite": False}


def test_left_out_and_empty_are_the_same():
    assert missing({"name": "Gala", "favorite": False}, {"name": "Gala", "description": ""}) == []


@pytest.mark.parametrize(
    ("got", "field"),
    [({"name": "Ball"}, "name"), ({"favorite": False}, "favorite"), ({"description": None}, "description")],
)
def test_what_an_answer_does_not_show_is_not_proved(got, field):
    assert [each.field for each in missing(body_for(READ, {}), READ | got)] == [field]


def test_the_columns_say_what_became_of_each_part():
    rows = three(READ, body_for(READ, {"name": "Ball"}), READ | {"name": "Ball"})
    assert [(row.label, row.before, row.after, row.kind) for row in rows] == [
        ("Name", "Gala", "Ball", "changed"),
        ("Description", "Invitees", "Invitees", "same"),
        ("Star", "starred", "starred", "same"),
    ]


def test_a_column_without_an_answer_is_empty_and_compared_with_what_was_sent():
    row = three({}, {"name": "Ball", "favorite": False}, None)[0]
    assert (row.before, row.sent, row.after, row.kind) == ("", "Ball", "", "added")
