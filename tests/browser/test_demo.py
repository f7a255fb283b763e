"""``make demo`` as a newcomer meets it: it says who may sign in, Maeve is back within a click, Ctrl-C ends it all."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.pages import Pages, sign_in
from tests.installation import ROOT

SECONDS_TO_END = 60


@pytest.fixture
def demo():
    """The process, as soon as it is ready, and what it said until then. Any free ports; its folder goes with it."""
    environment = os.environ | {"CCADMIN_DEMO_PORT": "0", "CCADMIN_DEMO_CC_PORT": "0"}
    command = [sys.executable, "-m", "tools.demo"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as process:
        said = read_until_ready(process)
        yield process, said
        process.terminate()
    shutil.rmtree(ROOT / re.search(r"logs are in (var/demo-\d+)", said)[1])


def read_until_ready(process):
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Ctrl-C"):
            return said
    raise AssertionError(said)


def is_listening(address):
    host, port = address.removeprefix("http://").split(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=5):
        return True
    return False


def test_a_newcomer_brings_maeve_back_within_a_click_and_ends_everything_with_ctrl_c(browser, demo):
    process, said = demo
    site, cc = re.search(r"Open (\S+)/", said)[1], re.search(r"imitated at (\S+),", said)[1]
    pages = Pages(browser)
    page = pages()
    sign_in(page, site, "anna@cookery.example.org", re.search(r"the password (\S+)", said)[1])
    expect(page.get_by_role("main")).to_contain_text("7,184")
    page.keyboard.press("/")
    page.keyboard.insert_text(page.get_by_role("searchbox").get_attribute("placeholder").removeprefix("Try "))
    page.keyboard.press("Enter")
    card = page.locator("article.verdict")
    expect(card).to_contain_text("Checked live")
    expect(card).to_contain_text("we noticed between 14:00 and 14:15")
    page.get_by_role("button", name="Reactivate into 2 lists").click()
    expect(card).to_contain_text("Done and verified")
    pages.close()
    assert pages.take_faults() == []

    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=SECONDS_TO_END)
    assert process.returncode == 0
    assert "Nothing of it runs any more." in rest
    assert not is_listening(site)
    assert not is_listening(cc)
