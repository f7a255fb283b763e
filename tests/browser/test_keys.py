"""Keys: they go places and open things, and none of them changes anything."""

import pytest
from playwright.sync_api import expect

from tests.browser.people import ANNA


@pytest.fixture
def page(open_page, site):
    page = open_page(ANNA)
    page.goto(f"{site.account}/")
    return page


def test_a_slash_leads_to_the_search(page):
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()


def test_a_question_mark_lists_the_keys_and_escape_closes_the_list(page):
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


@pytest.mark.parametrize(
    ("key", "path"),
    [("c", "/contacts/?status=active"), ("d", "/deleted/"), ("a", "/audit/"), ("s", "/sync/"), ("h", "/")],
)
def test_g_and_a_letter_lead_to_a_room(page, site, key, path):
    page.keyboard.press("g")
    page.keyboard.press(key)
    page.wait_for_url(f"{site.account}{path}")


def test_keys_stay_quiet_while_somebody_writes(page, site):
    page.get_by_role("searchbox", name="Search").fill("")
    page.keyboard.type("g?/a")
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("g?/a")
    assert page.url == f"{site.account}/"


def test_single_keys_can_be_switched_off(page):
    page.keyboard.press("?")
    page.get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).not_to_be_focused()


def test_j_and_k_walk_through_the_rows_and_enter_opens_one(page, site):
    page.goto(f"{site.account}/contacts/?status=active")
    rows = page.locator("[data-row]")
    for _ in range(2):
        page.keyboard.press("j")
    expect(rows.nth(1).get_by_role("link").first).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0).get_by_role("link").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.account}/contacts/*-*/")


def test_the_first_tab_leads_past_the_menus(page):
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
