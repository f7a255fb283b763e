"""An emulator for the write path, in every reading of PUT or in one."""

import pytest

from tests.services.world import MODES, emulated


@pytest.fixture(params=MODES)
def emulation(request, settings):
    with emulated(settings, request.param) as running:
        yield running


@pytest.fixture
def plain(settings):
    with emulated(settings, MODES[1]) as running:
        yield running
