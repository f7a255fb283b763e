"""What can go wrong on the way, by what a job does about it."""

from contacts.api.errors import (
    ClientRefused,
    Forbidden,
    GrantRefused,
    LinkExpired,
    NoAnswer,
    NotSent,
    QueueFull,
    QuotaSpent,
    Throttled,
    Unavailable,
)
from contacts.connect.renewal import Renewing

#: Waiting mends it.
PASSING = (QuotaSpent, Throttled, QueueFull, NotSent, Renewing)
#: Waiting may mend it, and nobody knows how long.
FAULTS = (Unavailable, NoAnswer)
#: Only a person mends it.
LINK = (LinkExpired, Forbidden, GrantRefused, ClientRefused)
#: Not about the people at hand: they are sent again later, each with a new intent.
NOT_THEIR_FAULT = (*PASSING, *FAULTS, *LINK)
