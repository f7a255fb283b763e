"""An emulator and a deleted contact for the commands."""

import pytest

from tests.services.world import MODES, World, emulated


@pytest.fixture
def emulation(settings):
    with emulated(settings, MODES[0]) as running:
        yield running


@pytest.fixture
def world(emulation):
    """A deleted contact, and a marketer."""
    return World(emulation, role="marketer")
