"""Whatever Constant Contact answers to a change or to a new link: an end that is written down, and a page."""

import json
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from hypothesis import given

from contacts import audit
from contacts.connect.credential import unseal
from contacts.models import AuditChain, AuditEntry, CallBudget, Contact, ContactList, LinkedAccount, Write
from contacts.services import settling
from tests.security.liar import lying
from tests.security.test_hostile_answers import HALVES, anything, few, ghost, read

pytestmark = pytest.mark.django_db
LIST = "0a1b2c3d-0000-11ee-8000-000000000001"
State = Write.State


@pytest.fixture
def liar(settings):
    with lying(settings) as running:
        running.routes["GET /v3/contact_lists"] = {"lists": [{"list_id": LIST, "name": "Newsletter"}]}
        yield running


def reactivate(liar, contact):
    """Send the form of a reactivation; the answer is a page, and the change is what became of it."""
    form = {"lists": [LIST], "basis": "our_mistake", "token": str(uuid.uuid4()), "seen": "x", "note": "4812"}
    where = liar.at("contact_reactivate", remote_id=contact["contact_id"])
    seen = liar.browser.get(where).context["offer"].preview
    answer = liar.browser.post(where, form | {"seen": seen.seen}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return Write.objects.get(token=form["token"]), answer.content.decode()


def pages_of(liar, write):
    """Everything that tells of this change."""
    yield liar.browser.get(liar.at("write_detail", token=write.token))
    yield liar.browser.get(liar.at("contact_history", remote_id=write.contact.remote_id))
    yield liar.browser.get(liar.at("home"))
    for entry in AuditEntry.objects.filter(target=str(write.contact.remote_id)):
        yield liar.browser.get(liar.at("audit_detail", pk=entry.pk))


def assert_told(liar, write):
    assert {page.status_code for page in pages_of(liar, write)} == {200}
    assert write.message
    assert all(audit.verify(chain) is None for chain in AuditChain.objects.all())


@few
@given(anything)
def test_no_answer_to_a_change_leaves_it_without_an_end(liar, body):
    Write.objects.all().delete()
    Contact.objects.all().delete()
    contact = ghost()
    read(liar, contact)
    liar.routes[f"PUT /v3/contacts/{contact['contact_id']}"] = body
    write, page = reactivate(liar, contact)
    assert write.state == State.UNKNOWN
    assert "We do not know yet" in page
    for _ in range(2):
        settling.settle_due()
    write.refresh_from_db()
    assert write.state == State.NOT_APPLIED
    assert_told(liar, write)


@few
@given(anything, anything)
def test_an_answer_with_other_values_than_asked_is_told_apart(liar, name, phones):
    Write.objects.all().delete()
    Contact.objects.all().delete()
    contact = ghost()
    read(liar, contact)
    answer = contact | {"deleted_at": None, "list_memberships": [LIST], "first_name": name, "phone_numbers": phones}
    liar.routes[f"PUT /v3/contacts/{contact['contact_id']}"] = answer
    write, _ = reactivate(liar, contact)
    assert write.state in (State.DIFFERS, State.CONFIRMED)
    assert_told(liar, write)


@pytest.mark.parametrize("status", ["400 Bad", "403 No", "404 Gone", "409 Taken", "415 What", "429 Slow"])
def test_any_text_of_a_refused_change_is_kept(liar, status):
    contact = ghost()
    read(liar, contact)
    liar.statuses["PUT"] = status
    said = [{"error_key": HALVES, "error_message": f"{HALVES} <script>alert(1)</script> {'x' * 5000}"}]
    liar.routes[f"PUT /v3/contacts/{contact['contact_id']}"] = said
    write, page = reactivate(liar, contact)
    assert write.state == State.REJECTED
    assert "<script>alert" not in page
    assert_told(liar, write)


@pytest.mark.parametrize(
    "parts",
    [
        {f"odd {HALVES}": "x"},
        {"taggings": [HALVES]},
        {"custom_fields": [{"custom_field_id": "x", "value": 12345678.5}]},
        {"custom_fields": [{"custom_field_id": "x", "choice_ids": [[[]]]}]},
        {"notes": [{"content": HALVES, "note_id": HALVES, HALVES: 1}]},
    ],
)
def test_what_cannot_be_sent_back_is_refused_in_words(liar, parts):
    contact = ghost()
    read(liar, contact)
    where = liar.at("contact_reactivate", remote_id=contact["contact_id"])
    seen = liar.browser.get(where).context["offer"].preview.seen
    odd = json.dumps(contact | parts).replace("12345678.5", "1e999").encode()
    liar.routes[f"GET /v3/contacts/{contact['contact_id']}"] = odd
    form = {"lists": [LIST], "basis": "our_mistake", "token": str(uuid.uuid4()), "seen": seen}
    assert liar.browser.post(where, form, headers={"HX-Request": "true"}).status_code == 200
    assert liar.browser.get(where).status_code == 200
    write = Write.objects.get(token=form["token"])
    assert write.state in (State.REFUSED, State.REJECTED)
    assert_told(liar, write)


def come_back(liar):
    """The walk to Constant Contact and back, with a code that the token endpoint then answers."""
    CallBudget.objects.update(next_token_at=0)  # the token endpoint takes one call a second
    departed = liar.browser.post(reverse("constantcontact_login"))
    state = parse_qs(urlsplit(departed["Location"]).query)["state"][0]
    return liar.browser.get(reverse("constantcontact_callback"), {"code": "a-code", "state": state})


def tokens(**parts):
    return {"access_token": "an-access-token", "refresh_token": "a-refresh-token", "expires_in": 3600, **parts}


def assert_not_linked(answer):
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert LinkedAccount.objects.count() == 1


@few
@given(anything)
def test_no_token_answer_breaks_the_page(liar, body):
    liar.routes["POST /oauth2"] = body
    assert_not_linked(come_back(liar))


@pytest.mark.parametrize(
    "parts",
    [
        {"access_token": "snow\u2603man"},
        {"access_token": HALVES},
        {"access_token": "line\r\nX-Evil: 1"},
        {"refresh_token": HALVES},
        {"refresh_token": ["a"]},
        {"expires_in": "9" * 5000},
        {"expires_in": 10**4000},
        {"expires_in": -1},
        {"expires_in": "²"},
    ],
)
def test_a_token_that_no_header_can_carry_is_not_taken(liar, parts):
    liar.routes["POST /oauth2"] = tokens(**parts)
    assert_not_linked(come_back(liar))


@few
@given(anything)
def test_no_account_summary_breaks_the_page(liar, body):
    liar.routes["POST /oauth2"] = tokens()
    liar.routes["GET /v3/account/summary"] = body
    assert_not_linked(come_back(liar))


@pytest.mark.parametrize("odd", [HALVES, "\x00", "x\x00y", "\u202eevil", "<script>", "x" * 5000, 5, None])
def test_an_account_may_be_called_anything(liar, odd):
    liar.routes["POST /oauth2"] = tokens()
    summary = {"encoded_account_id": "a07e-new", "organization_name": odd, "time_zone_id": odd}
    liar.routes["GET /v3/account/summary"] = summary
    liar.routes["GET /v3/account/user/privileges"] = [
        {"privilege_name": name} for name in ("contacts:read", "contacts:write", odd) if name is not None
    ]
    answer = come_back(liar)
    assert answer.status_code == 302, answer.content.decode()
    assert liar.browser.get(answer["Location"]).status_code == 200
    account = LinkedAccount.objects.get(encoded_account_id="a07e-new")
    assert unseal(account).access == "an-access-token"


@pytest.mark.parametrize("odd", [HALVES, "\x00", "x\x00y", "x" * 65, "", 5, None, ["a"]])
def test_an_account_without_a_name_of_its_own_is_not_linked(liar, odd):
    liar.routes["POST /oauth2"] = tokens()
    liar.routes["GET /v3/account/summary"] = {"encoded_account_id": odd, "organization_name": "New"}
    assert_not_linked(come_back(liar))


def test_a_list_may_be_called_anything(liar):
    odd = [HALVES, "\x00", "x" * 5000, 5, None, "\u202e", "\U0001f4e7"]
    liar.routes["GET /v3/contact_lists"] = {
        "lists": [{"list_id": str(uuid.UUID(int=n)), "name": name, "description": name} for n, name in enumerate(odd)]
    }
    assert read(liar, ghost()).state == "done"
    assert ContactList.objects.filter(account=liar.account, gone_at=None).count() == len(odd)
    assert liar.browser.get(liar.at("contact_list")).status_code == 200
