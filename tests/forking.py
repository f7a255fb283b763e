"""Processes that begin with Django imported: that costs more than most of what the tests do with them.

A server, one for each process of the suite, imports what needs no setting, and forks for every order. The child is a
process of its own: its environment, arguments, output, settings, app and connections; it can be killed like any other.
"""

import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

ROOT = Path(__file__).resolve().parent.parent
# What takes long to import and reads no setting by that.
SLOW = (
    *("django.contrib.admin", "django.db.migrations", "django.views.debug", "django_stubs_ext"),
    *("cryptography.fernet", "fido2.server", "qrcode", "requests", "sqlite3", "sqlparse"),
)


class Forked:
    """A process that runs Python ``code``; used like ``subprocess.Popen``. Its output is read when it has ended."""

    def __init__(self, code: str, *args: str, env: dict[str, str]) -> None:
        self.returncode: int | None = None
        self._out, self._err = TemporaryFile("w+"), TemporaryFile("w+")  # noqa: SIM115 (closed when forgotten)
        self._line, theirs = socket.socketpair()
        with TemporaryFile("w+") as order, theirs:
            json.dump({"code": code, "args": args, "env": env}, order)
            order.seek(0)
            socket.send_fds(_server()[0], [b"."], [each.fileno() for each in (order, self._out, self._err, theirs)])
        self._told = self._line.makefile()
        self.pid = int(self._told.readline())

    def poll(self) -> int | None:
        try:
            return self.wait(timeout=0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._line], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            self.returncode = int(self._told.readline())
            self._told.close()
            self._line.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        self.wait(timeout)
        for each in (self._out, self._err):
            each.seek(0)
        return self._out.read(), self._err.read()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def _server() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Where orders go, and the server; it ends when this process does, because its line is cut then."""
    ours, theirs = socket.socketpair()
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    with theirs:
        command = [sys.executable, "-m", "tests.forking", str(theirs.fileno())]
        env |= {"PYTHONPATH": str(ROOT)}
        return ours, subprocess.Popen(command, cwd=ROOT, env=env, pass_fds=[theirs.fileno()])


def serve(orders: socket.socket) -> None:
    """Fork for every order until there are no more; the child returns the code it is to run, by running it."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, files, _, _ = socket.recv_fds(orders, 1, 4)
        if not message:
            return
        if os.fork() == 0:
            orders.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _stand_by(*files)
            return
        for each in files:
            os.close(each)


def _stand_by(order: int, out: int, err: int, line: int) -> None:
    """Fork the child that is to be, tell its number, and tell how it ended; in the child, become what was ordered."""
    child = os.fork()
    if child == 0:
        os.close(line)
        _become(order, out, err)
        return
    with socket.socket(fileno=line) as told:
        told.sendall(f"{child}\n".encode())
        # Not reaped before it was heard of: nobody may signal another process that got its number meanwhile.
        end = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert end is not None
        told.sendall(f"{end.si_status if end.si_code == os.CLD_EXITED else -end.si_status}\n".encode())
        told.recv(1)
    os.waitpid(child, 0)
    os._exit(0)


def _become(order: int, out: int, err: int) -> None:
    with open(order) as file:
        wanted = json.load(file)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.closerange(3, max(out, err) + 1)
    os.environ.clear()
    os.environ.update(wanted["env"])
    sys.argv = ["-c", *wanted["args"]]
    exec(compile(wanted["code"], "<order>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    for name in SLOW:
        importlib.import_module(name)
    assert threading.active_count() == 1, "a thread does not survive a fork"
    serve(socket.socket(fileno=int(sys.argv[1])))
