"""What every test of jobs stands on: an emulator whose consent checker must have found nothing in the end."""

import pytest

from tests.services.jobs.rig import Crowd, emulated


@pytest.fixture
def emulation(settings, request):
    """``indirect`` parameters are the emulator's switches."""
    with emulated(settings, switches=getattr(request, "param", {})) as running:
        yield running
        assert running.alarms() == []


@pytest.fixture
def crowd(emulation):
    return Crowd(emulation)
