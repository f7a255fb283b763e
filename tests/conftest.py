"""What holds for every test: sockets reach loopback only, and how fast the machine is decides nothing."""

import socket

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
LOOPBACK = ("127.", "::1", "localhost")
_connect = socket.socket.connect


@pytest.fixture(autouse=True, scope="session")
def _only_loopback():
    """No test may reach beyond this machine."""

    def connect(self, address):
        host = address[0] if isinstance(address, tuple) else ""
        if self.family != socket.AF_UNIX and not str(host).startswith(LOOPBACK):
            raise OSError(f"A test tried to reach {host}. Tests stay on this machine.")
        return _connect(self, address)

    socket.socket.connect = connect
    yield
    socket.socket.connect = _connect
