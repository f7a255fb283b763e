"""How far a run is, in words."""

from django.utils import timezone

from contacts.models import SyncRun
from contacts.sync.walks import WALKS

OTHER_STEPS = {
    "account": "asking Constant Contact which account this is",
    "sweep": "looking for contacts that were not shown",
    "activities": "looking for bulk jobs of Constant Contact that may have done what changed",
    "finish": "counting",
}


def progress(run: SyncRun) -> str:
    """One line: what is read, and how much of it there is. A problem, or a wait, says more than that."""
    if run.not_before and run.not_before > timezone.now():
        return run.message
    if run.step in ("contacts", "changed") and run.expected:
        return f"{run.seen:,} of about {run.expected:,}"
    return OTHER_STEPS.get(run.step) or f"reading {WALKS[run.step].words}"
