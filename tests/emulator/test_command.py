"""``python -m emulator`` as a process: what it prints, how it ends, and what a kill leaves behind."""

import signal
import socket
import subprocess
import sys
import threading
from datetime import datetime, timedelta

import pytest
import requests

from tests.emulation import ROOT, emulator_process
from tests.emulator.people import make_contact, make_list, put, whole


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "emulator", *arguments], capture_output=True, text=True, timeout=30, cwd=ROOT
    )


def test_it_prints_what_a_client_needs():
    with emulator_process("memory", "--contacts", "20", "--calls-per-second", "0") as cc:
        page = cc.get("/contacts", status="all", include_count="true", limit=500).json()

    assert page["contacts_count"] == 20
    assert cc.account_id


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_asked_to(how):
    with emulator_process() as cc:
        cc.process.send_signal(how)
        assert cc.process.wait(timeout=10) == 0


def test_a_taken_port_is_said_in_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("--port", str(port))

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        f"Port {port} on 127.0.0.1 cannot be used: address already in use."
        " End what uses it, or choose another with --port.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--switch", "put_mode=odd"], "put_mode is one of documented, strict"),
        (["--switch", "colour=red"], "There is no switch 'colour'"),
        (["--switch", "put_mode"], "lacks its value"),
        (["--data", "/nowhere/at/all.db"], "the data file /nowhere/at/all.db cannot be used: unable to open"),
    ],
)
def test_an_option_that_makes_no_sense_is_said_in_one_sentence(arguments, said):
    ended = run("--port", "0", *arguments)

    assert ended.returncode == 1
    assert ended.stderr.startswith("The emulator cannot start: ")
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_data_file_that_is_something_else_is_left_alone(tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Maeve,\n" * 500)

    ended = run("--port", "0", "--data", str(letter))

    problem = f"the data file {letter} cannot be used: file is not a database"
    assert ended.stderr == f"The emulator cannot start: {problem}.\n"
    assert letter.read_text() == "Dear Maeve,\n" * 500


def test_options_reach_the_service():
    options = ["--put-mode", "strict", "--switch", "conflict_text=not_unique", "--calls-per-day", "7", "--latency", "1"]
    with emulator_process("memory", *options, "--client-id", "mine", "--long-lived") as cc:
        summary = cc.look()

    assert (summary["switches"]["put_mode"], summary["switches"]["conflict_text"]) == ("strict", "not_unique")
    assert summary["limits"] == {"per_second": 4, "per_day": 7}


def test_what_was_answered_survives_a_kill(tmp_path):
    with emulator_process(tmp_path / "cc.db", "--calls-per-second", "0") as cc:
        contact_id = make_contact(cc, first_name="Maeve", list_memberships=[make_list(cc, "Kept")])
        cc.control("clock", set="2026-02-03T04:05:06+00:00", freeze=True)
        before, token, log = whole(cc, contact_id), cc.bearer, cc.requests()
        cc.kill()

    with emulator_process(tmp_path / "cc.db", "--calls-per-second", "0") as again:
        again.bearer = token
        assert whole(again, contact_id) == before
        assert again.requests()[: len(log)] == log
        assert again.look()["now"].startswith("2026-02-03T04:05:06")


def test_a_request_killed_before_it_was_applied_is_in_the_log_and_unanswered(tmp_path):
    with emulator_process(tmp_path / "cc.db", "--calls-per-second", "0") as cc:
        contact_id = make_contact(cc)
        cc.fault("delay", method="PUT", seconds=60)
        client = threading.Thread(target=_put_into_the_void, args=(cc, contact_id))
        client.start()
        while not cc.requests("PUT"):
            client.join(0.01)
        cc.kill()
        client.join()

    with emulator_process(tmp_path / "cc.db") as again:
        (logged,) = again.requests("PUT")
    assert (logged["status"], logged["applied"]) == (None, 0)
    assert "Mae" in logged["body"]


def _put_into_the_void(cc, contact_id):
    with pytest.raises(requests.ConnectionError):
        put(cc, contact_id, first_name="Mae")


def test_the_story_is_told_up_to_a_chapter_and_goes_on_after_a_restart(tmp_path):
    with emulator_process(tmp_path / "cc.db", "--story", "winter", "--calls-per-second", "0") as cc:
        counts = cc.get("/contacts", status="all", limit=1, include_count="true").json()["contacts_count"]
        winter = datetime.fromisoformat(cc.look()["now"])

    with emulator_process(tmp_path / "cc.db", "--story", "summer", "--calls-per-second", "0") as again:
        more = again.get("/contacts", status="all", limit=1, include_count="true").json()["contacts_count"]
        summer = datetime.fromisoformat(again.look()["now"])
    assert more > counts > 1000
    assert timedelta(days=200) < summer - winter < timedelta(days=230)
