"""Whatever Constant Contact answers: a sentence on the page, nothing lost, and never an unhandled exception."""

import json

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from contacts import sync
from contacts.models import Contact, LinkedAccount, SyncRun
from tests.rows import make_remote
from tests.security.liar import lying
from tests.security.pages import OF_CONTACT

pytestmark = pytest.mark.django_db
# Without shrinking: the first answer that breaks something is told as it is, and no time is spent on a smaller one.
few = hypothesis(
    max_examples=8,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = [
    *("email_address", "first_name", "last_name", "deleted_at", "updated_at", "birthday_month", "custom_fields"),
    *("phone_numbers", "street_addresses", "notes", "list_memberships", "taggings", "sms_channel"),
]
odd_parts = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), anything, max_size=6)
HALVES = "\ud800 half \udfff\x00"


def nested(depth):
    return json.loads("[" * depth + "]" * depth)


ODD = {
    "halves of pairs": {"first_name": HALVES, "job_title": HALVES, f"key {HALVES}": HALVES, "taggings": [HALVES]},
    "halves in the address": {"email_address": {"address": HALVES, "permission_to_send": "implicit"}},
    "NUL": {"first_name": "a\x00b", "custom_fields": [{"custom_field_id": "\x00", "value": "\x00"}]},
    "the first day of all": {"updated_at": "0001-01-01T00:00:00Z", "created_at": "0001-01-01T00:00:00Z"},
    "the last day of all": {"updated_at": "9999-12-31T23:59:59Z", "deleted_at": "9999-12-31"},
    "an opt-out on the first day of all": {
        "email_address": {
            "address": "ghost@example.org",
            "permission_to_send": "unsubscribed",
            "opt_out_source": "Contact",
            "opt_out_date": "0001-01-01T00:00:00Z",
        }
    },
    "awaited since the last day of all": {
        "email_address": {
            "address": "ghost@example.org",
            "permission_to_send": "pending_confirmation",
            "updated_at": "9999-12-31T23:59:59Z",
        }
    },
    "choices that are a number": {"custom_fields": [{"custom_field_id": "x", "choice_ids": 5}]},
    "choices in choices": {"custom_fields": [{"custom_field_id": "x", "choice_ids": [nested(1200)]}]},
    "nested without an end": {"odd": nested(1200)},
    "numbers without an end": {"birthday_month": 10**4000, "odd": 10**4000},
    "parts of other kinds": {
        "notes": 5,
        "phone_numbers": "x",
        "street_addresses": {},
        "sms_channel": [1],
        "taggings": [{}],
    },
    "lists of another kind": {"list_memberships": 5},
    "entries of other kinds": {"notes": [1, None], "phone_numbers": [None, {"phone_number": {}}], "custom_fields": [5]},
    "an SMS channel of another kind": {"sms_channel": {"sms_channel_consents": 5, "dial_code": 7}},
}


@pytest.fixture
def liar(settings):
    with lying(settings) as running:
        yield running


def ghost(**parts):
    return make_remote("ghost@example.org", **{"deleted_at": "2026-11-17", **parts})


def read(liar, *contacts):
    """Let these be all contacts there are, and walk through the account."""
    liar.holds(*contacts)
    run = sync.carry_on(sync.start(liar.account, SyncRun.Kind.FULL))
    liar.account.refresh_from_db()
    return run


def look(liar):
    """Every page of every contact answers, and so does a live question about each of them."""
    for contact in Contact.objects.filter(account=liar.account):
        for name in OF_CONTACT:
            assert page(liar, name, remote_id=contact.remote_id).status_code == 200
        card = ask(liar, str(contact.remote_id))
        assert card.status_code == 200
        assert "Checked live" in card.content.decode()
    assert page(liar, "contact_list").status_code == page(liar, "deleted_list").status_code == 200


def page(liar, name, **where):
    return liar.browser.get(liar.at(name, **where))


def ask(liar, text):
    return liar.browser.post(liar.at("check_live"), {"q": text}, headers={"HX-Request": "true"})


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
@pytest.mark.parametrize("parts", ODD.values(), ids=ODD)
def test_an_odd_contact_is_kept_as_it_was_sent_and_every_page_shows_it(liar, parts, zone):
    if zone == "Pacific/Auckland" and "of all" not in str(parts) and "9999" not in str(parts):
        return
    LinkedAccount.objects.filter(pk=liar.account.pk).update(time_zone=zone)
    plain = ghost()
    read(liar, plain)
    run = read(liar, plain | parts)
    assert (run.state, run.seen) == (SyncRun.State.DONE, 1), run.message
    assert Contact.objects.get(account=liar.account).remote == plain | parts
    look(liar)


@few
@given(first=odd_parts, second=odd_parts)
def test_no_contact_stops_a_run_or_a_page(liar, first, second):
    Contact.objects.all().delete()
    one, other = ghost() | first, make_remote("other@example.org") | second
    run = read(liar, one, other)
    assert run.state == SyncRun.State.DONE, run.message
    assert ask(liar, one["contact_id"]).status_code == 200
    assert page(liar, "contact_raw", remote_id=one["contact_id"]).status_code == 200
    assert page(liar, "contact_history", remote_id=other["contact_id"]).status_code == 200


@few
@given(st.sampled_from(["contacts", "contact_lists", "contact_tags", "contact_custom_fields"]), anything, anything)
def test_no_page_of_anything_stops_more_than_its_run(liar, path, items, links):
    Contact.objects.all().delete()
    read(liar, ghost())
    before = list(Contact.objects.values_list("remote_id", "digest"))
    key = path.removeprefix("contact_")
    body = {key: items, f"{key}_count": items, "_links": links}
    liar.routes[f"GET /v3/{path}"] = body
    run = sync.carry_on(sync.start(liar.account, SyncRun.Kind.FULL))
    assert run.state == SyncRun.State.DONE or run.message.endswith("the next run tries again."), run.message
    assert list(Contact.objects.values_list("remote_id", "digest")) == before
    assert page(liar, "sync_status").status_code == 200
    liar.routes[f"GET /v3/{path}"] = {key: []}


@few
@given(anything)
def test_no_answer_to_a_live_question_breaks_the_card(liar, body):
    Contact.objects.all().delete()
    contact = ghost()
    read(liar, contact)
    liar.routes[f"GET /v3/contacts/{contact['contact_id']}"] = body
    card = ask(liar, contact["contact_id"])
    assert card.status_code == 200
    assert "unreadable answer" in card.content.decode()
    assert Contact.objects.get(account=liar.account).remote == contact


@pytest.mark.parametrize("count", [-1, 2**31, 10**30, 1.5, True, "many", None])
def test_a_count_that_is_none_is_not_believed(liar, count):
    liar.routes["GET /v3/contacts"] = {"contacts": [ghost()], "contacts_count": count}
    run = sync.carry_on(sync.start(liar.account, SyncRun.Kind.FULL))
    assert (run.state, run.expected) == (SyncRun.State.DONE, None)


@pytest.mark.parametrize("cursor", ["%00", "\x00", "\ud800", "é", "%0d%0aHost: evil.example.com", "%zz%ff"])
def test_a_cursor_that_cannot_be_kept_ends_the_run(liar, cursor):
    contact = ghost()
    read(liar, contact)
    links = {"next": {"href": f"/v3/contacts?cursor={cursor}"}}
    liar.routes["GET /v3/contacts"] = {"contacts": [contact], "_links": links}
    run = sync.carry_on(sync.start(liar.account, SyncRun.Kind.FULL))
    assert run.state == SyncRun.State.FAILED
    assert "unreadable answer" in run.message
    assert Contact.objects.get(account=liar.account).remote == contact


@pytest.mark.parametrize(
    "date",
    ["", "never", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359", "1 Jan 99999999999 00:00:00 GMT"],
)
def test_a_clock_that_is_none_stops_nothing(liar, date):
    liar.headers["Date"] = date
    LinkedAccount.objects.filter(pk=liar.account.pk).update(time_zone="Pacific/Auckland")
    assert read(liar, ghost(), make_remote()).state == SyncRun.State.DONE
    assert sync.carry_on(sync.start(liar.account, SyncRun.Kind.CHANGES)).state == SyncRun.State.DONE
    look(liar)


@pytest.mark.parametrize("contact_id", ["abc", "", "\x00", HALVES, "{0a1b2c3d}", "../../evil"])
def test_an_address_that_leads_to_an_id_that_is_none_is_unreadable(liar, contact_id):
    liar.routes["GET /v3/contacts"] = {"contacts": [make_remote("new@example.org", contact_id=contact_id)]}
    card = ask(liar, "new@example.org")
    assert card.status_code == 200
    assert "unreadable answer" in card.content.decode()


@pytest.mark.parametrize(
    ("status", "field"),
    [
        *(("400 Bad", name) for name in ("error_key", "error_message", "message", "error")),
        *((status, "error_message") for status in ("403 No", "404 Gone", "409 Taken", "415 What", "503 Ill")),
    ],
)
def test_any_text_of_a_refusal_is_shown_and_kept(liar, status, field):
    contact = ghost()
    read(liar, contact)
    liar.statuses["GET"] = status
    said = [{field: f"{HALVES}\r\n\u202e<b>\U0001f4e7{'x' * 5000}"}]
    liar.routes[f"GET /v3/contacts/{contact['contact_id']}"] = liar.routes["GET /v3/account/summary"] = said
    assert ask(liar, contact["contact_id"]).status_code == 200
    assert page(liar, "contact_reactivate", remote_id=contact["contact_id"]).status_code == 200
    if LinkedAccount.objects.linked().exists():
        sync.step(sync.start(liar.account, SyncRun.Kind.FULL))
    assert page(liar, "sync_status").status_code == 200
    assert Contact.objects.get(account=liar.account).remote == contact
