"""Whatever Constant Contact answers: a sentence on the page, nothing lost, and never an unhandled exception."""

import copy
import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from contacts import sync
from contacts.models import Contact, ContactList, LinkedAccount, SyncRun, Write
from tests.rows import make_remote
from tests.security.liar import lying
from tests.security.pages import OF_CONTACT, addresses, forms

pytestmark = pytest.mark.django_db
few = hypothesis(
    max_examples=12, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = (
    "email_address first_name last_name deleted_at updated_at custom_fields phone_numbers street_addresses notes "
    "list_memberships taggings sms_channel birthday_month"
).split()
odd_parts = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), anything, max_size=6)
HALVES, LIST = "\ud800 half \udfff\x00", "0a1b2c3d-0000-11ee-8000-000000000001"


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
    "parts of other kinds": {"notes": 5, "phone_numbers": "x", "street_addresses": {}, "sms_channel": [1], "taggings": [{}]},
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
