"""Ends the demo's programs when the demo itself was killed: ``python -m tools.demo_leash``, started by the demo.

It reads one line for each program: ``+`` and the number of its process group when it was started, ``-`` and that
number when it has ended. The demo holds the other end of the pipe, so the end of the pipe is the end of the demo,
however it came.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable

SECONDS_TO_END = 10.0


def still_running(orders: Iterable[str]) -> set[int]:
    """The groups that were started and not reported as ended, once there are no more orders."""
    running: set[int] = set()
    for order in orders:
        group = int(order[1:])
        if order.startswith("+"):
            running.add(group)
        else:
            running.discard(group)
    return running


def end_all(groups: set[int]) -> None:
    """Ask every group to end, and kill what is left of it after a while."""
    left = {group for group in groups if _tell(group, signal.SIGTERM)}
    until = time.monotonic() + SECONDS_TO_END
    while left and time.monotonic() < until:
        time.sleep(0.1)
        left = {group for group in left if _tell(group, 0)}
    for group in left:
        _tell(group, signal.SIGKILL)


def _tell(group: int, number: int) -> bool:
    """Send a signal (0 only asks); False when the group is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    end_all(still_running(sys.stdin))
