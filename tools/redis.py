"""A private Redis for one test run: on loopback, in a temporary folder, without a disk, gone afterwards."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.postgres import answers, free_port, last_line

READY = "Ready to accept connections"


class NoRedis(Exception):
    """Why no Redis can be started here, in one sentence."""


def program() -> str:
    """The path of redis-server. Raises NoRedis."""
    found = shutil.which("redis-server")
    if not found:
        raise NoRedis("Redis (redis-server) is not on this machine.")
    return found


@contextlib.contextmanager
def private_server() -> Iterator[str]:
    """Yield the address of a fresh, empty Redis that belongs to this run alone. Raises NoRedis."""
    server = program()
    with tempfile.TemporaryDirectory(prefix="ccadmin-redis-") as folder:
        running, port = start(server, Path(folder))
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            running.kill()
            running.wait(timeout=30)


def start(server: str, home: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start it on a free port, in a session of its own so that Ctrl-C reaches the tests first."""
    log = home / "log"
    for _ in range(3):
        port = free_port()
        command = [server, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(home), "--save", "", "--daemonize"]
        with log.open("wb") as output:
            running = subprocess.Popen(
                [*command, "no"], stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        if answers(running, log, READY):
            return running, port
    raise NoRedis(f"Redis did not start: {last_line(log.read_text(errors='replace'))}")
