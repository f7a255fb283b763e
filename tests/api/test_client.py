"""What the client asks for, and what it makes of each answer. Shapes are those of the CC reference."""

import json
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from contacts.api.client import Call, Client
from contacts.api.errors import LinkExpired, QuotaSpent, Unreadable

API = "https://api.example.com/v3"
ID = "af73e650-96f0-11ef-b2a0-fa163eafb85e"
OTHER = "b0000000-96f0-11ef-b2a0-fa163eafb85e"
CANARY = "canary-token-7f3a"


def client(**options) -> Client:
    return Client(lambda: CANARY, base_url=API, **options)


def contact(address: str, contact_id: str = ID) -> dict:
    return {"contact_id": contact_id, "email_address": {"address": address}}


def sent(index: int = 0) -> dict[str, list[str]]:
    return parse_qs(urlsplit(responses.calls[index].request.url).query)


@responses.activate
def test_a_contact_is_read_with_every_subresource_and_unknown_keys_are_kept():
    odd = {"contact_id": ID, "brand_new": {"deep": [1, None]}, "first_name": "a\x00b\U0001f600", "last_name": "\ud800"}
    responses.get(f"{API}/contacts/{ID}", body=json.dumps(odd))
    assert client().get_contact(ID) == odd
    assert set(sent()["include"][0].split(",")) == {
        "custom_fields", "list_memberships", "phone_numbers", "street_addresses", "taggings", "notes",
    }  # fmt: skip


@responses.activate
def test_what_was_read_can_be_sent_back_character_by_character():
    odd = {"contact_id": ID, "first_name": "a\x00b\U0001f600", "last_name": "\ud800"}
    responses.put(f"{API}/contacts/{ID}", json=odd)
    client().put_contact(ID, odd)
    request = responses.calls[0].request
    assert json.loads(request.body) == odd
    assert request.headers["Content-Type"] == "application/json"


@responses.activate
def test_a_plus_sign_in_an_address_survives_the_query():
    responses.get(f"{API}/contacts", json={"contacts": [contact("grete+news@example.org")], "_links": {}})
    assert len(client().find_contacts("Grete+News@Example.org")) == 1
    assert "email=Grete%2BNews%40Example.org" in responses.calls[0].request.url
    assert sent()["status"] == ["all"]


@responses.activate
def test_only_the_same_address_counts_as_found():
    others = [
        contact("grete@example.org.example.com"),
        {"contact_id": OTHER},
        {"contact_id": OTHER, "email_address": 7},
    ]
    responses.get(f"{API}/contacts", json={"contacts": [*others, contact("GRETE@example.org")]})
    assert [each["contact_id"] for each in client().find_contacts(" grete@example.org ")] == [ID]


@responses.activate
def test_a_list_that_ignores_the_address_is_no_proof_of_absence():
    following = {"next": {"href": "/v3/contacts?cursor=abc"}}
    responses.get(f"{API}/contacts", json={"contacts": [contact("someone@example.org")], "_links": following})
    with pytest.raises(Unreadable):
        client().find_contacts("grete@example.org")


@responses.activate
def test_the_first_page_carries_every_wish_and_times_in_utc():
    responses.get(f"{API}/contacts", json={"contacts": [], "contacts_count": 12, "_links": {}})
    east = datetime(2026, 11, 21, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    page = client().contacts_page(
        updated_after=east, optout_after=east, created_after=east, created_before=east, count=True
    )
    assert page.count == 12
    assert sent()["status"] == ["all"]
    assert sent()["limit"] == ["500"]
    for name in ("updated_after", "optout_after", "created_after", "created_before"):
        assert sent()[name] == ["2026-11-20T23:30:00Z"]


@responses.activate
def test_the_next_page_is_asked_for_by_its_cursor_alone():
    responses.get(f"{API}/contacts", json={"contacts": []})
    client().contacts_page(cursor="bGlt+XQ9/MQ==", status="deleted")
    assert sent() == {"cursor": ["bGlt+XQ9/MQ=="]}


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        client().contacts_page(updated_after=datetime(2026, 11, 21))


@responses.activate
def test_constant_contact_s_clock_comes_from_its_date_header():
    responses.get(f"{API}/contacts", json={"contacts": []}, headers={"Date": "Sat, 21 Nov 2026 10:15:57 GMT"})
    cc = client()
    assert cc.contacts_page().server_time == datetime(2026, 11, 21, 10, 15, 57, tzinfo=UTC)
    assert cc.server_time == datetime(2026, 11, 21, 10, 15, 57, tzinfo=UTC)


@responses.activate
@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}, {"Date": "Sat, 99 Nov 2026 10:15:57 GMT"}])
def test_without_a_readable_date_the_clock_is_unknown(headers):
    responses.get(f"{API}/contacts", json={"contacts": []}, headers=headers)
    assert client().contacts_page().server_time is None


@responses.activate
def test_lists_tags_fields_counts_and_the_account_are_read():
    responses.get(f"{API}/contact_lists", json={"lists": [{"list_id": ID}], "lists_count": 1, "_links": None})
    responses.get(f"{API}/contact_tags", json={"tags": [{"tag_id": ID}]})
    responses.get(f"{API}/contact_custom_fields", json={"custom_fields": [{"custom_field_id": ID}]})
    responses.get(f"{API}/contacts/counts", json={"total": 3})
    responses.get(f"{API}/account/summary", json={"encoded_account_id": "a07"})
    cc = client()
    pages = [cc.lists_page(), cc.tags_page(), cc.custom_fields_page()]
    assert [len(page.items) for page in pages] == [1, 1, 1]
    assert pages[0].count == 1
    assert cc.counts() == {"total": 3}
    assert cc.account_summary() == {"encoded_account_id": "a07"}
    assert sent(0)["status"] == ["all"]


@responses.activate
def test_privileges_are_names():
    content = [{"privilege_id": 30, "privilege_name": "contacts:read"}, {"privilege_id": 31}]
    responses.get(f"{API}/account/user/privileges", json=content)
    assert client().privileges() == {"contacts:read"}


@responses.activate
def test_deleting_and_resubscribing_do_not_read_the_answer():
    responses.delete(f"{API}/contacts/{ID}", status=204)
    responses.put(f"{API}/contacts/resubscribe/{ID}", status=200, body="")
    client().delete_contact(ID)
    client().resubscribe(ID, [OTHER])
    assert json.loads(responses.calls[1].request.body) == {"list_ids": [OTHER]}


@responses.activate
def test_a_rejected_token_is_renewed_once_for_reading():
    responses.get(f"{API}/contacts/{ID}", status=401)
    responses.get(f"{API}/contacts/{ID}", json={"contact_id": ID})
    rejected: list[str] = []

    def renew(token: str) -> str:
        rejected.append(token)
        return "fresh"

    assert client(renew=renew).get_contact(ID) == {"contact_id": ID}
    assert rejected == [CANARY]
    assert responses.calls[1].request.headers["Authorization"] == "Bearer fresh"


@responses.activate
def test_a_second_401_ends_it():
    responses.get(f"{API}/contacts/{ID}", status=401)
    with pytest.raises(LinkExpired):
        client(renew=lambda token: "fresh").get_contact(ID)
    assert len(responses.calls) == 2


@responses.activate
def test_a_write_is_not_repeated_after_a_401():
    responses.put(f"{API}/contacts/{ID}", status=401)
    with pytest.raises(LinkExpired):
        client(renew=lambda token: "fresh").put_contact(ID, {})
    assert len(responses.calls) == 1


@responses.activate
def test_the_gate_comes_before_every_request_and_can_close():
    responses.get(f"{API}/contacts/{ID}", status=401)
    passed: list[int] = []

    def gate() -> None:
        if passed:
            raise QuotaSpent
        passed.append(1)

    with pytest.raises(QuotaSpent):
        client(gate=gate, renew=lambda token: "fresh").get_contact(ID)
    assert len(responses.calls) == 1


@responses.activate
def test_the_log_names_the_path_without_id_address_or_token():
    responses.get(f"{API}/contacts", json={"contacts": []}, headers={"x-amzn-RequestId": "r-1"})
    responses.get(f"{API}/contacts/{ID}", status=404)
    calls: list[Call] = []
    cc = client(log=calls.append)
    cc.find_contacts("grete@example.org")
    with pytest.raises(Exception, match="NotFound 404"):
        cc.get_contact(ID)
    assert [(c.method, c.path_template, c.status, c.error, c.request_id) for c in calls] == [
        ("GET", "/contacts", 200, "", "r-1"),
        ("GET", "/contacts/{id}", 404, "NotFound", ""),
    ]
    assert not any(secret in repr(calls) + repr(cc) for secret in (CANARY, ID, "grete"))


@pytest.mark.parametrize("identifier", ["", "..", "a/b", "a?b", "a%2fb", "x" * 65, "grete@example.org"])
def test_an_id_that_could_lead_elsewhere_is_refused(identifier):
    with pytest.raises(ValueError, match="letters, digits and hyphens"):
        client().get_contact(identifier)


@pytest.mark.parametrize(
    "url",
    ["http://api.example.com", "ftp://api.example.com", "https://u:p@api.example.com", "https://", "//api.example.com",
     "https://api.example.com/?a=1", "http://127.0.0.1.example.com", "http://127.0.0.1@example.com", "http://10.0.0.1"],
)  # fmt: skip
def test_only_https_is_spoken_to_even_where_loopback_is_allowed(url):
    with pytest.raises(ValueError, match="https"):
        Client(lambda: CANARY, base_url=url, allow_loopback=True)


def test_loopback_needs_an_explicit_permission():
    with pytest.raises(ValueError, match="https"):
        Client(lambda: CANARY, base_url="http://127.0.0.1:8765/v3")
    assert "8765" in repr(Client(lambda: CANARY, base_url="http://127.0.0.1:8765/v3", allow_loopback=True))


@responses.activate
def test_the_members_of_lists_are_asked_for_together():
    responses.get(f"{API}/contacts", json={"contacts": []})
    client().contacts_page(lists=[ID, OTHER])
    assert sent()["lists"] == [f"{ID},{OTHER}"]


@pytest.mark.parametrize(
    ("lists", "why"), [([ID] * 26, "25 lists at most"), (["a,b"], "letters, digits"), ([""], "letters, digits")]
)
def test_a_wish_for_lists_that_constant_contact_does_not_know_is_refused(lists, why):
    with pytest.raises(ValueError, match=why):
        client().contacts_page(lists=lists)
