"""The README of the emulator names everything there is."""

import re
from pathlib import Path

import pytest

from emulator.__main__ import command_line
from emulator.control import DEEDS
from emulator.endpoints import ROUTES
from emulator.mischief import KINDS
from emulator.story import CHAPTERS
from emulator.switches import Switches
from tests.emulation import ROOT

TEXT = Path(ROOT / "emulator" / "README.md").read_text("utf-8")
WORDS = set(re.findall(r"[\w/.-]+", TEXT))


def options():
    return [each for action in command_line()._actions for each in action.option_strings if each.startswith("--")]


@pytest.mark.parametrize(
    "name",
    [
        *(each for each in options() if each != "--help"),
        *Switches().as_dict(),
        *KINDS,
        *(name for _method, name in DEEDS if name),
        *(each.name for each in CHAPTERS),
    ],
)
def test_the_readme_names(name):
    assert name in WORDS


@pytest.mark.parametrize("route", ROUTES, ids=lambda each: f"{each.method} {each.path}")
def test_the_readme_names_the_path_of(route):
    assert route.path.split("/")[1] in TEXT
    assert route.path.split("/")[-1].startswith("<") or route.path.split("/")[-1] in TEXT


def test_the_values_of_the_switches_are_as_written():
    for name, default in Switches().as_dict().items():
        (row,) = re.findall(rf"\| `{name}` \| ([^|]*) \|", TEXT)
        assert row.split(", ")[0] == str(default).lower()
        for value in row.split(", "):
            Switches().set(name, value)
