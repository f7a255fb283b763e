"""M1 of the product guide: from the spike on Home to the report of a job, and back again by its undo.

The others after the trial, and the undo, are more people than one person may decide on, so a manager approves both.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Pages, sign_in, violations
from tests.browser.people import BRIAN, CROWD, DERMOT, MAREK, PASSWORD
from tests.browser.site import NEWSLETTER, standing_site

CARRY_ON = """
from contacts.models import Job
from contacts.services import jobs
job = jobs.carry_on(Job.objects.get(pk=sys.argv[1]))
print(json.dumps(job.state))
"""
LIMIT = """
from contacts.models import LinkedAccount
LinkedAccount.objects.update(approval_above=int(sys.argv[1]))
"""
STILL_HIDDEN = [each for each in CROWD if not each.startswith("gone2")]


@pytest.fixture(scope="module")
def site(browser):
    """A site of this story's own: it changes nearly everybody. No worker runs; the test says when one would."""
    with standing_site() as standing:
        limited(standing, 10)
        yield standing


@pytest.fixture
def people(browser, site):
    """Marek, who brings them back, and Dermot, who approves, each in a browser of their own."""
    pages = Pages(browser)
    marek, dermot = pages(), pages()
    sign_in(marek, site.base, MAREK, PASSWORD)
    sign_in(dermot, site.base, DERMOT, PASSWORD)
    yield marek, dermot
    assert pages.take_faults() == []
    pages.close()


def limited(site, people):
    """A job for more than so many waits for a second person."""
    site.installation.run(LIMIT, str(people))


def approved(marek, dermot, number):
    """Dermot gets the link from Marek, looks at the plan, and lets it run; Marek's page finds out by itself."""
    expect(marek.get_by_role("heading", name="Waiting for approval")).to_be_visible()
    dermot.goto(marek.url)
    dermot.get_by_role("button", name=f"Approve and run {number}").click()
    expect(dermot.get_by_role("main")).to_contain_text("Dermot approved it")
    expect(marek.get_by_role("progressbar").first).to_be_visible()


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


def test_a_spike_is_brought_back_in_four_clicks_and_undone_again(people, site):
    page, dermot = people
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
    left = re.search(r"reactivate the remaining (\d+) contacts", main.inner_text())[1]
    page.get_by_label(f"Type {left} to mean all of them").fill(left)
    page.get_by_role("button", name=f"Ask for approval to reactivate the remaining {left} contacts").click()
    accessible_in_both_themes(page)
    approved(page, dermot, left)
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
    page.get_by_role("button", name=f"Ask for approval to delete all {everybody} contacts").click()
    approved(page, dermot, everybody)
    worked(site, page, "done")
    expect(main).to_contain_text(f"{everybody} deleted, 0 failed, 0 unknown.")
    assert all("deleted_at" in held(site, each) for each in STILL_HIDDEN)
