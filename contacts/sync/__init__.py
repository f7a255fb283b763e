"""What the clock asks for: walk through an account one page at a time, so that our copy equals it in the end.

A full sweep reads everything; a run for changes reads what moved since the last complete run, the opt-outs (which do
not move a contact's date) and the deletions. Rows and the place reached are saved in one transaction a page, so a
killed run goes on where it was. Source: design section 6, faults 2.1.
"""

from contacts.sync.clock import due, start_due
from contacts.sync.decisions import dismiss, may_be_released, release
from contacts.sync.heartbeat import Heartbeat
from contacts.sync.reversals import dismiss as dismiss_reversals
from contacts.sync.runs import open_run, start
from contacts.sync.spikes import dismiss as dismiss_spike
from contacts.sync.telling import progress
from contacts.sync.walker import carry_on, step

__all__ = [
    "Heartbeat",
    "carry_on",
    "dismiss",
    "dismiss_reversals",
    "dismiss_spike",
    "due",
    "may_be_released",
    "open_run",
    "progress",
    "release",
    "start",
    "start_due",
    "step",
]
