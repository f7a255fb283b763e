"""One contact's lists: the page, what a choice would change, saving once, and every way in which it is not saved."""

import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import ContactList, Job, JobItem, LinkedAccount, Write
from tests.emulation import ACCOUNT
from tests.rows import make_access, make_account
from tests.views.check_rig import ALERTS, GALA, NEWSLETTER, TIMES
from tests.views.test_check import text_of

pytestmark = pytest.mark.django_db
State = Write.State


@pytest.fixture
def nuala(desk):
    """Active, on two lists."""
    return desk.contact("nuala@example.org", lists=[NEWSLETTER, ALERTS])


def page_of(desk, contact):
    return desk.get("contact_lists", remote_id=contact.remote_id)


def filled(page, **changed):
    """What the form of a page sends when nothing is touched but ``changed``."""
    made = page.context["offer"].editor
    return {
        "lists": list(made.edit.after),
        "had": list(made.had),
        "token": str(made.token),
        "seen": made.seen,
        "preview": made.preview,
        "after_event": made.after_event,
        "note": made.note,
        "narrow": made.narrow,
        **changed,
    }


def looked_at(desk, contact, data, *, htmx=False):
    return desk.post("contact_lists", remote_id=contact.remote_id, htmx=htmx, data=data)


def ticked(desk, contact, *lists, **changed):
    """The form after a look at this choice, as it is sent when somebody presses Save."""
    return filled(looked_at(desk, contact, filled(page_of(desk, contact), lists=list(lists), **changed)))


def save(desk, contact, data):
    return desk.browser.post(desk.url("contact_lists_save", remote_id=contact.remote_id), data, follow=True)


def puts(desk):
    return desk.emulation.requests("PUT", "/contacts/")


def held(desk, contact):
    return desk.emulation.get(f"/contacts/{contact.remote_id}", include="list_memberships").json()


def boxes(page):
    """The lists in the order they stand in, and whether each is ticked."""
    found = re.findall(r'name="lists" value="([^"]+)"( checked)?', page.content.decode())
    return [(list_id, bool(mark)) for list_id, mark in found]


def test_favourites_come_first_then_the_alphabet_and_those_it_is_on_are_marked(desk, nuala):
    ContactList.objects.filter(remote_id=GALA).update(favorite=True, note="invitees")
    ContactList.objects.create(account=desk.account, remote_id=uuid.uuid4(), name="Äpfel")
    page = page_of(desk, nuala)
    names = [each.name for each in (*page.context["offer"].editor.favorites, *page.context["offer"].editor.others)]
    assert names == ["Gala 2026", "Äpfel", "Course alerts", "Newsletter"]
    assert [mark for _, mark in boxes(page)] == [False, False, True, True]
    assert "2 of 50" in text_of(page)
    assert "Gala 2026 invitees" in text_of(page)
    assert puts(desk) == []


def test_opening_the_page_reads_the_contact_at_constant_contact(desk, nuala):
    desk.emulation.state.contacts.change(ACCOUNT, str(nuala.remote_id), {"list_memberships": [GALA]})
    assert [list_id for list_id, mark in boxes(page_of(desk, nuala)) if mark] == [GALA]


def test_a_choice_is_told_in_words_before_it_is_saved(desk, nuala):
    ContactList.objects.filter(remote_id=GALA).update(automation="yes")
    calls = len(desk.emulation.requests())
    effect = looked_at(desk, nuala, filled(page_of(desk, nuala), lists=[NEWSLETTER, GALA]), htmx=True)
    words = text_of(effect)
    assert "+ Gala 2026: added" in words
    assert "− Course alerts: removed" in words
    assert "= Kept: Newsletter" in words
    assert "Being added to Gala 2026 starts an automation, which may email them." in words
    assert "Coming off a list is not an opt-out" in words
    assert "Add to 1 list, remove from 1 list" in words
    assert "<html" not in effect.content.decode()
    assert len(desk.emulation.requests()) == calls + 1


@pytest.mark.parametrize(
    ("known", "words"), [("no", ""), ("", "Whether being added to Gala 2026 starts an automation is not known")]
)
def test_what_is_known_of_an_automation_is_said_and_what_is_not_too(desk, nuala, known, words):
    ContactList.objects.filter(remote_id=GALA).update(automation=known)
    effect = text_of(looked_at(desk, nuala, filled(page_of(desk, nuala), lists=[NEWSLETTER, ALERTS, GALA]), htmx=True))
    assert words in effect
    assert ("automation" in effect) == bool(words)


def test_the_last_list_is_named_as_what_it_is(desk):
    contact = desk.contact("one@example.org", lists=[ALERTS])
    words = text_of(looked_at(desk, contact, filled(page_of(desk, contact), lists=[]), htmx=True))
    assert "This is the last list: they stay active on no list, and still count." in words
    assert "On no list now. Nothing else changed." in text_of(save(desk, contact, ticked(desk, contact)))
    assert "deleted_at" not in held(desk, contact)


def test_saving_is_one_put_that_is_proved_and_can_be_undone(desk, nuala):
    done = save(desk, nuala, ticked(desk, nuala, NEWSLETTER, GALA, note="4812"))
    words = text_of(done)
    assert "Done and verified." in words
    assert "On Newsletter and Gala 2026 now. Nothing else changed." in words
    assert "They go back to the lists they were on before." in words
    assert sorted(held(desk, nuala)["list_memberships"]) == [NEWSLETTER, GALA]
    write = Write.objects.get()
    assert (write.kind, write.note, write.intent.told()["note"]) == ("lists", "4812", "4812")
    undone = desk.post("write_undo", token=write.token, htmx=True, data={"token": str(uuid.uuid4())})
    assert "On Newsletter and Course alerts now, as before." in text_of(undone)
    assert sorted(held(desk, nuala)["list_memberships"]) == [NEWSLETTER, ALERTS]
    assert len(puts(desk)) == 2


def test_a_double_click_sends_once_and_shows_one_end(desk, nuala):
    data = ticked(desk, nuala, NEWSLETTER)
    for _ in range(2):
        assert "Done and verified." in text_of(save(desk, nuala, data))
    assert len(puts(desk)) == 1


def test_ticks_that_were_changed_after_the_preview_are_shown_before_they_are_saved(desk, nuala):
    data = ticked(desk, nuala, NEWSLETTER) | {"lists": [NEWSLETTER, GALA]}
    shown = save(desk, nuala, data)
    assert "the ticks were changed after this was shown" in text_of(shown)
    assert "+ Gala 2026: added" in text_of(shown)
    assert puts(desk) == []
    assert "Done and verified." in text_of(save(desk, nuala, filled(shown)))


def test_without_a_change_there_is_nothing_to_save(desk, nuala):
    page = page_of(desk, nuala)
    assert "Nothing is changed yet." in text_of(page)
    assert "formaction" not in page.content.decode()
    assert "on exactly these lists already" in text_of(save(desk, nuala, filled(page)))


def test_narrowing_keeps_the_ticks_and_what_was_ticked_in_sight(desk, nuala):
    page = looked_at(desk, nuala, filled(page_of(desk, nuala), lists=[NEWSLETTER], narrow="NEWS"))
    assert boxes(page) == [(ALERTS, False), (NEWSLETTER, True)]
    page = looked_at(desk, nuala, filled(page, narrow="gala"))
    assert boxes(page) == [(ALERTS, False), (GALA, False), (NEWSLETTER, True)]
    assert 'value="gala"' in page.content.decode()


def test_a_change_by_somebody_else_is_told_and_the_choice_is_kept_beside_it(desk, nuala):
    data = ticked(desk, nuala, NEWSLETTER)
    change = {"list_memberships": [NEWSLETTER, ALERTS, GALA]}
    desk.emulation.state.contacts.change(ACCOUNT, str(nuala.remote_id), change)
    shown = save(desk, nuala, data)
    words = text_of(shown)
    assert "was changed in Constant Contact since you opened this page" in words
    assert "Your choices are kept" in words
    assert re.search(r"Lists changed \([^)]*\) \+ Gala 2026", words)
    assert "− Course alerts: removed" in words
    assert dict(boxes(shown)) == {NEWSLETTER: True, GALA: True, ALERTS: False}
    assert puts(desk) == []
    assert "On Newsletter and Gala 2026 now." in text_of(save(desk, nuala, filled(shown)))


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ({"permission_to_send": "unsubscribed", "opt_out_source": "Contact"}, "This contact opted out"),
        ({"permission_to_send": "pending_confirmation"}, "never confirmed its sign-up"),
        ({"permission_to_send": "temp_hold"}, "holds mail to this contact back"),
    ],
)
def test_who_may_not_be_added_can_only_be_taken_off(desk, email, words):
    contact = desk.contact("out@example.org", lists=[NEWSLETTER], email_address=email)
    page = page_of(desk, contact)
    assert words in text_of(page)
    assert len(re.findall(r'name="lists"[^>]* disabled', page.content.decode())) == 2
    assert "not added to one" in text_of(save(desk, contact, ticked(desk, contact, NEWSLETTER, GALA)))
    assert puts(desk) == []
    assert "On no list now." in text_of(save(desk, contact, ticked(desk, contact)))


def test_a_deleted_contact_is_to_be_reactivated_instead(desk):
    ghost = desk.ghost()
    page = page_of(desk, ghost)
    assert "This contact is deleted, so it is on no list." in text_of(page)
    assert desk.url("contact_reactivate", remote_id=ghost.remote_id) in page.content.decode()
    assert 'name="lists"' not in page.content.decode()


def test_a_contact_that_was_deleted_while_the_page_was_open_is_not_brought_back(desk, nuala):
    data = ticked(desk, nuala, NEWSLETTER)
    desk.emulation.state.contacts.delete(ACCOUNT, str(nuala.remote_id))
    shown = save(desk, nuala, data)
    assert "Deleted meanwhile: not written." in text_of(shown)
    assert "This contact is deleted" in text_of(shown)
    assert (puts(desk), bool(held(desk, nuala)["deleted_at"])) == ([], True)


def test_a_viewer_reads_the_lists_and_is_told_why_there_is_no_form(desk, nuala):
    desk.access.role = "viewer"
    desk.access.save()
    for page in (page_of(desk, nuala), looked_at(desk, nuala, {"lists": [GALA]})):
        assert "Your role is to look." in text_of(page)
        assert "On 2 lists: Course alerts Newsletter" in text_of(page)
        assert "nuala" not in page.content.decode().lower()
        assert 'name="lists"' not in page.content.decode()
    refused = desk.post("contact_lists_save", remote_id=nuala.remote_id, data={"lists": [GALA]})
    assert refused.status_code == 403
    assert desk.emulation.requests("", "/contacts/") == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"writing": "paused", "writing_by": "Dermot", "writing_reason": "incident 9"}, "Writing is paused by Dermot"),
        ({"writing": "look_only"}, "linked to look only"),
        ({"state": "broken"}, "does not work"),
    ],
)
def test_what_stops_all_changes_is_said_and_the_lists_are_still_shown(desk, nuala, change, words):
    data = ticked(desk, nuala, NEWSLETTER)
    LinkedAccount.objects.filter(pk=desk.account.pk).update(**change)
    page = page_of(desk, nuala)
    assert words in text_of(page)
    assert "On 2 lists:" in text_of(page)
    assert "Nothing was sent" in text_of(save(desk, nuala, data))
    assert puts(desk) == []


def test_while_constant_contact_does_not_answer_nothing_can_be_changed_from_an_old_copy(desk, nuala):
    desk.emulation.fault("status", method="GET", path="/contacts/", times=0, status=503)
    page = page_of(desk, nuala)
    assert "On 2 lists:" in text_of(page)
    assert "(503)" in text_of(page)
    assert "Read again" in text_of(page)
    assert 'name="lists"' not in page.content.decode()


def test_a_contact_that_constant_contact_does_not_know_any_more_is_only_shown(desk):
    contact = desk.contact("gone@example.org", lists=[NEWSLETTER], held=False)
    page = page_of(desk, contact)
    assert "does not know this contact any more" in text_of(page)
    assert 'name="lists"' not in page.content.decode()


def test_while_somebody_else_changes_the_contact_the_page_says_who_and_where(desk, nuala):
    job = Job.objects.create(account=desk.account, kind="add_lists", chosen="two people")
    data = ticked(desk, nuala, NEWSLETTER)
    write = Write.objects.create(account=desk.account, contact=nuala, kind="add_lists", by=desk.access.user)
    JobItem.objects.create(job=job, contact=nuala, write=write)
    for page in (page_of(desk, nuala), save(desk, nuala, data)):
        assert f"being changed right now in job {job.pk} by {desk.access.user}" in text_of(page)
        assert desk.url("write_detail", token=write.token) in page.content.decode()
    assert puts(desk) == []


def test_a_list_that_is_gone_meanwhile_is_refused_and_not_offered_again(desk, nuala):
    data = ticked(desk, nuala, NEWSLETTER, GALA)
    ContactList.objects.filter(remote_id=GALA).update(gone_at=timezone.now())
    shown = save(desk, nuala, data)
    assert "A list you chose is not in this account any more" in text_of(shown)
    assert GALA not in dict(boxes(shown))
    assert puts(desk) == []


def test_a_list_that_no_longer_exists_but_is_still_named_is_marked_and_can_be_taken_off(desk, nuala):
    ContactList.objects.filter(remote_id=ALERTS).update(gone_at=timezone.now())
    page = page_of(desk, nuala)
    assert "Course alerts on it (no longer exists)" in text_of(page)
    assert "On Newsletter now." in text_of(save(desk, nuala, ticked(desk, nuala, NEWSLETTER)))


def test_a_list_our_copy_has_never_heard_of_is_kept(desk):
    strange = str(uuid.uuid4())
    desk.emulation.state.load(
        lists=[{"account": ACCOUNT, "list_id": strange, "name": "New", "favorite": False} | TIMES]
    )
    contact = desk.contact("kept@example.org", lists=[strange, NEWSLETTER])
    save(desk, contact, ticked(desk, contact, strange, NEWSLETTER, GALA))
    assert sorted(held(desk, contact)["list_memberships"]) == sorted([strange, NEWSLETTER, GALA])


def test_another_spelling_of_an_id_and_lists_that_cannot_be_read_break_nothing(desk):
    spelled = desk.contact("upper@example.org", lists=[NEWSLETTER.upper()], held=False)
    assert dict(boxes(looked_at(desk, spelled, {"lists": [NEWSLETTER], "had": [NEWSLETTER]})))[NEWSLETTER]
    odd = desk.contact("odd@example.org", list_memberships=5, held=False)
    for view in ("contact_lists", "contact_lists_save"):
        answer = desk.post(view, remote_id=odd.remote_id, data={"lists": [NEWSLETTER]})
        assert "does not understand" in text_of(answer)
    assert puts(desk) == []


def test_the_fifty_first_list_is_one_too_many_and_says_so(desk):
    lists = [str(uuid.uuid4()) for _ in range(50)]
    for number, list_id in enumerate(lists):
        ContactList.objects.create(account=desk.account, remote_id=list_id, name=f"List {number}")
    contact = desk.contact("conor@example.org", lists=lists)
    page = page_of(desk, contact)
    assert "50 of 50" in text_of(page)
    effect = looked_at(desk, contact, filled(page, lists=[*lists, GALA]), htmx=True)
    assert "1 too many: a contact can be on at most 50 lists. Untick 1." in text_of(effect)
    assert "formaction" not in effect.content.decode()
    assert "at most 50 lists" in text_of(save(desk, contact, ticked(desk, contact, *lists, GALA)))
    assert puts(desk) == []


@pytest.mark.parametrize(
    "change",
    [
        {"lists": ["nonsense"]},
        {"lists": ["\0"], "narrow": "\0", "note": "\0"},
        {"token": "nonsense"},
        {"seen": ""},
        {"preview": ""},
        {"note": "x" * 501},
        {"after_event": "many", "had": ["nonsense"]},
    ],
)
def test_a_form_that_is_not_whole_comes_back_with_a_sentence(desk, nuala, change):
    answer = save(desk, nuala, ticked(desk, nuala, NEWSLETTER) | change)
    assert answer.status_code == 200
    if "after_event" not in change:
        assert "Nothing was sent" in text_of(answer)
        assert 'role="alert"' in answer.content.decode()
        assert (puts(desk), Write.objects.count()) == ([], 0)


def test_contacts_and_lists_of_another_account_are_not_reached(desk, nuala):
    other = make_account()
    theirs = ContactList.objects.create(account=other, remote_id=uuid.uuid4(), name="Their list")
    assert "Their list" not in text_of(page_of(desk, nuala))
    data = ticked(desk, nuala, NEWSLETTER) | {"lists": [str(theirs.remote_id)]}
    assert "not in this account any more" in text_of(save(desk, nuala, data))
    stranger = Client()
    stranger.force_login(make_access(other, "admin").user)
    for view in ("contact_lists", "contact_lists_save"):
        assert stranger.post(desk.url(view, remote_id=nuala.remote_id), data).status_code == 404
    assert puts(desk) == []


def test_names_of_lists_are_text(desk, nuala):
    ContactList.objects.filter(remote_id=GALA).update(name="<b hx-get='/x'>Gala</b>", note="<script>")
    page = looked_at(desk, nuala, filled(page_of(desk, nuala), lists=[GALA], narrow="<script>")).content.decode()
    assert "<b hx-get" not in page
    assert "&lt;b hx-get" in page
    assert "<script>" not in page


def test_the_number_of_lists_does_not_change_the_number_of_queries(desk, nuala, django_assert_num_queries):
    data = filled(page_of(desk, nuala), lists=[NEWSLETTER])
    with CaptureQueriesContext(connection) as few:
        looked_at(desk, nuala, data, htmx=True)
    assert len(few) <= 12
    for number in range(40):
        ContactList.objects.create(account=desk.account, remote_id=uuid.uuid4(), name=f"List {number}")
    with django_assert_num_queries(len(few)):
        looked_at(desk, nuala, data, htmx=True)
