"""The programs that the demo starts: each with its own log, all of them gone when the demo is gone."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

from tools.run import ROOT, end

LAST_LINES = 15
LOOK_EVERY = 0.1


class Died(Exception):
    """A program ended that should not have; the text says which, and closes with the last lines of its log."""


class ToldToEnd(Exception):
    """Somebody pressed Ctrl-C, or sent us a signal that means the same."""


class Children:
    """Starts programs, notices how they fare, and ends them. ``logs`` is the folder for what they say."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._told_to_end = False
        # Sessions of their own, here and below: Ctrl-C in the terminal reaches us alone, and we end them in order.
        command = [sys.executable, "-m", "tools.demo_leash"]
        self._leash = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True)

    def tell_to_end(self, number: int, frame: FrameType | None) -> None:
        """A signal's handler. It only leaves word: raising here could lose a program that is just being started."""
        self._told_to_end = True

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start Python with these arguments, as a program that runs until ``end``."""
        with self._log(name).open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running[name] = child
        self._report("+", child)
        return child

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """The same for a program that ends by itself. Raises Died when it fails or another one ends, ToldToEnd."""
        child = self.start(name, command, environment)
        self.wait_until(lambda: child.poll() is not None, but=name)
        del self._running[name]
        self._report("-", child)
        if child.returncode:
            raise Died(self._obituary(name, child.returncode))

    def wait_until(self, ready: Callable[[], bool], *, but: str = "") -> None:
        """Look ten times a second. Raises Died when a program other than ``but`` ends meanwhile, ToldToEnd."""
        while not ready():
            if self._told_to_end:
                raise ToldToEnd
            for name, child in self._running.items():
                if name != but and child.poll() is not None:
                    raise Died(self._obituary(name, child.returncode))
            time.sleep(LOOK_EVERY)

    def end(self) -> None:
        """Let all of them finish what they do; returns when none is left."""
        end(list(self._running.values()))
        for child in self._running.values():
            self._report("-", child)
        if self._leash.stdin:
            self._leash.stdin.close()
        self._leash.wait()

    def _report(self, sign: str, child: subprocess.Popen[bytes]) -> None:
        if self._leash.stdin and self._leash.poll() is None:
            self._leash.stdin.write(f"{sign}{child.pid}\n".encode())
            self._leash.stdin.flush()

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _obituary(self, name: str, code: int) -> str:
        lines = self._log(name).read_text("utf-8", "replace").splitlines()[-LAST_LINES:]
        said = "\n".join(f"    {line}" for line in lines)
        return f"The {name} ended by itself (exit code {code}). The end of {self._log(name)}:\n{said}"
