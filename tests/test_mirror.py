"""What a look at Constant Contact leaves in the mirror."""

import uuid
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import mirror
from contacts.models import Contact, ContactEvent, ContactList, How, Membership, Tagging
from tests.mirror_look import events, look, make_lists, moment, on_lists, row
from tests.rows import make_account, make_remote

pytestmark = pytest.mark.django_db
Sure = ContactEvent.Sure


@pytest.fixture
def account():
    return make_account()


def unsubscribed(remote, source="Contact", **more):
    email = remote["email_address"] | {
        "permission_to_send": "unsubscribed",
        "opt_out_source": source,
        "opt_out_date": "2026-11-01T08:05:00Z",
        **more,
    }
    return remote | {"email_address": email, "list_memberships": []}


def deleted(remote, on="2026-11-01"):
    return remote | {"deleted_at": on, "list_memberships": []}


def test_the_first_look_fills_columns_lists_and_tags_and_invents_no_history(account):
    one, two = make_lists(account, "Course alerts", "Gala 2026")
    remote = make_remote(list_memberships=[one, two], taggings=[str(uuid.uuid4())])
    stored = look(account, remote)
    contact = row(remote)
    assert (stored.seen, stored.stored, stored.not_understood) == (1, 1, 0)
    assert (contact.address, contact.name, contact.status) == ("maeve.doyle@example.net", "Maeve Doyle", "active")
    assert contact.remote == remote
    assert on_lists(remote) == [one, two]
    assert {each.began_how for each in Membership.objects.all()} == {How.AT_LINK}
    assert Tagging.objects.get().tag.name == "Unnamed tag"
    assert events(remote) == []


def turned_round(value):
    """The same JSON with the properties of every object in the opposite order."""
    if isinstance(value, dict):
        return {name: turned_round(each) for name, each in reversed(value.items())}
    return [turned_round(each) for each in value] if isinstance(value, list) else value


def wrote(queries):
    """The statements that write rows, in the order they came."""
    words = {"INSERT", "UPDATE", "DELETE", "COPY"}
    found = [each["sql"] for each in queries if words & set(each["sql"].split())]
    return [each for each in found if not (each.startswith("SELECT") and each.endswith("FOR NO KEY UPDATE"))]


def test_an_unchanged_contact_is_not_written_again(account):
    remote = make_remote(custom_fields=[{"custom_field_id": str(uuid.uuid4()), "value": "7"}])
    look(account, remote)
    with CaptureQueriesContext(connection) as queries:
        stored = look(account, remote, turn=1)
    assert stored.stored == 0 and stored.pks == [row(remote).pk]
    assert wrote(queries) == [] and not any('"raw"' in each["sql"] for each in queries)


def test_another_order_of_the_properties_is_no_change_and_is_compared_only_once(account):
    people = [make_remote(f"p{number}@example.org", first_name="Maeve") for number in range(3)]
    look(account, *people)
    before = Contact.objects.values_list("pk", "raw", "fetched_at").order_by("pk")
    held = [(pk, bytes(raw), fetched_at) for pk, raw, fetched_at in before]
    with CaptureQueriesContext(connection) as first:
        assert look(account, *map(turned_round, people), turn=1).stored == 0
    with CaptureQueriesContext(connection) as second:
        assert look(account, *map(turned_round, people), turn=2).stored == 0
    assert [each.split()[:4] for each in wrote(first)] == [["UPDATE", "contacts_contact", "SET", "digest"]]
    assert wrote(second) == [] and not any('"raw"' in each["sql"] for each in second)
    assert [(pk, bytes(raw), at) for pk, raw, at in before.all()] == held
    assert not ContactEvent.objects.exists()


def test_values_that_python_takes_for_equal_are_told_apart(account):
    remote = make_remote(flag=1)
    look(account, remote)
    assert look(account, remote | {"flag": True}, turn=1).stored == 1


def test_a_page_costs_the_same_queries_whatever_its_size(account):
    lists = make_lists(account, *(f"List {number}" for number in range(20)))
    people = [make_remote(f"p{number}@example.org", list_memberships=lists[:3]) for number in range(60)]
    look(account, *people)
    counts = []
    for turn, size in ((1, 2), (2, 60)):
        changed = [each | {"first_name": f"T{turn}", "list_memberships": lists[turn : turn + 3]} for each in people]
        with CaptureQueriesContext(connection) as queries:
            look(account, *changed[:size], turn=turn)
        counts.append(len([each for each in queries if "SAVEPOINT" not in each["sql"]]))
    assert counts[0] == counts[1] <= 11


def test_a_deletion_ends_the_memberships_and_keeps_the_window_it_fell_into(account):
    [one] = make_lists(account, "Course alerts")
    remote = make_remote(list_memberships=[one])
    look(account, remote)
    look(account, deleted(remote), turn=1)
    contact, was = row(remote), Membership.objects.get()
    assert (contact.status, contact.deleted_on) == (Contact.Status.DELETED, date(2026, 11, 1))
    assert (contact.deleted_from, contact.deleted_to) == (moment(0), moment(1))
    assert (was.ended_at, was.ended_how) == (moment(1), How.DELETED)
    assert events(remote) == [("deleted", Sure.UNKNOWN)]
    assert contact.events.get().changes["list_memberships"] == [[was.list_id], []]


def test_a_contact_first_seen_deleted_has_no_lists_and_no_beginning_of_its_deletion(account):
    remote = deleted(make_remote(), on="2024-02-03")
    look(account, remote)
    contact = row(remote)
    assert (contact.deleted_from, contact.deleted_to) == (None, moment(0))
    assert not Membership.objects.exists() and events(remote) == []


def test_a_revived_contact_is_active_again_and_its_past_stays(account):
    [one] = make_lists(account, "Course alerts")
    remote = make_remote(list_memberships=[one])
    look(account, remote)
    look(account, deleted(remote), turn=1)
    look(account, remote, turn=2)
    contact = row(remote)
    assert (contact.status, contact.deleted_on, contact.deleted_from, contact.deleted_to) == ("active", *[None] * 3)
    assert events(remote)[-1] == ("revived", Sure.UNKNOWN)
    assert [each.ended_how for each in Membership.objects.order_by("id")] == [How.DELETED, ""]


@pytest.mark.parametrize(
    ("source", "sure"), [("Contact", Sure.CONTACT), ("Account", Sure.ACCOUNT), (None, Sure.UNKNOWN)]
)
def test_an_unsubscribe_says_who_did_it_only_as_far_as_constant_contact_says_so(account, source, sure):
    [one] = make_lists(account, "Course alerts")
    remote = make_remote(list_memberships=[one])
    look(account, remote)
    look(account, unsubscribed(remote, source), turn=1)
    assert events(remote) == [("unsubscribed", sure)]
    assert Membership.objects.get().ended_how == How.UNSUBSCRIBED
    assert row(remote).once_opted_out == date(2026, 11, 1)


def test_the_answer_of_our_own_change_is_marked_as_ours(account):
    [one] = make_lists(account, "Course alerts")
    remote = make_remote(list_memberships=[one])
    look(account, deleted(remote))
    at = moment(1)
    contact = mirror.store_contact(account, remote, fetched_at=at, seen_at=at, since=moment(0), by_us=True)
    assert contact.written_at == at
    assert events(remote) == [("revived", Sure.US)]
    assert Membership.objects.get().began_how == How.US


def test_an_opt_out_is_remembered_after_constant_contact_forgot_it(account):
    remote = make_remote()
    look(account, unsubscribed(remote))
    look(account, remote, turn=1)
    assert row(remote).status == "active"
    assert row(remote).once_opted_out == date(2026, 11, 1)


@pytest.mark.parametrize("permission", ["pending_confirmation", "temp_hold"])
def test_a_pending_confirmation_and_a_hold_are_remembered_too(account, permission):
    remote = make_remote(email_address={"permission_to_send": permission})
    look(account, remote)
    look(account, make_remote() | {"contact_id": remote["contact_id"]}, turn=1)
    assert row(remote).once_opted_out == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("permission", "source", "when", "cleared"),
    [
        ("explicit", "Contact", "2026-11-01T08:20:00Z", True),
        ("explicit", "Contact", "2026-11-01T08:04:00Z", False),
        ("explicit", "Account", "2026-11-02T08:00:00Z", False),
        ("implicit", "Contact", "2026-11-02T08:00:00Z", False),
        ("explicit", "Contact", None, False),
    ],
)
def test_only_the_persons_own_later_opt_in_ends_the_memory(account, permission, source, when, cleared):
    remote = make_remote()
    look(account, unsubscribed(remote))
    email = remote["email_address"] | {"permission_to_send": permission, "opt_in_source": source, "opt_in_date": when}
    look(account, remote | {"email_address": email}, turn=2)
    assert (row(remote).once_opted_out is None) == cleared


def test_a_contact_made_since_the_last_look_was_created_by_whom_constant_contact_names(account):
    new = make_remote(created_at="2026-11-01T08:10:00Z", create_source="Contact")
    old = make_remote("tom@example.org")
    look(account, new, old, turn=1)
    assert events(new) == [("created", Sure.CONTACT)]
    assert events(old) == []


def test_a_changed_value_is_told_with_what_it_was(account):
    remote = make_remote()
    look(account, remote)
    look(account, remote | {"first_name": "Maebh", "updated_at": "2026-11-01T08:10:00Z"}, turn=1)
    event = row(remote).events.get()
    assert (event.kind, event.changes) == ("changed", {"first_name": ["Maeve", "Maebh"]})
    assert (event.noticed_from, event.noticed_to) == (moment(0), moment(1))


def test_lists_and_tags_that_change_alone_have_events_of_their_own(account):
    one, two = make_lists(account, "Course alerts", "Gala 2026")
    remote = make_remote(list_memberships=[one])
    look(account, remote)
    look(account, remote | {"list_memberships": [two], "taggings": [str(uuid.uuid4())]}, turn=1)
    assert [kind for kind, _ in events(remote)] == ["lists", "tags"]
    assert on_lists(remote) == [two]


def test_a_list_that_nobody_named_yet_gets_its_name_with_the_next_reading(account):
    list_id = str(uuid.uuid4())
    look(account, make_remote(list_memberships=[list_id]))
    assert ContactList.objects.get().name == "Unnamed list"
    mirror.store_lists(account, [{"list_id": list_id, "name": "Evening classes"}], seen_at=moment(1))
    assert ContactList.objects.get().name == "Evening classes"


def test_a_deleted_list_keeps_the_past_of_its_members(account):
    [one] = make_lists(account, "Course alerts")
    remote = make_remote(list_memberships=[one])
    look(account, remote)
    gone = {"list_id": one, "name": "Course alerts", "deleted_at": "2026-11-01T08:10:00Z"}
    mirror.store_lists(account, [gone], seen_at=moment(1))
    # Constant Contact takes the list off its members a while later.
    look(account, remote | {"first_name": "Maebh"}, turn=2)
    was = Membership.objects.get()
    assert (was.ended_how, was.ended_at, was.list.gone_at) == (How.GONE, moment(1), moment(1))


def test_a_list_left_out_by_mistake_comes_back_with_its_members(account):
    one, two = make_lists(account, "Course alerts", "Gala 2026")
    remote = make_remote(list_memberships=[one, two])
    look(account, remote)
    kept = ContactList.objects.get(remote_id=two)
    assert mirror.close_unseen(ContactList, account, seen={kept.pk}, seen_at=moment(1)) == 1
    assert on_lists(remote) == [two]
    mirror.store_lists(account, [{"list_id": one, "name": "Course alerts"}], seen_at=moment(2))
    assert on_lists(remote) == [one, two]


def test_a_contact_constant_contact_no_longer_knows_is_marked_and_kept(account):
    [one] = make_lists(account, "Course alerts")
    remote = make_remote(list_memberships=[one])
    look(account, remote)
    mirror.mark_missing(account, [row(remote).pk], seen_at=moment(1), since=moment(0))
    mirror.mark_missing(account, [row(remote).pk], seen_at=moment(2), since=moment(1))
    assert row(remote).missing_since == moment(1)
    assert events(remote) == [("missing", Sure.UNKNOWN)]
    assert on_lists(remote) == []


def test_a_missing_contact_that_is_shown_again_is_whole_again(account):
    [one] = make_lists(account, "Course alerts")
    remote = make_remote(list_memberships=[one])
    look(account, remote)
    mirror.mark_missing(account, [row(remote).pk], seen_at=moment(1), since=moment(0))
    look(account, remote, turn=2)
    assert row(remote).missing_since is None
    assert on_lists(remote) == [one]


def test_one_id_in_two_accounts_is_two_contacts(account):
    remote, other = make_remote(), make_account()
    look(account, remote)
    assert look(other, remote).stored == 1
    assert Contact.objects.filter(remote_id=remote["contact_id"]).count() == 2


def test_a_row_never_gets_the_key_of_one_that_was_deleted(account):
    remote = make_remote()
    look(account, remote)
    earlier = row(remote).pk
    mirror.forget(row(remote))
    look(account, remote)
    assert row(remote).pk > earlier
