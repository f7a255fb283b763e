"""Whether a text fits a custom field, and how it is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.rules import columns
from contacts.rules.custom_fields import Custom

DIETS = {"1": "Vegan", "2": "No nuts", "3": "Gluten, none", "4": "iced", "5": "ICED"}
ONE, MANY = Custom("diet", "single_select", DIETS), Custom("diets", "multi_select", DIETS)

GOOD = [
    ("date", "11/17/2026"),
    ("datetime", "2026-11-17T10:00:00Z"),
    ("number", "-7.5"),
    ("currency", "$1,200.50"),
    ("boolean", "Yes"),
    ("string", "Anything, at all"),
    ("a type of tomorrow", "anything"),
]
BAD = [("date", "yesterday"), ("datetime", "noon"), ("number", "seven"), ("currency", "much"), ("boolean", "maybe")]


@pytest.mark.parametrize(("kind", "text"), GOOD)
def test_a_text_that_fits_the_type_is_sent_as_it_is(kind, text):
    custom = Custom("x", kind)
    assert (custom.wrong(text), custom.as_sent(text)) == ("", text)


@pytest.mark.parametrize(("kind", "text"), BAD)
def test_a_text_that_does_not_fit_the_type_is_told_without_itself(kind, text):
    assert Custom("x", kind).wrong(text)
    assert text not in Custom("x", kind).wrong(text)


@pytest.mark.parametrize("custom", [ONE, MANY])
@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Vegan", "Vegan"),
        ("vegan", "Vegan"),
        ("NO   NUTS", "No nuts"),
        ("gluten, none", "Gluten, none"),
        ("ICED", "ICED"),
    ],
)
def test_a_choice_is_sent_as_constant_contact_spells_it(custom, text, sent):
    assert custom.wrong(text) == ""
    assert custom.as_sent(text) == sent


@pytest.mark.parametrize("custom", [ONE, MANY])
@pytest.mark.parametrize("text", ["Vegetarian", "1", "Iced", "Vegan, Vegetarian", "Vegan,"])
def test_anything_but_one_of_its_choices_needs_a_person(custom, text):
    assert custom.wrong(text) == (
        "none of its 5 choices; whether Constant Contact refuses, drops or adds it, nobody has documented"
    )


def test_several_choices_need_a_person_also_where_several_may_be_made():
    assert MANY.wrong("vegan; No nuts").startswith("more than one of its 5 choices; how an import takes several")
    assert ONE.wrong("vegan; No nuts").startswith("none of its 5 choices")


def test_of_a_field_whose_choices_we_do_not_know_no_text_is_believed():
    assert "our copy knows none" in Custom("diet", "single_select").wrong("Vegan")


def test_the_sentence_names_the_field_and_is_short_enough_to_be_kept():
    label = "F" * 50
    with pytest.raises(columns.Problem) as problem:
        columns.values(f"cf:{label}", "Vegetarian", custom={label: MANY})
    assert problem.value.sentence.startswith(f"Custom field “{label}”: none of its 5 choices;")
    assert len(problem.value.sentence) <= 200


def test_a_value_goes_under_the_name_that_an_import_knows():
    custom = {"Shoe size": Custom("shoe_size", "number")}
    assert columns.values("cf:Shoe size", " 43 ", custom=custom) == {"cf:shoe_size": "43"}


@given(st.text(max_size=60), st.sampled_from(["date", "datetime", "number", "currency", "boolean", "multi_select"]))
def test_any_text_is_taken_or_told(text, kind):
    custom = Custom("x", kind, DIETS)
    assert isinstance(custom.wrong(text), str)
    assert custom.wrong(custom.as_sent(text)) == custom.wrong(text)
