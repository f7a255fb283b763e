"""People with a browser: real HTTP, a session each, a pause between two clicks."""

import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypedDict

import requests

PASSWORD = "correct horse battery staple"
SECONDS = 60
#: Seconds between an answer and the next click.
PAUSE = (0.5, 2.5)
TROUBLE = re.compile("database is locked|database is busy|deadlock", re.IGNORECASE)


class Targets(TypedDict):
    """What people may ask for."""

    emails: list[str]
    account: str
    addresses: list[str]
    contacts: list[str]
    lists: list[str]
    ghosts: list[str]


@dataclass
class Seen:
    """Milliseconds of every request by what it was, and every answer that must not be."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    reconnects: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, milliseconds: float, answer: requests.Response) -> None:
        with self.lock:
            self.times[what].append(milliseconds)
            if answer.status_code >= 400 or TROUBLE.search(answer.text):
                self.errors.append(f"{what}: {answer.status_code}")

    def failed(self, what: str, reason: str) -> None:
        with self.lock:
            self.errors.append(f"{what}: {reason}")

    @property
    def every(self) -> list[float]:
        return [each for times in self.times.values() for each in times]


class Person:
    """Somebody signed in who clicks here and there; ``seen`` is where it is written down."""

    def __init__(self, base: str, number: int, targets: Targets, seen: Seen) -> None:
        self._base, self._targets, self._seen = base, targets, seen
        self._at = f"/a/{targets['account']}"
        self._chance = random.Random(number)
        self._browser = requests.Session()
        self._browser.trust_env = False
        self._ghosts = targets["ghosts"][number :: len(targets["emails"])]
        self._email = targets["emails"][number]
        self._habits: list[tuple[int, Callable[[], object]]] = [
            (4, lambda: self._get("Home", "/")),
            (6, lambda: self._get("Contacts", "/contacts/")),
            (6, lambda: self._post("Search", "/contacts/", text=self._some("addresses")[:12])),
            (4, lambda: self._get("Deleted", "/deleted/")),
            (6, lambda: self._get("Contact", f"/contacts/{self._some('contacts')}/")),
            (6, lambda: self._post("Check", "/check/", q=self._some("addresses"))),
            (3, lambda: self._get("Contact history", f"/contacts/{self._some('contacts')}/history/")),
            (3, lambda: self._get("Audit", "/audit/")),
            (2, lambda: self._get("Lists", "/lists/")),
            (2, lambda: self._get("One list", f"/lists/{self._some('lists')}/")),
            (1, self._reactivate),
        ]

    def sign_in(self) -> None:
        """Raises requests.HTTPError when it is refused."""
        path = "/accounts/login/"
        self._browser.get(f"{self._base}{path}", timeout=SECONDS).raise_for_status()
        answer = self._browser.post(
            f"{self._base}{path}", self._signed(login=self._email, password=PASSWORD), timeout=SECONDS
        )
        answer.raise_for_status()
        if path in answer.url:
            raise requests.HTTPError("The sign-in was refused.")

    def click(self, stop: threading.Event) -> None:
        """Until told to stop."""
        weights = [weight for weight, _ in self._habits]
        while not stop.wait(self._chance.uniform(*PAUSE)):
            _, deed = self._chance.choices(self._habits, weights)[0]
            deed()

    def _reactivate(self) -> None:
        """Look at the preview, which asks Constant Contact, then bring the person back. Rare: one in forty clicks."""
        if not self._ghosts:
            return
        path = f"/contacts/{self._ghosts.pop()}/reactivate/"
        page = self._get("Preview, live", path)
        if page is None:
            return
        hidden = dict(re.findall(r'type="hidden" name="(token|seen|after_event)" value="([^"]*)"', page.text))
        if "token" not in hidden:
            self._seen.failed("Preview, live", "no form")
            return
        # The same field as the form's own; the address is in none of them.
        self._post("Reactivate, live", path, lists=self._targets["lists"][0], basis="asked_directly", **hidden)

    def _get(self, what: str, path: str) -> requests.Response | None:
        return self._timed(what, lambda: self._browser.get(f"{self._base}{self._at}{path}", timeout=SECONDS))

    def _post(self, what: str, path: str, **form: str) -> None:
        address = f"{self._base}{self._at}{path}"
        self._timed(what, lambda: self._browser.post(address, self._signed(**form), timeout=SECONDS))

    def _timed(self, what: str, deed: Callable[[], requests.Response]) -> requests.Response | None:
        began = time.perf_counter()
        try:
            try:
                answer = deed()
            except requests.ConnectionError:
                # The site closes what was silent for two seconds, and a click may cross that on its way: like a
                # browser, once more on a new connection.
                self._seen.reconnects += 1
                answer = deed()
        except requests.RequestException as problem:
            self._seen.failed(what, type(problem).__name__)
            return None
        self._seen.note(what, (time.perf_counter() - began) * 1000, answer)
        return answer

    def _signed(self, **form: str) -> dict[str, str]:
        return {**form, "csrfmiddlewaretoken": self._browser.cookies.get("csrftoken") or ""}

    def _some(self, name: str) -> str:
        found: list[str] = self._targets[name]  # type: ignore[literal-required]
        return self._chance.choice(found)


def together(base: str, targets: Targets, *, seconds: float) -> tuple[list[float], Seen]:
    """Everybody of ``targets`` clicks for so long; milliseconds of each sign-in before, and what was seen."""
    seen, stop = Seen(), threading.Event()
    people = [Person(base, number, targets, seen) for number in range(len(targets["emails"]))]
    sign_ins = []
    for each in people:
        began = time.perf_counter()
        each.sign_in()
        sign_ins.append((time.perf_counter() - began) * 1000)
    threads = [threading.Thread(target=each.click, args=(stop,), daemon=True) for each in people]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return sign_ins, seen
