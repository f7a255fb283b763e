"""The year at Harbour Street Cookery, told in chapters (product guide, section 5.10).

Each chapter is what happens until a moment at which ccadmin looks: play one, let it sync, play the next. Everything
happens through the state's own operations, at its own time on the emulator's clock. The story's Saturday is 21
November 2026; told later it is moved forward by whole weeks, so that a Tuesday stays a Tuesday.

The guide's Conor is on 50 of 50 lists, its account has 12 lists: both cannot be. Here he is on all twelve;
``fill_lists`` adds classes until he is on fifty, for who wants to see that refusal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from emulator.errors import JSON
from emulator.state import State
from emulator.story.cast import SWEPT, Cast, Event
from emulator.story.crowd import cast
from emulator.story.ground import ACCOUNTS, COOKERY, DEAD_LIST, USERS

__all__ = ["ACCOUNTS", "CHAPTERS", "USERS", "Chapter", "OutOfOrder", "fill_lists", "play", "told", "weeks_on"]

SATURDAY = date(2026, 11, 21)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_BATCH, _BATCH_TIME, _NEXT_BATCH = 500, timedelta(seconds=3), timedelta(seconds=7)
_LIST_TIDIED = datetime(2026, 11, 18, 16, 30, tzinfo=UTC)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS story (
    only INTEGER PRIMARY KEY CHECK (only = 1), weeks INTEGER NOT NULL, chapter TEXT NOT NULL);
"""


class OutOfOrder(ValueError):
    """A chapter that is unknown, already told, or not the next one."""


@dataclass(frozen=True)
class Chapter:
    """What happened up to ``ends``, in the story's own calendar."""

    name: str
    ends: datetime
    what: str


CHAPTERS = (
    Chapter("linked", datetime(2026, 1, 6, 9, tzinfo=UTC), "The account as it stood when it was linked."),
    Chapter("winter", datetime(2026, 1, 30, 9, tzinfo=UTC), "Course alerts grows: Maeve joins."),
    Chapter("spring", datetime(2026, 6, 26, 9, tzinfo=UTC), "A quiet half-year. Aoife is deleted."),
    Chapter("summer", datetime(2026, 9, 4, 9, tzinfo=UTC), "The till brings Aoife back. Brian opts out."),
    Chapter("autumn", datetime(2026, 11, 3, 9, tzinfo=UTC), "Niamh signs up. Aoife is deleted again."),
    Chapter("eve", datetime(2026, 11, 17, 14, tzinfo=UTC), "The till brings Aoife and two more back."),
    Chapter("deletion", datetime(2026, 11, 17, 14, 15, tzinfo=UTC), "At 14:07 3,012 contacts are deleted."),
    Chapter("today", datetime(2026, 11, 21, 0, 5, tzinfo=UTC), "Summer 2024 is tidied away. C. Roche opts out."),
)


def play(state: State, name: str, *, today: date | None = None) -> datetime:
    """Tell one chapter; the moment, on the emulator's clock, at which it leaves off.

    The first chapter brings in both accounts and fixes the week; ``today`` stands in for the real date then. One
    transaction: it happens whole or not at all. Raises OutOfOrder.
    """
    state.db.create(_SCHEMA)
    place = _next_place(state, name)
    since, until = CHAPTERS[place - 1].ends if place else _BEGINNING, CHAPTERS[place].ends
    with state.db.transaction() as cursor:
        if place == 0:
            cursor.execute("INSERT INTO story VALUES (1, ?, '')", (weeks_on(today or datetime.now(UTC).date()),))
        cursor.execute("UPDATE story SET chapter = ?", (name,))
        telling = _Telling(state, weeks=_weeks(state))
        if place == 0:
            telling.open_accounts()
        telling.tell(since=since, until=until)
        return telling.set_clock(until)


def told(state: State) -> str:
    """The name of the last chapter told, "" before the first."""
    state.db.create(_SCHEMA)
    row = state.db.row("SELECT chapter FROM story")
    return row["chapter"] if row else ""


def weeks_on(today: date) -> int:
    """Whole weeks from the story's Saturday to the last Saturday on or before ``today``; never less than none."""
    return max(0, (today - SATURDAY).days // 7)


def fill_lists(state: State) -> None:
    """Add lists until there are 50 and put Conor on every one (a contact's most, CC reference, section 8)."""
    for number in range(1, 51 - len(_list_ids(state))):
        state.lists.create(COOKERY, {"name": f"Class {number:02d}"})
    conor = state.contacts.rows.find_address(COOKERY, "conor.hartigan@example.com")
    if conor is None:
        raise OutOfOrder("Conor is not there yet: tell the first chapter first.")
    state.contacts.change(COOKERY, conor.contact["contact_id"], {"list_memberships": _list_ids(state)})


def _list_ids(state: State) -> list[str]:
    lists, _ = state.lists.page(COOKERY, statuses=[], name=None, counting=None, limit=1000, number=1)
    return [each["list_id"] for each in lists]


def _next_place(state: State, name: str) -> int:
    names = [each.name for each in CHAPTERS]
    last = told(state)
    place = names.index(last) + 1 if last else 0
    if place == len(names) or names[place] != name:
        follows = f"the next chapter is {names[place]}" if place < len(names) else "the story is over"
        raise OutOfOrder(f"{name!r} cannot be told now: {follows}.")
    return place


def _weeks(state: State) -> int:
    row = state.db.row("SELECT weeks FROM story")
    return row["weeks"] if row else 0


class _Telling:
    """The story happening to one state, ``weeks`` after its own calendar."""

    def __init__(self, state: State, *, weeks: int) -> None:
        self._state = state
        self._shift = timedelta(weeks=weeks)
        self._cast: Cast = cast(weeks)
        self._verbs: dict[str, Callable[[str, JSON], object]] = {
            "delete": lambda contact_id, _: state.contacts.delete(COOKERY, contact_id),
            "opt_out": lambda contact_id, values: state.contacts.unsubscribe(COOKERY, contact_id, **values),
            "change": lambda contact_id, values: state.contacts.change(COOKERY, contact_id, values),
            "sign_up": lambda _, values: state.sign_up.sign_up(COOKERY, values),
        }

    def open_accounts(self) -> None:
        ground = self._cast.ground
        lists = [*ground.lists, *ground.theatre_lists]
        self._state.load(accounts=ACCOUNTS, lists=lists, tags=ground.tags, custom_fields=ground.fields)

    def tell(self, *, since: datetime, until: datetime) -> None:
        """Who came in this time, then what happened in it, in order."""
        self._state.load(contacts=[each.contact for each in self._cast.people if since < each.came <= until])
        events = self._events(since=since, until=until)
        self._sweep([contact_id for event, contact_id in events if event.verb == "sweep"])
        for event, contact_id in events:
            if event.verb != "sweep":
                self.set_clock(event.when)
                self._verbs[event.verb](contact_id, event.values)
        if since < _LIST_TIDIED <= until:
            self.set_clock(_LIST_TIDIED)
            self._state.lists.delete(COOKERY, self._cast.ground.list_ids[DEAD_LIST])

    def _sweep(self, contact_ids: list[str]) -> None:
        """Deleted through the API: activities of 500, one after the other, each done within seconds."""
        for place, first in enumerate(range(0, len(contact_ids), _BATCH)):
            moment = SWEPT + place * _NEXT_BATCH
            self.set_clock(moment)
            wish = {"source": {"contact_ids": contact_ids[first : first + _BATCH]}, "exclude": []}
            self._state.queue(COOKERY, "contact_delete", wish, fate={"seconds": _BATCH_TIME.total_seconds()})
            self.set_clock(moment + _NEXT_BATCH)
            self._state.activities.settle()

    def set_clock(self, moment: datetime) -> datetime:
        """Put the emulator's clock to ``moment`` of the story; what it then shows."""
        self._state.clock.set(moment + self._shift)
        return moment + self._shift

    def _events(self, *, since: datetime, until: datetime) -> list[tuple[Event, str]]:
        happened = [
            (event, person.contact["contact_id"])
            for person in self._cast.people
            for event in person.events
            if since < event.when <= until
        ]
        return sorted(happened, key=lambda each: each[0].when)
