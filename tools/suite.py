"""Run every test: on SQLite, again on PostgreSQL, and in a browser; say what was left out and why, Redis too.

``python -m tools.suite [pytest's own arguments]``, in short ``make test``. With CCADMIN_NO_SKIPS=1, as in .ci/run, a
part or a test that is left out is a failure. TEST_POSTGRES_URL names a server to use instead of a private one.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tools import redis
from tools.postgres import NoPostgres, private_server

ROOT = Path(__file__).resolve().parent.parent

# These touch no database, or ask about pages, logs and files only, so one run of them is enough.
ONCE = (
    *("api", "emulator", "rules", "standalone", "tools", "test_demo.py", "test_house.py"),
    "test_scale_cost.py",
    *("security/test_leaks.py", "security/test_leaks_of_managers.py", "services/test_put_modes.py"),
    *("security/test_hostile_text.py", "security/test_hostile_people.py"),
    "views/test_permissions.py",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_TESTS = 5  # pytest's exit code
# The tests start hundreds of processes, and where nothing may be kept each would translate a thousand files again.
BYTECODE = {"PYTHONPYCACHEPREFIX": str(ROOT / ".pytest_cache" / "bytecode")}
# A test that hangs for five minutes shows where, and its process ends.
DEFAULTS = ("--tb=short", "-o", "faulthandler_timeout=300", "-o", "faulthandler_exit_on_timeout=true")


class Suite:
    """One run of all parts: what failed, and what was left out."""

    def __init__(self, arguments: list[str], *, no_skips: bool) -> None:
        self.arguments = arguments
        self.no_skips = no_skips
        self.ran = False
        self.failed: list[str] = []
        self.left_out: list[str] = []

    def part(self, name: str, *options: str, **environment: str) -> None:
        """Run pytest once, in a process of its own, and note how it went."""
        print(f"\n=== {name} ===", flush=True)
        began = time.monotonic()
        strict = ["-p", "tests.no_skips"] if self.no_skips else []
        code = run([sys.executable, "-m", "pytest", *DEFAULTS, *strict, *options, *self.arguments], environment)
        print(f"=== {name}: {time.monotonic() - began:.0f} s ===", flush=True)
        self.ran = self.ran or code != NO_TESTS
        if code and not (code == NO_TESTS and self.arguments):
            self.failed.append(name)

    def leave_out(self, name: str, reason: str) -> None:
        self.left_out.append(f"{name}: {reason}")
        if self.no_skips:
            self.failed.append(name)

    def close(self) -> int:
        """Say what was left out and what failed; 0 only when nothing failed."""
        for line in self.left_out:
            print(f"Left out, {line}", flush=True)
        if not self.ran:
            self.failed.append("no test ran")
        print(f"Failed: {', '.join(self.failed)}." if self.failed else "All parts passed.", flush=True)
        return 1 if self.failed else 0


def run(command: list[str], environment: dict[str, str]) -> int:
    """The exit code of ``command``, run without the settings of whoever calls it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CCADMIN_", "CC_", "DATABASE_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen(command, cwd=ROOT, env=kept | BYTECODE | environment) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()  # Ctrl-C reached pytest too, and it tidies up before it ends
            raise
        except SystemExit:
            process.send_signal(signal.SIGINT)
            raise


def side_by_side() -> list[str]:
    """One more than there are cores: some tests wait for processes and clocks."""
    return ["-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal"]


def on_sqlite(suite: Suite) -> None:
    suite.part("SQLite", *side_by_side(), "--ignore=tests/browser", "tests", DATABASE_URL="sqlite:///var/tests.sqlite3")


def on_postgres(suite: Suite) -> None:
    ignored = [f"--ignore=tests/{place}" for place in ("browser", *ONCE)]
    try:
        with postgres_url() as url:
            suite.part("PostgreSQL", *side_by_side(), *ignored, "tests", DATABASE_URL=url)
    except NoPostgres as problem:
        suite.leave_out("PostgreSQL", str(problem))


@contextlib.contextmanager
def postgres_url() -> Iterator[str]:
    given = os.environ.get("TEST_POSTGRES_URL", "")
    with contextlib.nullcontext(given) if given else private_server() as url:
        yield url


def about_redis(suite: Suite) -> None:
    """The tests of the queue in Redis start a private one each; where there is none, pytest skips them one by one."""
    try:
        redis.program()
    except redis.NoRedis as problem:
        suite.leave_out("Redis", str(problem))


def in_a_browser(suite: Suite) -> None:
    """Apart, since Playwright's event loop and Django's queries do not share a process; each has a site of its own."""
    browser = os.environ.get("CCADMIN_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        suite.leave_out("Browser", "no Chromium or Chrome is on this machine.")
        return
    suite.part("Browser", "-n", "2", "--dist", "loadfile", "tests/browser", CCADMIN_CHROMIUM=browser)


def terminate(number: int, frame: FrameType | None) -> NoReturn:
    """Turn SIGTERM into an exit that still stops the private server."""
    sys.exit(128 + number)


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, terminate)
    suite = Suite(arguments, no_skips=os.environ.get("CCADMIN_NO_SKIPS") == "1")
    try:
        about_redis(suite)
        on_sqlite(suite)
        on_postgres(suite)
        in_a_browser(suite)
    except KeyboardInterrupt:
        suite.failed.append("stopped by you")
    return suite.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
