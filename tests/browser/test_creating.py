"""Somebody new whose address a hidden contact has: the 409 of the seeds ends at a reactivation. And what goes well."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pages import violations
from tests.browser.people import ANNA
from tests.emulation import ACCOUNT
from tests.rows import make_remote

LIVE = ("light", "dark")


def hidden(site, address):
    """A deleted contact that two looks by address do not find, and our copy does not know."""
    site.cc.state.load(contacts=[{"account": ACCOUNT, **make_remote(address, deleted_at="2026-11-17")}])
    site.cc.fault("empty_page", method="GET", path="email=", last=True, times=2)


def fill(page, note):
    page.get_by_label("Newsletter").check()
    page.get_by_label("They asked us directly").check()
    page.get_by_label("Ticket or note").fill(note)


@pytest.mark.parametrize("script", [True, False])
def test_the_race_of_the_seeds_ends_at_the_contact_that_blocks_the_address(open_page, site, script):
    address = f"hidden.{'with' if script else 'without'}.script@example.org"
    hidden(site, address)
    page = open_page(ANNA, java_script_enabled=script)
    main = page.get_by_role("main")
    page.goto(f"{site.account}/check/")
    page.get_by_label("Addresses, contact ids or whole error messages").fill(address)
    main.get_by_role("button", name="Check", exact=True).click()
    if not script:
        page.get_by_role("button", name="Check live").click()
    expect(main).to_contain_text("Not in this account: a sign-up will work")
    page.get_by_role("button", name="Create contact …").click()
    expect(page.get_by_label("Email address")).to_have_value(address)
    fill(page, "ticket 4812")
    if script:
        expect(page.get_by_role("button", name="Create 1 contact on 1 list")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Create 1 contact")).click()
    expect(main).to_contain_text("This address already belongs to a contact that is hidden in Constant Contact.")
    expect(page.get_by_label("Newsletter")).to_be_checked()
    assert address not in page.url
    if script:
        for theme in LIVE:
            # Without motion, so that no colour is on its way when it is measured.
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            assert violations(page) == []
    page.get_by_role("button", name=re.compile("^Reactivate into 1 list")).click()
    expect(main).to_contain_text("Done and verified. Active, on Newsletter.")


def test_somebody_new_is_created_and_hidden_again_by_undo(open_page, site):
    page = open_page(ANNA)
    main = page.get_by_role("main")
    page.goto(f"{site.account}/contacts/new/")
    page.get_by_label("Email address").fill("quite.new@example.org")
    fill(page, "ticket 4813")
    page.get_by_role("button", name=re.compile("^Create 1 contact")).click()
    expect(main).to_contain_text("Done and verified. In Constant Contact, with implied permission. On Newsletter now.")
    page.get_by_role("button", name="Undo").click()
    expect(main).to_contain_text("Its address stays taken; it can be reactivated.")


def test_the_one_resubscribe_mail_is_ordered_once(open_page, site):
    contact_id = site.ids["guest51@example.org"]
    site.cc.control("contact/unsubscribe", id=contact_id)
    page = open_page(ANNA, reduced_motion="reduce")
    main = page.get_by_role("main")
    page.goto(f"{site.account}/contacts/{contact_id}/resubscribe/")
    expect(main).to_contain_text("It does that once for each contact, ever")
    for theme in LIVE:
        page.emulate_media(color_scheme=theme)
        assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    fill(page, "their mail of 20 Nov")
    page.get_by_role("button", name="Send 1 resubscribe email for 1 list").click()
    expect(main).to_contain_text("Constant Contact accepted the order for its one resubscribe email.")
    page.goto(f"{site.account}/contacts/{contact_id}/")
    expect(main).to_contain_text("waiting for them to click its link")
