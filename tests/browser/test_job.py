"""M1 of the product guide: from the spike on Home to the report of a job, and back again by its undo."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Pages, sign_in, violations
from tests.browser.people import ADA, BRIAN, CROWD, PASSWORD
from tests.browser.site import NEWSLETTER, standing_site

CARRY_ON = """
from contacts.models import Job
from contacts.services import jobs
job = jobs.carry_on(Job.objects.get(pk=sys.argv[1]))
print(json.dumps(job.state))
"""
STILL_HIDDEN = [each for each in CROWD if not each.startswith("gone2")]


@pytest.fixture(scope="module")
def site(browser):
    """A site of this story's own: it changes nearly everybody. No worker runs; the test says when one would."""
    with standing_site() as standing:
        yield standing


@pytest.fixture
def page(browser, site):
    pages = Pages(browser)
    page = pages()
    sign_in(page, site.base, ADA, PASSWORD)
    yield page
    assert pages.take_faults() == []
    pages.close()


def worked(site, page, state):
    """What the worker does meanwhile; the page finds out by itself."""
    number = re.search(r"/jobs/(\d+)/", page.url)[1]
    assert site.installation.run(CARRY_ON, number) == state


def held(site, address):
    return site.cc.state.contacts.get(site.cc.account_id, site.ids[address])


def accessible_in_both_themes(page):
    # Without motion, so that no colour is on its way when it is measured.
    seen = {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        seen[theme] = violations(page)
    assert seen == {"light": [], "dark": []}


def test_a_spike_is_brought_back_in_four_clicks_and_undone_again(page, site):
    main = page.get_by_role("main")
    page.get_by_role("link", name="Look into it").click()
    page.get_by_role("button", name=re.compile("Plan reactivation of all")).click()
    expect(main).to_contain_text("1 opted out")
    accessible_in_both_themes(page)
    page.get_by_label("We deleted them by mistake").check()
    page.get_by_role("button", name="Try 5 first").click()
    expect(main).to_contain_text("Trying 5 first: 0 of 5. 5 not begun.")
    worked(site, page, "tried")
    expect(main).to_contain_text("5 active again, 0 failed, 0 unknown.")
    accessible_in_both_themes(page)
    left = re.search(r"Reactivate the remaining (\d+) contacts", main.inner_text())[1]
    page.get_by_label(f"Type {left} to mean all of them").fill(left)
    page.get_by_role("button", name=f"Reactivate the remaining {left} contacts").click()
    expect(page.get_by_role("progressbar").first).to_be_visible()
    accessible_in_both_themes(page)
    worked(site, page, "done")
    everybody = int(left) + 5
    expect(main).to_contain_text(f"{everybody} active again, 0 failed, 0 unknown.")
    accessible_in_both_themes(page)
    assert all("deleted_at" not in held(site, each) for each in STILL_HIDDEN)
    assert all(held(site, each)["list_memberships"] == [NEWSLETTER] for each in STILL_HIDDEN)
    assert "deleted_at" in held(site, BRIAN) and site.cc.alarms() == []
    page.get_by_role("button", name="Undo this job").click()
    expect(main).to_contain_text("This takes back job")
    page.get_by_label(f"Type {everybody} to mean all of them").fill(str(everybody))
    page.get_by_role("button", name=f"Delete all {everybody} contacts").click()
    expect(page.get_by_role("progressbar").first).to_be_visible()
    worked(site, page, "done")
    expect(main).to_contain_text(f"{everybody} deleted, 0 failed, 0 unknown.")
    assert all("deleted_at" in held(site, each) for each in STILL_HIDDEN)
