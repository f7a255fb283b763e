"""What a walker of a file holds, and how it saves: only while the file is still its own."""

import time
from dataclasses import dataclass
from threading import Event

from django.utils import timezone

from contacts import leases
from contacts.models import ContactFile


class LostLease(Exception):
    """Somebody else carries this file on, or a person has chosen anew. What we hold of it must not be saved."""


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

    def save(self, file: ContactFile, **facts: object) -> None:
        """Save these columns and renew the lease, inside the caller's transaction. Raises LostLease."""
        # The state too: a person who chooses anew takes the file out of our hands.
        mine = ContactFile.objects.filter(pk=file.pk, lease_owner=self.owner, state=file.state)
        if not mine.update(lease_until=timezone.now() + leases.LEASE, **facts):
            raise LostLease
        for name, each in facts.items():
            setattr(file, name, each)
