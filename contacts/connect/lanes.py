"""A call whose waiting is done by a thread: for its turn, and for the answer.

The database is touched only by whoever owns the lane, before (``begin``) and after (``end``). So the thread needs no
connection of its own, and on SQLite no call waits for a store to end, nor a store for a call.
"""

from collections.abc import Callable, Iterable
from queue import SimpleQueue
from threading import Event, Thread
from typing import Self

from django.conf import settings

from contacts.api.client import Call, Client
from contacts.api.errors import APIError, NotSent
from contacts.api.pages import Page
from contacts.connect import budget
from contacts.patience import BUGS

type Ask = Callable[[Client], Page]
type Outcome = Page | Exception


class Lane:
    """Calls of one account for work in the background, one at a time; each lane has a connection of its own.

    ``token`` and ``log`` are as ``Client`` takes them, and are called by the owner only. A lane that is through is
    put into ``done``. Once ``over`` is set nothing leaves any more.
    """

    def __init__(
        self, token: Callable[[], str], *, log: Callable[[Call], None], done: "SimpleQueue[Lane]", over: Event
    ) -> None:
        self._fresh_token = token
        self._log = log
        self._done = done
        self._over = over
        self._token = ""
        self._turn: budget.Turn | None = None
        self._late = 0.0
        self._calls: list[Call] = []
        self._outcome: Outcome = RuntimeError("not asked yet")
        self._client = Client(
            lambda: self._token,
            base_url=settings.CC_API_BASE,
            gate=self._wait,
            log=self._calls.append,
            allow_loopback=settings.ALLOW_LOOPBACK,
        )

    def begin(self, ask: Ask, *, late: Iterable[budget.Delay] = ()) -> Self:
        """Take a turn and leave the rest to the thread. Raises as ``budget.take_turn`` and ``renewal.access_token``."""
        self._token = self._fresh_token()
        self._turn = budget.take_turn(person=False, late=late)
        self._calls.clear()
        # It holds nothing that must be given back, so the end of the process need not wait for an answer.
        Thread(target=self._run, args=(ask,), name="lane", daemon=True).start()
        return self

    def end(self) -> tuple[Outcome, int]:
        """Write down what was sent: the page or what went wrong, and the milliseconds it took.

        NotSent and LinkExpired are final only when a client says them: a lane tries once, with the token it has.
        """
        for call in self._calls:
            self._log(call)
        return self._outcome, self._calls[-1].ms if self._calls else 0

    def late(self) -> list[budget.Delay]:
        """That the turn was used late, once: the owner says so, best when the next one is taken."""
        late, self._late = self._late, 0.0
        return [(self._turn, late)] if self._turn is not None and late > 0 else []

    def _run(self, ask: Ask) -> None:
        self._outcome = RuntimeError("the call ended without an outcome")
        try:
            self._outcome = ask(self._client)
        except (APIError, *BUGS) as problem:
            self._outcome = problem
        finally:
            self._done.put(self)

    def _wait(self) -> None:
        """Until the turn. There is only one: whatever would be repeated is for a client to repeat."""
        if self._calls or self._turn is None or self._over.wait(max(self._turn.seconds, 0)):
            raise NotSent
        self._late = -self._turn.seconds
