"""The lock files: every package pinned and hashed, no machine named, the tests on production's versions."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = ("run", "postgres", "dev", "build", "uv")


def text(name):
    return (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")


def pins(name):
    """{package: version} of one lock file."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text(name), re.MULTILINE))


def canonical(requirement):
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=~; ]", requirement)[0]).lower()


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_file_names_no_host_and_no_place(name):
    assert "://" not in text(name)
    assert "--index" not in text(name)
    assert not re.search(r"(^|\s)/\w", text(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_locked_package_has_a_version_and_a_hash(name):
    blocks = re.split(r"\n(?=[A-Za-z])", text(name).strip())
    assert blocks
    for block in blocks:
        assert re.match(r"[a-z0-9-]+==[\w.]+.*\\\n    --hash=sha256:[0-9a-f]{64}", block), block


@pytest.mark.parametrize("name", ["postgres", "dev"])
def test_tests_and_production_share_their_versions(name):
    assert pins("run").items() <= pins(name).items()


def test_the_lock_files_hold_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = {canonical(line) for line in project["project"]["dependencies"]}
    assert asked <= pins("run").keys()
    assert {canonical(line) for line in project["dependency-groups"]["dev"]} <= pins("dev").keys()
