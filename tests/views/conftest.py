"""A desk with a linked account and an emulator behind it, for the pages that ask and change."""

import pytest

from tests.views.check_rig import Desk, emulated


@pytest.fixture
def emulation(settings):
    with emulated(settings) as running:
        settings.QUIET_SECONDS = settings.CONFIRM_SECONDS = 0
        yield running


@pytest.fixture
def desk(emulation):
    return Desk(emulation)
