"""Unsubscribe and delete one contact from its page: what will follow, one click, the proof."""

import re

import pytest

from contacts.models import Contact, LinkedAccount, Write
from tests.views.check_rig import ALERTS, NEWSLETTER
from tests.views.test_check import text_of

pytestmark = pytest.mark.django_db
FORM = "7e57ab1e-0000-4000-8000-000000000001"


def member(desk, **parts):
    return desk.contact("nuala@example.org", lists=(NEWSLETTER, ALERTS), **parts)


def filled(page, **changed):
    preview = page.context["offer"].preview
    return {"token": str(preview.token), "seen": preview.seen, "note": "", **changed}


def writes(desk):
    return [each["method"] for each in desk.emulation.requests("", "/contacts/") if each["method"] != "GET"]


def test_two_clicks_from_the_verdict_unsubscribe_somebody(desk):
    contact = member(desk)
    card = desk.live("nuala@example.org").content.decode()
    assert desk.url("contact_unsubscribe", remote_id=contact.remote_id) in card
    page = desk.get("contact_unsubscribe", remote_id=contact.remote_id)
    words = text_of(page)
    assert "a deleted person can be put back by mistake, an unsubscribed one cannot" in words
    assert "cannot be undone from here" in words
    assert "nothing has been sent yet" in words
    assert writes(desk) == []
    done = desk.post("contact_unsubscribe", remote_id=contact.remote_id, data=filled(page, basis="they_asked"))
    ended = text_of(desk.browser.get(done["Location"]))
    assert "Done and verified." in ended
    assert "Unsubscribed, for the whole account and not for one list" in ended
    assert "Nobody here can do it for you" in ended
    assert "Undo" not in re.sub("cannot be undone", "", ended)
    assert writes(desk) == ["PUT"]


def test_pressing_no_button_that_says_who_wants_it_sends_nothing(desk):
    contact = member(desk)
    page = desk.get("contact_unsubscribe", remote_id=contact.remote_id)
    answer = desk.post("contact_unsubscribe", remote_id=contact.remote_id, data=filled(page, note="ticket 7"))
    assert "Say who wants this" in text_of(answer)
    assert 'value="ticket 7"' in answer.content.decode()
    assert writes(desk) == []


def test_an_account_that_keeps_evidence_asks_for_a_note(desk):
    LinkedAccount.objects.update(evidence_required=True)
    contact = member(desk)
    page = desk.get("contact_unsubscribe", remote_id=contact.remote_id)
    answer = desk.post("contact_unsubscribe", remote_id=contact.remote_id, data=filled(page, basis="they_asked"))
    assert "this account keeps evidence" in text_of(answer)
    assert writes(desk) == []


def test_a_change_since_the_page_was_opened_stops_it_and_is_shown(desk):
    contact = member(desk)
    page = desk.get("contact_unsubscribe", remote_id=contact.remote_id)
    desk.emulation.control("contact/unsubscribe", id=str(contact.remote_id))
    answer = desk.post("contact_unsubscribe", remote_id=contact.remote_id, data=filled(page, basis="they_asked"))
    assert "unsubscribed already" in text_of(answer)
    assert writes(desk) == []


def test_a_deleted_contact_is_told_why_and_offered_nothing(desk):
    contact = desk.ghost()
    page = desk.get("contact_unsubscribe", remote_id=contact.remote_id)
    assert "Any change would bring it back" in text_of(page)
    assert "basis" not in page.content.decode()
    assert (
        desk.url("contact_unsubscribe", remote_id=contact.remote_id) not in desk.live(contact.address).content.decode()
    )


def test_deleting_says_what_it_is_proves_it_and_can_be_undone(desk):
    desk.access.role = "marketer"
    desk.access.save()
    contact = member(desk)
    page = desk.get("contact_delete", remote_id=contact.remote_id)
    words = text_of(page)
    assert "hides them and erases nothing" in words
    assert "takes them off 2 lists" in words
    assert "We keep which they were" in words
    assert "Unsubscribe instead" in words
    done = desk.post("contact_delete", remote_id=contact.remote_id, data=filled(page))
    assert writes(desk) == ["DELETE"]
    write = Write.objects.get()
    assert "Done and verified." in text_of(desk.browser.get(done["Location"]))
    desk.post("write_undo", token=write.token, data={"token": FORM})
    assert Contact.objects.get(pk=contact.pk).deleted_on is None


def test_an_undo_that_somebody_posts_for_an_unsubscription_is_refused(desk):
    contact = member(desk)
    page = desk.get("contact_unsubscribe", remote_id=contact.remote_id)
    desk.post("contact_unsubscribe", remote_id=contact.remote_id, data=filled(page, basis="we_decided"))
    write = Write.objects.get()
    answer = desk.post("write_undo", token=write.token, htmx=True, data={"token": FORM})
    assert "cannot be undone from here" in text_of(answer)
    assert writes(desk) == ["PUT"]


def test_an_agent_is_not_offered_to_delete(desk):
    contact = member(desk)
    assert desk.url("contact_delete", remote_id=contact.remote_id) not in desk.live(contact.address).content.decode()
    assert desk.get("contact_delete", remote_id=contact.remote_id).status_code == 403


def test_without_constant_contact_nothing_is_offered(desk):
    contact = member(desk)
    desk.emulation.fault("status", path="/contacts", status=503, times=0)
    page = desk.get("contact_unsubscribe", remote_id=contact.remote_id)
    assert page.context["offer"].preview is None
