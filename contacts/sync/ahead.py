"""The pages a run will need next, asked for before they are needed: while one is stored, the next ones are fetched.

What was fetched ahead is kept for as long as the run is at its place, and by this process only; the place reached is
saved with the stored rows as ever. So whatever becomes of the run, a page fetched ahead can be lost but never wrong:
its ``fetched_at`` is when it was asked for, and a row that we wrote since is newer (faults S17).
"""

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Event
from typing import Final

from django.utils import timezone

from contacts.api.client import Client
from contacts.api.errors import APIError, LinkExpired, NotFound, NotSent, Rejected
from contacts.api.pages import Page
from contacts.connect import Lane, LogBook, lane
from contacts.connect.budget import BACKGROUND_WAITS, SECOND, Delay, LongLine, left
from contacts.models import SyncRun
from contacts.sync import windows
from contacts.sync.runs import STEPS
from contacts.sync.walks import WALKS, Fetched, Names, Place

type Outcome = Fetched | Exception

#: Pages that are under way or wait to be stored; each holds a few megabytes.
MOST: Final = windows.NUMBER
#: How often a wait looks whether it should end.
LOOK_SECONDS: Final = 0.25
#: What a client tries once more, with a new token or a new connection.
TRY_AGAIN = (NotSent, LinkExpired)
NOT_TAKEN = (Rejected, NotFound)


class NoSuchPlace(Exception):
    """Constant Contact did not take this place in a window, or not the window itself; the cause is its answer."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.step)
        self.place = place


@dataclass(frozen=True)
class Flight:
    place: Place
    asked_at: datetime


def places(run: SyncRun) -> list[Place]:
    """The pages that the run needs now, the most urgent first.

    While names are read these are also the first pages of what comes next, because each of those is one short call.
    """
    if parts := windows.of(run):
        return [Place(run.step, parts[number].walk, number, parts[number].cursor) for number in windows.in_turn(parts)]
    here = [Place(run.step, run.restarts, None, run.cursor)]
    steps = STEPS[SyncRun.Kind(run.kind)]
    if run.kind == SyncRun.Kind.FULL and isinstance(WALKS[run.step], Names):
        following = steps[steps.index(run.step) + 1 : steps.index("contacts") + 1]
        here += [Place(step, run.restarts, None, "") for step in following]
    return here


def ask_now(run: SyncRun, place: Place, client: Client) -> Fetched:
    """One page, waited for."""
    asked_at = timezone.now()
    page = _asking(run, place)(client)
    # Without a Date header our own clock has to do for what was seen; the watermark stays where it is then.
    return Fetched(page, asked_at, page.server_time or timezone.now(), client.calls[-1].ms)


def _asking(run: SyncRun, place: Place) -> Callable[[Client], Page]:
    bounds = windows.of(run)[place.window].bounds if place.window is not None else {}
    return WALKS[place.step].asking(run, place.cursor, bounds)


class Ahead:
    """Fetches for the runs that one ``carry_on`` walks, until it is closed."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._over = Event()
        self._done: SimpleQueue[Lane] = SimpleQueue()
        self._free: list[Lane] = []
        self._flying: dict[Lane, Flight] = {}
        self._ready: dict[Place, Outcome] = {}
        self._late: list[Delay] = []
        self._log = LogBook()
        self.asking = True

    @property
    def busy(self) -> bool:
        """Whether something was asked for that is not stored yet."""
        return bool(self._flying or self._ready)

    def ask_no_more(self) -> None:
        """What is under way is waited for and stored; nothing new is asked for."""
        self.asking = False

    def page(self, run: SyncRun, client: Client) -> tuple[Place, Fetched] | None:
        """The next page to store. None when we are to stop, or nothing more is to be asked for.

        Raises what the call met, and NoSuchPlace when Constant Contact did not take the place in a window.
        """
        wanted, began = places(run), time.monotonic()
        here = [place for place in wanted if place.step == run.step]
        self._forget_but(wanted)
        while not self._stop.is_set():
            if found := next((place for place in here if place in self._ready), None):
                return found, self._taken(run, found, client)
            line = self._line(run, wanted)
            if not self._flying and not self.asking:
                return None
            if line and not self._flying and time.monotonic() - began > BACKGROUND_WAITS / SECOND:
                raise line
            self._collect(LOOK_SECONDS if line is None else line.retry_after or LOOK_SECONDS)
        return None

    def go_on(self, later: SyncRun) -> None:
        """A page is about to be stored: ask for what the run will need after it, without waiting.

        What cannot be asked for now is met again, and then told, when it is needed.
        """
        if later.step not in WALKS:
            return
        try:
            self._fill(later, places(later))
        except APIError:
            return

    def saving(self) -> AbstractContextManager[None]:
        """A transaction for a page, in which the calls that went well are written down too."""
        return self._log.with_it()

    def close(self, *, seconds: float = 1.0) -> None:
        """Let nothing leave any more, and write down the calls that come to their end within so many seconds."""
        self._over.set()
        until = time.monotonic() + seconds
        while self._flying and time.monotonic() < until:
            self._collect(LOOK_SECONDS)
        self._log.close()
        for turn, late in self._late:
            left(turn, late=late)

    def _taken(self, run: SyncRun, place: Place, client: Client) -> Fetched:
        # A page stays until the run has left its place: a store that fails need not fetch it again.
        outcome = self._ready[place]
        if isinstance(outcome, Fetched):
            return outcome
        del self._ready[place]
        if isinstance(outcome, TRY_AGAIN):
            return ask_now(run, place, client)
        if isinstance(outcome, NOT_TAKEN) and place.window is not None:
            raise NoSuchPlace(place) from outcome
        raise outcome

    def _line(self, run: SyncRun, wanted: Iterable[Place]) -> LongLine | None:
        """As ``_fill``; what stands in the way of more is told only when nothing is under way that could be stored."""
        try:
            return self._fill(run, wanted)
        except APIError:
            if not self._flying:
                raise
            return None

    def _fill(self, run: SyncRun, wanted: Iterable[Place]) -> LongLine | None:
        """Ask for what is wanted and not asked for yet, as far as the budget lets us now; else the line there is."""
        asked = {each.place for each in self._flying.values()} | self._ready.keys()
        for place in wanted:
            if place in asked:
                continue
            if not self.asking or len(asked) >= MOST:
                return None
            try:
                self._begin(run, place)
            except LongLine as line:
                return line
            asked.add(place)
        return None

    def _begin(self, run: SyncRun, place: Place) -> None:
        one = self._free.pop() if self._free else lane(run.account, log=self._log, done=self._done, over=self._over)
        self._late += [delay for other in self._flying for delay in other.late()]
        flight = Flight(place, timezone.now())
        try:
            self._flying[one.begin(_asking(run, place), late=self._late)] = flight
        except APIError:
            self._free.append(one)
            raise
        self._late = []

    def _collect(self, seconds: float) -> None:
        """Take in what has come, or comes within so many seconds."""
        try:
            one = self._done.get(timeout=min(seconds, LOOK_SECONDS))
        except Empty:
            return
        flight = self._flying.pop(one)
        page, ms = one.end()
        self._late += one.late()
        self._free.append(one)
        seen_at = timezone.now()
        if not isinstance(page, Exception):
            self._ready[flight.place] = Fetched(page, flight.asked_at, page.server_time or seen_at, ms)
        else:
            self._ready[flight.place] = page

    def _forget_but(self, wanted: Iterable[Place]) -> None:
        kept = set(wanted)
        self._ready = {place: outcome for place, outcome in self._ready.items() if place in kept}
