"""A browser and a site for it. Both end with this folder: Playwright's event loop must not meet Django's queries."""

import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.pages import SECONDS, Pages, sign_in
from tests.browser.people import PASSWORD
from tests.browser.site import standing_site
from tools.suite import BROWSERS

# Some stop calls to the network that Chromium makes by itself; as root it cannot have its sandbox.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="package")
def browser():
    path = os.environ.get("CCADMIN_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium or Chrome is on this machine")
    with sync_playwright() as playwright:
        # What appears by itself, after a question of the page's own, comes later on a busy machine.
        expect.set_options(timeout=SECONDS * 1000)
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="package")
def site(browser):
    with standing_site() as standing:
        yield standing


@pytest.fixture(scope="package")
def signed_in(browser, site):
    """Cookies of somebody who has signed in, by address; each signs in once."""
    known = {}

    def cookies(email):
        if email not in known:
            context = browser.new_context()
            sign_in(context.new_page(), site.base, email, PASSWORD)
            known[email] = context.storage_state()
            context.close()
        return known[email]

    return cookies


@pytest.fixture
def open_page(browser, signed_in):
    """For one test. It fails in the end when something went wrong on one of its pages."""
    opened = Pages(browser, signed_in)
    yield opened
    opened.close()
    assert opened.take_faults() == []
