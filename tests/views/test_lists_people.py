"""One list: who is on it, who was, who cannot be mailed and why; and what a plan is told of them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import mirror
from contacts.mirror import tallies
from contacts.models import Contact, ContactList
from contacts.selectors import lists
from contacts.selectors.list_bar import bar
from contacts.selectors.list_table import Tally
from tests.views.test_lists import Place

pytestmark = pytest.mark.django_db
GONE = {"deleted_at": "2026-11-17", "first_name": "Gone"}


@pytest.fixture
def place(client):
    return Place(client, "Newsletter", "Gala 2026")


def get(place, name="Newsletter", **query):
    return place.client.get(place.of(name), query)


def addresses(response):
    return [row.person.shown for row in response.context["people"].rows]


def mixed(place):
    """One of each kind on the newsletter."""
    place.store("active@example.org", on=["Newsletter"])
    for address, permission, source in (
        ("self@example.org", "unsubscribed", "Contact"),
        ("account@example.org", "unsubscribed", "Account"),
        ("waits@example.org", "pending_confirmation", None),
        ("held@example.org", "temp_hold", None),
        ("unset@example.org", "not_set", None),
    ):
        email = {"permission_to_send": permission, **({"opt_out_source": source} if source else {})}
        place.store(address, on=["Newsletter"], email_address=email)


def test_members_are_listed_by_address_with_their_other_lists(place):
    place.sign_in()
    place.store("b@example.org", on=["Newsletter"])
    place.store("a@example.org", on=["Newsletter", "Gala 2026"])
    place.store("other@example.org", on=["Gala 2026"])
    response = get(place)
    assert addresses(response) == ["a@example.org", "b@example.org"]
    text = place.text(response)
    assert "2 members now" in text
    assert "this and 1 more" in text
    assert 'name="tab"' not in text


def test_few_and_many_members_are_the_same_people_in_the_same_order(place, monkeypatch):
    place.sign_in()
    place.store(*(f"p{number:02}@example.org" for number in range(60)), on=["Newsletter"])
    place.store("off@example.org", on=["Gala 2026"])
    few = [addresses(get(place)), addresses(get(place, after=get(place).context["people"].page.after))]
    monkeypatch.setattr(tallies, "COUNTED_NOW", 1)
    many = [addresses(get(place)), addresses(get(place, after=get(place).context["people"].page.after))]
    assert few == many
    assert get(place).context["people"].number == 60
    assert [*few[0], *few[1]] == [f"p{number:02}@example.org" for number in range(60)]


@pytest.mark.parametrize(
    ("query", "number"),
    [({}, 7), ({"tab": "cannot"}, 5), ({"tab": "cannot", "kind": "hold"}, 1), ({"tab": "former"}, 1),
     ({"tab": "former", "kind": "removed"}, 1)],
)  # fmt: skip
def test_the_number_of_many_is_that_of_the_last_sync(place, monkeypatch, query, number):
    place.sign_in()
    mixed(place)
    place.store("left@example.org", "stays@example.org", on=["Newsletter"])
    place.store("left@example.org", days_ago=5, first_name="Off")
    mirror.count_lists(place.account)
    monkeypatch.setattr(tallies, "COUNTED_NOW", 1)
    response = get(place, **query)
    assert (response.context["people"].number, response.context["people"].more) == (number, False)
    assert "Counted at the sync" in place.text(response)


def test_former_members_say_when_and_how_it_ended_the_last_first(place):
    place.sign_in()
    place.store("off@example.org", "deleted@example.org", "out@example.org", on=["Newsletter"])
    place.store("off@example.org", days_ago=30, first_name="Off")
    place.store("deleted@example.org", days_ago=20, **GONE)
    out = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-11-01T10:00:00Z"}
    place.store("out@example.org", days_ago=10, email_address=out)
    response = get(place, tab="former")
    rows = [(row.person.shown, row.leaving) for row in response.context["people"].rows]
    assert rows == [
        ("out@example.org", "Unsubscribed"),
        ("deleted@example.org", "Deleted"),
        ("off@example.org", "Taken off the list"),
    ]
    assert "3 former members" in place.text(response)
    assert addresses(get(place, tab="former", kind="deleted")) == ["deleted@example.org"]


def test_who_left_twice_is_one_row_with_the_last_time(place):
    place.sign_in()
    for days_ago, on in ((400, ["Newsletter"]), (300, []), (200, ["Newsletter"]), (100, [])):
        place.store("twice@example.org", on=on, days_ago=days_ago, first_name=f"At {days_ago}")
    [row] = get(place, tab="former").context["people"].rows
    assert row.stay.ended_at.date() == (timezone.now() - timedelta(days=100)).date()


def test_former_members_go_by_pages_without_losing_anybody(place):
    place.sign_in()
    people = [f"p{number:03}@example.org" for number in range(70)]
    place.store(*people, on=["Newsletter"])
    place.store(*people, days_ago=5, first_name="Off")
    first = get(place, tab="former")
    second = get(place, tab="former", after=first.context["people"].page.after)
    assert sorted(addresses(first) + addresses(second)) == people
    assert first.context["people"].number == 70


def test_who_cannot_be_mailed_is_counted_by_reason_in_a_sentence_a_picture_and_a_table(place):
    place.sign_in()
    mixed(place)
    response = get(place, tab="cannot")
    picture = response.context["picture"]
    assert [(each.kind, each.number) for each in picture.pieces] == [
        ("", 1), ("unsubscribed", 1), ("by_account", 1), ("awaiting", 1), ("hold", 1), ("no_permission", 1),
    ]  # fmt: skip
    assert picture.pieces[-1].x + picture.pieces[-1].width == pytest.approx(100)
    text = place.text(response)
    assert "Of 6 members 1 can be mailed and 5 cannot: 1 opted out themselves, 1 unsubscribed by your account" in text
    assert text.count('<rect class="bar-piece') == 12
    assert "As a table" in text
    assert "active@example.org" not in addresses(response)


@pytest.mark.parametrize(
    ("kind", "who"),
    [("unsubscribed", "self"), ("by_account", "account"), ("awaiting", "waits"), ("hold", "held"),
     ("no_permission", "unset")],
)  # fmt: skip
def test_each_piece_opens_exactly_its_people(place, kind, who):
    place.sign_in()
    mixed(place)
    assert addresses(get(place, tab="cannot", kind=kind)) == [f"{who}@example.org"]


def test_a_piece_of_one_among_many_can_still_be_seen():
    picture = lists_bar(active=100_000, hold=1)
    assert picture.pieces[1].width > 1
    assert sum(each.width for each in picture.pieces) == pytest.approx(100)
    assert picture.sentence.endswith("100,000 can be mailed and 1 cannot: 1 on temporary hold.")


def lists_bar(**members):
    return bar(Tally(members, 0, 0, 0))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "This list has no members. Add people above"),
        ({"tab": "former"}, "Nobody has left this list"),
        ({"tab": "cannot"}, "This list has no members."),
    ],
)
def test_an_empty_list_says_so(place, query, words):
    place.sign_in()
    assert words in place.text(get(place, **query))


@pytest.mark.parametrize("nonsense", ["tab=x", "kind=x&tab=cannot", "after=x", "before=99999999999999999999", "tab="])
def test_nonsense_in_the_address_of_a_list_is_as_if_it_were_not_there(place, nonsense):
    place.sign_in()
    place.store("a@example.org", on=["Newsletter"])
    assert place.client.get(f"{place.of('Newsletter')}?{nonsense}").status_code == 200


@pytest.mark.parametrize("tab", ["", "former", "cannot"])
def test_a_search_within_a_list_finds_its_people_only(place, tab):
    place.sign_in()
    mixed(place)
    place.store("left@example.org", on=["Newsletter"])
    place.store("left@example.org", days_ago=5, first_name="Off")
    wanted = {"": "active", "former": "left", "cannot": "held"}[tab]
    response = place.client.post(f"{place.of('Newsletter')}?tab={tab}", {"text": wanted})
    assert addresses(response) == [f"{wanted}@example.org"]
    assert "Nobody here fits" in place.text(place.client.post(f"{place.of('Newsletter')}?tab={tab}", {"text": "zzz"}))


def test_a_viewer_sees_no_names_and_no_addresses(place):
    place.sign_in("viewer")
    mixed(place)
    place.store("active@example.org", days_ago=1, first_name="Seen")
    for tab in ("", "former", "cannot"):
        text = place.text(get(place, tab=tab))
        assert "Doyle" not in text
        assert "active@" not in text
        assert "held@" not in text


@pytest.mark.parametrize("tab", ["", "former", "cannot"])
def test_a_list_takes_the_same_queries_for_two_people_as_for_fifty(place, tab, django_assert_num_queries):
    place.sign_in()
    waits = {"permission_to_send": "pending_confirmation"}

    def more(*people):
        place.store(*people, on=["Newsletter"], email_address=waits)
        place.store(*(f"left-{each}" for each in people), on=["Newsletter"])
        place.store(*(f"left-{each}" for each in people), days_ago=5, first_name="Off")

    more("a@example.org", "b@example.org")
    with CaptureQueriesContext(connection) as few:
        get(place, tab=tab)
    more(*(f"p{number:02}@example.org" for number in range(20)))
    with django_assert_num_queries(len(few)):
        assert len(addresses(get(place, tab=tab))) >= 22


def test_a_plan_means_the_people_the_page_shows(place):
    person = place.sign_in()
    mixed(place)
    place.store("left@example.org", on=["Newsletter"])
    place.store("left@example.org", days_ago=5, first_name="Off")

    def meant(text="", **query):
        asked = QueryDict(mutable=True)
        asked.update({"list": str(place.lists["Newsletter"].remote_id), **query})
        found = lists.matching(place.account, user=person, query=asked, text=text)
        return sorted(found.values_list("address", flat=True)), lists.in_words(place.account, query=asked, text=text)

    assert len(meant()[0]) == 6
    assert meant(tab="former") == (["left@example.org"], "Former members of the list Newsletter")
    assert meant(tab="cannot", kind="hold")[0] == ["held@example.org"]
    assert meant(tab="cannot", kind="hold")[1] == (
        "Members of the list Newsletter who cannot be mailed, temporary hold"
    )
    assert meant("self") == (["self@example.org"], "Members of the list Newsletter, found by a search")


@pytest.mark.parametrize("asked", ["", "x", "0a1b2c3d-0000-11ee-8000-000000000009"])
def test_a_plan_for_a_list_that_is_not_here_means_nobody(place, asked):
    person = place.sign_in()
    place.store("a@example.org", on=["Newsletter"])
    query = QueryDict(mutable=True)
    query["list"] = asked
    assert not lists.matching(place.account, user=person, query=query, text="").exists()
    other = Place(place.client, "Theirs")
    other.store("theirs@example.org", on=["Theirs"])
    query["list"] = str(other.lists["Theirs"].remote_id)
    assert not lists.matching(place.account, user=person, query=query, text="").exists()


def test_a_plan_to_delete_a_list_is_told_what_that_means(place):
    place.store("only@example.org", on=["Newsletter"])
    place.store("both@example.org", on=["Newsletter", "Gala 2026"])
    place.store("left@example.org", on=["Newsletter"])
    place.store("left@example.org", days_ago=5, first_name="Off")
    assert lists.deletion(place.lists["Newsletter"]) == lists.Deletion(2, 1, 1, "")


def test_a_deleted_list_offers_a_new_one_for_who_was_on_it_when_it_went(place):
    place.sign_in()
    place.store("left@example.org", "on@example.org", on=["Newsletter"])
    place.store("left@example.org", days_ago=5, first_name="Off")
    mirror.close_unseen(ContactList, place.account, seen=[place.lists["Gala 2026"].pk], seen_at=timezone.now())
    text = place.text(get(place))
    assert "Restoring the list itself is not possible in Constant Contact" in text
    assert "put its 1 former member on it" in text
    assert "Make the list and plan 1 member" in text
    assert "Add people" not in text
    assert sorted(addresses(get(place))) == ["left@example.org", "on@example.org"]


def test_somebody_constant_contact_no_longer_knows_can_be_seen_but_not_selected(place):
    place.sign_in()
    place.store("missing@example.org", on=["Newsletter"])
    mirror.mark_missing(place.account, [Contact.objects.get().pk], seen_at=timezone.now(), since=None)
    text = place.text(get(place, tab="former"))
    assert "no longer known to Constant Contact" in text
    assert 'name="who"' not in text
