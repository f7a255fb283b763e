"""Make ``.venv`` on any machine that has a python3 of 3.8 or newer with pip or venv.

``python3 tools/bootstrap.py [run|postgres|redis|dev|bench]`` installs requirements/NAME.txt; each holds those before. A
second run compares one stamp and ends. Every failure is one sentence and exit code 1. All it makes: .venv and .tools.
"""

import contextlib
import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, Iterator, List, NoReturn, Tuple

try:
    import fcntl
except ImportError:
    sys.exit("ccadmin runs on Linux and macOS: on Windows, run this again inside WSL.")

# Each holds all that the ones before it hold, so the environment of a later one is good enough.
WISHES = ("run", "postgres", "redis", "dev", "bench")

# What Django 6.1 and the locked wheels need; prints the interpreter behind a virtual environment, or nothing.
PROBE = """
import ctypes, sqlite3, ssl, sys, sysconfig, zlib
fits = (
    sys.implementation.name == "cpython"
    and (3, 12) <= sys.version_info < (3, 15)
    and sys.version_info.releaselevel == "final"
    and not sysconfig.get_config_var("Py_GIL_DISABLED")
    and sqlite3.sqlite_version_info >= (3, 37)
)
print(getattr(sys, "_base_executable", sys.executable) if fits else "")
"""
NAMES = ("python3.13", "python3.14", "python3.12", "python3", "python")
HOMES = (
    "$PYENV_ROOT/versions/*", "~/.pyenv/versions/*", "~/.asdf/installs/python/*", "~/.local/share/uv/python/*",
    "~/.local/share/mise/installs/python/*", "~/.local", "/usr/local", "/usr", "/opt/homebrew",
    "/usr/local/opt/python@*", "/Library/Frameworks/Python.framework/Versions/*",
)  # fmt: skip

# Settings of the caller that would send pip or uv to another environment or change what they install.
DISTURBING = (
    "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT",
    "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_TARGET", "UV_PREFIX", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE_NEWER",
    "UV_RESOLUTION", "UV_PRERELEASE", "UV_CONFIG_FILE", "UV_MANAGED_PYTHON", "UV_WORKING_DIR", "UV_NO_VERIFY_HASHES",
)  # fmt: skip

# What a failing pip or uv says, and what that means for the person at the keyboard; the first match counts.
REASONS = {
    "hash mismatch|match the hashes": "a download does not match the hash recorded in requirements/ and was thrown "
    "away: run this again, and if it happens twice, tell the project",
    "no space left|disk quota": "the disk is full: free some space and run this again",
    "certificate|unknownissuer": "the package index shows a certificate that is not trusted here: set SSL_CERT_FILE to "
    "your organisation's certificate file and run this again",
    "connection|dns error|timed out|name resolution|failed to fetch|error sending request|proxy": "the network does "
    "not answer: check it and the proxy, or set PIP_INDEX_URL to your mirror, and run this again",
    "wheels|matching": "a package has no build for this machine: on glibc Linux or an Apple-silicon Mac run this again",
}


class Stop(Exception):
    """Why the set-up cannot go on and what to do about it, in one sentence."""


class Checkout:
    """The folders of one checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.locks = root / "requirements"
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.stamp = self.venv / "ccadmin-stamp.json"
        self.tools = root / ".tools"
        self.log = self.tools / "bootstrap.log"


def say(text: str) -> None:
    print(text, flush=True)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def expected_place(here: Checkout) -> Dict[str, str]:
    return {"root": str(here.root), "python": os.path.realpath(str(here.python))}


def expected_stamp(here: Checkout, name: str) -> Dict[str, str]:
    """What the stamp says when ``.venv`` holds requirements/``name``.txt as it is now, in this very folder."""
    return {"holds": name, "lock": digest(here.locks / (name + ".txt")), **expected_place(here)}


def read_stamp(here: Checkout) -> Dict[str, str]:
    """The stamp, or {} where there is none, it is torn, or the interpreter it names is gone."""
    try:
        stamp = json.loads(here.stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and os.access(str(here.python), os.X_OK) else {}


def is_ready(here: Checkout, wish: str) -> bool:
    return any(read_stamp(here) == expected_stamp(here, name) for name in WISHES[WISHES.index(wish) :])


def calm_environment(**more: str) -> Dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name not in DISTURBING}, **more}


def attempt(here: Checkout, command: List[str], env: Dict[str, str], timeout: int = 1800) -> Tuple[bool, str]:
    """Run ``command`` in the checkout; whether it ended well, and what it said (also kept in the log)."""
    try:
        done = subprocess.run(
            command, cwd=str(here.root), env=env, timeout=timeout, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
        ok, output = done.returncode == 0, done.stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        ok, output = False, str(error)
    with here.log.open("a", encoding="utf-8") as log:
        print("$", *command, "\n" + output, file=log)
    return ok, output


def give_up(here: Checkout, what: str, output: str) -> NoReturn:
    """End with the likeliest reason found in a program's output."""
    for signs, reason in REASONS.items():
        if re.search(signs, output, re.IGNORECASE):
            raise Stop(f"{what}: {reason} (details: {here.log}).")
    raise Stop(f"{what}: read the end of {here.log}, mend what it names and run this again.")


@contextlib.contextmanager
def alone(here: Checkout) -> Iterator[None]:
    """One set-up of this checkout at a time; the operating system drops the lock when a process dies."""
    here.tools.mkdir(exist_ok=True)
    (here.tools / ".gitignore").write_text("*\n", encoding="utf-8")
    with (here.tools / "lock").open("w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up of this checkout is at work; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        here.log.write_text("", encoding="utf-8")
        yield


def private_uv(here: Checkout) -> str:
    """The path of the uv that requirements/uv.txt pins; the one on PATH is never trusted."""
    home = here.tools / ("uv-" + digest(here.locks / "uv.txt")[:16])
    program = home / "bin" / "uv"
    if attempt(here, [str(program), "--version"], calm_environment())[0]:
        return str(program)
    for stale in here.tools.glob("uv-*"):
        shutil.rmtree(str(stale), ignore_errors=True)
    say("Fetching uv, the installer, into .tools.")
    fetch_uv(here, here.tools / "uv-new")
    (here.tools / "uv-new").replace(home)
    return str(program)


def fetch_uv(here: Checkout, target: Path) -> None:
    """Install uv into ``target`` by pip. Two tries: an old pip may not know the names of today's wheels."""
    output = ""
    options = ["--quiet", "--retries=2", "--timeout=30", "--require-hashes", "--no-deps", "--only-binary=:all:"]
    for pip in itertools.islice(pips(here), 2):
        command = [*pip, "install", *options, "--upgrade", "--target", str(target), "-r", str(here.locks / "uv.txt")]
        ok, output = attempt(here, command, calm_environment(PIP_USER="0", PIP_REQUIRE_VIRTUALENV="0"))
        if ok and attempt(here, [str(target / "bin" / "uv"), "--version"], calm_environment())[0]:
            return
    if not output:
        raise Stop("Neither pip nor venv works here: install one (apt-get install python3-venv) and run this again.")
    give_up(here, "uv, the installer, could not be fetched", output)


def pips(here: Checkout) -> Iterator[List[str]]:
    """Every pip at hand, as the start of a command: an interpreter's own, or that of a throw-away venv."""
    for python in itertools.chain([sys.executable], fitting_pythons(here)):
        if attempt(here, [python, "-m", "pip", "--version"], calm_environment(), timeout=60)[0]:
            yield [python, "-m", "pip"]
        with tempfile.TemporaryDirectory(prefix="pip-", dir=str(here.tools)) as folder:
            if attempt(here, [python, "-m", "venv", "--clear", folder], calm_environment(), timeout=300)[0]:
                yield [str(Path(folder, "bin", "python")), "-m", "pip"]


def uv_environment(here: Checkout) -> Dict[str, str]:
    """The machine's certificates, no one's uv configuration, and pip's mirror where pip has one."""
    env = calm_environment(
        UV_SYSTEM_CERTS="1", UV_NO_CONFIG="1", UV_NO_PROGRESS="1", UV_PYTHON_INSTALL_DIR=str(here.tools / "python")
    )
    if not os.access(os.path.expanduser("~"), os.W_OK):  # noqa: PTH111
        env.setdefault("UV_CACHE_DIR", str(here.tools / "cache"))
    # Not through attempt(): an index address may carry a password, and the log is a file that people send around.
    command = [sys.executable, "-m", "pip", "config", "list"]
    listing = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", check=False)
    pip = dict(line.split("=", 1) for line in listing.stdout.splitlines() if "=" in line)
    for setting, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        for place in (":env:.", "install.", "global."):
            if place + setting in pip:
                env.setdefault(variable, pip[place + setting].strip("'\""))
    return env


def candidates() -> Iterator[str]:
    """Paths that may be a Python, likeliest first. Names prove nothing: shims fail, links break."""
    yield sys.executable
    for name in NAMES:
        for folder in os.get_exec_path():
            yield str(Path(folder, name))
    for home in HOMES:
        # Path.expanduser raises where there is no home folder; this leaves the tilde, and nothing is found.
        where = os.path.expandvars(os.path.expanduser(home))  # noqa: PTH111
        yield from sorted((str(p) for p in Path("/").glob(where.lstrip("/") + "/bin/python3.1[2-9]")), reverse=True)


def fitting_pythons(here: Checkout) -> Iterator[str]:
    """Interpreters that ran, are new enough and have what Django needs, each once."""
    tried, found = set(), set()
    for path in candidates():
        if path in tried or not os.access(path, os.X_OK):
            continue
        tried.add(path)
        ok, output = attempt(here, [path, "-I", "-c", PROBE], calm_environment(), timeout=30)
        python = output.strip().splitlines()[-1] if ok and output.strip() else ""
        if python and python not in found:
            found.add(python)
            yield python


def prepare(here: Checkout, wish: str) -> None:
    """Make ``.venv`` hold at least requirements/``wish``.txt."""
    if is_ready(here, wish):
        return
    with alone(here):
        if is_ready(here, wish):
            return
        uv, env = private_uv(here), uv_environment(here)
        old = read_stamp(here)
        with contextlib.suppress(OSError):
            here.stamp.unlink()
        if {**old, **expected_place(here)} != old:
            make_venv(here, uv, env)
        fill_venv(here, uv, env, wish)
        here.stamp.write_text(json.dumps(expected_stamp(here, wish), indent=1), encoding="utf-8")


def make_venv(here: Checkout, uv: str, env: Dict[str, str]) -> None:
    """A new, empty ``.venv``; uv downloads a Python only where none fits."""
    if here.venv.exists() and not (here.venv / "pyvenv.cfg").exists():
        raise Stop(f"{here.venv} is no virtual environment and stands in the way: move it and run this again.")
    python = next(fitting_pythons(here), "")
    say("Making .venv with {}.".format(python or "a Python that uv downloads"))
    choice = ["--python", python, "--no-python-downloads"] if python else ["--python", "3.13", "--managed-python"]
    ok, output = attempt(here, [uv, "venv", "--clear", "--no-project", *choice, str(here.venv)], env)
    if not ok:
        none = "No Python 3.12, 3.13 or 3.14 works here (install one) and none could be downloaded"
        give_up(here, f"{here.venv} could not be made" if python else none, output)


def fill_venv(here: Checkout, uv: str, env: Dict[str, str], name: str) -> None:
    say(f"Installing the packages of requirements/{name}.txt; the first time takes a minute.")
    command = [uv, "pip", "sync", "--require-hashes", "--python", str(here.python)]
    # Wheels only, but for the one that has none; it is built by the setuptools whose hash is pinned.
    wheels = ["--only-binary", ":all:", "--no-binary", "constant-contact-api-client"]
    build = ["--build-constraints", str(here.locks / "build.txt")]
    ok, output = attempt(here, [*command, *wheels, *build, str(here.locks / (name + ".txt"))], env)
    if not ok:
        give_up(here, f"The packages of requirements/{name}.txt could not be installed", output)


def main(arguments: List[str]) -> int:
    here = Checkout(Path(__file__).resolve().parent.parent)
    try:
        if sys.version_info < (3, 8):
            raise Stop("The set-up needs a python3 of 3.8 or newer: run it with a newer one.")
        if len(arguments) > 1 or not set(arguments) <= set(WISHES):
            raise Stop("Say run, postgres, redis, dev or bench.")
        prepare(here, arguments[0] if arguments else "run")
    except Stop as problem:
        say(f"Set-up stopped. {problem}")
        return 1
    except OSError as problem:
        say(f"Set-up stopped. {problem.filename or here.root}: {problem.strerror}; mend that and run this again.")
        return 1
    except KeyboardInterrupt:
        say("Set-up stopped by you. Run it again to finish it.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
