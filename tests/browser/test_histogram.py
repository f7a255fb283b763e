"""The days of the deletions: a bar opens its people, a drag chooses a window, and all of it works without a script."""

import pytest
from playwright.sync_api import expect

from tests.browser.people import ADA, CROWD

DESK = {"width": 1280, "height": 1400}


@pytest.fixture
def page(open_page, site):
    page = open_page(ADA, viewport=DESK)
    page.goto(f"{site.account}/deleted/?days=all")
    return page


def at(page, day):
    """Where a day stands in the picture, in pixels of the page."""
    place = page.evaluate(
        """day => {
          const canvas = document.querySelector("canvas"), chart = Chart.getChart(canvas)
          const box = canvas.getBoundingClientRect()
          const first = new Date(document.getElementById("days").dataset.first)
          const number = Math.round((new Date(day) - first) / 86400000)
          return [box.left + chart.scales.x.getPixelForValue(number), box.top + chart.chartArea.bottom - 8]
        }""",
        day,
    )
    return place[0], place[1]


def test_a_click_on_a_bar_shows_its_people(page):
    page.mouse.click(*at(page, "2026-11-17"))
    page.wait_for_url("**from=2026-11-17T*")
    expect(page.get_by_role("main")).to_contain_text(CROWD[0])
    expect(page.get_by_label("From", exact=True)).to_have_value("2026-11-17T00:00")


def test_a_drag_over_some_days_chooses_them(page):
    page.mouse.move(*at(page, "2026-11-10"))
    page.mouse.down()
    page.mouse.move(*at(page, "2026-11-18"), steps=4)
    page.mouse.up()
    page.wait_for_url("**/deleted/?from=*")
    expect(page.get_by_label("From", exact=True)).to_have_value("2026-11-10T00:00")
    expect(page.get_by_label("To", exact=True)).to_have_value("2026-11-18T23:59")
    expect(page.get_by_role("main")).to_contain_text("in this window")


def test_home_leads_to_the_spike_and_the_spike_to_a_plan(open_page, site):
    page = open_page(ADA)
    page.goto(f"{site.account}/")
    expect(page.get_by_label("Spike")).to_contain_text("contacts were deleted on Tuesday 17 Nov")
    page.get_by_role("link", name="Look into it").click()
    page.wait_for_url(f"**/deleted/spikes/{site.spike}/")
    expect(page.get_by_role("button", name="Plan reactivation")).to_be_enabled()


def test_without_a_script_the_table_and_the_two_fields_do_the_same(open_page, site):
    page = open_page(ADA, java_script_enabled=False)
    page.goto(f"{site.account}/deleted/?days=all")
    expect(page.locator("canvas")).to_be_hidden()
    page.get_by_text("Show as table").click()
    page.locator("#days").get_by_role("row", name="17 Nov 2026").get_by_role("link").click()
    expect(page.get_by_role("main")).to_contain_text(CROWD[0])
    page.get_by_label("From", exact=True).fill("2026-11-01T00:00")
    page.get_by_label("To", exact=True).fill("2026-11-05T23:59")
    page.get_by_role("button", name="Show this window").click()
    expect(page.get_by_role("main")).to_contain_text("No deleted contacts between 1 Nov 2026 and 5 Nov 2026.")
