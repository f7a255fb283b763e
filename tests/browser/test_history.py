"""G1: who put this person back, and on what consent? From a pasted address to a file that somebody else can check."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.pages import sign_in, violations
from tests.browser.people import ANNA, DERMOT, IDA, PASSWORD

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def page(open_page, site):
    """A manager who has just signed in."""
    page = open_page(accept_downloads=True)
    sign_in(page, site.base, DERMOT, PASSWORD)
    return page


def history_of(page, address):
    """Paste the address, Enter, History."""
    page.keyboard.press("/")
    page.keyboard.insert_text(address)
    page.keyboard.press("Enter")
    page.get_by_role("main").get_by_role("link", name="History").first.click()


def saved(page, button, folder):
    """The file that a click brings."""
    with page.expect_download() as download:
        button.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_who_put_this_person_back_ends_as_a_file_that_proves_itself(page, tmp_path):
    history_of(page, IDA)
    told = page.get_by_role("main")
    expect(told).to_contain_text("Reactivate")
    expect(told).to_contain_text("Anna")
    expect(told).to_contain_text("ticket 4812")
    expect(told).to_contain_text("Deleted in Constant Contact")
    told.get_by_role("link", name="Export").click()
    expect(told).to_contain_text(f"The history of {IDA}")
    expect(told).to_contain_text("Exporting is itself written down")
    command = told.locator("pre").inner_text()
    page.get_by_label("Lines that prove themselves").check()
    page.get_by_label("What is it for?").fill("A complaint, ticket 99")
    history = saved(page, told.get_by_role("button", name="Export"), tmp_path)
    saved(page, told.get_by_role("link", name="verify_history.py"), tmp_path)
    key = re.fullmatch(r"python3 verify_history.py FILE --public-key ([0-9a-f]{64})", command.strip())[1]
    assert checked(history, key, tmp_path).startswith("History of Harbour Street Cookery")
    assert ANNA not in history.name and IDA not in history.name
    history.write_bytes(history.read_bytes().replace(b"ticket 4812", b"ticket 4813"))
    assert checked(history, key, tmp_path).startswith("NOT PROVED. Line ")


def checked(history, key, folder):
    """What the program from the page says, in a process that knows nothing of ccadmin."""
    command = [sys.executable, "-I", "-S", "verify_history.py", history.name, "--public-key", key]
    done = subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is ("NOT PROVED" not in done.stdout), done.stderr
    return done.stdout


def test_the_export_of_a_view_says_which_and_is_an_entry_itself(page, site, tmp_path):
    page.goto(f"{site.account}/audit/?q=action:reactivate")
    main = page.get_by_role("main")
    main.get_by_role("link", name="Export").click()
    expect(main).to_contain_text("The history of Harbour Street Cookery, Reactivate")
    main.get_by_role("button", name="Export").click()
    expect(page.get_by_label("What is it for?")).to_be_focused()
    page.get_by_label("What is it for?").fill("The audit of November")
    table = saved(page, main.get_by_role("button", name="Export"), tmp_path)
    assert "ticket 4812" in table.read_text("utf-8-sig")
    page.goto(f"{site.account}/audit/?q=action:export")
    expect(main.locator("tr[data-row]").first).to_contain_text("Dermot")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_export_page_is_for_everybody(page, site, theme):
    page.emulate_media(color_scheme=theme)
    for where in (
        f"contacts/{site.ids[IDA]}/history/export/",
        "audit/export/?q=action:reactivate",
        "audit/export/?q=x",
    ):
        page.goto(f"{site.account}/{where}")
        expect(page.get_by_role("heading", name="Export the history")).to_be_visible()
        assert violations(page) == []
    page.set_viewport_size(PHONE)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


AGED = """
import sys
from django.contrib.sessions.models import Session
row = Session.objects.get(pk=sys.argv[1])
told = row.get_decoded()
for each in told["account_authentication_methods"]:
    each["at"] -= 600
Session.objects.filter(pk=row.pk).update(session_data=Session.objects.encode(told))
print("{}")
"""


def test_whoever_signed_in_long_ago_is_asked_again_and_comes_back_to_the_same_view(page, site):
    [session] = [each["value"] for each in page.context.cookies() if each["name"] == "sessionid"]
    site.installation.run(AGED, session)
    page.goto(f"{site.account}/audit/export/?q=action:reactivate")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password", exact=True).press("Enter")
    expect(page.get_by_role("main")).to_contain_text("The history of Harbour Street Cookery, Reactivate")
