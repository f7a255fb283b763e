"""Calls that take effect later than they are answered."""

import threading
from collections.abc import Callable

from emulator.endpoints import Reply
from emulator.errors import ApiError


class HeldCalls:
    """Calls waiting to be applied: after their seconds, or when ``release`` is called."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Callable[[], Reply]] = []

    def add(self, perform: Callable[[], Reply], *, seconds: float | None) -> None:
        """Hold one call, for ``seconds`` of real time or, with None, until ``release``."""
        with self._lock:
            self._waiting.append(perform)
        if seconds is not None:
            timer = threading.Timer(seconds, self._apply, (perform,))
            timer.daemon = True
            timer.start()

    def release(self) -> int:
        """Apply everything that waits, in its order; how many calls that were."""
        with self._lock:
            waiting = list(self._waiting)
        for perform in waiting:
            self._apply(perform)
        return len(waiting)

    def _apply(self, perform: Callable[[], Reply]) -> None:
        with self._lock:
            if perform not in self._waiting:
                return
            self._waiting.remove(perform)
        try:
            perform()
        except ApiError:
            return
