"""The page Check addresses, as a browser with and without script sees it."""

import json
import re

import pytest
from django.test import Client

from contacts.models import LinkedAccount
from tests.rows import make_access, make_account
from tests.views.check_rig import NEWSLETTER, Desk

pytestmark = pytest.mark.django_db
MAEVE = "maeve.doyle@example.net"


def text_of(response):
    """The words of an answer, without its marks."""
    assert response.status_code == 200
    words = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", words)


def test_the_empty_page_has_a_box_and_asks_nobody(desk):
    assert "one a line, up to 200" in text_of(desk.get("check"))
    assert desk.emulation.requests("GET", "/contacts") == []


def test_the_answer_of_our_copy_comes_at_once_and_asks_itself_live(desk):
    desk.ghost()
    page = desk.check(MAEVE)
    assert "They were on 2 lists" in text_of(page)
    assert "From our copy" in text_of(page)
    assert 'hx-trigger="load, submit"' in page.content.decode()
    assert desk.emulation.requests("GET", "/contacts") == []


def test_the_live_card_does_not_ask_itself_again_and_announces_itself_once(desk):
    desk.ghost()
    card = desk.live(MAEVE)
    assert "Checked live just now" in text_of(card)
    assert 'hx-trigger="submit"' in card.content.decode()
    assert card.content.decode().count('hx-swap-oob="innerHTML">Checked with Constant Contact: Deleted.') == 1
    assert "<html" not in card.content.decode()


def test_without_script_the_same_button_gives_the_whole_page(desk):
    desk.ghost()
    page = desk.post("check_live", data={"q": MAEVE})
    assert "<html" in page.content.decode()
    assert "Checked live just now" in text_of(page)
    assert "Reactivate into 2 lists" in text_of(page)


def test_what_our_copy_lacks_is_not_said_to_be_unknown_to_constant_contact(desk):
    for page in (desk.check("new@example.org"), desk.check("new@example.org\nnewer@example.org")):
        assert "Not in our copy" in text_of(page)
        assert "Not in this account" not in text_of(page)
        assert "sign-up will work" not in text_of(page)
    assert "Not in this account: a sign-up will work" in text_of(desk.live("new@example.org"))


def test_a_whole_409_body_is_understood(desk):
    contact = desk.ghost()
    refused = [{"error_key": "x", "error_message": f"Email already exists for contact {contact.remote_id}"}]
    assert "Maeve Doyle was deleted" in text_of(desk.check(json.dumps(refused)))


def test_a_link_names_a_contact_by_its_id_and_shows_its_card(desk):
    contact = desk.ghost()
    page = desk.get("check", query=f"?q={contact.remote_id}")
    assert "Maeve Doyle was deleted" in text_of(page)
    link = f'value="http://testserver/a/{desk.account.slug}/check/?q={contact.remote_id}"'
    assert link in page.content.decode()


def test_an_address_in_a_link_is_not_looked_up_but_kept_in_the_box(desk):
    desk.ghost()
    page = desk.get("check", query=f"?q={MAEVE}")
    assert "A link names a contact by its id" in text_of(page)
    assert "was deleted" not in text_of(page)
    assert f">{MAEVE}</textarea>" in page.content.decode()


def test_no_page_puts_an_address_into_a_link(desk):
    desk.ghost()
    desk.contact("active@example.org", lists=[NEWSLETTER])
    pages = [desk.check(MAEVE), desk.live(MAEVE), desk.check(f"{MAEVE}\nactive@example.org\nnew@example.org")]
    for page in pages:
        assert not [
            link for link in re.findall(r'(?:href|action|hx-\w+)="([^"]*)"', page.content.decode()) if "@" in link
        ]


def test_several_lines_give_a_table_whose_first_fifty_ask_themselves_live(desk):
    desk.ghost()
    lines = [MAEVE, *(f"new{number}@example.org" for number in range(60)), "nobody@"]
    page = desk.check("\n".join(lines))
    assert "61 addresses: 1 can be fixed now" in text_of(page)
    assert "nobody@ : This is not an email address: nothing after the @." in text_of(page)
    assert len(re.findall(r'hx-trigger="load delay:\d+ms, submit"', page.content.decode())) == 50
    assert page.content.decode().count(">Check live<") == 61


def test_a_row_answers_with_a_row(desk):
    desk.ghost()
    row = desk.live(MAEVE, **{"as": "row"}).content.decode().strip()
    assert row.startswith("<tr")
    assert row.endswith("</tr>")
    assert "Checked live" in row


def test_more_than_two_hundred_lines_say_how_many_were_left_out(desk):
    page = desk.check("\n".join(f"new{number}@example.org" for number in range(205)))
    assert "200 addresses" in text_of(page)
    assert "Only the first 200 were checked; 5 more were left out." in text_of(page)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Paste an address, a contact id or a whole error message."),
        ("   \n ", "Paste an address, a contact id or a whole error message."),
        ("x" * 100_001, "at most"),
        ("a\x00b@example.org", "Null characters"),
        ("nobody@", "nothing after the @"),
        ("{" * 3000, "not an email address"),
    ],
)
def test_nonsense_is_answered_with_a_sentence(desk, text, words):
    assert words.lower() in text_of(desk.check(text)).lower()


@pytest.mark.parametrize("text", ["", "a@example.org b@example.org", "nobody@", "\x00"])
def test_a_live_question_that_is_not_one_question_calls_nobody(desk, text):
    assert desk.live(text).status_code == 200
    assert desk.emulation.requests("GET", "/contacts") == []


def test_what_was_pasted_stays_text(desk):
    page = desk.check('"><script>alert(1)</script>@example.org\n<img src=x onerror=alert(1)>@x.org')
    assert "<script>alert" not in page.content.decode()
    assert "<img src=x" not in page.content.decode()


def test_names_lists_and_answers_of_constant_contact_stay_text(desk):
    contact = desk.ghost(first_name="<b>Bold</b>", last_name='" hx-get="/x', company_name="</pre><script>1</script>")
    card = desk.live(str(contact.remote_id)).content.decode()
    assert "<b>Bold" not in card
    assert 'hx-get="/x' not in card
    assert "<script>1" not in card


def test_a_stranger_gets_404_and_nobody_gets_in_unsigned(desk):
    desk.ghost()
    stranger = Client()
    stranger.force_login(make_access(make_account(), "admin").user)
    for view in ("check", "check_live"):
        assert stranger.post(desk.url(view), {"q": MAEVE}).status_code == 404
        assert Client().post(desk.url(view), {"q": MAEVE}).status_code == 302


def test_ids_of_another_account_are_not_found_here(desk):
    other = make_account()
    contact = desk.ghost()
    member = Client()
    member.force_login(make_access(other, "admin").user)
    page = member.post(f"/a/{other.slug}/check/", {"q": str(contact.remote_id)})
    assert "Not in our copy." in text_of(page)
    assert MAEVE not in text_of(page)


def test_a_viewer_sees_the_verdict_without_names_answers_or_buttons_to_act(emulation):
    desk = Desk(emulation, role="viewer")
    contact = desk.ghost(company_name="Doyle Bakes")
    for card in (desk.live(MAEVE), desk.live(str(contact.remote_id)), desk.check(f"{MAEVE}\nnew@example.org")):
        assert "Deleted" in text_of(card)
        assert "Maeve" not in card.content.decode()
        assert "Doyle Bakes" not in card.content.decode()
    live = text_of(desk.live(MAEVE))
    assert "Your role is to look." in live
    assert "Reactivate into" not in live
    assert "your role does not show personal details" in live.lower()
    assert MAEVE not in desk.live(str(contact.remote_id)).content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"writing": "paused", "writing_by": "Dermot", "writing_reason": "incident 9"},
            "paused by Dermot: “incident 9”",
        ),
        ({"writing": "look_only"}, "linked to look only"),
        ({"cc_may_write": False}, "may not edit contacts"),
    ],
)
def test_when_nothing_may_be_written_the_button_says_why(desk, change, words):
    desk.ghost()
    LinkedAccount.objects.filter(pk=desk.account.pk).update(**change)
    card = desk.live(MAEVE)
    assert words in text_of(card)
    assert '<button class="btn" disabled' in card.content.decode()


@pytest.mark.parametrize(("view", "method"), [("check", "put"), ("check", "delete"), ("check_live", "get")])
def test_wrong_methods_get_405(desk, view, method):
    assert getattr(desk.browser, method)(desk.url(view)).status_code == 405


@pytest.mark.parametrize("view", ["check", "check_live"])
def test_a_post_without_the_csrf_token_gets_403(desk, view):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(desk.access.user)
    assert browser.post(desk.url(view), {"q": MAEVE}).status_code == 403
    assert browser.post(desk.url(view), {"q": MAEVE}, headers={"HX-Request": "true"}).status_code == 403


STATES = [
    ("Active", {"lists": [NEWSLETTER]}),
    ("On no list", {}),
    ("Unsubscribed", {"email_address": {"permission_to_send": "unsubscribed", "opt_out_source": "Contact"}}),
    (
        "Unsubscribed by your account",
        {"email_address": {"permission_to_send": "unsubscribed", "opt_out_source": "Account"}},
    ),
    ("Awaiting confirmation", {"email_address": {"permission_to_send": "pending_confirmation"}}),
    ("No permission set", {"email_address": {"permission_to_send": "not_set"}}),
    ("Temporary hold", {"email_address": {"permission_to_send": "temp_hold"}}),
    ("Deleted", {"deleted_at": "2026-11-17"}),
    ("Deleted · opted out", {"deleted_at": "2026-11-17", "email_address": {"permission_to_send": "unsubscribed"}}),
    (
        "Deleted · awaiting",
        {"deleted_at": "2026-11-17", "email_address": {"permission_to_send": "pending_confirmation"}},
    ),
    ("Deleted · on hold", {"deleted_at": "2026-11-17", "email_address": {"permission_to_send": "temp_hold"}}),
    ("Not understood", {"email_address": {"permission_to_send": "vip"}, "held": False}),
]


@pytest.mark.parametrize(("words", "parts"), STATES)
def test_every_state_has_its_card_with_a_reply_and_only_a_clean_deletion_can_be_reactivated(desk, words, parts):
    contact = desk.contact(MAEVE, **parts)
    card = text_of(desk.check(str(contact.remote_id)))
    assert words in card
    assert "What to tell them" in card
    assert ("Reactivate …" in card) == (words == "Deleted")


@pytest.mark.parametrize(("kind", "options"), [("status", {"status": 503}), ("quota_exceeded", {}), ("drop", {})])
def test_when_it_cannot_be_checked_live_the_act_says_check_again_first(desk, kind, options):
    desk.ghost()
    desk.emulation.fault(kind, path="/contacts", times=0, **options)
    card = desk.live(MAEVE)
    assert "not checked live" in text_of(card)
    assert "Check again first" in text_of(card)
    assert "Reactivate into" not in text_of(card)
    assert 'role="alert"' in card.content.decode()


def test_when_the_day_s_calls_are_used_up_it_says_when_there_are_more_in_the_account_s_time(desk):
    desk.ghost()
    LinkedAccount.objects.filter(pk=desk.account.pk).update(time_zone="America/New_York")
    desk.emulation.fault("quota_exceeded", path="/contacts", times=0)
    assert re.search(r"allows more at 00:00 UTC\..* That is \d+ \w+ \d{4} (19|20):00 here\.", text_of(desk.live(MAEVE)))


def test_the_number_of_queries_of_a_card_is_fixed(desk, django_assert_max_num_queries):
    desk.ghost()
    with django_assert_max_num_queries(16):
        desk.check(MAEVE)
