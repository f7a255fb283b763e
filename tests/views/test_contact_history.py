"""One contact's history: who put this person back, on what consent, what was seen outside."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import AuditPayload, Contact, ContactEvent, CustomField, Erasure
from tests.views.history_rig import FROM, TO, Outcome, Past, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def past():
    return Past()


def page_of(past, contact, data=None):
    return past.get("contact_history", data, remote_id=contact.remote_id)


def test_who_put_her_back_when_and_on_what_consent_is_on_one_page(past):
    contact = past.contact()
    past.seen(contact)
    entry = past.act(contact, lists=[past.newsletter, past.courses], note="ticket 4812, phone 19 Nov 10:05")
    page = text(page_of(past, contact))
    for words in (
        "Reactivate: Done and verified",
        "by hand in ccadmin",
        "Anna Ng",
        "(agent)",
        "They asked us directly",
        "ticket 4812, phone 19 Nov 10:05",
        "+ Newsletter, Course alerts",
        "<dt>Fields changed</dt><dd>none</dd>",
        "<dt>Cleared</dt><dd>nothing</dd>",
        "answered 200 · proof: the re-read",
        "by us",
        f'href="{past.url("audit_detail", pk=entry.pk)}"',
        "Deleted in Constant Contact",
        "17 Nov 2026 14:00 to 14:15",
        "Unknown, outside",
    ):
        assert words in page, words
    assert page.count("<tr data-row>") == 2


def test_what_was_likely_is_told_with_what_makes_it_so(past):
    contact = past.contact()
    activity = {"id": "a1", "completed_at": TO.replace(minute=7).isoformat(), "items": 500}
    past.seen(contact, sure="likely", activities=[activity])
    page = text(page_of(past, contact))
    assert "likely: bulk job of Constant Contact 14:07" in page
    assert "finished 14:07 and counted 500 contacts; it does not say which kind." in page


def test_acts_and_what_was_seen_stand_in_one_order_over_pages(past):
    contact = past.contact()
    now = timezone.now()
    for number in range(30):
        moment = now - timedelta(hours=number)
        ContactEvent.objects.create(contact=contact, kind="changed", noticed_from=FROM, noticed_to=moment)
    for _ in range(30):
        past.act(contact)
    pages, query = [], {}
    while query is not None:
        pages.append(page_of(past, contact, query).context["past"])
        query = {"after": pages[-1].after} if pages[-1].after else None
    keys = [row.key for page in pages for row in page.rows]
    assert [len(page.rows) for page in pages] == [25, 25, 10] and len(set(keys)) == 60
    times = [row.at for page in pages for row in page.rows]
    assert times == sorted(times, reverse=True)
    back = page_of(past, contact, {"before": pages[2].before}).context["past"]
    assert [row.key for row in back.rows] == keys[25:50] and back.before and back.after
    first = page_of(past, contact, {"before": pages[1].before}).context["past"]
    assert [row.key for row in first.rows] == keys[:25] and first.before is None


def test_moments_of_one_instant_are_all_shown_once(past):
    contact = past.contact()
    moment = timezone.now()
    for _ in range(60):
        ContactEvent.objects.create(contact=contact, kind="changed", noticed_from=FROM, noticed_to=moment)
    first = page_of(past, contact).context["past"]
    second = page_of(past, contact, {"after": first.after}).context["past"]
    third = page_of(past, contact, {"after": second.after}).context["past"]
    assert len({row.key for page in (first, second, third) for row in page.rows}) == 60


@pytest.mark.parametrize("odd", ["x", "entry-x", "event-99999999999999999999", "entry-0", "-", "entry-²"])
def test_an_odd_place_in_the_address_is_the_beginning(past, odd):
    contact = past.contact()
    past.act(contact)
    assert len(page_of(past, contact, {"after": odd}).context["past"].rows) == 1


@pytest.mark.parametrize(("kind", "words"), [("ours", "Reactivate"), ("seen", "Deleted in Constant Contact")])
def test_only_one_kind_of_line_can_be_asked_for(past, kind, words):
    contact = past.contact()
    past.seen(contact)
    past.act(contact)
    [row] = page_of(past, contact, {"kind": kind}).context["past"].rows
    assert words in text(page_of(past, contact, {"kind": kind}))
    assert (row.event is None) is (kind == "ours")


def test_the_page_takes_the_same_queries_for_many_lines_as_for_few(past, django_assert_num_queries):
    contact = past.contact()
    past.seen(contact)
    past.act(contact)
    with CaptureQueriesContext(connection) as few:
        page_of(past, contact)
    for _ in range(20):
        past.act(contact)
        past.seen(contact)
    with django_assert_num_queries(len(few)):
        page_of(past, contact)


def test_an_agent_sees_that_it_was_done_here_but_only_their_own_name():
    past = Past("agent")
    contact = past.contact()
    past.act(contact, note="ticket 4812")
    ContactEvent.objects.create(contact=contact, kind="revived", noticed_from=FROM, noticed_to=TO, sure="us")
    page = text(page_of(past, contact))
    assert "Active again" in page and ">ccadmin<" in page and "by us" in page
    assert "Anna Ng" not in page and "4812" not in page


def test_a_viewer_sees_no_personal_value_of_their_own_acts():
    past = Past("viewer")
    contact = past.contact()
    entry = past.act(contact, by=past.reader, lists=[past.newsletter], note="Maeve rang, 4812")
    for page in (text(page_of(past, contact)), text(past.get("audit_detail", pk=entry.pk))):
        assert "was given; your role does not show it" in page
        for value in ("4812", "maeve.doyle", "Doyle"):
            assert value not in page


def test_details_that_were_erased_leave_who_and_when(past):
    contact = past.contact()
    entry = past.act(contact, note="ticket 4812")
    AuditPayload.objects.filter(entry__in=[entry, entry.begins]).delete()
    page = text(page_of(past, contact))
    assert "Anna Ng" in page and "was given; erased since" in page and "4812" not in page


def test_an_erased_contact_leaves_a_stub_with_the_lines_of_the_history(past):
    contact = past.contact()
    past.seen(contact)
    past.act(contact, note="ticket 4812")
    remote_id = contact.remote_id
    Contact.objects.filter(pk=contact.pk).delete()
    AuditPayload.objects.filter(entry__target=str(remote_id)).delete()
    assert past.get("contact_history", remote_id=remote_id).status_code == 404
    request = Erasure.objects.create(
        account=past.account, remote_id=remote_id, state="done", by_name="Dermot Walsh", done_at=TO
    )
    page = text(past.get("contact_history", remote_id=remote_id))
    assert "Our copy was erased on" in page and "by Dermot Walsh (" in page and f">request {request.pk}</a>)" in page
    assert "Constant Contact may still hold its own." in page
    assert "Anna Ng" in page and "Deleted" in page
    assert "4812" not in page and "maeve" not in page
    assert past.get("contact_detail", remote_id=remote_id)["Location"] == past.url(
        "contact_history", remote_id=remote_id
    )


def test_another_account_s_erasure_is_not_found_here(past):
    other = Past()
    contact = other.contact()
    Erasure.objects.create(account=other.account, remote_id=contact.remote_id, state="done", by_name="Somebody")
    assert past.get("contact_history", remote_id=contact.remote_id).status_code == 404


def test_an_entry_shows_its_change_by_sign_and_word_and_what_was_sent(past):
    contact = past.contact()
    entry = past.act(contact, lists=[past.newsletter], note="ticket 4812")
    page = text(past.get("audit_detail", pk=entry.pk))
    assert '<span class="added"><span aria-hidden="true">+</span> added</span>' in page
    assert '<span class="removed"><span aria-hidden="true">−</span> removed</span>' in page
    for words in ("The exact request and answer", "ticket 4812", "<dt>Lists</dt><dd>Newsletter</dd>", entry.hash,
                  entry.previous_hash, "none yet: the next one will cover this entry"):  # fmt: skip
        assert words in page, words


def test_a_choice_of_a_custom_field_is_shown_by_its_label(past):
    field = CustomField.objects.create(
        account=past.account, remote_id=uuid.uuid4(), name="Diet", choices={"1": "No nuts", "2": "Vegan"}
    )
    was, now = ([{"custom_field_id": str(field.remote_id), "choice_ids": ids}] for ids in (["1"], ["2", "9"]))
    contact = past.contact(custom_fields=now)
    past.seen(contact, kind="changed")
    ContactEvent.objects.update(changes={"custom_fields": [was, now]})
    assert "Diet: No nuts" in (page := text(page_of(past, contact))) and "Diet: Vegan, 9" in page
    entry = past.act(contact, lists=[past.newsletter])
    assert "Diet: Vegan, 9" in text(past.get("audit_detail", pk=entry.pk))


def test_an_outcome_that_is_unknown_does_not_speak_as_if_proved(past):
    contact = past.contact()
    past.act(contact, end=Outcome.UNKNOWN)
    page = text(page_of(past, contact))
    assert "Reactivate: We do not know yet" in page and "Fields changed" not in page


def test_an_entry_that_changed_no_contact_shows_what_was_written_down_and_to_whom(past):
    entry = past.record("grant", by=past.dermot, detail={"after": "viewer"}, payload={"address": "sean@example.org"})
    page = text(past.get("audit_detail", pk=entry.pk))
    assert "&quot;after&quot;: &quot;viewer&quot;" in page and "sean@example.org" in page
    past.dermot.accesses.update(role="viewer")
    past.browser.force_login(past.dermot)
    page = text(past.get("audit_detail", pk=entry.pk))
    assert "&quot;after&quot;: &quot;viewer&quot;" in page and "sean@example.org" not in page


def test_the_page_of_an_entry_takes_the_same_queries_however_long_the_history_is(past, django_assert_num_queries):
    contact = past.contact()
    past.act(contact)
    entry = past.act(contact)
    past.act(contact)
    with CaptureQueriesContext(connection) as few:
        past.get("audit_detail", {"q": "action:reactivate"}, pk=entry.pk)
    for _ in range(20):
        past.act(contact)
    with django_assert_num_queries(len(few)):
        past.get("audit_detail", {"q": "action:reactivate"}, pk=entry.pk)
