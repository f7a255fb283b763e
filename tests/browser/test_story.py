"""The demo story up to second 42: paste an address, read one sentence, click once, have the proof and the reply."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import ADA, ANNA, BRIAN, LENA, MAEVE, ROSA, UNA, VERA
from tests.browser.site import ALERTS, NEWSLETTER


@pytest.fixture
def page(open_page, site):
    page = open_page(ANNA, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{site.account}/")
    return page


def search(page, text):
    """As in the story: one key, paste, Enter."""
    page.keyboard.press("/")
    page.keyboard.insert_text(text)
    page.keyboard.press("Enter")


def card(page):
    return page.locator("article.verdict")


def test_maeve_is_back_on_her_lists_after_one_click(page, site):
    search(page, MAEVE)
    expect(card(page)).to_contain_text("Checked live")
    expect(card(page)).to_contain_text("hidden in Constant Contact, and blocking new sign-ups")
    expect(card(page)).to_contain_text("we noticed between 14:00 and 14:15")
    expect(card(page)).to_contain_text("never opted out")
    expect(card(page)).to_contain_text("Cleared by this change: nothing.")
    page.get_by_role("button", name="Reactivate into 2 lists").click()
    expect(card(page)).to_contain_text("Done and verified")
    expect(card(page)).to_contain_text("Active, on Course alerts, Newsletter. Nothing else changed.")
    page.get_by_role("button", name="Copy reply").click()
    expect(page.locator("#announce")).to_have_text("Copied")
    assert "It is active again" in page.evaluate("navigator.clipboard.readText()")
    held = site.cc.state.contacts.get(site.cc.account_id, site.ids[MAEVE])
    assert sorted(held["list_memberships"]) == [NEWSLETTER, ALERTS]
    assert held["phone_numbers"][0]["phone_number"] == "020 910 0009"


def test_the_act_is_in_the_history_with_before_sent_and_answered(page, site):
    page.goto(f"{site.account}/contacts/{site.ids[LENA]}/reactivate/")
    page.get_by_label("Ticket or note").fill("ticket 77")
    page.get_by_role("button", name="Reactivate into 2 lists").click()
    page.get_by_role("link", name=re.compile("of the history")).click()
    expect(page.get_by_role("main")).to_contain_text("ticket 77")
    expect(page.get_by_role("main")).to_contain_text("Course alerts")


def test_brian_is_refused_kindly_and_there_is_a_reply(page):
    search(page, BRIAN)
    expect(card(page)).to_contain_text("Checked live")
    expect(card(page)).to_contain_text("Deleted and opted out: only they can come back")
    expect(card(page)).to_contain_text("2 Sep 2026, by the contact")
    expect(page.get_by_role("button", name=re.compile("Reactivate"))).to_have_count(0)
    page.get_by_role("button", name="Copy reply").click()
    assert "https://cookery.example.org/join" in page.evaluate("navigator.clipboard.readText()")


def test_the_whole_refusal_of_a_form_finds_the_contact(page, site):
    search(page, f"409 Conflict: Email already exists for contact {site.ids[BRIAN]}")
    expect(card(page)).to_contain_text(BRIAN)


def test_an_undo_hides_the_contact_again(page, site):
    search(page, ROSA)
    page.get_by_role("button", name="Reactivate into 2 lists").click()
    expect(card(page)).to_contain_text("Done and verified")
    page.get_by_role("button", name="Undo").click()
    expect(card(page)).to_contain_text("The contact is hidden in Constant Contact again.")
    assert site.cc.state.contacts.get(site.cc.account_id, site.ids[ROSA])["deleted_at"]


def test_who_never_chose_a_basis_is_asked_once(open_page, site):
    page = open_page(ADA)
    page.goto(f"{site.account}/check/?q={site.ids[UNA]}")
    button = page.get_by_role("button", name="Reactivate into 2 lists")
    button.click()
    assert page.locator("input[name=basis]:invalid").count() > 0
    expect(button).to_be_visible()


def test_a_viewer_reads_the_verdict_and_is_offered_no_change(open_page, site):
    page = open_page(VERA)
    page.goto(f"{site.account}/check/?q={site.ids[UNA]}")
    expect(card(page)).to_contain_text("Checked live")
    expect(card(page)).to_contain_text("hidden in Constant Contact, and blocking new sign-ups")
    expect(page.get_by_role("button", name=re.compile("Reactivate into"))).to_have_count(0)
