"""The runner of the tests: what it leaves out, and when that counts as a failure."""

import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tools import postgres
from tools.suite import Suite, about_redis, in_a_browser, on_postgres, run

ROOT = Path(__file__).resolve().parent.parent.parent


def without_postgres(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(postgres, "FOLDERS", ())
    monkeypatch.delenv("TEST_POSTGRES_URL", raising=False)


def pytest_on(folder, source, *options):
    (folder / "test_sample.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-p", "no:django", "-p", "no:cacheprovider", *options, str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_missing_postgresql_is_left_out_and_said(monkeypatch, capsys):
    without_postgres(monkeypatch)
    suite = Suite([], no_skips=False)
    suite.ran = True
    on_postgres(suite)
    assert suite.close() == 0
    assert "Left out, PostgreSQL: PostgreSQL's programs (initdb, postgres) are not on this machine." in (
        capsys.readouterr().out
    )


def test_a_missing_redis_is_left_out_and_said(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/nowhere")
    suite = Suite([], no_skips=False)
    suite.ran = True
    about_redis(suite)
    assert suite.close() == 0
    assert "Left out, Redis: Redis (redis-server) is not on this machine." in capsys.readouterr().out


def test_where_nothing_may_be_skipped_a_part_left_out_is_a_failure(monkeypatch, capsys):
    without_postgres(monkeypatch)
    monkeypatch.delenv("CCADMIN_CHROMIUM", raising=False)
    suite = Suite([], no_skips=True)
    on_postgres(suite)
    in_a_browser(suite)
    assert suite.close() == 1
    assert "Failed: PostgreSQL, Browser" in capsys.readouterr().out


def test_a_run_that_ran_nothing_is_a_failure(capsys):
    assert Suite(["-k", "a_word_of_no_test"], no_skips=False).close() == 1
    assert "Failed: no test ran." in capsys.readouterr().out


def test_a_skipped_test_is_a_failure_where_nothing_may_be_skipped(tmp_path):
    source = "import pytest\ndef test_one():\n    pytest.skip('no such program')\n"
    assert pytest_on(tmp_path, source).returncode == 0
    strict = pytest_on(tmp_path, source, "-p", "tests.no_skips")
    assert strict.returncode == 1
    assert "Nothing may be skipped here. Skipped: no such program" in strict.stdout


def test_a_skipped_file_is_a_failure_where_nothing_may_be_skipped(tmp_path):
    source = "import pytest\npytest.importorskip('a_package_that_nobody_wrote')\n"
    strict = pytest_on(tmp_path, source, "-p", "tests.no_skips")
    assert strict.returncode not in (0, 5)
    assert "Nothing may be skipped here." in strict.stdout


def test_an_expected_failure_stays_one_where_nothing_may_be_skipped(tmp_path):
    source = "import pytest\n@pytest.mark.xfail\ndef test_one():\n    assert not 1\n"
    assert pytest_on(tmp_path, source, "-p", "tests.no_skips").returncode == 0


def test_the_private_server_takes_its_password_only_and_leaves_nothing_behind():
    try:
        postgres.programs()
    except postgres.NoPostgres as problem:
        pytest.skip(str(problem))
    with postgres.private_server() as url:
        parts = urlsplit(url)
        with psycopg.connect(url) as connection:
            folder = connection.execute("SHOW data_directory").fetchone()[0]
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url.replace(parts.password, "wrong"))
    assert not Path(folder).exists()
    with pytest.raises(ConnectionRefusedError), socket.socket() as probe:
        probe.connect(("127.0.0.1", parts.port))


def test_an_old_postgresql_is_refused_by_its_version(tmp_path, monkeypatch):
    (tmp_path / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 13.4'\n")
    (tmp_path / "initdb").write_text("#!/bin/sh\n")
    for name in ("postgres", "initdb"):
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres, "FOLDERS", ())
    with pytest.raises(postgres.NoPostgres, match="PostgreSQL here is 13, and 15 is the oldest"):
        postgres.programs()


def test_what_was_translated_once_is_kept_for_the_next_process(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    source = "import sys; sys.exit(0 if sys.pycache_prefix and not sys.dont_write_bytecode else 1)"
    assert run([sys.executable, "-c", source], {}) == 0
