"""Who carries something on: one walker at a time, a run of the sync and a job alike.

A lease is comfort; what holds is that every step is saved only while its walker still has it.
"""

import os
import secrets
import socket
from datetime import datetime, timedelta

from django.db.models import Q

# Longer than one call can take with its wait for the budget (60 s) and for the answer (90 s).
LEASE = timedelta(minutes=3)


def new_owner() -> str:
    """A name for one walker that nobody else ever has; it tells an operator which process it was."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(6)}"


def is_free(until: datetime | None, *, now: datetime) -> bool:
    """Whether a lease may be taken. ``now`` must be read after the row is held.

    One that ends much further off than any lease can was given by a clock that has been put back since. The clocks
    of two machines may differ a little; that is no reason to take it.
    """
    return until is None or not now < until <= now + 2 * LEASE


def ready(now: datetime) -> Q:
    """Rows that are free, and whose time to go on has come."""
    return free(now) & (Q(not_before=None) | Q(not_before__lte=now))


def free(now: datetime) -> Q:
    """Rows that nobody has, as ``is_free`` says of one."""
    return Q(lease_until=None) | Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE)
