import pytest

from tests.emulation import running_emulator


@pytest.fixture
def cc():
    """An emulator without limits, with one small account and an open control door."""
    with running_emulator() as emulation:
        yield emulation
