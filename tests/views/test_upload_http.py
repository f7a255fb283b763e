"""Files over real HTTP, through gunicorn: what is too large is said and kept nowhere, and no file fills the memory."""

import os
import re
import resource
from pathlib import Path

import pytest
import requests

from tests.browser.site import serving, wait_for
from tests.emulation import running_emulator
from tests.installation import Installation
from tools.demo import listen_once

pytestmark = pytest.mark.django_db
MB = 2**20
SIGN_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from tests.rows import make_access, make_account, make_user
user, account = make_user("manager@example.org"), make_account()
make_access(account, "manager", user=user)
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "contacts.backends.AccessBackend"
session.save()
print(json.dumps([session.session_key, account.slug]))
"""
LEFT = """
from contacts.models import ContactFile, FilePart
print(json.dumps([ContactFile.objects.count(), FilePart.objects.count()]))
"""


class Browser:
    """Somebody who is signed in, at a site that takes files of 40 MB."""

    def __init__(self, base, session, slug, server):
        self.base, self.place, self.server = base, f"{base}/a/{slug}", server
        self.session = requests.Session()
        self.session.cookies.set("sessionid", session)

    def bring(self, megabytes, path="check/file/"):
        """Send a form with so much in it to the end, then read what is answered."""
        page = self.session.get(f"{self.place}/{path}", timeout=60)
        assert page.ok, page.status_code
        form = {name: re.search(rf'name="{name}" value="([^"]+)"', page.text)[1] for name in HIDDEN}
        line = b"a@example.org,Aoife,Byrne," + b"Dublin " * 30 + b"\n"
        content = b"Email,First name,Last name,City\n" + line * (megabytes * MB // len(line))
        files = {"file": ("people.csv", content, "text/csv")}
        return self.session.post(f"{self.place}/{path}", data=form, files=files, timeout=120)

    def processes(self):
        """The web processes."""
        return [
            int(each) for each in Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
        ]


HIDDEN = ("csrfmiddlewaretoken", "token")


@pytest.fixture(scope="module")
def browser(django_db_setup, django_db_blocker):
    base = f"http://127.0.0.1:{listen_once(0)}"
    with django_db_blocker.unblock(), running_emulator(empty=True) as cc:
        installation = Installation(cc, CCADMIN_BASE_URL=base, CCADMIN_FILE_MB="40")
        try:
            session, slug = installation.run(SIGN_IN)
            with serving(installation, base) as server:
                wait_for(f"{base}/healthz", server)
                browser = Browser(base, session, slug, server)
                browser.installation = installation
                yield browser
        finally:
            installation.remove()


def test_a_large_file_is_stored_within_seconds_in_little_memory(browser):
    [process] = browser.processes()
    Path(f"/proc/{process}/clear_refs").write_text("5")
    before, spent = memory(process), cpu(process)
    answer = browser.bring(39)
    assert re.search(r"/files/\d+/$", answer.url), answer.text
    assert memory(process) - before < 24 * MB
    assert cpu(process) - spent < 15
    assert browser.installation.run(LEFT) == [1, 39]


@pytest.mark.parametrize(("megabytes", "path"), [(41, "check/file/"), (41, "settings/seed/"), (200, "check/file/")])
def test_of_a_file_over_the_limit_the_sentence_arrives_and_nothing_is_kept_anywhere(browser, megabytes, path):
    for process in browser.processes():
        # A file of its own for what comes in could not grow so far.
        resource.prlimit(process, resource.RLIMIT_FSIZE, (32 * MB, 32 * MB))
    before = browser.installation.run(LEFT)
    answer = browser.bring(megabytes, path)
    assert answer.status_code == 200
    assert "File refused: it has more than 40 MB. Divide it." in answer.text
    assert browser.installation.run(LEFT) == before


def memory(process):
    """The most bytes the process has held since it was last asked to forget that."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def cpu(process):
    """Seconds the process has worked."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
