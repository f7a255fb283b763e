"""A site to look at with a browser: its own process, its own database, an emulator behind it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from tests.browser.people import BRIAN, CROWD, DELETED, MAEVE
from tests.emulation import ACCOUNT, LOGIN, Emulation, running_emulator
from tests.installation import ROOT, Installation
from tests.linking import SCOPES
from tests.rows import make_remote
from tools.demo import listen_once
from tools.demo_door import local_session

NEWSLETTER, ALERTS, GALA = (f"{number}0000000-0000-11ee-8000-fa163e000000" for number in (1, 2, 3))
SEED = "from tests.browser.seed import happen\nhappen(**json.loads(sys.argv[1]))"


@dataclass(frozen=True)
class Site:
    """Where the pages are, and what is behind them.

    Contact ids by address, a change, its entry in the history, a spike of deletions, jobs by state, Anna's role, and
    files, old exports and V2 ids by state.
    """

    base: str
    cc: Emulation
    ids: dict[str, str]
    change: str
    entry: int
    spike: int
    person: int
    jobs: dict[str, int]
    papers: dict[str, int]
    installation: Installation

    @property
    def account(self) -> str:
        """How the address of each page of the account begins."""
        return f"{self.base}/a/harbour-street-cookery"


@contextmanager
def standing_site() -> Iterator[Site]:
    """Seeded and serving, for as long as it is needed."""
    base = f"http://127.0.0.1:{listen_once(0)}"
    with running_emulator(switches={"put_mode": "strict"}) as cc:
        ids = fill(cc)
        installation = Installation(cc, CCADMIN_BASE_URL=base, CCADMIN_DEMO="1")
        try:
            with serving(installation, base) as server:
                done = installation.run(SEED, json.dumps(story(cc, ids)))
                wait_for(f"{base}/healthz", server)
                yield Site(base, cc, ids, **done, installation=installation)
        finally:
            installation.remove()


def fill(cc: Emulation) -> dict[str, str]:
    """Three lists, the people of the tests, and enough others for a second page; contact ids by address."""
    names = {NEWSLETTER: "Newsletter", ALERTS: "Course alerts", GALA: "Gala 2026"}
    named = [
        {"account": ACCOUNT, "list_id": key, "name": name, "favorite": False} | TIMES for key, name in names.items()
    ]
    others = [f"guest{number:02d}@example.org" for number in range(60)]
    contacts = [person(address) for address in (*DELETED, *CROWD, BRIAN, *others)]
    cc.state.load(lists=named, contacts=contacts)
    return {each["email_address"]["address"]: each["contact_id"] for each in contacts}


TIMES = {"created_at": "2023-03-03T10:00:00Z", "updated_at": "2023-03-03T10:00:00Z"}


def person(address: str) -> dict[str, object]:
    """Active, on the first list and the people of the tests on the second too."""
    first, _, last = address.partition("@")[0].partition(".")
    names = {"first_name": first.capitalize(), "last_name": last.capitalize()} if last else {}
    lists = [NEWSLETTER, ALERTS] if last else [NEWSLETTER]
    phone = {"phone_number_id": "50000000-0000-11ee-8000-fa163e000000", "phone_number": "020 910 0009", "kind": "home"}
    phones = [phone | TIMES] if address == MAEVE else []
    return {"account": ACCOUNT} | make_remote(address, list_memberships=lists, phone_numbers=phones) | names


def story(cc: Emulation, ids: dict[str, str]) -> dict[str, object]:
    """What the seed needs to know."""
    given = cc.app.oauth.issue(ACCOUNT, LOGIN, SCOPES)
    tokens = {"access": given["access_token"], "refresh": given["refresh_token"]}
    tokens |= {"expires_in": given["expires_in"], "scope": given["scope"]}
    return {
        "control": f"{cc.base}/_control",
        "account": ACCOUNT,
        "tokens": tokens,
        "ids": ids,
        "lists": [NEWSLETTER, ALERTS],
    }


@contextmanager
def serving(installation: Installation, base: str) -> Iterator[subprocess.Popen[bytes]]:
    """The site as it runs in production, gunicorn with threads; it may take a moment to answer."""
    bind = base.removeprefix("http://")
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "ccadmin.wsgi",
        "--worker-class=gthread",
        "--threads=4",
        "--bind",
        bind,
    ]
    with subprocess.Popen(command, cwd=ROOT, env=installation.env, stderr=subprocess.DEVNULL) as server:
        try:
            yield server
        finally:
            server.terminate()


def wait_for(address: str, server: subprocess.Popen[bytes], seconds: float = 30) -> None:
    """Until it answers. AssertionError when it does not."""
    until = time.monotonic() + seconds
    with local_session() as session:
        while time.monotonic() < until and server.poll() is None:
            try:
                if session.get(address, timeout=seconds).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
    raise AssertionError(f"{address} does not answer")
