"""V2 ids in a file: dropped on the form, or chosen where no script runs; each becomes a question that costs nothing."""

import pytest
from playwright.sync_api import expect

from tests.browser.pages import violations
from tests.browser.people import MAREK

IDS = "Email,V2 id\nguest00@example.org,1\nnobody@example.org,\n"
DROPPED = "text => { const told = new DataTransfer(); told.items.add(new File([text], 'ids.csv')); return told }"


@pytest.fixture
def ids(tmp_path):
    path = tmp_path / "ids.csv"
    path.write_text(IDS, encoding="utf-8")
    return path


def looked_up(page):
    page.get_by_role("button", name="Look up these V2 ids").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("The V2 ids were read from “V2 id” of “ids.csv”. The file was not kept.")
    expect(main).to_contain_text("Left out: 1 word or row without a V2 id.")
    expect(main).to_contain_text("0 of 1 found, 1 not asked yet.")


def test_a_file_that_is_dropped_waits_for_the_button(open_page, site):
    page = open_page(MAREK)
    page.goto(f"{site.account}/v2/")
    page.get_by_label("Lists").check()
    page.dispatch_event("form.drop", "drop", {"dataTransfer": page.evaluate_handle(DROPPED, IDS)})
    assert page.evaluate("document.getElementById('file').files[0].name") == "ids.csv"
    assert page.url.endswith("/v2/")
    assert violations(page) == []
    page.get_by_label("Contacts", exact=True).check()
    looked_up(page)


def test_a_file_is_chosen_where_no_script_runs(open_page, site, ids):
    page = open_page(MAREK, java_script_enabled=False)
    page.goto(f"{site.account}/v2/")
    page.get_by_label("Or bring a file").set_input_files(ids)
    looked_up(page)
