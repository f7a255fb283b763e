"""A list that an import needs is made in the form itself, on the way from a file to its plan."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import MAREK
from tests.browser.test_file import accessible, brought, worked

#: Two clicks at the same moment, whose answers nobody waits for before the page goes on.
TWICE = """() => {
  const button = document.querySelector("button[name=make_list]"), form = button.form
  const send = () => fetch(form.action, {method: "POST", body: new FormData(form, button)})
  return Promise.all([send(), send()]).then(answers => answers.every(each => each.ok))
}"""
NOTE = "autumn fair, paper forms"


@pytest.fixture
def fair(tmp_path):
    path = tmp_path / "autumn.csv"
    path.write_text("email\n" + "\n".join(f"autumn{number}@fair.example.org" for number in range(3)), encoding="utf-8")
    return path


def typed(page):
    page.get_by_role("group", name="Lists").get_by_label("Gala 2026").check()
    page.get_by_label("They are customers or members").check()
    page.get_by_label("Where do they come from?").fill(NOTE)


def assert_typed_stands(page):
    expect(page.get_by_role("group", name="Lists").get_by_label("Gala 2026")).to_be_checked()
    expect(page.get_by_label("They are customers or members")).to_be_checked()
    expect(page.get_by_label("Where do they come from?")).to_have_value(NOTE)


def made(site, name):
    sent = [each for each in site.cc.requests("POST", "/contact_lists") if each["status"] == 201]
    lists = site.cc.get("/contact_lists", limit=500).json()["lists"]
    return len(sent), [each["name"] for each in lists].count(name)


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without one"])
def test_from_a_file_over_a_new_list_to_the_plan(open_page, site, fair, script):
    name = f"Autumn fair, {'a script' if script else 'none'}"
    before, _ = made(site, name)
    page = open_page(MAREK, java_script_enabled=script)
    brought(site, page, fair)
    typed(page)
    field, button = page.get_by_label("A list that is not there yet"), page.get_by_role("button", name="Make this list")
    field.fill("Newsletter")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("There is a list called “Newsletter” already")
    expect(field).to_be_focused()
    expect(field).to_have_value("Newsletter")
    assert_typed_stands(page)
    if script:
        accessible(page)
    field.fill(name)
    page.get_by_role("button", name="Plan the import").click()
    expect(page.get_by_role("alert")).to_contain_text("This list is not made yet")
    if script:
        assert page.evaluate(TWICE)
        assert made(site, name) == (before + 1, 1)
    button.click()
    expect(page.get_by_role("main")).to_contain_text(f"Made the list {name}, and ticked it. Done and verified.")
    expect(page.get_by_role("group", name="Lists").get_by_label(name)).to_be_checked()
    expect(field).to_have_value("")
    assert_typed_stands(page)
    assert made(site, name) == (before + 1, 1)
    if script:
        accessible(page)
    page.get_by_label("Where do they come from?").press("Enter")
    page.wait_for_url("**/jobs/*/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(f"into.*{name}"))
    expect(page.get_by_role("main")).to_contain_text(NOTE)
    worked(site, page, CANCEL, "stopped")


CANCEL = """
from contacts.models import Job
from contacts.services import jobs
job = Job.objects.get(pk=sys.argv[1])
print(json.dumps(jobs.stop(job, by=job.by).state))
"""
