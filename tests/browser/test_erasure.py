"""G5: a privacy request. What is held is shown and taken away as a file, then erased; every page says so afterwards."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Pages, sign_in, violations
from tests.browser.people import DERMOT, IDA, PASSWORD
from tests.browser.site import standing_site

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
CARRY_ON = """
from contacts.models import ContactFile, Erasure
from contacts.services import erasing, files
# An erasure waits for the end of whatever file is being read.
for file in ContactFile.objects.filter(state="reading"):
    files.carry_on(file, seconds=60)
print(json.dumps([erasing.carry_on(each).state for each in erasing.due()]))
"""


@pytest.fixture(scope="module")
def site(browser):
    """A site of this story's own, because somebody is gone from it. No worker runs; the test says when one would."""
    with standing_site() as standing:
        yield standing


@pytest.fixture
def page(browser, site):
    """A manager who has just signed in."""
    pages = Pages(browser)
    page = pages(accept_downloads=True, viewport=DESK)
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, site.base, DERMOT, PASSWORD)
    yield page
    # A page about somebody who was erased answers 410, and the browser reports that as a failed resource.
    assert [each for each in pages.take_faults() if "410" not in each] == []
    pages.close()


def accessible(page):
    """In both themes, and as narrow as a phone."""
    seen = {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        seen[theme] = violations(page)
    page.set_viewport_size(PHONE)
    seen["phone"] = violations(page)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.set_viewport_size(DESK)
    assert seen == {"light": [], "dark": [], "phone": []}


def test_somebody_is_shown_what_is_held_and_erased(page, site, tmp_path):
    told = page.get_by_role("main")
    page.goto(f"{site.account}/contacts/{site.ids[IDA]}/")
    accessible(page)
    page.get_by_role("link", name="Privacy pack …").click()
    expect(told).to_contain_text("What we do not hold")
    expect(told).to_contain_text(IDA)
    accessible(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as JSON").click()
    download.value.save_as(tmp_path / "pack.json")
    held = json.loads((tmp_path / "pack.json").read_text())
    assert held["contact"][0]["address"] == IDA and held["history"]

    page.get_by_role("link", name="Erase our copy …").click()
    expect(told).to_contain_text("Constant Contact is not changed.")
    accessible(page)
    page.get_by_label("to erase it").fill("somebody@example.org")
    page.get_by_role("button", name="Erase our copy").click()
    expect(page.get_by_role("alert").first).to_contain_text("Nothing was erased.")
    accessible(page)
    page.get_by_label("to erase it").fill(IDA)
    page.get_by_label("Why").fill("ticket 9")
    page.get_by_role("button", name="Erase our copy").click()
    expect(told).to_contain_text("The copy is gone.")
    accessible(page)

    assert site.installation.run(CARRY_ON) == ["done"]
    page.reload()
    expect(told).to_contain_text("The contact itself")
    expect(told).not_to_contain_text(IDA)
    accessible(page)
    page.get_by_role("link", name="Privacy", exact=True).click()
    expect(told).to_contain_text("Request 1")
    expect(told).to_contain_text("Now: 24 months.")
    accessible(page)

    page.goto(f"{site.account}/contacts/{site.ids[IDA]}/")
    expect(told).to_contain_text("Our copy was erased on")
    accessible(page)
    page.goto(f"{site.account}/check/")
    page.get_by_label("Addresses, contact ids or whole error messages").fill(IDA)
    told.get_by_role("button", name="Check", exact=True).click()
    expect(told).to_contain_text("Our copy was erased on")
    expect(page.get_by_role("button", name="Check live")).to_have_count(0)
    accessible(page)
    page.goto(f"{site.account}/contacts/{site.ids[IDA]}/lists/")
    expect(told).to_contain_text("Nothing can be done for this person here.")
    accessible(page)
