"""Links an account the way a person does: signs in to ccadmin, goes to the emulator's page, allows, comes back."""

from urllib.parse import parse_qsl, urlsplit

import requests

from tools.demo_door import local_session

SECONDS = 30


class Lost(Exception):
    """The walk ended on another page than it should; the text says where."""


class Visitor:
    """Somebody with a browser and no script, signed in to the site at ``base``."""

    def __init__(self, base: str, *, email: str, password: str) -> None:
        self._base = base
        self._browser = local_session()
        login = f"{base}/accounts/login/"
        self._browser.get(login, timeout=SECONDS).raise_for_status()
        self._post(login, {"login": email, "password": password}, ends_at="/")

    def link(self, login: str) -> None:
        """Link the Constant Contact account of this user of the emulator. Raises Lost."""
        page = self._post(f"{self._base}/accounts/constantcontact/link/", {}, ends_at="/oauth2/default/v1/authorize")
        asked = dict(parse_qsl(urlsplit(page.url).query))
        decision = asked | {"login": login, "decision": "allow"}
        back = self._browser.post(page.url.partition("?")[0], decision, timeout=SECONDS)
        _expect(back, "/a/")

    def _post(self, address: str, form: dict[str, str], *, ends_at: str) -> requests.Response:
        token = self._browser.cookies.get("csrftoken") or ""
        answer = self._browser.post(address, {**form, "csrfmiddlewaretoken": token}, timeout=SECONDS)
        return _expect(answer, ends_at)


def _expect(answer: requests.Response, path: str) -> requests.Response:
    if not (answer.ok and urlsplit(answer.url).path.startswith(path)):
        raise Lost(f"Linking the demo accounts ended at {answer.url.partition('?')[0]} with {answer.status_code}.")
    return answer
