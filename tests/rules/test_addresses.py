"""What people paste, made into questions; and which addresses look alike."""

import json
import string
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contacts.rules.addresses import LONGEST, MOST, Kind, near, neighbours, parse, problem_of

ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
MAEVE = "maeve.doyle@example.net"


@pytest.mark.parametrize(
    "text",
    [
        MAEVE,
        f"  {MAEVE}  ",
        f"Maeve Doyle <{MAEVE}>",
        f'"Doyle, Maeve" <{MAEVE}>',
        f"“{MAEVE}”",
        f"‘{MAEVE}’",
        f"<{MAEVE}>.",
        f"({MAEVE}),",
        f"**{MAEVE}**",
        f"mailto:{MAEVE}?subject=Hello",
        f"MAILTO:{MAEVE}",
        "maeve.doyle@EXAMPLE.Net",
        "maeve.doyle＠example.net",
        "maeve.doyle @ example.net",
        "maeve.\u200bdoyle@example.net\ufeff",
        f"\u00a0{MAEVE}\u3000",
        f"2026-11-17 10:00:01, ERROR, form refused email={MAEVE} (409)",
        f"failed @ 10:45 for {MAEVE}",
        "GET /v3/contacts?email=maeve.doyle%40example.net&status=all",
        f"{MAEVE};{MAEVE}\n{MAEVE.upper().replace('MAEVE.DOYLE', 'maeve.doyle')}",
        json.dumps({"email_address": MAEVE}),
        json.dumps([{"email": [MAEVE]}]),
    ],
)
def test_one_address_is_found_in_what_people_paste(text):
    [query] = parse(text)
    assert (query.kind, query.value, query.shown, query.problem) == (Kind.ADDRESS, MAEVE, MAEVE, "")


@pytest.mark.parametrize(
    "text",
    [
        ID,
        ID.upper(),
        f'"{ID}"',
        f"Email already exists for contact {ID}",
        f"Validation failed: Email already exists for contact {ID}.",
        json.dumps([{"error_key": "contacts.api.conflict", "error_message": f"Email already exists for contact {ID}"}]),
        json.dumps({"error_key": "contacts.api.conflict", "error_message": f"exists for contact {ID}"}, indent=2),
        f'HTTP/1.1 409 Conflict\n\n[\n {{"error_key": "x",\n  "error_message": "Email exists for contact {ID}"}}]',
        f"POST /contacts {MAEVE} 409 Email already exists for contact {ID}",
        json.dumps({"contact_id": ID, "email_address": {"address": MAEVE}, "list_memberships": [ID[::-1]]}),
        f"https://app.constantcontact.com/pages/contacts/ui#contacts/{ID}",
    ],
)
def test_one_contact_id_is_found_in_an_answer_or_a_link(text):
    [query] = parse(text)
    assert (query.kind, query.value) == (Kind.CONTACT_ID, ID)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("maeve@", "nothing after the @"),
        ("@example.net", "nothing before the @"),
        ("maeve", "there is no @ in it"),
        ("maeve@@example.net", "there is more than one @ in it"),
        ("maeve@example", "there is no dot in it"),
        ("maeve@example..net", "example..net is no domain"),
        ("maeve@-example.net", "is no domain"),
        ("maeve@exa_mple.net", "is no domain"),
        (f"{'m' * 80}@example.net", "longer than the 80 characters"),
        ('{"error_key":"contacts.api.conflict","error_message":"EmailAddress is not unique"}', "does not say whose"),
        ("Validation failed: EmailAddress is not unique", "does not say whose"),
        ("[1, 2]", "does not say whose"),
    ],
)
def test_what_cannot_be_read_says_why_in_a_sentence(text, why):
    [query] = parse(text)
    assert query.kind == Kind.UNREADABLE
    assert why in query.problem
    assert query.problem.endswith(".")


def test_the_name_part_stays_as_typed():
    assert [query.value for query in parse("O'Brien+Tag_1@EXAMPLE.org _x@example.org 名前@例.example")] == [
        "O'Brien+Tag_1@example.org",
        "_x@example.org",
        "名前@例.example",
    ]


def test_many_lines_keep_their_order_and_each_is_asked_once():
    found = parse("b@example.org, a@example.org; broken@\nA@example.org\nnobody\n")
    assert [(query.kind, query.value) for query in found] == [
        (Kind.ADDRESS, "b@example.org"),
        (Kind.ADDRESS, "a@example.org"),
        (Kind.UNREADABLE, "broken@"),
        (Kind.UNREADABLE, "nobody"),
    ]


def test_more_than_two_hundred_are_cut_and_it_says_so():
    found = parse("\n".join(f"a{number}@example.org" for number in range(1500)))
    assert len(found) == MOST + 1
    assert "Only the first 200 were checked; 1,300 more were left out." in found[-1].problem


def test_nothing_asks_nothing():
    assert parse(" \n\t\u200b") == []


@given(text=st.text() | st.text(alphabet=string.printable) | st.text(alphabet="@.<>\"'[]{}:, a\n\ud800\x00é"))
@example("[" * 5000)
@example('{"a":' * 5000)
@example('["\\ud800@example.org"]')
@settings(max_examples=700, deadline=None)
def test_any_text_is_read_without_a_fault(text):
    for query in parse(text):
        query.shown.encode()
        assert bool(query.problem) == (query.kind == Kind.UNREADABLE)
        assert len(query.value) <= LONGEST + 1
        if query.kind == Kind.ADDRESS:
            assert parse(query.value) == [query]


@pytest.mark.parametrize("piece", ["a", "@", "a@b.c ", "contact ", "-", ID, "\\ud800", "email=", "(", "%40"])
def test_a_hundred_thousand_characters_are_read_in_good_time(piece):
    began = process_time()
    parse(piece * (100_000 // len(piece)))
    assert process_time() - began < 5


@pytest.mark.parametrize(
    "other",
    [
        "maeve.doyle@example.met",
        "maeve.doyle@examplenet",
        "meave.doyle@example.net",
        "maevee.doyle@example.net",
        "maevedoyle@example.net",
        "maeve.doyle+news@example.net",
        "m.a.e.v.e_doyle@example.net",
    ],
)
def test_a_slip_of_one_letter_or_a_dot_is_near(other):
    assert near(MAEVE, other)
    assert near(other.upper(), MAEVE)


@pytest.mark.parametrize("other", [MAEVE, MAEVE.upper(), "maeve@example.net", "maeve.doyle@example.org", "x@y.example"])
def test_the_same_or_another_address_is_not_near(other):
    assert not near(MAEVE, other)


near_texts = st.text(alphabet="ab.@", min_size=1, max_size=6)


@given(one=near_texts, two=near_texts)
@settings(max_examples=500, deadline=None)
def test_the_neighbours_to_look_up_are_near_and_none_that_is_one_letter_off_is_missed(one, two):
    found = neighbours(one)
    assert all(near(one, each) for each in found)
    differ_in_dots_only = one.replace(".", "") == two.replace(".", "")
    assert not near(one, two) or two in found or differ_in_dots_only


def test_an_address_has_neighbours_enough_to_ask_in_one_query():
    assert 1000 < len(neighbours(MAEVE)) < 3000
    assert problem_of(MAEVE) == ""
