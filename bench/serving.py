"""The site and its worker as ``make run`` starts them, on a place of the benchmarks."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import requests

from bench.place import Place, Stopped
from bench.report import ROOT
from tools import run
from tools.postgres import free_port

SECONDS = 30.0


@contextmanager
def serving(place: Place, *, worker: bool) -> Iterator[tuple[str, float]]:
    """The site's address, and how many seconds passed from its start until it said that it is well."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    env = place.env | {"CCADMIN_BASE_URL": base, "CCADMIN_BIND": f"127.0.0.1:{port}"}
    with mock.patch.dict("os.environ", env, clear=True):
        commands = run.programs()
    began, children = time.monotonic(), []
    try:
        for name in ("site", "worker") if worker else ("site",):
            with log_of(place).open("ab") as log:
                children.append(subprocess.Popen(commands[name], cwd=ROOT, env=env, stdout=log, stderr=log))
        _wait_for(f"{base}/healthz", children[0])
        yield base, time.monotonic() - began
    finally:
        run.end(children)


def log_of(place: Place) -> Path:
    """What both have said."""
    return Path(place.env["CCADMIN_VAR"], "serving.log")


def _wait_for(address: str, site: "subprocess.Popen[bytes]") -> None:
    until, browser = time.monotonic() + SECONDS, requests.Session()
    while time.monotonic() < until and site.poll() is None:
        try:
            if browser.get(address, timeout=SECONDS).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.01)
    raise Stopped("The site did not begin to answer.")
