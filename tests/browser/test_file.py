"""M2 of the product guide: what Constant Contact would do with each row, the safe part as a file and as a job."""

import re
import time

import pytest
from playwright.sync_api import expect

from emulator.state.query import ContactQuery
from tests.browser.pages import violations
from tests.browser.people import BRIAN, CROWD, MAREK
from tests.browser.site import NEWSLETTER

READ = """
from contacts.models import ContactFile
from contacts.services import files
file = files.carry_on(ContactFile.objects.get(pk=sys.argv[1]), seconds=60)
print(json.dumps(file.state))
"""
CARRY_ON = """
from contacts.models import Job
from contacts.services import jobs
job = jobs.carry_on(Job.objects.get(pk=sys.argv[1]))
print(json.dumps(job.state))
"""
STRANGERS = [f"fair{number:02d}@fair.example.org" for number in range(8)]
KNOWN = ["guest31@example.org", "guest32@example.org"]
HIDDEN = CROWD[3]
LINES = [
    "E-mail,First name,Company,Shoe size",
    *(f"{address},Ida,Mill Lane Bakery,38" for address in STRANGERS),
    *(f"{address},Guest,,40" for address in KNOWN),
    f"{BRIAN},Brian,,",
    f"{HIDDEN},Gone,,",
    f"{STRANGERS[0]},Ida,Quayside Deli,",
    "not an address,Nobody,,",
]
#: One of the strangers stands twice in the file.
SAFE = len(STRANGERS) + len(KNOWN)


@pytest.fixture
def fair(tmp_path):
    """The file that somebody brings home from a fair."""
    path = tmp_path / "fair.csv"
    path.write_text("\n".join(LINES), encoding="utf-8")
    return path


def worked(site, page, code, state):
    """What the worker does meanwhile with the file or the job that the page shows."""
    assert site.installation.run(code, re.search(r"/(\d+)/", page.url)[1]) == state


def brought(site, page, path):
    """From the room of addresses to the verdicts; returns the seconds from the file to them."""
    page.goto(f"{site.account}/check/")
    page.get_by_role("link", name="Check a file").click()
    began = time.monotonic()
    page.get_by_label("Drop a file here, or choose one").set_input_files(path)
    page.get_by_role("button", name="Check this file").click()
    page.wait_for_url("**/files/*/")
    worked(site, page, READ, "ready")
    load_again = page.get_by_role("link", name="Load the page again")
    if load_again.is_visible():
        load_again.click()
    expect(page.get_by_role("heading", name="What would become of the rows")).to_be_visible()
    return time.monotonic() - began


def accessible(page):
    """In both themes on a desk, and without scrolling sideways on two phones."""
    page.set_viewport_size({"width": 1280, "height": 900})
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert violations(page) == [], theme
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 700})
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), width
    page.set_viewport_size({"width": 1280, "height": 900})


def held(site, address):
    wanted = ContactQuery(site.cc.account_id, statuses=["all"], email=address)
    (found,), _ = site.cc.state.contacts.page(wanted, limit=2, number=1)
    return found


def test_the_safe_part_of_a_file_is_taken_home_and_imported(open_page, site, fair):
    page = open_page(MAREK)
    main = page.get_by_role("main")
    print(f"\nverdicts {brought(site, page, fair):.1f} s after the file was chosen, a worker's start with it")
    expect(main).to_contain_text(f"Of 14 rows {SAFE} are safe to import (8 new and 2 updates)")
    table = page.get_by_role("table", name="Rows by verdict")
    expect(table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="New"))).to_contain_text("8")
    expect(main).to_contain_text("1 column is not imported: Shoe size")
    table.get_by_role("link", name="1 rows: Opted out").click()
    expect(page.get_by_role("table", name="Rows by their number")).to_contain_text(BRIAN)
    expect(page.get_by_role("table", name="Rows by their number")).not_to_contain_text(STRANGERS[1])
    accessible(page)
    page.get_by_text("How the file is read").click()
    page.get_by_label("Company").select_option("Do not import")
    page.get_by_role("button", name=re.compile("^Read and judge 14 rows")).click()
    expect(main).to_contain_text("You may leave this page")
    worked(site, page, READ, "ready")
    expect(main).to_contain_text("2 columns are not imported: Company and Shoe size")
    taken(page)
    asked_live(page)
    planned_at_last(page)
    imported(site, page)


def taken(page):
    """The safe part as a file."""
    with page.expect_download() as coming:
        page.get_by_role("link", name=f"Safe to import: {SAFE} rows (CSV)").click()
    text = coming.value.path().read_text(encoding="utf-8-sig")
    assert STRANGERS[1] in text and BRIAN not in text


def asked_live(page):
    """Every row of so small a file, each by a call of its own; then back to the file."""
    page.get_by_role("button", name=re.compile(f"^Check {SAFE + 1} rows live")).click()
    expect(page.get_by_role("main").get_by_text("says the same")).to_have_count(SAFE + 1)
    accessible(page)
    page.get_by_role("main").get_by_role("link", name="fair.csv").click()


def planned_at_last(page):
    """Without a list it is refused, with what was typed still there."""
    page.get_by_label("They signed up with us").check()
    page.get_by_label("Where do they come from?").fill("spring fair, paper forms")
    page.get_by_role("button", name="Plan the import").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one list")
    expect(page.get_by_label("Where do they come from?")).to_have_value("spring fair, paper forms")
    accessible(page)
    page.get_by_role("group", name="Lists").get_by_label("Newsletter").check()
    page.get_by_role("button", name="Plan the import").click()


def imported(site, page):
    """Five first, then the others; the sums of the report are those of the file."""
    main = page.get_by_role("main")
    expect(main).to_contain_text(f"{SAFE} to do")
    accessible(page)
    page.get_by_role("button", name="Try 5 first").click()
    expect(main).to_contain_text("Trying 5 first: 0 of 5. 5 not begun.")
    worked(site, page, CARRY_ON, "tried")
    expect(main).to_contain_text("5 imported, 0 failed, 0 unknown.")
    page.get_by_label("Type 5 to mean all of them").fill("5")
    page.get_by_role("button", name=re.compile("remaining 5")).click()
    expect(main).to_contain_text(f"Running: 5 of {SAFE}.")
    worked(site, page, CARRY_ON, "done")
    expect(main).to_contain_text(f"{SAFE} imported, 0 failed, 0 unknown.")
    accessible(page)
    assert all(held(site, each)["list_memberships"] == [NEWSLETTER] for each in (*STRANGERS, *KNOWN))
    assert "deleted_at" in held(site, HIDDEN)


def test_without_a_script_a_file_is_checked_and_its_import_planned(open_page, site, fair):
    page = open_page(MAREK, java_script_enabled=False)
    main = page.get_by_role("main")
    brought(site, page, fair)
    expect(main).to_contain_text("1 opted out")
    page.get_by_role("group", name="Lists").get_by_label("Gala 2026").check()
    page.get_by_label("They signed up with us").check()
    page.get_by_label("Where do they come from?").fill("spring fair, paper forms")
    page.get_by_role("button", name="Plan the import").click()
    expect(main).to_contain_text("into Gala 2026")
    expect(page.get_by_role("button", name="Try 5 first")).to_be_visible()


def test_the_form_is_answered_with_keys_alone(open_page, site, fair):
    page = open_page(MAREK)
    page.goto(f"{site.account}/check/file/")
    page.get_by_label("Drop a file here, or choose one").set_input_files(fair)
    page.get_by_label("Drop a file here, or choose one").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/files/*/")
    worked(site, page, READ, "ready")
    page.get_by_role("checkbox", name=re.compile("^Deleted")).focus()
    page.keyboard.press("Space")
    tabbed_to(page, "Course alerts")
    page.keyboard.press("Space")
    tabbed_to(page, "They signed up with us")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("spring fair, paper forms")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/*/")
    expect(page.get_by_role("main")).to_contain_text(f"{SAFE + 1} to do")


def tabbed_to(page, name):
    """Tab by Tab, as far as it takes."""
    for _ in range(20):
        label = page.evaluate("document.activeElement.closest('label')?.innerText || ''")
        if name.lower() in label.lower():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no key leads to {name}")
