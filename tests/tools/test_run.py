"""Running the site and its worker together: they live and end as one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.run import Unclear, programs, serve

ROOT = Path(__file__).resolve().parent.parent.parent
# One write, because two children share the pipe.
LONG = "import os, time; os.write(1, b'%d\\n' % os.getpid()); time.sleep(60)"


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_when_one_ends_by_itself_the_others_end_too(capfd):
    commands = {"worker": [sys.executable, "-c", LONG], "site": [sys.executable, "-c", "raise SystemExit(3)"]}
    assert serve(commands) == 1
    said = capfd.readouterr().out
    assert "The site ended by itself (exit code 3), so the rest ends too." in said
    assert not [line for line in said.splitlines() if line.isdecimal() and is_alive(int(line))]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_it_ends_everything_it_started(number):
    source = f"""
import signal, sys
from tools.run import serve, told_to_end
for each in (signal.SIGINT, signal.SIGTERM):
    signal.signal(each, told_to_end)
sys.exit(serve({{"site": [sys.executable, "-c", {LONG!r}], "worker": [sys.executable, "-c", {LONG!r}]}}))
"""
    runner = subprocess.Popen([sys.executable, "-c", source], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    children = [int(runner.stdout.readline()) for _ in range(2)]
    runner.send_signal(number)
    assert runner.wait(timeout=20) == 0
    runner.stdout.close()
    assert not any(map(is_alive, children))


def test_one_site_process_and_one_worker_unless_more_are_asked_for(monkeypatch):
    for name in ("CCADMIN_WEB_PROCESSES", "CCADMIN_THREADS", "CCADMIN_WORKERS"):
        monkeypatch.delenv(name, raising=False)
    assert list(programs()) == ["site", "worker"]
    assert {"--workers=1", "--threads=8"} <= set(programs()["site"])
    monkeypatch.setenv("CCADMIN_WEB_PROCESSES", "3")
    monkeypatch.setenv("CCADMIN_WORKERS", "2")
    assert list(programs()) == ["site", "worker 1", "worker 2"]
    assert "--workers=3" in programs()["site"]


@pytest.mark.parametrize("nonsense", ["0", "two", "-1"])
def test_a_number_of_workers_that_is_none_is_refused_in_a_sentence(monkeypatch, nonsense):
    monkeypatch.setenv("CCADMIN_WORKERS", nonsense)
    with pytest.raises(Unclear, match="CCADMIN_WORKERS is a whole number"):
        programs()
