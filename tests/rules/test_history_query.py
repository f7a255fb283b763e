"""The filter of the history as text: what it means, what it says of what it does not understand, one form for each."""

import ast
import string
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.models import AuditEntry, ContactEvent, ListChange, Write
from contacts.rules.history_query import KEYS, Query, in_words, parts
from contacts.rules.history_words import ACTIONS, ENDS, FOLDS, OUTCOMES, REASONS, SEEN, SURE

ROOMS = Path(__file__).parents[2] / "contacts"
LIST = "5f2b6c1e-0000-4000-8000-000000000001"
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
IDS = st.uuids().map(str) | st.just("")


@st.composite
def queries(draw):
    """Any query that can be asked."""
    first, last = sorted([draw(DAYS), draw(DAYS)])
    return Query(
        actor=draw(st.sampled_from(["", "ccadmin"]) | st.integers(1, 10**18 - 1).map(str)),
        action=draw(st.sampled_from(["", *ACTIONS])),
        outcome=draw(st.sampled_from(["", *ENDS])),
        sure=draw(st.sampled_from(["", *SURE])),
        list=draw(IDS),
        tag=draw(IDS),
        contact=draw(IDS),
        job=draw(st.just("") | st.integers(1, 10**18 - 1).map(str)),
        basis=draw(st.sampled_from(["", *REASONS])),
        evidence=draw(st.sampled_from(["", "no"])),
        first=draw(st.sampled_from([None, first])),
        last=draw(st.sampled_from([None, last])),
        fold=draw(st.sampled_from(["", *FOLDS])),
    )


@given(queries())
def test_the_canonical_text_means_the_query_it_was_made_of(query):
    assert Query.parse(query.text) == query
    assert len(query.text) <= 500


@given(queries(), st.sampled_from(KEYS))
def test_a_part_can_be_left_out_alone(query, key):
    left = dict(query.without(key).values())
    assert left == {name: value for name, value in query.values() if name != key}


@given(st.text(max_size=200))
def test_any_text_is_read_and_nothing_of_it_is_passed_over(text):
    query = Query.parse(text)
    assert bool(query.problems) == (len(dict(query.values())) < len(list(parts(text))))
    assert (
        query.is_empty == (not text.replace('"', "").strip() or not list(parts(text))) or query.problems or query.fold
    )


@given(st.text(st.sampled_from(string.ascii_letters + " \"'\\:@“„é.-_"), min_size=1, max_size=30))
def test_a_name_that_is_shown_is_read_again_as_that_name(name):
    name = " ".join(name.split())
    asked = []

    def known(key, value):
        asked.append((key, value))
        return [LIST]

    shown = Query(list=LIST).written({"list": name})
    assert Query.parse(shown, known=known).list == LIST
    if name:
        assert asked == [("list", name)]


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("action:reactivate outcome:unknown", "action:reactivate outcome:unknown"),
        ('ACTION:Reactivate  outcome:"we do not know YET"', "action:reactivate outcome:unknown"),
        ("sure:“by the contact”", "sure:contact"),
        ("job:007 actor:0012", "actor:12 job:7"),
        (f"list:{LIST.upper()}", f"list:{LIST}"),
        ("created:2026-11-16..2026-11-21", "created:2026-11-16..2026-11-21"),
        ("created:2026-11-16..2026-11-16", "created:2026-11-16"),
        ("created:2026-11-16", "created:2026-11-16"),
        ("created:>2026-11-01", "created:2026-11-02.."),
        ("created:>=2026-11-01", "created:2026-11-01.."),
        ("created:<2026-11-01", "created:..2026-10-31"),
        ("created:<=2026-11-01", "created:..2026-11-01"),
        ('basis:"they asked us directly" outcome:Proved', "outcome:proved basis:asked_directly"),
        ("actor:ccadmin evidence:No fold:none", "actor:ccadmin evidence:no fold:none"),
        ("", ""),
    ],
)
def test_what_is_typed_has_one_canonical_form(typed, canonical):
    query = Query.parse(typed)
    assert (query.text, query.problems) == (canonical, ())


@pytest.mark.parametrize(
    "odd",
    [
        "reactivate",
        "what:reactivate",
        "action:vanish",
        "outcome:",
        "evidence:yes",
        "basis:because",
        "job:x",
        "job:0",
        "job:²",
        "job:" + "9" * 19,
        "fold:everything",
        "created:yesterday",
        "created:..",
        "created:2026-02-30",
        "created:2026-11-21..2026-11-16",
        "created:>2099-12-31",
        "created:>9999-12-31",
        "created:1999-01-01",
        "action:undo action:delete",
        "actor:anna",
        'list:"Course alerts"',
        "contact:maeve.doyle@example.net",
        "maeve.doyle@example.net",
        "x" * 1001,
    ],
)
def test_what_is_not_understood_is_told_in_a_sentence(odd):
    query = Query.parse(odd)
    [problem] = query.problems
    assert problem.endswith((".", "created:2026-11-16..2026-11-21.")) and not query.is_empty
    assert len(problem) < 200


def test_names_become_ids_and_what_fits_nobody_or_several_is_named():
    fit = {"anna": ["12"], "Course alerts": [LIST], "An": ["12", "13"]}
    known = lambda key, name: fit.get(name, [])  # noqa: E731
    found = Query.parse('actor:anna list:"Course alerts"', known=known)
    assert found.text == f"actor:12 list:{LIST}"
    several, nobody = Query.parse("actor:An tag:vip", known=known).problems
    assert several == "“actor:An” fits several. Write the whole name, or choose below."
    assert nobody == "No tag is called “vip”."


def test_a_bare_address_is_a_contact():
    asked = Query.parse("Maeve.Doyle@example.net", known=lambda key, name: [LIST] if key == "contact" else [])
    assert asked.contact == str(UUID(LIST))


@pytest.mark.parametrize(
    ("text", "folding"),
    [
        ("", "job"),
        ("actor:12 created:2026-11-16", "job"),
        ("action:reactivate", "request"),
        ("evidence:no", "request"),
        ("job:42", "request"),
        ("action:reactivate fold:none", "none"),
        ("job:42 fold:job", "job"),
    ],
)
def test_the_people_of_jobs_are_shown_to_whoever_asks_for_what_they_carry(text, folding):
    assert Query.parse(text).folding == folding


def test_each_part_is_told_in_words():
    query = Query.parse(
        f"actor:12 action:reactivate list:{LIST} job:42 basis:none evidence:no sure:us created:2026-11-02.."
    )
    assert [words for _, words in in_words(query, {"actor": "Anna Ng", "list": "Course alerts"})] == [
        "by Anna Ng",
        "Reactivate",
        "by us",
        "about the list Course alerts",
        "in job 42",
        "No reason given",
        "without evidence",
        "since 2 Nov 2026",
    ]
    today = date(2026, 11, 21)
    week = Query(first=today - timedelta(days=5), last=today)
    assert dict(in_words(week, {}))["created"] == "from 16 Nov 2026 to 21 Nov 2026"


def test_the_words_of_the_rows_are_the_words_of_the_history():
    asked = dict(Write.Kind.choices) | dict(ListChange.Kind.choices)
    assert asked.items() <= ACTIONS.items()
    assert dict(AuditEntry.Outcome.choices) == OUTCOMES
    assert dict(ContactEvent.Sure.choices) == SURE
    assert {f"seen_{kind}" for kind in ContactEvent.Kind.values} == set(SEEN)


def test_every_action_that_is_written_down_anywhere_has_its_words():
    """The name is the first argument of whatever writes it down, or stands in a table of its own."""
    written = set()
    for path in ROOMS.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(getattr(call, "func", None), "attr", getattr(getattr(call, "func", None), "id", ""))
            if name in ("record", "Draft", "note", "_note", "_record", "_record_all", "_tell") and call.args:
                first = call.args[0]
                written |= {first.value} if isinstance(first, ast.Constant) and isinstance(first.value, str) else set()
    assert {"grant", "verify", "people_remove", "view_saved"} <= written
    assert written - set(ACTIONS) == set()
