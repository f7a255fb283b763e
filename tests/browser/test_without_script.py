"""The same without JavaScript: search, check, preview, reactivate, history."""

import pytest
from playwright.sync_api import expect

from tests.browser.people import ADA, ANNA, BRIAN, PIA


@pytest.fixture
def page(open_page, site):
    page = open_page(ANNA, java_script_enabled=False)
    page.goto(f"{site.account}/")
    return page


def search(page, text):
    page.get_by_role("searchbox", name="Search").fill(text)
    page.get_by_role("searchbox", name="Search").press("Enter")


def test_search_check_preview_reactivate_and_history(page):
    search(page, PIA)
    main = page.get_by_role("main")
    expect(main).to_contain_text("hidden in Constant Contact, and blocking new sign-ups")
    page.get_by_role("button", name="Check live").click()
    expect(main).to_contain_text("Checked live")
    expect(main).to_contain_text("Cleared by this change: nothing.")
    page.get_by_role("button", name="Reactivate into 2 lists").click()
    expect(main).to_contain_text("Done and verified")
    expect(main).to_contain_text("It is active again")
    page.get_by_role("main").get_by_role("link", name="History", exact=True).click()
    expect(main).to_contain_text("Anna")


def test_brian_is_refused_with_a_reply_to_read(page):
    search(page, BRIAN)
    expect(page.get_by_role("main")).to_contain_text("only they can come back")
    page.get_by_text("What to tell them").click()
    expect(page.get_by_label("Reply to send")).to_contain_text("https://cookery.example.org/join")


def test_no_button_is_shown_that_only_a_script_could_answer(page):
    search(page, BRIAN)
    expect(page.get_by_role("button", name="Copy reply")).to_be_hidden()


def test_the_filter_of_the_contacts_and_the_next_page_work(page, site):
    page.goto(f"{site.account}/contacts/")
    main = page.get_by_role("main")
    page.get_by_label("Status").select_option("active")
    page.get_by_role("button", name="Show").click()
    assert "status=active" in page.url
    expect(main).to_contain_text("guest00@example.org")
    page.get_by_role("link", name="Next").click()
    expect(main).to_contain_text("guest59@example.org")


def test_people_who_are_ticked_become_a_plan_and_a_running_job_can_be_looked_at_again(open_page, site):
    page = open_page(ADA, java_script_enabled=False)
    main = page.get_by_role("main")
    page.goto(f"{site.account}/contacts/?status=active")
    for number in range(6):
        page.get_by_label(f"Select guest0{number}@example.org").check()
    page.get_by_role("button", name="Add tags …").click()
    expect(main).to_contain_text("Choose at least one tag first")
    page.get_by_role("button", name="Cancel this plan").click()
    expect(main).to_contain_text("before anything was sent")
    page.goto(f"{site.account}/jobs/{site.jobs['running']}/")
    expect(main).to_contain_text("Load the page again")
    page.get_by_role("link", name="Load the page again").click()
    expect(main).to_contain_text("You may leave this page")
