"""Somebody with a file."""

import pytest

from tests.services.files.rig import Desk


@pytest.fixture
def desk(db):
    return Desk()
