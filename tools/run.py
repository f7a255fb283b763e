"""Run the site and its worker together, with the settings of the environment: ``python -m tools.run``, or ``make run``.

For one machine. A larger installation starts the same two programs, as often as it needs, under its own supervisor
(DEPLOY.md). CCADMIN_BIND says where the site listens (127.0.0.1:8000), CCADMIN_WEB_PROCESSES how many processes answer
there (1), CCADMIN_THREADS how many requests each of them answers at once (8), CCADMIN_WORKERS how many workers run (1).
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
MANAGE = (sys.executable, "manage.py")
PREPARE = ((*MANAGE, "migrate", "--no-input", "--verbosity=0"), (*MANAGE, "createcachetable"))
SECONDS_TO_END = 30


class Unclear(Exception):
    """A setting that is no number; the text names it."""


def programs() -> dict[str, list[str]]:
    """The commands of the site and of each worker, by the names they are told by. Raises Unclear."""
    site = [sys.executable, "-m", "gunicorn", "ccadmin.wsgi", "--worker-class=gthread"]
    site += [f"--workers={number('CCADMIN_WEB_PROCESSES', 1)}", f"--threads={number('CCADMIN_THREADS', 8)}"]
    # Its socket would lie in the home folder, one for all sites of this person.
    site += ["--no-control-socket", f"--bind={os.environ.get('CCADMIN_BIND', '127.0.0.1:8000')}"]
    several = number("CCADMIN_WORKERS", 1)
    names = [f"worker {place}" for place in range(1, several + 1)] if several > 1 else ["worker"]
    return {"site": site} | {name: [*MANAGE, "worker"] for name in names}


def number(name: str, usual: int) -> int:
    """The whole number, at least 1, that the variable holds. Raises Unclear."""
    value = os.environ.get(name, "") or str(usual)
    if not value.isdecimal() or int(value) < 1:
        raise Unclear(f"{name} is a whole number of 1 or more, not {value!r}.")
    return int(value)


def serve(commands: dict[str, list[str]]) -> int:
    """Run all ``commands`` until one ends by itself (returns 1) or we are told to end; then end the others."""
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            # A session of its own: Ctrl-C reaches us alone, and we end them in order.
            with undisturbed():
                running[name] = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
        while all(child.poll() is None for child in running.values()):
            time.sleep(0.2)
        ended = next(name for name, child in running.items() if child.poll() is not None)
        print(f"The {ended} ended by itself (exit code {running[ended].returncode}), so the rest ends too.", flush=True)
        return 1
    finally:
        end(list(running.values()))


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Put off being told to end for a moment: raising while a program is being started would lose it."""
    told: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.signal(each, lambda number, frame: told.append(number)) for each in numbers}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    if told:
        signal.raise_signal(told[0])


def end(children: list[subprocess.Popen[bytes]]) -> None:
    """Ask every child to finish what it does, and kill the one that takes too long."""
    for child in children:
        child.terminate()
    until = time.monotonic() + SECONDS_TO_END
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=max(0.0, until - time.monotonic()))
            continue
        child.kill()
        child.wait()


def told_to_end(number: int, frame: FrameType | None) -> NoReturn:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(0)


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told_to_end)
    try:
        commands = programs()
    except Unclear as problem:
        print(problem, file=sys.stderr)
        return 1
    for command in PREPARE:
        if code := subprocess.run(command, cwd=ROOT, check=False).returncode:
            return code
    return serve(commands)


if __name__ == "__main__":
    sys.exit(main())
