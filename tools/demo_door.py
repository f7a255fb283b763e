"""The emulator's control door, seen from the demo."""

from typing import Any

import requests


def local_session() -> requests.Session:
    """A session that leaves the proxy of the environment alone: what the demo says stays on this machine."""
    session = requests.Session()
    session.trust_env = False
    return session


class Door:
    """Orders to the emulator and questions about it; ``address`` ends with /_control."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session = local_session()

    def tell(self, order: str, **what: Any) -> Any:
        """Give one order; its answer. Raises requests.HTTPError when it is not understood."""
        return _content(self._session.post(f"{self._address}/{order}", json=what, timeout=60))

    def ask(self, question: str, **about: str) -> Any:
        """Look at something. Raises requests.HTTPError when it is not there."""
        return _content(self._session.get(f"{self._address}/{question}", params=about, timeout=60))


def _content(answer: requests.Response) -> Any:
    answer.raise_for_status()
    return answer.json()
