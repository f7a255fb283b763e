"""Reactivate from the card and from its page: preview, one click, proof, undo."""

import re
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from contacts.models import Access, AuditEntry, Contact, How, LinkedAccount, Tag, Tagging, Write
from tests.rows import make_access, make_account
from tests.views.check_rig import ALERTS, BEFORE, GALA, NEWSLETTER
from tests.views.test_check import text_of

pytestmark = pytest.mark.django_db
State = Write.State


def page_of(desk, contact):
    return desk.get("contact_reactivate", remote_id=contact.remote_id)


def filled(page, **changed):
    """What the form of a preview sends when nothing is touched but ``changed``."""
    preview = page.context["offer"].preview
    return {
        "lists": [each.list_id for each in preview.chosen],
        "basis": preview.basis or "our_mistake",
        "note": preview.note,
        "token": str(preview.token),
        "seen": preview.seen,
        "after_event": preview.after_event,
        **changed,
    }


def act(desk, contact, data, *, htmx=True):
    return desk.post("contact_reactivate", remote_id=contact.remote_id, htmx=htmx, data=data)


def reactivated(desk, contact, *, htmx=True, **changed):
    return act(desk, contact, filled(page_of(desk, contact), **changed), htmx=htmx)


def puts(desk):
    return desk.emulation.requests("PUT", "/contacts/")


def held(desk, contact):
    return desk.emulation.get(f"/contacts/{contact.remote_id}", include="list_memberships,phone_numbers").json()


def test_the_preview_ticks_the_former_lists_and_shows_the_exact_request(desk):
    contact = desk.ghost(company_name="Doyle Bakes")
    LinkedAccount.objects.filter(pk=desk.account.pk).update(counts={"active": 3390})
    page = page_of(desk, contact)
    words = text_of(page)
    assert "nothing has been sent yet" in words
    assert "Reactivate into 2 lists" in words
    assert "Cleared by this change: nothing." in words
    assert "3,390 → 3,391" in words
    assert f"PUT /contacts/{contact.remote_id}" in words
    assert "&quot;company_name&quot;: &quot;Doyle Bakes&quot;" in words
    assert len(re.findall(r'name="lists"[^>]* checked', page.content.decode())) == 2
    assert puts(desk) == []


def test_the_first_time_the_basis_is_asked_and_then_it_is_remembered(desk):
    first, second = desk.ghost(), desk.ghost("second@example.org")
    page = page_of(desk, first)
    assert page.context["offer"].preview.basis == ""
    assert "Asked once; your choice is kept" in text_of(page)
    act(desk, first, filled(page, basis="asked_directly", note="4812"))
    assert Access.objects.get(pk=desk.access.pk).last_basis == "asked_directly"
    assert page_of(desk, second).context["offer"].preview.basis == "asked_directly"


def test_one_click_on_the_card_brings_the_contact_back_and_proves_it(desk):
    contact = desk.ghost()
    Access.objects.filter(pk=desk.access.pk).update(last_basis="our_mistake")
    card = desk.live(contact.address)
    panel = act(desk, contact, filled(card))
    words = text_of(panel)
    assert "Done and verified." in words
    assert "Active, on Course alerts, Newsletter" in words
    assert "Constant Contact answered 200" in words
    assert '<s class="address">' not in panel.content.decode()
    assert "It is active again" in panel.content.decode()
    assert sorted(held(desk, contact)["list_memberships"]) == sorted([NEWSLETTER, ALERTS])
    assert len(puts(desk)) == 1
    assert Contact.objects.get(pk=contact.pk).deleted_on is None


def test_without_script_the_act_ends_on_a_page_that_can_be_loaded_again(desk):
    contact = desk.ghost()
    answer = reactivated(desk, contact, htmx=False)
    assert answer.status_code == 302
    for _ in range(2):
        assert "Done and verified." in text_of(desk.browser.get(answer.url))
    assert len(puts(desk)) == 1


def test_a_double_click_sends_once_and_shows_one_end(desk):
    contact = desk.ghost()
    data = filled(page_of(desk, contact))
    assert "Done and verified." in text_of(act(desk, contact, data))
    assert "Done and verified." in text_of(act(desk, contact, data))
    assert len(puts(desk)) == 1


def test_other_lists_can_be_chosen(desk):
    contact = desk.ghost(was_on=None)
    page = page_of(desk, contact)
    assert "Which lists they were on is not known." in text_of(page)
    assert "Reactivate into 0 lists" in text_of(page)
    assert "Done and verified." in text_of(act(desk, contact, filled(page, lists=[GALA])))
    assert held(desk, contact)["list_memberships"] == [GALA]


def test_a_former_list_that_is_gone_is_named_and_not_offered(desk):
    contact = desk.ghost()
    desk.account.contactlist_set.filter(remote_id=ALERTS).update(gone_at=timezone.now())
    page = page_of(desk, contact)
    assert "Course alerts: was on it, but the list no longer exists." in text_of(page)
    assert [each.list_id for each in page.context["offer"].preview.chosen] == [NEWSLETTER]


def test_tags_that_went_with_the_deletion_are_named_and_not_promised(desk):
    contact = desk.ghost()
    tag = Tag.objects.create(account=desk.account, remote_id=uuid.uuid4(), name="cookery-club")
    until = {"ended_at": contact.deleted_to, "ended_how": How.DELETED}
    Tagging.objects.create(contact=contact, tag=tag, began_at=BEFORE, began_how=How.AT_LINK, **until)
    assert "Tags are not put back by Constant Contact. They had: cookery-club." in text_of(page_of(desk, contact))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lists": []}, "Choose at least one list"),
        ({"lists": [str(uuid.uuid4())]}, "not in this account any more"),
        ({"lists": ["nonsense"]}, "not in this account any more"),
        ({"basis": ""}, "Say who asked for this"),
        ({"basis": "because"}, "Say who asked for this"),
        ({"basis": "other"}, "Add a ticket number or a note"),
        ({"note": "x" * 501}, "at most 500"),
        ({"token": "nonsense"}, "Nothing was sent"),
        ({"seen": ""}, "Nothing was sent"),
        ({"after_event": "many"}, "Nothing was sent"),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_a_form_that_is_not_whole_comes_back_with_a_sentence_and_its_choices(desk, change, words, htmx):
    contact = desk.ghost()
    answer = reactivated(desk, contact, htmx=htmx, **change)
    assert words in text_of(answer)
    assert 'role="alert"' in answer.content.decode()
    assert answer.context["offer"].preview is not None
    assert puts(desk) == []
    assert not Write.objects.exists()


def test_where_the_account_demands_evidence_a_note_is_asked_for_and_kept_in_the_history(desk):
    contact = desk.ghost()
    LinkedAccount.objects.filter(pk=desk.account.pk).update(evidence_required=True)
    assert "Add a ticket number or a note" in text_of(reactivated(desk, contact))
    assert "Done and verified." in text_of(reactivated(desk, contact, note="4812, phone 19 Nov"))
    assert Write.objects.get().note == "4812, phone 19 Nov"


def test_fifty_one_lists_are_refused(desk):
    contact = desk.ghost()
    lists = desk.account.contactlist_set
    for number in range(51):
        lists.create(account=desk.account, remote_id=uuid.uuid4(), name=f"List {number}")
    chosen = [str(each) for each in lists.values_list("remote_id", flat=True)[:51]]
    assert "at most 50 lists" in text_of(reactivated(desk, contact, lists=chosen))
    assert puts(desk) == []


def test_undo_hides_the_contact_again_and_says_what_it_cannot_do(desk):
    contact = desk.ghost()
    panel = reactivated(desk, contact)
    assert "A welcome email, if one was sent, cannot be called back." in text_of(panel)
    undone = desk.post("write_undo", token=Write.objects.get().token, htmx=True, data={"token": str(uuid.uuid4())})
    assert "The contact is hidden in Constant Contact again." in text_of(undone)
    assert f'<s class="address">{contact.address}</s>' in undone.content.decode()
    assert "They were on 2 lists" in text_of(desk.live(contact.address))
    assert "deleted_at" in held(desk, contact)
    assert Access.objects.get(pk=desk.access.pk).last_basis == "our_mistake"


def test_undo_after_somebody_else_s_change_is_refused_in_words(desk):
    contact = desk.ghost()
    reactivated(desk, contact)
    now = held(desk, contact)
    body = {"update_source": "Account", "email_address": {"address": contact.address, "permission_to_send": "implicit"}}
    desk.emulation.call("PUT", f"/contacts/{contact.remote_id}", json=body | {"first_name": "Someone else"})
    refused = desk.post("write_undo", token=Write.objects.get().token, htmx=True, data={"token": str(uuid.uuid4())})
    assert "cannot be undone cleanly" in text_of(refused)
    assert "deleted_at" not in now


def test_an_undo_without_its_token_sends_nothing(desk):
    contact = desk.ghost()
    reactivated(desk, contact)
    done = Write.objects.get()
    assert "Nothing was sent" in text_of(desk.post("write_undo", token=done.token, htmx=True))
    assert Write.objects.count() == 1


def test_a_lost_answer_is_not_known_until_it_is_read_again(desk):
    contact = desk.ghost()
    desk.emulation.fault("answer_lost", method="PUT", path="/contacts/")
    panel = reactivated(desk, contact)
    assert "We do not know yet. Checking …" in text_of(panel)
    assert 'hx-trigger="every 3s, submit"' in panel.content.decode()
    write = Write.objects.get()
    settled = desk.post("write_detail", token=write.token, htmx=True)
    assert "Done and verified by reading again." in text_of(settled)
    assert "every 3s" not in settled.content.decode()
    assert len(puts(desk)) == 1


def test_while_nothing_is_known_the_poll_says_nothing_and_a_reader_can_look(desk):
    contact = desk.ghost()
    desk.emulation.fault("status", method="PUT", path="/contacts/", status=503)
    reactivated(desk, contact)
    write = Write.objects.get()
    assert desk.post("write_detail", token=write.token, htmx=True).status_code == 204
    assert "We do not know yet" in text_of(desk.get("write_detail", token=write.token))
    plain = desk.post("write_detail", token=write.token)
    assert plain.status_code == 302
    assert "two readings show the contact as it was" in text_of(desk.browser.get(plain.url))


def test_while_a_change_is_open_the_card_offers_no_second_one(desk):
    contact = desk.ghost()
    desk.emulation.fault("answer_lost", method="PUT", path="/contacts/")
    page = page_of(desk, contact)
    data = filled(page)
    act(desk, contact, data)
    card = desk.live(str(contact.remote_id))
    assert "Reactivate into" not in text_of(card)
    Contact.objects.filter(pk=contact.pk).update(deleted_on="2026-11-17", deleted_to=timezone.now())
    again = act(desk, contact, data | {"token": str(uuid.uuid4())})
    assert "This contact is being changed right now" in text_of(again)
    assert len(puts(desk)) == 1


def test_what_constant_contact_shows_beside_our_wish_is_told(desk):
    contact = desk.ghost()
    desk.emulation.fault("unsubscribe", method="PUT", path="/contacts/", when="before")
    panel = reactivated(desk, contact)
    assert "Accepted, but Constant Contact shows something else." in text_of(panel)
    assert 'role="alert"' in panel.content.decode()
    assert "Undo" not in text_of(panel)


@pytest.mark.parametrize("status", [400, 404, 409])
def test_a_refusal_of_constant_contact_is_final_and_in_words(desk, status):
    contact = desk.ghost()
    body = [{"error_key": "contacts.api.conflict", "error_message": "no"}]
    desk.emulation.fault("status", method="PUT", path="/contacts/", status=status, body=body)
    panel = reactivated(desk, contact)
    assert "Constant Contact did not accept it." in text_of(panel)
    assert f"Constant Contact answered {status}" in text_of(panel)


def test_a_stranger_gets_404_a_viewer_403_and_nothing_is_sent(desk):
    contact = desk.ghost()
    data = filled(page_of(desk, contact))
    reactivated(desk, contact)
    write = Write.objects.get()
    urls = [
        desk.url("contact_reactivate", remote_id=contact.remote_id),
        desk.url("write_detail", token=write.token),
        desk.url("write_undo", token=write.token),
    ]
    for access, status in ((make_access(make_account(), "admin"), 404), (make_access(desk.account, "viewer"), 403)):
        browser = Client()
        browser.force_login(access.user)
        assert [browser.post(url, data).status_code for url in urls] == [status] * 3
        assert browser.get(urls[0]).status_code == status
    assert len(puts(desk)) == 1


def test_contacts_changes_and_lists_of_another_account_are_not_reached(desk):
    contact = desk.ghost()
    data = filled(page_of(desk, contact))
    reactivated(desk, contact)
    write = Write.objects.get()
    other = make_account()
    Access.objects.create(user=desk.access.user, account=other, role="admin")
    assert desk.browser.get(f"/a/{other.slug}/contacts/{contact.remote_id}/reactivate/").status_code == 404
    assert desk.browser.post(f"/a/{other.slug}/contacts/{contact.remote_id}/reactivate/", data).status_code == 404
    assert desk.browser.get(f"/a/{other.slug}/changes/{write.token}/").status_code == 404
    assert desk.browser.post(f"/a/{other.slug}/changes/{write.token}/undo/", data).status_code == 404


def test_wrong_methods_and_posts_without_csrf_are_turned_away(desk):
    contact = desk.ghost()
    data = filled(page_of(desk, contact))
    url = desk.url("contact_reactivate", remote_id=contact.remote_id)
    assert desk.browser.put(url).status_code == 405
    assert desk.get("write_undo", token=uuid.uuid4()).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(desk.access.user)
    assert strict.post(url, data).status_code == 403
    assert strict.post(url, data, headers={"HX-Request": "true"}).status_code == 403
    assert puts(desk) == []


def test_every_act_is_in_the_history_before_and_after(desk):
    contact = desk.ghost()
    reactivated(desk, contact)
    told = AuditEntry.objects.filter(account=desk.account).order_by("sequence").values_list("action", "outcome")
    assert list(told) == [("reactivate", "intended"), ("reactivate", "confirmed")]
