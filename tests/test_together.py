"""Several questions in one query: the answers are those that each question has by itself."""

from datetime import UTC, date, datetime

import pytest

from contacts import mirror
from contacts.models import Contact, ContactEvent, ContactList, User
from contacts.selectors.together import together
from tests.rows import make_account, make_remote, make_user

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 17, 12, 0, 0, 123_456, tzinfo=UTC)


@pytest.fixture
def contact():
    account = make_account()
    remote = make_remote("maeve@example.net", deleted_at="2026-11-17")
    return mirror.store_contact(account, remote, fetched_at=NOON, seen_at=NOON)


def test_rows_come_as_their_querysets_give_them(contact, django_assert_num_queries):
    people = [make_user(name=name) for name in ("Ünal “100 %”", "Anna Ng", "Dermot O'Walsh")]
    with django_assert_num_queries(1):
        told = together(
            {
                "contacts": Contact.objects.defer("raw", "digest"),
                "people": User.objects.only("name").order_by("name"),
                "keys": Contact.objects.values_list("remote_id", "deleted_on", "fetched_at"),
            }
        )
    assert told["contacts"] == [contact] and told["people"] == sorted(people, key=lambda each: each.name)
    assert told["keys"] == [(contact.remote_id, date(2026, 11, 17), NOON)]
    assert told["contacts"][0].deleted_to == Contact.objects.get().deleted_to


def test_what_was_not_asked_for_is_read_when_it_is_wanted(contact, django_assert_num_queries):
    [light] = together({"contacts": Contact.objects.only("address")})["contacts"]
    with django_assert_num_queries(1):
        assert bytes(light.raw) == bytes(contact.raw)


@pytest.mark.parametrize(
    "changes",
    [{"first_name": [None, "Maeve"], "taggings": [[1], [1, 2]]}, "text", "[1]", '"', 3, [None]],
    ids=["object", "text", "text like json", "a quote", "number", "array"],
)
def test_json_comes_as_it_was_kept(contact, changes):
    event = ContactEvent.objects.create(contact=contact, kind="changed", noticed_to=NOON, changes=changes)
    [told] = together({"events": ContactEvent.objects.filter(pk=event.pk)})["events"]
    assert told.changes == changes and told.noticed_to == NOON and told.noticed_from is None


def test_counts_come_with_the_rows(contact):
    told = together({"lists": ContactList.objects.all()}, {"few": Contact.objects.values("pk")[:1], "none": _nobody()})
    assert told == {"lists": [], "few": 1, "none": 0}


def test_what_is_empty_by_itself_is_not_asked_for(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert together({"contacts": Contact.objects.none()}, {"number": Contact.objects.none()}) == {
            "contacts": [],
            "number": 0,
        }


def test_the_order_and_the_limit_of_each_question_hold(contact):
    names = [make_user(name=f"N{number:02}").name for number in range(30)]
    told = together({"people": User.objects.order_by("-name").values_list("name")[:10]})
    assert [name for (name,) in told["people"]] == names[:19:-1]


def _nobody():
    return Contact.objects.filter(address="nobody@example.org").values("pk")
