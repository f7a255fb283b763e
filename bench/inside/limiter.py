"""Calls from several processes at once, as quick as the limiter lets them go."""

import time
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from bench.inside.sync import link
from bench.measure import Series
from contacts.api.errors import Throttled
from contacts.connect import connect
from contacts.models import CallBudget, LinkedAccount

START_LINE, GO = "start-line", "go"


def prepare() -> list[Series]:
    """Link the account, and draw the line at which the processes wait for each other."""
    link()
    Path(settings.VAR_DIR, START_LINE).mkdir()
    return []


def call(whose: str, place: str, seconds: str) -> list[Series]:
    """Call again and again for so long once everybody stands ready; ``whose`` is person or background."""
    client = connect(LinkedAccount.objects.get(), person=whose == "person")
    stand_ready(place)
    sent, put_off, until = 0, 0, time.monotonic() + float(seconds)
    while time.monotonic() < until:
        try:
            client.counts()
            sent += 1
        except Throttled:
            put_off += 1
    return [Series(f"Calls of a process, {whose}", 0, "calls", [sent], {"put off": put_off})]


def stand_ready(place: str) -> None:
    """Say so, and wait for the word of ``bench.parts.limiter``."""
    line = Path(settings.VAR_DIR, START_LINE)
    Path(line, place).touch()
    while not Path(line, GO).exists():
        time.sleep(0.01)


def counted() -> list[Series]:
    """How many calls of today our own count has. SystemExit around midnight, when a new day began."""
    budget = CallBudget.objects.get()
    if budget.day != datetime.now(UTC).date():
        raise SystemExit("The day of the budget ended meanwhile; measure again.")
    return [Series("Calls by our own count", 0, "calls", [budget.used])]
