"""The reports in a browser: a piece of the picture opens its day, so do the slider and, without a script, the table."""

from playwright.sync_api import expect

from tests.browser.people import ADA

DESK = {"width": 1280, "height": 1400}


def test_a_piece_of_the_picture_shows_its_day(open_page, site):
    page = open_page(ADA, viewport=DESK)
    page.goto(f"{site.account}/reports/?days=30")
    page.locator(".area-picture a").last.click()
    page.wait_for_url("**/reports/?on=*")
    expect(page.get_by_role("region", name="How it stood on a day")).to_contain_text("All known")


def test_the_slider_moves_the_day_and_shows_it(open_page, site):
    page = open_page(ADA, viewport=DESK)
    page.goto(f"{site.account}/reports/")
    slider = page.get_by_label("Or slide to it")
    before = slider.input_value()
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/reports/?on=*")
    assert int(page.get_by_label("Or slide to it").input_value()) == int(before) - 1


def test_without_a_script_the_pictures_are_there_and_the_table_leads_to_a_day(open_page, site):
    page = open_page(ADA, java_script_enabled=False)
    page.goto(f"{site.account}/reports/?days=30")
    expect(page.locator(".area-picture path").first).to_be_visible()
    expect(page.get_by_label("Or slide to it")).to_be_hidden()
    status = page.get_by_role("region", name="Contacts by status over time", exact=True)
    status.get_by_text("Show as table").click()
    status.locator("tbody a").first.click()
    expect(page.get_by_role("region", name="How it stood on a day")).to_contain_text("All known")


def test_home_shows_how_ninety_days_went(open_page, site):
    page = open_page(ADA, viewport=DESK)
    page.goto(f"{site.account}/")
    expect(page.get_by_role("region", name="The last 90 days")).to_contain_text("active")


def test_a_number_of_reactivations_opens_as_many_acts(open_page, site):
    page = open_page(ADA, viewport=DESK)
    page.goto(f"{site.account}/reports/")
    numbers = page.get_by_role("table", name="By person").get_by_role("link")
    wanted = int(numbers.first.inner_text())
    numbers.first.click()
    page.wait_for_url("**/audit/?q=*")
    expect(page.locator("tbody tr")).to_have_count(wanted)


def test_each_list_has_its_months_as_a_table_named_after_it(open_page, site):
    page = open_page(ADA, viewport=DESK)
    page.goto(f"{site.account}/reports/")
    lists = page.get_by_role("region", name="Which lists lose people")
    lists.get_by_text("By month").first.focus()
    page.keyboard.press("Enter")
    table = lists.get_by_role("table").first
    expect(table).to_have_accessible_name(
        lists.get_by_role("heading", level=3).first.inner_text() + " by month, newest first"
    )
    expect(table).to_have_accessible_description(lists.locator("#lists-note").inner_text())
