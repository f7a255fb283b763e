"""Put somebody on one more list: three clicks with a script, a review in between without one."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import ANNA
from tests.browser.site import GALA, NEWSLETTER

# Active, on the newsletter; each test has one of its own.
QUICK, CAREFUL, TYPING = "guest41@example.org", "guest42@example.org", "guest43@example.org"


def lists_of(site, address):
    return sorted(site.cc.state.contacts.get(site.cc.account_id, site.ids[address])["list_memberships"])


def test_three_clicks_put_somebody_on_one_more_list_and_one_takes_it_back(open_page, site):
    page = open_page(ANNA)
    page.goto(f"{site.account}/")
    page.keyboard.press("/")
    page.keyboard.insert_text(QUICK)
    page.keyboard.press("Enter")
    page.get_by_role("main").get_by_role("link", name="Lists", exact=True).click()
    page.get_by_label("Gala 2026").check()
    expect(page.locator("#effect")).to_contain_text("2 of 50")
    expect(page.locator("#effect")).to_contain_text("+ Gala 2026: added")
    expect(page.locator("#announce")).to_contain_text("Added: Gala 2026.")
    page.get_by_role("button", name="Add to Gala 2026").click()
    expect(page.get_by_role("main")).to_contain_text("Done and verified. On Newsletter and Gala 2026 now.")
    assert lists_of(site, QUICK) == [NEWSLETTER, GALA]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("main")).to_contain_text("On Newsletter now, as before.")
    assert lists_of(site, QUICK) == [NEWSLETTER]


def test_the_lists_narrow_while_somebody_types_and_enter_saves_nothing(open_page, site):
    page = open_page(ANNA)
    page.goto(f"{site.account}/contacts/{site.ids[TYPING]}/")
    page.get_by_text("Checked live").wait_for()
    page.keyboard.press("e")
    page.get_by_label("Course alerts").check()
    expect(page.get_by_role("button", name="Add to Course alerts")).to_be_visible()
    page.get_by_label("Narrow the lists by name").press_sequentially("gala")
    expect(page.get_by_label("Gala 2026")).to_be_visible()
    expect(page.get_by_label("Course alerts")).to_be_visible()
    page.get_by_label("Narrow the lists by name").press("Enter")
    expect(page.get_by_label("Course alerts")).to_be_checked()
    expect(page.get_by_role("button", name="Add to Course alerts")).to_be_visible()
    assert lists_of(site, TYPING) == [NEWSLETTER]


@pytest.mark.parametrize("narrow", ["", "gala"])
def test_without_a_script_a_review_comes_before_saving(open_page, site, narrow):
    page = open_page(ANNA, java_script_enabled=False)
    page.goto(f"{site.account}/contacts/{site.ids[CAREFUL]}/lists/")
    if narrow:
        page.get_by_label("Narrow the lists by name").fill(narrow)
        page.get_by_role("button", name="Narrow").click()
    gala = page.get_by_label("Gala 2026")
    gala.set_checked(not gala.is_checked())
    page.get_by_role("button", name="Review the change").click()
    page.get_by_role("button", name=re.compile("^(Add to|Remove from) ")).click()
    expect(page.get_by_role("main")).to_contain_text("Done and verified.")
