"""GET /contacts: every parameter, and the walk by cursor (CC reference, sections 7 and 9)."""

import base64
from datetime import timedelta

import pytest

from tests.emulator.people import UNKNOWN, addresses, delete, error, make_contact, make_list, make_tag, put


def stored(address, **more):
    """A contact in GET shape, for the bulk loader."""
    made = more.pop("created_at", "2026-01-01T00:00:00Z")
    number = more.pop("number", 1)
    email = {"address": address, "permission_to_send": "implicit", "created_at": made, "updated_at": made}
    return {
        "account": "a07e1l8cdif9dl",
        "contact_id": f"{number:08x}-0000-11f1-8000-fa163e000000",
        "email_address": email | more.pop("email", {}),
        "create_source": "Account",
        "created_at": made,
        "updated_at": made,
        **more,
    }


@pytest.fixture
def mixed(cc):
    """One contact in each state, named after it."""
    standing = ["explicit", "implicit", "not_set", "pending_confirmation", "temp_hold", "unsubscribed"]
    cc.state.load(
        contacts=[
            stored(f"{each}@example.org", number=place, email={"permission_to_send": each})
            for place, each in enumerate(standing)
        ]
    )
    gone = {"deleted_at": "2026-02-01"}
    cc.state.load(
        contacts=[
            stored("deleted@example.org", number=20, **gone),
            stored("deleted_out@example.org", number=21, email={"permission_to_send": "unsubscribed"}, **gone),
        ]
    )
    return cc


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, "explicit implicit not_set pending_confirmation temp_hold unsubscribed"),
        ("active", "explicit implicit not_set pending_confirmation temp_hold"),
        ("deleted", "deleted deleted_out"),
        ("unsubscribed", "unsubscribed"),
        ("not_set,temp_hold", "not_set temp_hold"),
        ("deleted,pending_confirmation", "deleted deleted_out pending_confirmation"),
        ("all", "explicit implicit not_set pending_confirmation temp_hold unsubscribed deleted deleted_out"),
    ],
)
def test_the_status_says_which_contacts_are_shown(mixed, status, expected):
    answer = mixed.get("/contacts", **({"status": status} if status else {}), include_count="true")

    assert addresses(answer) == {f"{each}@example.org" for each in expected.split()}
    assert answer.json()["contacts_count"] == len(expected.split())


def test_a_deleted_address_is_found_only_with_a_status_that_includes_it(mixed):
    assert mixed.get("/contacts", email="deleted@example.org").json() == {"contacts": [], "_links": {}}
    assert addresses(mixed.get("/contacts", email="deleted@example.org", status="all")) == {"deleted@example.org"}


def test_an_address_is_compared_without_regard_to_case_and_in_full(mixed):
    assert addresses(mixed.get("/contacts", email="EXPLICIT@Example.ORG")) == {"explicit@example.org"}
    assert addresses(mixed.get("/contacts", email="explicit@example.or")) == set()


def test_a_plus_in_an_address_must_be_encoded(cc):
    make_contact(cc, "ann+news@example.org")

    assert addresses(cc.call("GET", "/contacts?email=ann%2Bnews@example.org")) == {"ann+news@example.org"}
    assert addresses(cc.call("GET", "/contacts?email=ann+news@example.org")) == set()


def test_lists_find_members_of_any_of_them(cc):
    news, gifts = make_list(cc, "News"), make_list(cc, "Gifts")
    make_contact(cc, "both@example.org", list_memberships=[news, gifts])
    make_contact(cc, "gifts@example.org", list_memberships=[gifts])
    make_contact(cc, "none@example.org")

    assert addresses(cc.get("/contacts", lists=f"{news},{gifts}")) == {"both@example.org", "gifts@example.org"}
    assert addresses(cc.get("/contacts", lists=news)) == {"both@example.org"}


def test_tags_find_whoever_has_one_of_them(cc):
    tag = make_tag(cc)
    make_contact(cc, "tagged@example.org", taggings=[tag])
    make_contact(cc, "bare@example.org")

    assert addresses(cc.get("/contacts", tags=tag)) == {"tagged@example.org"}
    assert addresses(cc.get("/contacts", tags=UNKNOWN)) == set()


def test_times_are_compared_with_both_ends_left_out(cc):
    cc.state.load(
        contacts=[
            stored("early@example.org", number=1, created_at="2026-01-01T00:00:00Z"),
            stored("late@example.org", number=2, created_at="2026-03-01T00:00:00Z"),
        ]
    )

    for name in ("created", "updated"):
        assert addresses(cc.get("/contacts", **{f"{name}_after": "2026-01-01T00:00:00Z"})) == {"late@example.org"}
        assert addresses(cc.get("/contacts", **{f"{name}_before": "2026-03-01T00:00:00+00:00"})) == {
            "early@example.org"
        }
    assert addresses(cc.get("/contacts", created_after="2025-12-31T23:00:00-02:00")) == {"late@example.org"}


def test_an_opt_out_by_the_contact_shows_in_optout_after_and_not_in_updated_after(cc):
    contact_id = make_contact(cc)
    cc.control("clock", advance=3600)
    before = cc.state.clock.now() - timedelta(minutes=1)
    cc.control("contact/unsubscribe", id=contact_id)

    since = before.isoformat()
    assert addresses(cc.get("/contacts", updated_after=since, status="all")) == set()
    assert addresses(cc.get("/contacts", optout_after=since, status="all")) == {"maeve@example.net"}
    assert addresses(cc.get("/contacts", optout_before=since, status="all")) == set()


def test_sms_status_looks_at_the_sms_consent(cc):
    consent = {"sms_consent_permission": "explicit", "consent_type": "promotional_sms"}
    sms = {"full_sms_address": "17815551212", "sms_channel_consents": [consent]}
    answer = cc.call("POST", "/contacts", json={"create_source": "Account", "sms_channel": sms, "first_name": "Ann"})
    make_contact(cc)

    for wanted in ("all", "explicit"):
        found = cc.get("/contacts", sms_status=wanted).json()["contacts"]
        assert [each["contact_id"] for each in found] == [answer.json()["contact_id"]]
    assert cc.get("/contacts", sms_status="unsubscribed,not_set").json()["contacts"] == []


def test_a_contact_without_an_address_is_shown_without_one(cc):
    cc.call("POST", "/contacts", json={"create_source": "Account", "first_name": "Ann"})

    (only,) = cc.get("/contacts").json()["contacts"]
    assert "email_address" not in only


def test_a_segment_is_computed_first_and_shown_on_the_second_look(cc):
    contact_id = make_contact(cc)
    make_contact(cc, "other@example.org")
    cc.state.load(segments=[{"account": cc.account_id, "segment_id": 14, "contact_ids": [contact_id]}])

    first = cc.get("/contacts", segment_id=14, limit=10)
    assert (first.status_code, first.json()["status"]) == (202, "processing")
    assert addresses(cc.get("/contacts", segment_id=14, limit=10)) == {"maeve@example.net"}
    assert cc.get("/contacts", segment_id=14, status="all").status_code == 400
    assert cc.get("/contacts", segment_id=15).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"status": "gone"},
        {"lists": "12"},
        {"lists": ",".join([UNKNOWN] * 26)},
        {"tags": ",".join([UNKNOWN] * 51)},
        {"updated_after": "yesterday"},
        {"include": "lists"},
        {"sms_status": "active"},
        {"include_count": "yes"},
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "many"},
        {"cursor": "not base64"},
        {"cursor": base64.b64encode(b"limit=5").decode()},
        {"cursor": base64.b64encode(b"limit=5&next=x").decode()},
    ],
)
def test_a_value_out_of_range_is_refused_by_name(cc, query):
    status, key, text = error(cc.get("/contacts", **query))

    (name,) = query
    assert (status, key) == (400, "contacts.api.validation.error")
    assert text in (f"{name} does not have a valid value", "next does not have a valid value")


def test_every_complaint_is_in_one_text(cc):
    answer = cc.get("/contacts", limit=0, status="gone")

    assert error(answer)[2] == "status does not have a valid value, limit does not have a valid value"


def test_the_next_link_is_relative_and_repeats_every_parameter(cc):
    for place in range(3):
        make_contact(cc, f"{place}@example.org")

    first = cc.call("GET", "/contacts?limit=2&status=all&updated_after=2022-03-11T22%3A09%3A02%2B00%3A00").json()
    path, _, cursor = first["_links"]["next"]["href"].partition("?cursor=")
    assert list(first) == ["contacts", "_links"]
    assert path == "/v3/contacts"
    expected = b"limit=2&next=2&status%5B%5D=all&updated_after=2022-03-11T22%3A09%3A02%2B00%3A00"
    assert base64.b64decode(cursor) == expected


def test_a_walk_by_cursor_meets_everybody_once_and_ends_with_empty_links(cc):
    expected = {f"{place}@example.org" for place in range(7)}
    for each in sorted(expected):
        make_contact(cc, each)

    found, answer = [], cc.get("/contacts", limit=3, include="list_memberships", include_count="true")
    while answer.json()["_links"]:
        found += addresses(answer)
        assert answer.json()["contacts_count"] == 7
        answer = cc.call("GET", answer.json()["_links"]["next"]["href"].removeprefix("/v3"))
    found += addresses(answer)

    assert sorted(found) == sorted(expected)
    assert answer.json()["_links"] == {}
    assert all("list_memberships" in each for each in answer.json()["contacts"])


def test_other_parameters_beside_a_cursor_change_nothing(cc):
    for place in range(3):
        make_contact(cc, f"{place}@example.org")
    link = cc.get("/contacts", limit=1).json()["_links"]["next"]["href"].removeprefix("/v3")

    assert cc.call("GET", f"{link}&limit=500&next=1").json() == cc.call("GET", link).json()


def test_next_means_nothing_outside_a_cursor(cc):
    make_contact(cc)

    assert len(cc.get("/contacts", next=2, limit=1).json()["contacts"]) == 1


def test_a_page_number_shifts_rows_when_one_is_removed_during_the_walk(cc):
    for place in range(4):
        make_contact(cc, f"{place}@example.org")
    first = cc.get("/contacts", limit=2)
    gone = first.json()["contacts"][0]["contact_id"]
    delete(cc, gone)

    second = cc.call("GET", first.json()["_links"]["next"]["href"].removeprefix("/v3"))

    assert len(addresses(first) | addresses(second)) == 3


def test_newest_contacts_come_first_and_ties_are_ordered_by_id(cc):
    cc.state.load(
        contacts=[
            stored("b@example.org", number=2),
            stored("a@example.org", number=1),
            stored("new@example.org", number=3, created_at="2026-05-05T00:00:00Z"),
        ]
    )

    found = [each["email_address"]["address"] for each in cc.get("/contacts").json()["contacts"]]
    assert found == ["new@example.org", "a@example.org", "b@example.org"]


def test_empty_core_properties_are_left_out_and_subresources_come_only_when_asked_for(cc):
    contact_id = make_contact(cc, first_name="Maeve", phone_numbers=[{"phone_number": "1", "kind": "home"}])

    bare = cc.get(f"/contacts/{contact_id}").json()
    assert set(bare) == {
        "contact_id",
        "email_address",
        "first_name",
        "create_source",
        "created_at",
        "updated_at",
    }
    full = cc.get(f"/contacts/{contact_id}", include="phone_numbers,notes").json()
    assert set(full) - set(bare) == {"phone_numbers", "notes"}
    assert full["notes"] == []


def test_an_account_sees_nothing_of_another(cc):
    mine = make_contact(cc)
    cc.state.load(accounts=[{"encoded_account_id": "other", "organization_name": "Other"}])
    theirs = cc.state.contacts.create(
        "other", {"create_source": "Account", "email_address": {"address": "maeve@example.net"}}
    )["contact_id"]

    found = cc.get("/contacts", status="all").json()["contacts"]
    assert [each["contact_id"] for each in found] == [mine]
    assert cc.get(f"/contacts/{theirs}").status_code == 404
    assert put(cc, mine).status_code == 200
    assert cc.call("DELETE", f"/contacts/{theirs}").status_code == 404
