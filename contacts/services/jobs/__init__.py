"""One change for many people: a frozen set, a plan, a trial, a run, a report, and a way back (design section 6, bulk).

``freeze`` plans, the orders are what a person says, ``due`` and ``carry_on`` are the worker's.
"""

from contacts.services.jobs.answers import approve, send_back, withdraw
from contacts.services.jobs.approvals import NOBODY, approvers, needs_approval, question, remaining
from contacts.services.jobs.freezing import freeze, freeze_list_deletion
from contacts.services.jobs.importing.freezing import freeze_import
from contacts.services.jobs.importing.returning import take_back
from contacts.services.jobs.orders import (
    may_retry,
    may_undo,
    pause,
    retry,
    run,
    stop,
    try_few,
    undo,
    undo_limits,
)
from contacts.services.jobs.planning import choose, renew
from contacts.services.jobs.runs import due
from contacts.services.jobs.walking import carry_on

__all__ = [
    "NOBODY",
    "approve",
    "approvers",
    "carry_on",
    "choose",
    "due",
    "freeze",
    "freeze_import",
    "freeze_list_deletion",
    "may_retry",
    "may_undo",
    "needs_approval",
    "pause",
    "question",
    "remaining",
    "renew",
    "retry",
    "run",
    "send_back",
    "stop",
    "take_back",
    "try_few",
    "undo",
    "undo_limits",
    "withdraw",
]
