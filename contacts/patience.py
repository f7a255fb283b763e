"""What waiting mends, and what it does not, for everything that is carried on step by step."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

from django.db import OperationalError, connection
from django.utils import timezone

logger = logging.getLogger(__name__)

PAUSES = (0.2, 1.0, 5.0)
#: A shorter wait is sat out; for a longer one the run or job is given back.
SHORT = timedelta(seconds=2)
#: The fault is ours, and it would be the same the next time.
BUGS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def patiently(step: Callable[[], bool], *, what: str, stop: Event) -> bool:
    """A step, tried a few times when the database is busy or was away: each failed one has left nothing behind."""
    for pause in PAUSES:
        try:
            return step()
        except OperationalError:
            logger.warning("The database is busy; %s goes on in %s s.", what, pause)
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            stop.wait(pause)
    return step()


def sat_out(not_before: datetime | None, *, stop: Event) -> bool:
    """Wait for what only has to wait a moment; False when it is longer, nothing at all, or we were told to stop."""
    left = not_before - timezone.now() if not_before else None
    if left is None or left > SHORT:
        return False
    stop.wait(max(left.total_seconds(), 0))
    return not stop.is_set()
