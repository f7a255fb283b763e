"""A running emulator for tests, in a thread or as a process that can be killed.

Knows nothing of pytest and nothing of the app under test.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import requests
from responses import RequestsMock

from emulator import bridge
from emulator.assembly import CLIENT_ID, CLIENT_SECRET, Options, assemble, bearer
from emulator.people import Role, User
from emulator.server import Emulator
from emulator.serving import serve
from emulator.state import State

ACCOUNT = "a07e1l8cdif9dl"
LOGIN = "owner@harbour.example.com"
ROOT = Path(__file__).resolve().parent.parent


class Emulation:
    """What a test needs to know about an emulator, wherever it runs."""

    def __init__(self, base: str, *, bearer: str, state: State | None = None, app: Emulator | None = None) -> None:
        self.base = base
        self.api_base = f"{base}/v3"
        self.authorize_url = f"{base}/oauth2/default/v1/authorize"
        self.token_url = f"{base}/oauth2/default/v1/token"
        self.client_id = CLIENT_ID
        self.client_secret = CLIENT_SECRET
        self.account_id = ACCOUNT
        self.bearer = bearer
        self._state = state
        self._app = app

    @property
    def state(self) -> State:
        """The state itself; only when the emulator runs in this process."""
        assert self._state is not None, "this emulator is another process"
        return self._state

    @property
    def app(self) -> Emulator:
        """The WSGI app; only when the emulator runs in this process."""
        assert self._app is not None, "this emulator is another process"
        return self._app

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """One API call with the ready-made token; ``path`` begins after /v3."""
        headers = {"Authorization": f"Bearer {self.bearer}", **options.pop("headers", {})}
        return requests.request(method, f"{self.api_base}{path}", headers=headers, timeout=10, **options)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", path, params=params)

    def control(self, path: str = "", /, **order: Any) -> dict[str, Any]:
        """POST an order to the control door; its answer. AssertionError when it is refused."""
        answer = requests.post(f"{self.base}/_control/{path}", json=order, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def look(self, path: str = "", /, **params: Any) -> dict[str, Any]:
        """GET from the control door."""
        answer = requests.get(f"{self.base}/_control/{path}", params=params, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, kind: str, **order: Any) -> None:
        """Order one fault: method, path (a regular expression), times, skip, when, and the options of its kind."""
        self.control("faults", kind=kind, **order)

    def requests(self, method: str = "", path: str = "") -> list[dict[str, Any]]:
        """What the log holds: API and token calls of ``method`` whose path matches."""
        found = self.look("log")["requests"]
        return [one for one in found if method in ("", one["method"]) and re.search(path, one["path"])]

    def alarms(self) -> list[dict[str, Any]]:
        """Writes that claimed more consent than was given."""
        return self.look("alarms")["alarms"]


def small_account(account_id: str = ACCOUNT, name: str = "Harbour Street Cookery") -> dict[str, Any]:
    """An account in the shape of GET /account/summary."""
    return {
        "contact_email": "owner@harbour.example.com",
        "country_code": "ie",
        "encoded_account_id": account_id,
        "first_name": "Orla",
        "last_name": "Byrne",
        "organization_name": name,
        "time_zone_id": "Europe/Dublin",
        "website": "https://harbour.example.com",
    }


@contextmanager
def running_emulator(*, limits: bool = False, empty: bool = False, **options: Any) -> Iterator[Emulation]:
    """An emulator in a thread on a free loopback port, with one small account, its owner and an open control door.

    ``limits`` switches 4 calls a second and 10,000 a day on. ``options`` are those of ``emulator.assembly.Options``.
    With ``empty`` there is no account; load one and call ``emulator.assembly.bearer``.
    """
    app = _assembled(limits, options)
    token = "" if empty else _open_account(app)
    server = serve(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield Emulation(f"http://127.0.0.1:{server.socket.getsockname()[1]}", bearer=token, state=app.state, app=app)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        app.state.db.close()


@contextmanager
def answering(mock: RequestsMock, *, base: str = "https://api.cc.example", **options: Any) -> Iterator[Emulation]:
    """The same emulator without a socket: every request to ``base`` is answered through ``responses``."""
    app = _assembled(bool(options.pop("limits", False)), {"pause": lambda _seconds: None} | options)
    token = _open_account(app)
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"):
        mock.add_callback(method, re.compile(re.escape(base)), callback=partial(bridge.answer, app), content_type=None)
    try:
        yield Emulation(base, bearer=token, state=app.state, app=app)
    finally:
        app.state.db.close()


@contextmanager
def emulator_process(data: Path | str = ":memory:", *arguments: str, port: int = 0) -> Iterator["Process"]:
    """``python -m emulator --control`` as a process of its own; it is killed in the end if it still runs."""
    process = Process([*arguments, "--data", str(data), "--control", "--port", str(port)])
    try:
        yield process
    finally:
        process.kill()


class Process(Emulation):
    """An emulator that can be killed and started again on the same file."""

    def __init__(self, arguments: list[str]) -> None:
        command = [sys.executable, "-u", "-m", "emulator", *arguments]
        environ = os.environ | {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environ)
        told = self._read_until_ready()
        super().__init__(told["base"], bearer=told.get("bearer", ""))
        self.account_id = told.get("account", "")

    def kill(self) -> None:
        """kill -9, if it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def _read_until_ready(self) -> dict[str, str]:
        told: dict[str, str] = {}
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.match(r"API base\s+(\S+)/v3", line):
                told["base"] = found[1]
            if found := re.match(r"\s+account\s+(\S+)", line):
                told.setdefault("account", found[1])
            if found := re.match(r"\s+bearer\s+(\S+)", line):
                told.setdefault("bearer", found[1])
            if line.startswith("Ready"):
                return told
        raise AssertionError(f"the emulator ended with {self.process.wait()}")


def _assembled(limits: bool, options: dict[str, Any]) -> Emulator:
    if not limits:
        options = {"calls_per_second": 0, "calls_per_day": 0} | options
    return assemble(Options(**{"control": True} | options))


def _open_account(app: Emulator) -> str:
    app.state.load(accounts=[small_account()])
    app.oauth.add_user(
        User(
            login=LOGIN,
            name="Orla Byrne",
            role=Role.OWNER,
            account_id=ACCOUNT,
            account_name="Harbour Street Cookery",
            number=1,
        )
    )
    return bearer(app, ACCOUNT)
