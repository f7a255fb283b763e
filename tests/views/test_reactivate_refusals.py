"""What is refused, why, and what is kept: a refusal is an answer, with 200 and a sentence."""

import pytest

from contacts.models import Access, AuditEntry, Contact, ContactList, LinkedAccount, Write
from tests.views.check_rig import ALERTS, GALA, NEWSLETTER
from tests.views.test_check import text_of
from tests.views.test_reactivate import act, filled, page_of, puts

pytestmark = pytest.mark.django_db


def change_at_constant_contact(desk, contact, **body):
    """Somebody else changes the contact there: a PUT by another program."""
    email = {"address": contact.address, "permission_to_send": "implicit"}
    answer = desk.emulation.call(
        "PUT", f"/contacts/{contact.remote_id}", json={"update_source": "Account", "email_address": email, **body}
    )
    assert answer.ok, answer.text


STATES = [
    (
        {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-09-02T09:00:00Z"},
        "opted out",
    ),
    ({"permission_to_send": "unsubscribed", "opt_out_source": "Account"}, "unsubscribed by your account"),
    ({"permission_to_send": "pending_confirmation"}, "had not answered the confirmation email"),
    ({"permission_to_send": "temp_hold"}, "temporary hold"),
]


@pytest.mark.parametrize(("email", "words"), STATES)
@pytest.mark.parametrize("htmx", [True, False])
def test_who_must_act_themselves_has_no_form_and_a_forged_one_sends_nothing(desk, email, words, htmx):
    contact = desk.ghost(email_address=email)
    page = page_of(desk, contact)
    assert page.context["offer"].preview is None
    assert words in text_of(page)
    forged = {
        "lists": [NEWSLETTER],
        "basis": "our_mistake",
        "token": "0a1b2c3d-0000-11ee-8000-0000000000aa",
        "seen": "x",
    }
    answer = act(desk, contact, forged, htmx=htmx)
    assert Write.objects.get().state == Write.State.REFUSED
    assert 'role="alert"' in answer.content.decode()
    assert "Reactivate into" not in text_of(answer)
    assert puts(desk) == []


def test_an_opt_out_after_the_preview_replaces_the_form(desk):
    contact = desk.ghost()
    data = filled(page_of(desk, contact))
    desk.emulation.fault("unsubscribe", method="GET", path="/contacts/", when="before")
    answer = act(desk, contact, data)
    assert "Only they can come back" in text_of(answer)
    assert "Reactivate into" not in text_of(answer)
    assert puts(desk) == []


def test_a_contact_that_is_active_already_is_said_to_be(desk):
    contact = desk.ghost()
    data = filled(page_of(desk, contact))
    change_at_constant_contact(desk, contact, list_memberships=[GALA])
    before = len(puts(desk))
    answer = act(desk, contact, data)
    assert "not deleted" in text_of(answer)
    assert "Active (implied)" in text_of(answer)
    assert len(puts(desk)) == before


def test_a_change_since_the_page_was_opened_is_shown_and_the_choices_are_kept(desk):
    contact = desk.ghost()
    data = filled(page_of(desk, contact), lists=[NEWSLETTER, GALA], note="4812", basis="asked_directly")
    email = desk.emulation.get(f"/contacts/{contact.remote_id}").json()["email_address"]
    values = {"email_address": email | {"permission_to_send": "explicit"}}
    desk.emulation.fault("change_contact", method="GET", path="/contacts/", when="before", values=values)
    answer = act(desk, contact, data)
    words = text_of(answer)
    assert "changed in Constant Contact since you opened this page" in words
    assert "Permission changed" in words
    preview = answer.context["offer"].preview
    assert {each.list_id for each in preview.chosen} == {NEWSLETTER, GALA}
    assert (preview.note, preview.basis) == ("4812", "asked_directly")
    assert puts(desk) == []
    assert "Done and verified." in text_of(act(desk, contact, filled(answer)))


def test_a_list_that_went_away_meanwhile_is_refused(desk):
    contact = desk.ghost()
    data = filled(page_of(desk, contact))
    ContactList.objects.filter(remote_id=ALERTS).update(gone_at="2026-11-20T00:00Z")
    answer = act(desk, contact, data)
    assert "Choose again" in text_of(answer)
    assert [each.list_id for each in answer.context["offer"].preview.chosen] == [NEWSLETTER]
    assert puts(desk) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"writing": "paused", "writing_by": "Dermot", "writing_reason": "incident 9"}, "Writing is paused by Dermot"),
        ({"writing": "look_only"}, "linked to look only"),
        ({"cc_may_write": False}, "may not edit contacts"),
        ({"state": "broken"}, "link to Constant Contact"),
    ],
)
def test_what_stops_all_writing_stops_an_open_form_too(desk, change, words):
    contact = desk.ghost()
    data = filled(page_of(desk, contact))
    LinkedAccount.objects.filter(pk=desk.account.pk).update(**change)
    answer = act(desk, contact, data)
    assert words in text_of(answer)
    assert answer.context["offer"].preview is None
    assert puts(desk) == []


def test_a_role_taken_away_while_the_form_was_open_stops_it(desk):
    contact = desk.ghost()
    data = filled(page_of(desk, contact))
    Access.objects.filter(pk=desk.access.pk).update(role="viewer")
    assert act(desk, contact, data).status_code == 403
    assert puts(desk) == []


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("status", {"status": 503}, "fault of its own (503)"),
        ("quota_exceeded", {}, "used up"),
        ("unauthorized", {}, "no longer accepts our key"),
        ("status", {"status": 403, "body": {}}, "refused this (403)"),
        ("drop", {}, "connection broke"),
        ("html", {}, "unreadable answer"),
    ],
)
def test_when_the_contact_cannot_be_read_first_nothing_is_sent_and_the_form_stays(desk, kind, options, words):
    contact = desk.ghost()
    data = filled(page_of(desk, contact), note="4812")
    desk.emulation.fault(kind, method="GET", path="/contacts/", times=0, **options)
    answer = act(desk, contact, data)
    assert words in text_of(answer)
    assert 'role="alert"' in answer.content.decode()
    assert puts(desk) == []


def test_a_preview_that_cannot_be_read_live_offers_to_check_again(desk):
    contact = desk.ghost()
    desk.emulation.fault("status", path="/contacts", status=503, times=0)
    page = page_of(desk, contact)
    assert "Check again first" in text_of(page)
    assert page.context["offer"].preview is None


def test_what_cannot_be_sent_back_as_it_is_is_refused_before_the_click(desk):
    contact = desk.ghost(loyalty_points=7)
    page = page_of(desk, contact)
    assert page.context["offer"].preview is None
    assert "loyalty_points" in text_of(page)


def test_a_refusal_is_written_down(desk):
    contact = desk.ghost(email_address={"permission_to_send": "unsubscribed", "opt_out_source": "Contact"})
    forged = {
        "lists": [NEWSLETTER],
        "basis": "our_mistake",
        "token": "0a1b2c3d-0000-11ee-8000-0000000000aa",
        "seen": "x",
    }
    act(desk, contact, forged)
    assert list(AuditEntry.objects.filter(account=desk.account).values_list("action", "outcome")) == [
        ("reactivate", "refused")
    ]
    assert Contact.objects.get(pk=contact.pk).deleted_on is not None
