"""A large job by two people: a marketer asks at a desk, a manager sends it back once and then approves on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Pages, sign_in, violations
from tests.browser.people import CROWD, DERMOT, MAREK, PASSWORD
from tests.browser.site import NEWSLETTER, standing_site
from tests.browser.test_job import held, limited, worked

DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LIMIT = 10
BACK = [each for each in CROWD if not each.startswith("gone2")]


@pytest.fixture(scope="module")
def site(browser):
    """A site of this story's own: it changes nearly everybody. No worker runs; the test says when one would."""
    with standing_site() as standing:
        limited(standing, LIMIT)
        yield standing


@pytest.fixture
def people(browser, site):
    """Marek at his desk and Dermot on his phone, both signed in, each in a browser of their own."""
    pages = Pages(browser)
    marek, dermot = pages(**DESK), pages(**PHONE)
    for page, email in ((marek, MAREK), (dermot, DERMOT)):
        page.emulate_media(reduced_motion="reduce")
        sign_in(page, site.base, email, PASSWORD)
    yield marek, dermot
    assert pages.take_faults() == []
    pages.close()


def accessible(page):
    seen = {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        seen[theme] = violations(page)
    assert seen == {"light": [], "dark": []}
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def ask(page, number):
    page.get_by_label(f"Type {number} to mean all of them").fill(str(number))
    page.get_by_role("button", name=re.compile("Ask for approval to reactivate")).click()
    expect(page.get_by_role("heading", name="Waiting for approval")).to_be_visible()


def test_a_marketer_asks_a_manager_sends_back_and_then_approves_and_the_job_runs(people, site):
    marek, dermot = people
    desk, phone = marek.get_by_role("main"), dermot.get_by_role("main")

    marek.get_by_role("link", name="Look into it").click()
    marek.get_by_role("button", name=re.compile("Plan reactivation of all")).click()
    expect(desk).to_contain_text(f"a job for more than {LIMIT} needs the approval of a second person.")
    expect(desk).to_contain_text("Ada or Dermot may give it. The trial needs none.")
    number = int(re.search(r"Type (\d+) to mean all of them", desk.inner_text())[1])
    assert number > LIMIT
    accessible(marek)
    marek.get_by_label("We deleted them by mistake").check()
    ask(marek, number)
    expect(desk).to_contain_text("Who may approve: Ada or Dermot.")
    expect(marek.get_by_role("button", name="Copy link")).to_be_visible()
    accessible(marek)

    dermot.goto(f"{site.account}/")
    expect(phone).to_contain_text("1 job waiting for approval")
    accessible(dermot)
    dermot.get_by_role("link", name=re.compile("^Job ")).first.click()
    expect(dermot.get_by_role("heading", name="Marek asks for your approval")).to_be_visible()
    accessible(dermot)
    dermot.get_by_text("Send back …").click()
    dermot.get_by_label("What should change?").fill("Name the incident")
    accessible(dermot)
    dermot.get_by_role("button", name="Send back", exact=True).click()
    expect(phone).to_contain_text("Dermot sent this back")

    # The page that waits finds out by itself.
    expect(desk).to_contain_text("Dermot sent this back")
    expect(desk).to_contain_text("Name the incident")
    accessible(marek)
    marek.get_by_label("Ticket or note").fill("incident 9")
    ask(marek, number)

    dermot.reload()
    expect(phone).to_contain_text("We deleted them by mistake: incident 9")
    button = dermot.get_by_role("button", name=f"Approve and run {number}", exact=True)
    assert button.bounding_box()["height"] >= 44
    button.click()
    expect(phone).to_contain_text(f"Marek asked for {number}; Dermot approved it")
    expect(desk).to_contain_text("Dermot approved it")
    accessible(dermot)
    worked(site, marek, "done")
    expect(desk).to_contain_text(f"{number} active again, 0 failed, 0 unknown.")
    expect(phone).to_contain_text(f"{number} active again, 0 failed, 0 unknown.")
    assert all(held(site, each)["list_memberships"] == [NEWSLETTER] for each in BACK)
    assert site.cc.alarms() == []
