"""What a monitor is told of this installation, as Prometheus reads it."""

from collections.abc import Iterable
from itertools import chain

from django.db import Error

from contacts.rules import exposition
from contacts.rules.exposition import Family
from contacts.selectors import metrics
from contacts.selectors.metrics import gauge
from contacts.services import readiness


def text() -> str:
    """Every figure; without a database that takes part only what says so."""
    standing = list(_standing())
    try:
        return exposition.text(chain(standing, metrics.families()))
    except Error:
        return exposition.text(standing)


def _standing() -> Iterable[Family]:
    why = readiness.answer()
    yield gauge("ready", "Whether everything stands that this installation needs, as /readyz says.", int(not why))
    behind = int(why == readiness.NOT_UP_TO_DATE)
    yield gauge("migrations_pending", "Whether the database waits for “manage.py migrate”.", behind)
