"""A private PostgreSQL for one test run: made in a temporary folder, on loopback, gone afterwards."""

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

OLDEST = 15  # Django 6.1 asks for it
FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)

# Nothing here outlives the run, so nothing waits for a disk.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "logging_collector": "off",
}


class NoPostgres(Exception):
    """Why no PostgreSQL can be started here, in one sentence."""


def programs() -> Path:
    """The folder of the newest initdb and postgres, at least of version 15. Raises NoPostgres."""
    found = [Path(program).resolve().parent for program in [shutil.which("postgres")] if program]
    found += [folder for pattern in FOLDERS for folder in Path("/").glob(pattern.lstrip("/"))]
    versions = {version(folder): folder for folder in found if (folder / "initdb").exists()}
    if not versions:
        raise NoPostgres("PostgreSQL's programs (initdb, postgres) are not on this machine.")
    if max(versions) < OLDEST:
        raise NoPostgres(f"PostgreSQL here is {max(versions)}, and {OLDEST} is the oldest that will do.")
    return versions[max(versions)]


def version(folder: Path) -> int:
    """The major version of the ``postgres`` in ``folder``; 0 where it does not run."""
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return 0
    number = re.search(r"\d+", said)
    return int(number[0]) if number else 0


def owner() -> str | None:
    """Whom the server runs as: PostgreSQL refuses root, so root lends it an account without rights."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


@contextlib.contextmanager
def private_server() -> Iterator[str]:
    """Yield the DATABASE_URL of a fresh, empty server that belongs to this run alone. Raises NoPostgres."""
    bin_folder, password, user = programs(), secrets.token_hex(16), owner()
    with tempfile.TemporaryDirectory(prefix="ccadmin-postgres-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        (home / "password").write_text(password)
        for path in (home, home / "password"):
            if user:
                shutil.chown(path, user)
        make_cluster(bin_folder, home, user)
        server, port = start(bin_folder, home, user)
        try:
            yield f"postgres://ccadmin:{password}@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(timeout=30)


def make_cluster(bin_folder: Path, home: Path, user: str | None) -> None:
    locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    done = subprocess.run(
        [bin_folder / "initdb", "--pgdata", home / "data", "--username=ccadmin", "--auth=scram-sha-256",
         f"--pwfile={home / 'password'}", "--encoding=UTF8", f"--locale={locale}", "--no-sync"],
        cwd=home, user=user, env=calm(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NoPostgres(f"PostgreSQL could not be set up: {last_line(done.stderr)}")


def start(bin_folder: Path, home: Path, user: str | None) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server on a free port, in a session of its own so that Ctrl-C reaches the tests first."""
    options = [f"--{name}={value}" for name, value in SETTINGS.items()]
    log = home / "log"
    for _ in range(3):
        port = free_port()
        with log.open("wb") as output:
            server = subprocess.Popen(
                [bin_folder / "postgres", "-D", home / "data", "-p", str(port), *options],
                cwd=home, user=user, env=calm(), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        if answers(server, log):
            return server, port
    raise NoPostgres(f"PostgreSQL did not start: {last_line(log.read_text(errors='replace'))}")


def answers(
    server: subprocess.Popen[bytes], log: Path, words: str = "ready to accept connections", *, seconds: float = 30
) -> bool:
    """Whether the server took up work, as it says in its log; False when it ended, as when another took its port."""
    until = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < until:
        if words in log.read_text(errors="replace"):
            return True
        time.sleep(0.05)
    server.kill()
    server.wait()
    return False


def calm() -> dict[str, str]:
    """The environment without PG* variables, which would send the programs elsewhere; log lines in English."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_MESSAGES": "C"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing."])[-1]
