"""The table of lists: its numbers, its order, its states, and in how many queries."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts import mirror
from contacts.mirror import tallies
from contacts.models import ContactList, ListChange, Membership
from tests.rows import make_access, make_account, make_remote

pytestmark = pytest.mark.django_db


class Place:
    """A synced account with lists and people, and somebody who looks at them."""

    def __init__(self, client, *names, **fields):
        self.client = client
        self.account = make_account(**{"synced_at": timezone.now(), **fields})
        self.lists = {
            name: ContactList.objects.create(account=self.account, remote_id=uuid.uuid4(), name=name) for name in names
        }

    def sign_in(self, role="marketer"):
        person = make_access(self.account, role).user
        self.client.force_login(person)
        return person

    def store(self, *addresses, on=(), days_ago=400, **parts):
        """People on these lists, seen so many days ago; addresses stored before keep their contact."""
        at = timezone.now() - timedelta(days=days_ago)
        ids = [str(self.lists[name].remote_id) for name in on]
        remotes = [
            make_remote(address, contact_id=self.id_of(address), list_memberships=ids, **parts) for address in addresses
        ]
        mirror.store_page(self.account, remotes, fetched_at=at, seen_at=at, since=at - timedelta(minutes=15))
        return remotes

    def id_of(self, address):
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.account.pk}{address}"))

    def url(self, name, **parts):
        return reverse(name, kwargs={"account": self.account.slug, **parts})

    def of(self, name, page="list_detail"):
        return self.url(page, list_id=self.lists[name].remote_id)

    def text(self, response):
        assert response.status_code == 200
        return " ".join(response.content.decode().split())


def shown(response):
    return [row.the_list.name for row in response.context["lists"].rows]


@pytest.fixture
def place(client):
    return Place(client, "Newsletter", "Gala 2026")


def test_each_list_has_its_numbers(place):
    place.sign_in()
    place.store("old@example.org", "gone@example.org", on=["Newsletter"])
    place.store("new@example.org", on=["Newsletter"], days_ago=3)
    place.store("gone@example.org", days_ago=2, first_name="Moved")
    waits = {"permission_to_send": "pending_confirmation"}
    place.store("waits@example.org", on=["Newsletter"], email_address=waits)
    rows = {row.the_list.name: row.tally for row in place.client.get(place.url("list_list")).context["lists"].rows}
    news = rows["Newsletter"]
    assert (news.now, news.cannot, news.former, news.joined, news.left) == (3, 1, 1, 1, 1)
    assert (rows["Gala 2026"].now, rows["Gala 2026"].former) == (0, 0)


def test_who_came_back_is_no_former_member(place):
    place.sign_in()
    for days_ago, on in ((400, ["Newsletter"]), (300, []), (200, ["Newsletter"])):
        place.store("back@example.org", on=on, days_ago=days_ago, first_name=f"At {days_ago}")
    row = place.client.get(place.url("list_list")).context["lists"].rows[1]
    assert (row.the_list.name, row.tally.now, row.tally.former) == ("Newsletter", 1, 0)


@pytest.mark.parametrize(
    ("sort", "first"),
    [("", "Gala 2026"), ("-name", "Newsletter"), ("-members", "Newsletter"), ("nonsense", "Gala 2026")],
)
def test_lists_are_sorted_as_asked(place, sort, first):
    place.sign_in()
    place.store("a@example.org", on=["Newsletter"])
    assert shown(place.client.get(place.url("list_list"), {"sort": sort}))[0] == first


def test_a_part_of_a_name_finds_lists_and_says_when_none_fits(place):
    place.sign_in()
    assert shown(place.client.get(place.url("list_list"), {"name": "GALA"})) == ["Gala 2026"]
    assert "No list has “zzz”" in place.text(place.client.get(place.url("list_list"), {"name": "zzz"}))


def test_a_deleted_list_is_below_the_others_and_keeps_its_people(place):
    place.sign_in()
    place.store("a@example.org", on=["Gala 2026"])
    mirror.close_unseen(ContactList, place.account, seen=[place.lists["Newsletter"].pk], seen_at=timezone.now())
    response = place.client.get(place.url("list_list"))
    assert shown(response) == ["Newsletter"]
    assert [(row.the_list.name, row.tally.former) for row in response.context["lists"].gone] == [("Gala 2026", 1)]
    assert "Deleted lists" in place.text(response)


@pytest.mark.parametrize(
    ("fields", "words"),
    [({}, "This account has no lists."), ({"synced_at": None}, "The lists are not read yet.")],
)
def test_an_account_without_lists_says_why(client, fields, words):
    empty = Place(client, **fields)
    empty.sign_in()
    assert words in empty.text(client.get(empty.url("list_list")))


def test_the_table_takes_the_same_queries_for_two_lists_as_for_forty(place, django_assert_num_queries):
    place.sign_in()
    place.store("a@example.org", on=["Newsletter", "Gala 2026"])
    with CaptureQueriesContext(connection) as few:
        place.client.get(place.url("list_list"))
    more = [ContactList(account=place.account, remote_id=uuid.uuid4(), name=f"List {number}") for number in range(38)]
    ContactList.objects.bulk_create(more)
    place.lists |= {each.name: each for each in more}
    place.store("b@example.org", on=[each.name for each in more])
    with django_assert_num_queries(len(few)):
        assert len(shown(place.client.get(place.url("list_list")))) == 40


def test_a_large_account_shows_what_was_counted_after_the_sync(place, monkeypatch):
    place.sign_in()
    place.store("a@example.org", on=["Newsletter"])
    mirror.count_lists(place.account)
    place.store("b@example.org", on=["Newsletter"])
    monkeypatch.setattr(tallies, "COUNTED_NOW", 0)
    response = place.client.get(place.url("list_list"))
    assert "counted at the sync" in place.text(response)
    assert [row.tally.now for row in response.context["lists"].rows] == [0, 1]


def test_a_sync_keeps_the_counts_only_where_they_changed(place, django_assert_num_queries):
    place.store("a@example.org", on=["Newsletter"])
    mirror.count_lists(place.account)
    place.lists["Newsletter"].refresh_from_db()
    assert (place.lists["Newsletter"].member_count, Membership.objects.count()) == (1, 1)
    with django_assert_num_queries(3):
        mirror.count_lists(place.account)


@pytest.mark.parametrize(
    ("role", "fields", "why"),
    [
        ("viewer", {}, "Only marketers, managers and admins can change lists."),
        ("agent", {}, "Only marketers, managers and admins can change lists."),
        ("marketer", {"writing": "paused", "writing_by": "Dermot", "writing_reason": "incident 9"}, "incident 9"),
        ("marketer", {"state": "broken"}, "The link to Constant Contact does not work."),
    ],
)
def test_what_cannot_be_done_is_shown_with_the_reason(client, role, fields, why):
    place = Place(client, "Newsletter", **fields)
    place.sign_in(role)
    for url in (place.url("list_list"), place.of("Newsletter")):
        text = place.text(client.get(url))
        assert why in text
        assert "list_star" not in text
        assert 'aria-label="Star Newsletter"' not in text


def test_a_change_whose_end_is_not_known_is_on_the_page(place):
    person = place.sign_in()
    made = {"account": place.account, "by": person, "state": "unknown", "recheck_at": timezone.now()}
    ListChange.objects.create(kind="list_create", name="Summer school", message="We do not know yet.", **made)
    text = place.text(place.client.get(place.url("list_list")))
    assert "“Summer school”" in text
    assert "We do not know yet." in text


def test_the_number_in_the_navigation_counts_the_lists_that_exist(place):
    place.sign_in()
    ContactList.objects.create(account=place.account, remote_id=uuid.uuid4(), name="Old", gone_at=timezone.now())
    assert '<span class="count" id="count-lists">2<span class="visually-hidden"> lists</span>' in place.text(
        place.client.get(place.url("list_list"))
    )


def test_a_name_from_constant_contact_is_shown_as_text(client):
    place = Place(client, "<script>alert(1)</script>", "{% debug %}")
    place.sign_in()
    text = place.text(client.get(place.url("list_list")))
    assert "<script>alert" not in text
    assert "{% debug %}" in text


def test_lists_of_another_account_are_not_found(place):
    place.sign_in()
    other = Place(place.client, "Theirs")
    assert place.client.get(other.of("Theirs")).status_code == 404
    for page, method in (
        ("list_detail", "get"),
        ("list_edit", "get"),
        ("list_edit", "post"),
        ("list_star", "post"),
        ("list_note", "post"),
        ("list_replace", "post"),
    ):
        url = place.url(page, list_id=other.lists["Theirs"].remote_id)
        assert getattr(place.client, method)(url).status_code == 404, page
    assert "Theirs" not in place.text(place.client.get(place.url("list_list")))
