"""Which column is which, and whether a value fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.rules import columns, headings
from contacts.rules.addresses import problem_of
from contacts.rules.custom_fields import Custom


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Email address", "email"),
        ("E-Mail-Adresse", "email"),
        ("Courriel", "email"),
        ("Correo electrónico", "email"),
        ("Vorname", "first_name"),
        ("Prénom", "first_name"),
        ("APELLIDOS", "last_name"),
        ("Nachname ", "last_name"),
        ("Straße", "street"),
        ("PLZ", "zip"),
        ("Code postal", "zip"),
        ("Phone - mobile", "mobile_phone"),
        ("Street address line 1 - Home", "home_street"),
        ("Zip/Postal Code - Work", "work_zip"),
        ("birthday_month", "birthday_month"),
        ("sms_number", "sms_number"),
    ],
)
def test_a_heading_is_known_in_four_languages_and_as_constant_contact_exports_it(header, field):
    assert columns.guess([header], [])[0] == field


def test_every_field_is_known_by_its_own_name():
    own = [field for field in columns.LENGTHS if headings.FIELD_OF.get(columns.key(field)) != field]
    assert own == []


def test_a_field_has_one_column_and_the_first_one_that_names_it():
    assert columns.guess(["Email", "E-Mail", "Name"], []) == {0: "email"}


def test_the_accounts_own_fields_are_known_by_their_names():
    assert columns.guess(["email", "hobby", "cf:Shoe size", "cf:Nobody"], [], custom=["Hobby", "Shoe Size"]) == {
        0: "email",
        1: "cf:Hobby",
        2: "cf:Shoe Size",
    }


def test_without_a_heading_the_column_with_addresses_is_found_by_its_values():
    sample = [["Maeve", "see me@home", "maeve@example.org"], ["Aoife", "", "aoife@example.org"], ["x"]]
    assert columns.guess(["Column A", "Column B", "Column C"], sample) == {2: "email"}
    assert columns.guess(["Column A"], [["Maeve"]]) == {}


@pytest.mark.parametrize("text", ["a@example.org", "O'Brien+x@Example.ORG", " a@example.org ", "ä@exämple.org"])
def test_an_address_is_taken_without_blanks_and_with_its_domain_in_small_letters(text):
    name, _, domain = text.strip().partition("@")
    assert columns.address(text) == f"{name}@{domain.lower()}"


@pytest.mark.parametrize(
    "text",
    [
        *("nobody", "maeve@", "@b.org", "maeve@b", "a b@c.org", "Maeve <m@b.org>"),
        *("a@b.org, c@d.org", "a..b@c.org", ".a@b.org"),
    ],
)
def test_what_is_no_address_is_told_without_repeating_it(text):
    with pytest.raises(columns.Problem) as problem:
        columns.address(text)
    assert not problem.value.is_length
    assert text.strip("@.") not in problem.value.sentence


def test_an_import_takes_shorter_addresses_than_a_contact_has():
    assert columns.address("a" * 38 + "@example.org")
    with pytest.raises(columns.Problem, match="50 characters") as problem:
        columns.address("a" * 39 + "@example.org")
    assert problem.value.is_length


GOOD = [
    ("anniversary", "2026-11-17"),
    ("anniversary", "11/7/2026"),
    ("anniversary", "2026/1/7"),
    ("birthday_month", "12"),
    ("sms_number", "123-123-1234"),
    ("country", "Ireland"),
]
BAD = [
    ("anniversary", "17.11.2026"),
    ("anniversary", "31/12/2026"),
    ("anniversary", "2026-02-30"),
    ("birthday_month", "13"),
    ("birthday_day", "0"),
    ("birthday_day", "²"),
    ("sms_number", "+353 1 555"),
]


@pytest.mark.parametrize(("field", "text"), GOOD)
def test_a_value_that_fits_is_given_back(field, text):
    assert columns.value(field, f" {text} ") == text


@pytest.mark.parametrize(("field", "text"), BAD)
def test_a_value_that_does_not_fit_is_told_by_its_field(field, text):
    with pytest.raises(columns.Problem) as problem:
        columns.value(field, text)
    assert problem.value.sentence.startswith(columns.label(field))
    assert text not in problem.value.sentence.replace("2026-11-17", "")


@pytest.mark.parametrize(("field", "longest"), [*columns.LENGTHS.items(), ("cf:Hobby", 255)])
def test_a_value_longer_than_its_field_is_told_so(field, longest):
    with pytest.raises(columns.Problem) as problem:
        columns.values(field, "a" * longest + "@example.org", custom={"Hobby": Custom("hobby")})
    assert problem.value.is_length


@given(st.text(max_size=120), st.sampled_from([*columns.LENGTHS]))
def test_any_text_is_taken_or_told(text, field):
    try:
        taken = columns.value(field, text)
    except columns.Problem as problem:
        assert problem.sentence.endswith(".")
    else:
        assert taken.lower() == text.strip().lower()
        assert field != "email" or not taken or not problem_of(taken)


@given(st.lists(st.text(max_size=30), max_size=12), st.lists(st.lists(st.text(max_size=20), max_size=12), max_size=5))
def test_any_header_and_sample_can_be_guessed_at(header, sample):
    found = columns.guess(header, sample, custom=["Hobby"])
    assert len(set(found.values())) == len(found)
    assert all(place < max([len(header), *map(len, sample)]) for place in found)
