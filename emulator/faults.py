"""Faults on order: which requests they strike and how often. What each kind does is in ``mischief.py``."""

import re
import threading
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any

from emulator.errors import JSON


@dataclass(kw_only=True)
class Fault:
    """Strikes requests of ``method`` ("" for any) whose path and query match ``path`` (a regular expression).

    The first ``skip`` matching requests pass, the next ``times`` are struck (0: all of them, for ever). ``when`` says
    whether a change to the data happens "before" the request is handled or "after". ``options`` depend on the kind.
    """

    kind: str
    method: str = ""
    path: str = ""
    times: int = 1
    skip: int = 0
    when: str = "after"
    options: JSON = field(default_factory=dict)
    struck: int = 0

    def matches(self, method: str, target: str) -> bool:
        return (not self.method or self.method == method) and re.search(self.path, target) is not None

    @property
    def spent(self) -> bool:
        return bool(self.times) and self.struck >= self.times


class Faults:
    """The orders that still stand, in the order they were given."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._standing: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._standing.append(fault)

    def take(
        self, method: str, target: str, *, answering: Collection[str] = (), passing: Collection[str] = ()
    ) -> list[Fault]:
        """Every fault that strikes this request; each is counted. ``target`` is the path with its query.

        A request has one answer: of the kinds in ``answering`` only the first strikes, the others wait their turn.
        Kinds in ``passing`` do not look at this request.
        """
        taken: list[Fault] = []
        with self._lock:
            for fault in self._standing:
                if fault.kind in passing or not fault.matches(method, target):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                if fault.kind in answering and any(each.kind in answering for each in taken):
                    continue
                fault.struck += 1
                taken.append(fault)
            self._standing = [each for each in self._standing if not each.spent]
        return taken

    def clear(self) -> None:
        with self._lock:
            self._standing.clear()

    def as_dicts(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(each) for each in self._standing]
