"""Calls from several processes at once, as quick as the limiter lets them go."""

import time
from datetime import UTC, datetime

from bench.inside.sync import link
from bench.measure import Series
from contacts.api.errors import Throttled
from contacts.connect import connect
from contacts.models import CallBudget, LinkedAccount


def prepare() -> list[Series]:
    """Link the account."""
    link()
    return []


def call(whose: str, begins: str, seconds: str) -> list[Series]:
    """Call again and again from the moment ``begins`` (seconds since 1970) on; ``whose`` is person or background."""
    client = connect(LinkedAccount.objects.get(), person=whose == "person")
    time.sleep(max(0.0, float(begins) - time.time()))
    sent, put_off = 0, 0
    while time.time() < float(begins) + float(seconds):
        try:
            client.counts()
            sent += 1
        except Throttled:
            put_off += 1
    return [Series(f"Calls of a process, {whose}", 0, "calls", [sent], {"put off": put_off})]


def counted() -> list[Series]:
    """How many calls of today our own count has. SystemExit around midnight, when a new day began."""
    budget = CallBudget.objects.get()
    if budget.day != datetime.now(UTC).date():
        raise SystemExit("The day of the budget ended meanwhile; measure again.")
    return [Series("Calls by our own count", 0, "calls", [budget.used])]
