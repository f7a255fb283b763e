"""Contacts, deleted contacts and one contact: what is shown, to whom, and in how many queries."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts import mirror
from contacts.models import Contact, ContactList
from tests.rows import make_access, make_account, make_remote

pytestmark = pytest.mark.django_db
LINKED = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 17, 14, 0, tzinfo=UTC)


class Place:
    """An account with a mirror, and people who look at it."""

    def __init__(self, client):
        self.client = client
        self.account = make_account()
        self.lists = [
            ContactList.objects.create(account=self.account, remote_id=uuid.uuid4(), name=name)
            for name in ("Newsletter", "Course alerts")
        ]

    def sign_in(self, role="agent"):
        person = make_access(self.account, role).user
        self.client.force_login(person)
        return person

    def store(self, *addresses, seen_at=LINKED, since=None, **parts):
        parts = {"list_memberships": [str(each.remote_id) for each in self.lists], **parts}
        remotes = [make_remote(address, **parts) for address in addresses]
        mirror.store_page(self.account, remotes, fetched_at=seen_at, seen_at=seen_at, since=since)
        return remotes

    def delete(self, remotes):
        gone = [each | {"deleted_at": "2026-11-17", "list_memberships": []} for each in remotes]
        later = TUESDAY + timedelta(minutes=15)
        mirror.store_page(self.account, gone, fetched_at=later, seen_at=later, since=TUESDAY)

    def url(self, name, **parts):
        return reverse(name, kwargs={"account": self.account.slug, **parts})

    def text(self, response):
        assert response.status_code == 200
        return " ".join(response.content.decode().split())


@pytest.fixture
def place(client):
    return Place(client)


def test_contacts_are_listed_by_address_with_status_and_lists(place):
    place.sign_in()
    place.store("b.keane@example.com", "aoife.byrne@example.org")
    text = place.text(place.client.get(place.url("contact_list")))
    assert text.index("aoife.byrne@example.org") < text.index("b.keane@example.com")
    assert "Active (implied)" in text
    assert "2 contacts" in text


def test_deleted_contacts_are_not_among_the_shown_ones_and_have_their_own_page(place):
    place.sign_in()
    place.delete(place.store("maeve.doyle@example.net"))
    assert "maeve.doyle" not in place.text(place.client.get(place.url("contact_list")))
    text = place.text(place.client.get(place.url("deleted_list")))
    assert "maeve.doyle@example.net" in text
    assert "17 Nov 2026 14:00 to 14:15" in text
    assert "Course alerts" in text


def test_a_search_finds_a_part_of_a_name_whatever_its_accents_and_stays_out_of_the_address(place):
    place.sign_in()
    place.store("x@example.org", first_name="Zoë", last_name="Müller")
    place.store("y@example.org", first_name="Anna", last_name="Ng")
    response = place.client.post(place.url("contact_list"), {"text": "zoe mull"})
    text = place.text(response)
    assert "x@example.org" in text
    assert "y@example.org" not in text


def test_filters_stand_in_the_url(place):
    place.sign_in()
    place.store("on@example.org")
    place.store("off@example.org", list_memberships=[])
    list_id = str(place.lists[0].remote_id)
    text = place.text(place.client.get(place.url("contact_list"), {"list": list_id, "status": "active"}))
    assert "on@example.org" in text
    assert "off@example.org" not in text


@pytest.mark.parametrize(
    "nonsense", ["after=x", "after=99999999999999999999", "status=x", "list=x", "changed=-1", "sort=raw"]
)
def test_nonsense_in_a_url_is_as_if_it_were_not_there(place, nonsense):
    place.sign_in()
    place.store("on@example.org")
    assert "on@example.org" in place.text(place.client.get(f"{place.url('contact_list')}?{nonsense}"))


def test_pages_go_forward_and_back_without_losing_anybody(place):
    place.sign_in()
    place.store(*(f"p{number:03}@example.org" for number in range(120)))
    first = place.client.get(place.url("contact_list"))
    second = place.client.get(place.url("contact_list"), {"after": first.context["people"].page.after})
    third = place.client.get(place.url("contact_list"), {"after": second.context["people"].page.after})
    back = place.client.get(place.url("contact_list"), {"before": third.context["people"].page.before})
    shown = [row.shown for page in (first, second, third) for row in page.context["people"].rows]
    assert shown == [f"p{number:03}@example.org" for number in range(120)]
    assert [row.shown for row in back.context["people"].rows] == shown[50:100]
    assert third.context["people"].page.after is None
    assert first.context["people"].page.before is None


@pytest.mark.parametrize("name", ["contact_list", "deleted_list"])
def test_a_page_takes_the_same_queries_for_two_rows_as_for_fifty(place, name, django_assert_num_queries):
    place.sign_in()
    place.delete(place.store("ghost0@example.org", "ghost1@example.org"))
    place.store("shown0@example.org", "shown1@example.org")
    with CaptureQueriesContext(connection) as few:
        place.client.get(place.url(name))
    place.delete(place.store(*(f"ghost{number}@example.com" for number in range(46))))
    place.store(*(f"shown{number}@example.com" for number in range(46)))
    with django_assert_num_queries(len(few)):
        assert len(place.client.get(place.url(name)).context["people"].rows) == 48


def test_one_contact_shows_its_lists_over_time_with_a_table_beside_the_picture(place):
    place.sign_in()
    place.delete(place.store("maeve.doyle@example.net"))
    contact = Contact.objects.get()
    text = place.text(place.client.get(place.url("contact_detail", remote_id=contact.remote_id)))
    assert '<svg class="lane-picture"' in text
    assert "Was on 2 lists" in text
    assert "the contact was deleted" in text


def test_history_names_nobody_for_a_change_seen_from_outside(place):
    place.sign_in()
    place.delete(place.store("maeve.doyle@example.net"))
    contact = Contact.objects.get()
    text = place.text(place.client.get(place.url("contact_history", remote_id=contact.remote_id)))
    assert "Deleted in Constant Contact" in text
    assert "Unknown, outside" in text
    assert "Newsletter; Course alerts → nothing" in text or "Course alerts; Newsletter → nothing" in text


def test_a_viewer_sees_no_names_no_addresses_and_no_raw_record(place):
    place.sign_in("viewer")
    place.delete(place.store("maeve.doyle@example.net"))
    contact = Contact.objects.get()
    for name in ("contact_list", "deleted_list"):
        text = place.text(place.client.get(place.url(name)))
        assert "maeve.doyle" not in text
        assert "Doyle" not in text
    for name in ("contact_detail", "contact_history"):
        text = place.text(place.client.get(place.url(name, remote_id=contact.remote_id)))
        assert "Doyle" not in text
        assert "maeve.doyle@" not in text
    assert place.client.get(place.url("contact_raw", remote_id=contact.remote_id)).status_code == 403


def test_another_account_s_contact_is_not_found_under_this_account_s_address(place):
    place.sign_in()
    other = Place(place.client)
    other.store("theirs@example.org")
    contact = Contact.objects.get(account=other.account)
    for name in ("contact_detail", "contact_history", "contact_raw"):
        assert place.client.get(place.url(name, remote_id=contact.remote_id)).status_code == 404
    for name in ("contact_list", "deleted_list"):
        assert place.client.get(other.url(name)).status_code == 404


def test_what_constant_contact_sent_is_shown_as_text(place):
    place.sign_in()
    place.store("x@example.org", first_name="<script>alert(1)</script>", last_name="<b>")
    text = place.text(place.client.get(place.url("contact_list")))
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
