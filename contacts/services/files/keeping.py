"""What a walker of a file or an old export holds, and how it saves: only while that is still its own."""

import time
from dataclasses import dataclass
from threading import Event

from django.utils import timezone

from contacts import leases
from contacts.models import ContactFile, Seed


class LostLease(Exception):
    """Somebody else carries this on, or a person has chosen anew. What we hold of it must not be saved."""


@dataclass(frozen=True)
class Walk:
    """One turn of one walker; ``until`` on the monotonic clock."""

    owner: str
    until: float
    stop: Event

    @property
    def is_over(self) -> bool:
        """Whether the next portion is for another turn."""
        return self.stop.is_set() or time.monotonic() > self.until

    def save(self, row: ContactFile | Seed, **facts: object) -> None:
        """Save these columns and renew the lease, inside the caller's transaction. Raises LostLease."""
        # The state too: a person who chooses anew takes it out of our hands.
        mine = type(row)._default_manager.filter(pk=row.pk, lease_owner=self.owner, state=row.state)
        if not mine.update(lease_until=timezone.now() + leases.LEASE, **facts):
            raise LostLease
        for name, each in facts.items():
            setattr(row, name, each)
