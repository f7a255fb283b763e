"""How the demo holds its programs: what happens when one dies, when it is told to end, and when it is killed."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import demo
from tools.demo_children import Children, Died, ToldToEnd

ROOT = Path(__file__).resolve().parent.parent
SLEEPER = ["-c", "import time; time.sleep(60)"]
# A demo in small: it starts one program, says its number, and waits.
PARENT = f"""
import os, signal, sys
from pathlib import Path
from tools.demo_children import Children, ToldToEnd
children = Children(Path(sys.argv[1]))
signal.signal(signal.SIGTERM, children.tell_to_end)
print(children.start("sleeper", {SLEEPER!r}, os.environ).pid, flush=True)
try:
    children.wait_until(lambda: False)
except ToldToEnd:
    children.end()
"""


@pytest.fixture
def children(tmp_path):
    running = Children(tmp_path)
    yield running
    running.end()


@contextlib.contextmanager
def parent_and_child(logs):
    """A process that holds one program, and the number of that program."""
    command = [sys.executable, "-c", PARENT, str(logs)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        yield parent, int(parent.stdout.readline())


def is_running(number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, 0)
        return not is_unburied(number)
    return False


def is_unburied(number):
    """Dead, but still in the list of processes: in a container, nobody may ever ask how an orphan ended."""
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False


def soon(question, seconds=20):
    """Whether it comes true in time."""
    until = time.monotonic() + seconds
    while not question() and time.monotonic() < until:
        os.sched_yield()
    return question()


def test_a_program_that_ends_by_itself_is_named_with_its_last_words(children, monkeypatch):
    children.start("site", ["-c", "import sys; sys.exit('the disk is full')"], os.environ)
    with pytest.raises(Died) as death:
        children.wait_until(lambda: False)
    assert "The site ended by itself (exit code 1)" in str(death.value)
    assert "the disk is full" in str(death.value)


def test_a_program_that_was_to_end_by_itself_may(children):
    children.run("story", ["-c", "pass"], os.environ)


def test_a_step_that_fails_stops_the_demo(children):
    with pytest.raises(Died, match="exit code 3"):
        children.run("story", ["-c", "raise SystemExit(3)"], os.environ)


def test_a_program_that_dies_during_a_step_stops_the_demo(children):
    children.start("emulator", ["-c", "pass"], os.environ)
    with pytest.raises(Died, match="The emulator ended"):
        children.run("story", SLEEPER, os.environ)


def test_a_signal_ends_the_wait(children):
    children.tell_to_end(signal.SIGINT, None)
    with pytest.raises(ToldToEnd):
        children.wait_until(lambda: False)


def test_told_to_end_it_leaves_no_program_behind(tmp_path):
    with parent_and_child(tmp_path) as (parent, child):
        assert is_running(child)
        parent.terminate()
        assert parent.wait(20) == 0
        assert not is_running(child)


def test_killed_it_leaves_no_program_behind(tmp_path):
    with parent_and_child(tmp_path) as (parent, child):
        parent.kill()
        parent.wait(20)
        assert soon(lambda: not is_running(child))


def test_nothing_of_a_real_installation_reaches_the_demo(monkeypatch):
    monkeypatch.setenv("CC_CLIENT_SECRET", "a real one")
    monkeypatch.setenv("CCADMIN_ENCRYPTION_KEYS", "a real one")
    monkeypatch.setenv("CCADMIN_DJANGO_ADMIN", "1")
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere.example.org/real")
    environment = demo.Demo(8000, 8765, "password", "secret").environment()
    assert "a real one" not in environment.values()
    assert "CCADMIN_DJANGO_ADMIN" not in environment
    assert environment["DATABASE_URL"].startswith("sqlite:///var/demo-8000/")
    assert environment["CC_API_BASE"] == "http://127.0.0.1:8765/v3"


@pytest.mark.parametrize("variable", ["CCADMIN_DEMO_PORT", "CCADMIN_DEMO_CC_PORT"])
def test_a_taken_port_is_named_together_with_a_free_one(monkeypatch, capsys, variable):
    with socket.create_server((demo.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        for each in ("CCADMIN_DEMO_PORT", "CCADMIN_DEMO_CC_PORT"):
            monkeypatch.setenv(each, str(port) if each == variable else "0")
        assert demo.main() == 1
    said = capsys.readouterr().err
    assert f"port {port} (address already in use)" in said
    assert f"{variable}=" in said


@pytest.mark.parametrize("nonsense", ["eight", "-1", "70000"])
def test_a_port_that_is_none_is_refused(monkeypatch, capsys, nonsense):
    monkeypatch.setenv("CCADMIN_DEMO_PORT", nonsense)
    assert demo.main() == 1
    assert "CCADMIN_DEMO_PORT is a port" in capsys.readouterr().err
