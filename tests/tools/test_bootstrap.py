"""The set-up script: what it accepts as done, which Python it takes, and how it fails."""

import ast
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tools import bootstrap
from tools.bootstrap import Checkout

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "tools" / "bootstrap.py"


@pytest.fixture
def here(tmp_path):
    """A checkout with lock files, a ``.venv`` of this very Python, and nothing from a registry."""
    checkout = Checkout(tmp_path)
    checkout.tools.mkdir()
    checkout.locks.mkdir()
    for name in (*bootstrap.WISHES, "uv"):
        (checkout.locks / f"{name}.txt").write_text(f"# {name}\n")
    checkout.python.parent.mkdir(parents=True)
    checkout.python.symlink_to(sys.executable)
    return checkout


def stamped(here, name):
    here.stamp.write_text(json.dumps(bootstrap.expected_stamp(here, name)))
    return here


def program(folder, name, text):
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_script_is_written_in_the_grammar_of_python_3_8():
    ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 8))


def test_the_script_imports_nothing_but_the_standard_library():
    tree = ast.parse(SCRIPT.read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("holds", "wish", "ready"),
    [
        ("run", "run", True),
        ("dev", "run", True),
        ("dev", "postgres", True),
        ("run", "dev", False),
        ("bench", "redis", True),
    ],
)
def test_a_larger_environment_serves_a_smaller_wish(here, holds, wish, ready):
    assert bootstrap.is_ready(stamped(here, holds), wish) is ready


def test_a_second_run_starts_no_program(here, monkeypatch):
    stamped(here, "run")
    monkeypatch.setenv("PATH", "")
    bootstrap.prepare(here, "run")
    assert not here.log.exists()


def test_a_changed_lock_file_asks_for_a_new_set_up(here):
    stamped(here, "run")
    (here.locks / "run.txt").write_text("# another\n")
    assert not bootstrap.is_ready(here, "run")


def test_a_moved_checkout_asks_for_a_new_set_up(here, tmp_path_factory):
    stamped(here, "run")
    moved = tmp_path_factory.mktemp("elsewhere") / "checkout"
    shutil.copytree(here.root, moved, symlinks=True)
    assert not bootstrap.is_ready(Checkout(moved), "run")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"holds": "run"}', "\x00"])
def test_a_torn_stamp_asks_for_a_new_set_up(here, text):
    here.stamp.write_text(text)
    assert not bootstrap.is_ready(here, "run")


def test_an_interpreter_that_went_away_asks_for_a_new_set_up(here):
    stamped(here, "run")
    here.python.unlink()
    here.python.symlink_to("/nowhere/python3")
    assert not bootstrap.is_ready(here, "run")


def test_names_prove_nothing_and_each_python_is_tried(here, monkeypatch, tmp_path):
    shims = tmp_path / "shims"
    shims.mkdir()
    program(shims, "python3.13", "#!/bin/sh\necho 'no such version' >&2\nexit 127\n")
    program(shims, "python3.14", "#!/bin/sh\nexit 0\n")
    (shims / "python3.12").symlink_to("/nowhere/python3.12")
    (shims / "python3").symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(shims / "python3.13"))
    monkeypatch.setenv("PATH", str(shims))
    found = next(bootstrap.fitting_pythons(here))
    said = subprocess.run(
        [found, "-c", "import sys; print(sys.version_info >= (3, 12))"], capture_output=True, text=True
    )
    assert said.stdout == "True\n"


def test_the_python_behind_a_virtual_environment_is_taken_not_the_environment(here):
    found = next(bootstrap.fitting_pythons(here))
    assert not Path(found).is_relative_to(sys.prefix) or sys.prefix == sys.base_prefix


def test_a_folder_that_is_no_environment_is_left_alone(here):
    with pytest.raises(bootstrap.Stop, match="stands in the way"):
        bootstrap.make_venv(here, "uv", {})
    assert here.python.is_symlink()


def test_settings_that_lead_elsewhere_are_not_passed_on(monkeypatch):
    monkeypatch.setenv("UV_SYSTEM_PYTHON", "1")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("SSL_CERT_FILE", "/certificates.pem")
    passed = bootstrap.calm_environment()
    assert "UV_SYSTEM_PYTHON" not in passed
    assert "PIP_TARGET" not in passed
    assert passed["SSL_CERT_FILE"] == "/certificates.pem"


def test_uv_uses_the_mirror_that_pip_is_set_to_and_the_certificates_of_the_machine(here, monkeypatch, tmp_path):
    listing = "global.cert='/certificates.pem'\nglobal.index-url='https://mirror.example.org/simple'\n"
    monkeypatch.setattr(sys, "executable", str(program(tmp_path, "python", f'#!/bin/sh\nprintf %s "{listing}"\n')))
    for name in ("UV_DEFAULT_INDEX", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    env = bootstrap.uv_environment(here)
    assert env["UV_SYSTEM_CERTS"] == env["UV_NO_CONFIG"] == "1"
    assert env["UV_DEFAULT_INDEX"] == "https://mirror.example.org/simple"
    assert env["SSL_CERT_FILE"] == "/certificates.pem"


def test_a_setting_of_uv_itself_comes_before_that_of_pip(here, monkeypatch, tmp_path):
    listing = "global.index-url='https://mirror.example.org/simple'"
    monkeypatch.setattr(sys, "executable", str(program(tmp_path, "python", f'#!/bin/sh\necho "{listing}"\n')))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example.org/simple")
    assert bootstrap.uv_environment(here)["UV_DEFAULT_INDEX"] == "https://own.example.org/simple"


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("error: Hash mismatch for `django==6.1.3`", "does not match the hash"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "does not match the hash"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE"),
        ("cause: dns error", "the network does not answer"),
        ("NewConnectionError ... ERROR: No matching distribution found for uv", "the network does not answer"),
        ("Because x==1 has no usable wheels", "no build for this machine"),
        ("something never seen", "read the end of"),
    ],
)
def test_a_failure_says_what_to_do(here, output, advice):
    with pytest.raises(bootstrap.Stop, match=advice) as stopped:
        bootstrap.give_up(here, "The packages could not be installed", output)
    assert "run this again" in str(stopped.value)


def test_a_second_set_up_waits_for_the_first(here, capsys):
    entered = threading.Event()
    second = threading.Thread(target=lambda: wait_for_turn(here, entered))
    with bootstrap.alone(here):
        second.start()
        said, give_up = "", time.monotonic() + 30
        while "waiting for it" not in said and time.monotonic() < give_up:
            second.join(timeout=0.05)
            said += capsys.readouterr().out
        assert "waiting for it" in said
        assert not entered.is_set()
    second.join(timeout=30)
    assert entered.is_set()


def wait_for_turn(here, entered):
    with bootstrap.alone(here):
        entered.set()


def run_script(root, *arguments, **environment):
    """Run a copy of the script in ``root`` as a person would."""
    (root / "tools").mkdir(exist_ok=True)
    script = shutil.copy(SCRIPT, root / "tools")
    return subprocess.run(
        [sys.executable, script, *arguments], env=os.environ | environment, capture_output=True, text=True, check=False
    )


def test_a_registry_that_does_not_answer_is_one_sentence_and_exit_code_1(tmp_path):
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    closed = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    closed["PIP_RETRIES"] = "0"
    done = run_script(tmp_path, "run", **closed)
    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1].startswith("Set-up stopped. uv, the installer, could not be fetched:")


def test_a_missing_lock_file_is_one_sentence_and_exit_code_1(tmp_path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    done = run_script(tmp_path, "dev")
    assert (done.returncode, done.stderr) == (1, "")
    assert "requirements/dev.txt: No such file or directory" in done.stdout


def test_a_wish_nobody_knows_is_one_sentence_and_exit_code_1(tmp_path):
    done = run_script(tmp_path, "everything")
    assert (done.returncode, done.stdout) == (1, "Set-up stopped. Say run, postgres, redis, dev or bench.\n")
