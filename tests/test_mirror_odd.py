"""Copies that come late, and data that no reference describes: nothing is lost, and nothing breaks."""

import json
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import mirror
from contacts.models import Contact, ContactEvent, CustomField
from tests.mirror_look import FIRST, events, look, moment, on_lists, row
from tests.rows import make_account, make_remote

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account()


def test_a_copy_with_an_older_change_never_replaces_a_newer_one(account):
    remote = make_remote(updated_at="2026-11-01T07:00:00Z", first_name="New")
    look(account, remote)
    late = remote | {"updated_at": "2026-11-01T06:00:00Z", "first_name": "Old"}
    assert look(account, late, turn=1).stored == 0
    assert row(remote).first_name == "New"


def test_a_copy_asked_for_before_a_later_one_came_in_changes_nothing(account):
    remote = make_remote()
    look(account, remote | {"first_name": "New"}, turn=1)
    look(account, remote | {"first_name": "Old"}, turn=2, fetched_at=moment(0))
    assert row(remote).first_name == "New"


def test_a_page_asked_for_before_our_own_change_does_not_undo_it(account):
    remote = make_remote()
    look(account, remote)
    mirror.mark_written(row(remote), moment(2))
    look(account, remote | {"first_name": "Stale"}, turn=1)
    assert row(remote).first_name == "Maeve"
    look(account, remote | {"first_name": "Maebh"}, turn=3)
    assert row(remote).first_name == "Maebh"


def test_a_clock_that_was_ahead_and_is_put_back_shuts_no_true_copy_out(account):
    remote = make_remote()
    ahead = timezone.now() + timedelta(hours=1)
    look(account, remote, fetched_at=ahead)
    mirror.mark_written(row(remote), ahead)
    look(account, remote | {"first_name": "Maebh"}, turn=1, fetched_at=timezone.now())
    assert row(remote).first_name == "Maebh"


def test_a_date_of_change_in_the_future_does_not_freeze_a_contact(account):
    remote = make_remote(updated_at="2999-01-01T00:00:00Z")
    look(account, remote)
    look(account, remote | {"first_name": "Maebh", "updated_at": "2026-11-01T08:10:00Z"}, turn=1)
    assert row(remote).first_name == "Maebh"


def test_a_live_reading_counts_as_the_newest_even_when_nothing_changed(account):
    remote = make_remote()
    look(account, remote)
    contact = mirror.store_contact(account, remote, fetched_at=moment(5), seen_at=moment(5), since=FIRST)
    assert contact.fetched_at == moment(5)


def test_a_former_address_leads_to_who_had_it_and_capitals_are_no_change(account):
    remote = make_remote("Maeve@example.org")
    addresses = ("Maeve@example.org", "maeve@example.org", "m.doyle@example.org")
    for turn, address in enumerate(addresses):
        look(account, remote | {"email_address": remote["email_address"] | {"address": address}}, turn=turn)
    told = ContactEvent.objects.filter(contact=row(remote)).order_by("pk")
    assert list(told.values_list("was_address", flat=True)) == [None, "maeve@example.org"]


@pytest.mark.parametrize("choices", [None, 5, "Vegan", [5, None], [{"choice_label": 5}], [{"choice_id": [], "x": "y"}]])
def test_choices_of_a_custom_field_that_nobody_can_read_are_none(account, choices):
    field = {"custom_field_id": str(uuid.uuid4()), "label": "Diet", "name": "diet", "type": "single_select"}
    mirror.store_custom_fields(account, [field | {"choices": choices}], seen_at=timezone.now())
    kept = CustomField.objects.get()
    assert (kept.name, kept.remote_name, kept.choices) == ("Diet", "diet", {})


def test_a_choice_that_is_new_or_deleted_is_seen_at_the_next_look(account):
    field = {"custom_field_id": str(uuid.uuid4()), "label": "Diet", "type": "single_select"}
    vegan, raw = {"choice_id": 1, "choice_label": "Vegan"}, {"choice_id": 2, "choice_label": "Raw\x00"}
    for choices in ([vegan], [vegan | {"deleted_at": "2026-11-01"}, raw]):
        mirror.store_custom_fields(account, [field | {"choices": choices}], seen_at=timezone.now())
    assert CustomField.objects.get().choices == {"2": "Raw"}


def test_a_contact_without_an_address_is_kept_as_one(account):
    remote = make_remote()
    del remote["email_address"]
    assert look(account, remote).not_understood == 0
    assert (row(remote).status, row(remote).address) == (Contact.Status.NO_ADDRESS, "")


@pytest.mark.parametrize(
    "odd",
    [
        {"email_address": "maeve@example.net"},
        {"email_address": {"address": 7, "permission_to_send": "implicit"}},
        {"email_address": {"address": "a@example.net", "permission_to_send": "brand_new"}},
        {"first_name": ["Maeve"]},
        {"created_at": "yesterday"},
        {"updated_at": 20261101},
        {"deleted_at": True},
        {"list_memberships": "all of them"},
        {"list_memberships": [7, "no id"]},
        {"taggings": {"a": 1}},
        {"first_name": "x" * 5000},
    ],
)
def test_a_value_of_the_wrong_kind_is_counted_and_kept_as_it_was_sent(account, odd):
    remote = make_remote() | odd
    stored = look(account, remote)
    assert (stored.stored, stored.not_understood) == (1, 1)
    assert row(remote).remote == remote


def test_a_deletion_whose_date_cannot_be_read_is_a_deletion_all_the_same(account):
    remote = make_remote(deleted_at="soon")
    look(account, remote)
    assert (row(remote).status, row(remote).deleted_on) == (Contact.Status.DELETED, FIRST.date())


@pytest.mark.parametrize("odd", [None, 7, "contact", [], {}, {"contact_id": None}, {"contact_id": "no uuid"}])
def test_what_has_no_id_is_counted_and_does_not_stop_the_page(account, odd):
    remote = make_remote()
    stored = look(account, odd, remote)
    assert (stored.seen, stored.stored, stored.not_understood) == (1, 1, 1)


def test_an_unknown_property_is_kept_and_its_change_is_told(account):
    remote = make_remote(shoe_size={"eu": 39})
    look(account, remote)
    look(account, remote | {"shoe_size": {"eu": 40}}, turn=1)
    assert row(remote).remote["shoe_size"] == {"eu": 40}
    assert row(remote).events.get().changes == {"shoe_size": [{"eu": 39}, {"eu": 40}]}


def test_nul_and_half_a_surrogate_pair_stay_in_the_original_only(account):
    remote = make_remote(first_name="Ma\x00eve \ud83d", last_name="𝔇oyle")
    look(account, make_remote() | {"contact_id": remote["contact_id"]})
    look(account, remote, turn=1)
    contact = row(remote)
    assert (contact.first_name, contact.last_name) == ("Maeve ?", "𝔇oyle")
    assert contact.remote == remote
    assert [kind for kind, _ in events(remote)] == ["changed"]


def test_a_contact_that_comes_twice_on_one_page_is_one_contact(account):
    remote = make_remote()
    assert look(account, remote, remote | {"first_name": "Maebh"}).pks == [row(remote).pk]
    assert row(remote).first_name == "Maebh"


def test_ids_of_lists_that_are_named_twice_make_one_membership(account):
    list_id = str(uuid.uuid4())
    remote = make_remote(list_memberships=[list_id, list_id.upper()])
    look(account, remote)
    assert on_lists(remote) == [list_id]


TEXT = st.text(max_size=20) | st.sampled_from(["\x00", "\ud800", "😀" * 100, "é" * 600])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
NAMES = ["first_name", "email_address", "deleted_at", "list_memberships", "taggings", "updated_at", "new_thing"]


@given(values=st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=4), email=st.dictionaries(TEXT, ANYTHING))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_is_kept_whole(account, values, email):
    remote = make_remote()
    look(account, remote)
    changed = remote | {"email_address": remote["email_address"] | email} | values
    look(account, changed, turn=1)
    assert json.dumps(row(remote).remote, sort_keys=True) == json.dumps(changed, sort_keys=True)
    assert row(remote).status in Contact.Status
