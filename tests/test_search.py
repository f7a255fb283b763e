"""A search finds those whose folded text has every word, and nobody else, whichever way it takes."""

import itertools
import string

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import search_index
from contacts.mirror.reading import clean, folded
from contacts.models import Contact
from contacts.selectors import searching
from contacts.selectors.paging import one_page
from contacts.selectors.searching import Search
from tests.rows import make_account

pytestmark = pytest.mark.django_db
ODD = "%_'\"\\*(){}^-+:.@|&!?~"
LETTERS = st.one_of(st.sampled_from("abcäßéœ™"), st.sampled_from(ODD), st.characters(codec="utf-8"))
WORD = st.text(LETTERS, max_size=5)
TEXT = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
number = itertools.count(1)


def store(account, *texts, **columns):
    """Contacts with these texts, as the mirror would fold them."""
    now = timezone.now()
    given = {"status": "active", "raw": b"", "digest": b"", "fetched_at": now, "updated_at": now, **columns}
    rows = [
        Contact(
            account=account, remote_id=f"00000000-0000-4000-8000-{next(number):012d}", search=folded(clean(text)),
            address=clean(text)[:200], address_key=clean(text)[:200].lower(), **given,
        )
        for text in texts
    ]  # fmt: skip
    return Contact.objects.bulk_create(rows)


def has(text, words):
    """What a search means, in Python's own words."""
    return all((word if len(word) > 2 else f" {word}") in f" {text}" for word in words)


def found(account, text):
    return set(Search.of(text).among(Contact.objects.filter(account=account)).values_list("search", flat=True))


@pytest.fixture(params=["the page's rows first", "the index at once", "no index at all"])
def way(request, monkeypatch):
    """Each of the ways in which people are found."""
    if request.param != "the page's rows first":
        monkeypatch.setattr(searching, "NEAR", 0)
    if request.param == "no index at all":
        monkeypatch.setattr(searching, "ENOUGH", 0)
        monkeypatch.setattr(search_index, "is_here", lambda: False)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXT, min_size=1, max_size=6), text=TEXT, part=st.tuples(st.integers(0, 9), st.integers(1, 9)))
def test_those_are_found_whose_text_has_every_word_and_nobody_else(way, texts, text, part):
    account = make_account()
    rows = Contact.objects.filter(account=account)
    kept = {row.search for row in store(account, *texts)}
    start, length = part
    for asked in (text, texts[0][start : start + length]):
        words = folded(asked).split()[:8]
        wanted = {each for each in kept if has(each, words)}
        search = Search.of(asked)
        ordered = rows.order_by("address_key", "id")
        assert {row.search for row in search.first(ordered, 50)} == wanted
        assert found(account, asked) == wanted
        assert search.number(rows, most=50) == rows.filter(search__in=wanted).count()
    rows.delete()


@pytest.mark.parametrize(
    "text", ["\x00", "a\x00b", "\ud800", "'; --", '"', "%", "_", "\\", "a" * 200, "*", "(", "NEAR("]
)
def test_what_nobody_has_finds_nobody_and_does_no_harm(way, text):
    account = make_account()
    store(account, "anna@example.org anna doyle")
    assert found(account, text) == set()
    assert Search.of(text).first(Contact.objects.filter(account=account).order_by("id"), 5) == []
    assert Search.of(text).number(Contact.objects.filter(account=account), most=5) == 0


def test_a_short_word_begins_the_address_or_a_name_and_a_longer_one_stands_anywhere(way):
    account = make_account()
    store(account, "bo@example.org li wei", "libo@example.org anna boyle")
    assert found(account, "bo") == {"bo@example.org li wei", "libo@example.org anna boyle"}
    assert found(account, "w") == {"bo@example.org li wei"}
    assert found(account, "li") == {"bo@example.org li wei", "libo@example.org anna boyle"}
    assert found(account, "ib") == set()
    assert found(account, "ibo") == {"libo@example.org anna boyle"}


def test_the_index_follows_every_change_of_a_text(way):
    account = make_account()
    (row,) = store(account, "maeve@example.org maeve doyle")
    Contact.objects.filter(pk=row.pk).update(search="maeve@example.org maeve keane")
    assert (found(account, "doyle"), found(account, "keane")) == (set(), {"maeve@example.org maeve keane"})
    row.delete()
    assert found(account, "keane") == set()


def test_pages_of_a_search_are_whole_in_every_order_and_from_both_ends(way):
    account = make_account()
    store(account, *(f"{'anna' if place % 3 else 'peter'}{place:03}@example.org" for place in range(60)))
    rows = Contact.objects.filter(account=account)
    wanted = [row.pk for row in rows.order_by("-address_key", "-id") if "anna" in row.search]
    seen, query = [], {}
    while True:
        page = one_page(rows, order=("-address_key", "-id"), query=query, size=7, take=Search.of("anna").first)
        seen += [row.pk for row in page.rows]
        if page.after is None:
            break
        query = {"after": str(page.after)}
    assert seen == wanted
    back = one_page(
        rows, order=("-address_key", "-id"), query={"before": str(seen[7])}, size=7, take=Search.of("anna").first
    )
    assert [row.pk for row in back.rows] == wanted[:7]


def test_more_than_are_counted_are_told_as_that(way):
    account = make_account()
    store(account, *(f"{letter}{place}@example.org" for place in range(6) for letter in string.ascii_lowercase[:4]))
    rows = Contact.objects.filter(account=account)
    assert Search.of("example").number(rows, most=5) == 5
    assert Search.of("a1@").number(rows, most=5) == 1
    assert Search.of("example").number(rows.filter(address_key__startswith="d"), most=4) == 4
    assert Search.of("example").number(rows.filter(address_key__startswith="d1"), most=2) == 1


def test_the_index_is_there_and_can_be_taken_away_and_made_again():
    account = make_account()
    assert search_index.problem() == ""
    search_index.drop(connection)
    assert "manage.py migrate" in search_index.problem()
    store(account, "maeve@example.org")
    assert found(account, "maeve") == {"maeve@example.org"}
    connection.check_constraints()
    assert search_index.build(connection) == ""
    assert search_index.missing(connection) == []
    assert found(account, "maeve") == {"maeve@example.org"}


def test_nothing_of_the_gone_is_left_in_the_index_once_it_is_written_anew():
    account = make_account()
    store(account, "quixotic@example.org", "maeve@example.org")
    Contact.objects.filter(search="quixotic@example.org").delete()
    search_index.forget_the_gone()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, contacts_search, 'row')")
            cursor.execute("SELECT count(*) FROM temp.terms WHERE term = 'xot'")
            left = cursor.fetchone()[0]
            cursor.execute("DROP TABLE temp.terms")
        assert left == 0
    assert found(account, "quixotic") == set()
