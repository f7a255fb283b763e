"""What a run does when something goes wrong: wait and go on, begin a walk again, or end with the sentence."""

import random
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from contacts.api.errors import (
    APIError,
    ClientRefused,
    Forbidden,
    GrantRefused,
    LinkExpired,
    NoAnswer,
    NotFound,
    NotSent,
    QueueFull,
    QuotaSpent,
    Rejected,
    Throttled,
    Unavailable,
)
from contacts.connect.renewal import Renewing, mark_broken
from contacts.models import LinkedAccount, SyncRun
from contacts.sync import runs

KEPT = "Our copy stays as it was, and the next run tries again."
TRIES = 6
RESTARTS = 3
LONGEST = 300.0
SLOWEST = 60.0
PASSING = (Unavailable, NoAnswer, NotSent, Renewing, QueueFull)
LINK = (LinkExpired, Forbidden, GrantRefused, ClientRefused)


def met(run: SyncRun, owner: str, problem: APIError) -> None:
    """Write into the run what becomes of it after this problem."""
    if isinstance(problem, QuotaSpent):
        _until_tomorrow(run, owner)
    elif isinstance(problem, Throttled):
        _slower(run, owner, problem)
    elif isinstance(problem, PASSING):
        _try_again(run, owner, problem)
    elif isinstance(problem, Rejected | NotFound) and run.cursor:
        begin_again(run, owner, "Constant Contact no longer took our place in its pages.")
    else:
        _end(run, owner, problem)


def begin_again(run: SyncRun, owner: str, reason: str) -> None:
    """Walk this step from its first page; what was stored stays, and is only looked at once more."""
    if run.restarts >= RESTARTS:
        runs.fail(run, owner, f"{reason} Our copy stays as it was. We try again with the next run.")
        return
    again = {"cursor": "", "windows": [], "restarts": run.restarts + 1, "pages": run.pages + 1, "calls": run.calls + 1}
    seen = {"seen": 0} if run.step == "contacts" else {}
    runs.save(run, owner, message=f"Paging restarted. {reason}"[:300], **again, **seen)


def _until_tomorrow(run: SyncRun, owner: str) -> None:
    tomorrow = timezone.now().astimezone(UTC).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, datetime.min.time(), tzinfo=UTC)
    runs.wait(run, owner, until=midnight, message="Today's calls are used up. Goes on at 00:00 UTC, at the same page.")


def _slower(run: SyncRun, owner: str, problem: Throttled) -> None:
    """As long as it takes: being asked to slow down is no failure, and a minute between two calls hurts nobody."""
    run.tries = min(run.tries + 1, 1000)
    asked = problem.retry_after or 0.0
    pause = max(asked, min(2.0 ** min(run.tries - 1, 10), SLOWEST))
    runs.wait(run, owner, until=_later(pause), message="Constant Contact asked us to slow down. Continuing.")


def _try_again(run: SyncRun, owner: str, problem: APIError) -> None:
    run.tries += 1
    if run.tries >= TRIES:
        runs.fail(run, owner, f"{problem.happened.format(status=problem.status)} We tried {TRIES} times. {KEPT}")
        return
    pause = max(problem.retry_after or 0.0, min(10.0 * 2 ** (run.tries - 1), LONGEST)) * random.uniform(0.8, 1.2)  # noqa: S311
    until = _later(pause)
    happened = problem.happened.format(status=problem.status)
    again = f"Next try at {until:%H:%M:%S} UTC, {TRIES - run.tries} left. Nothing was lost."
    runs.wait(run, owner, until=until, message=f"{happened} {again}")


def _end(run: SyncRun, owner: str, problem: APIError) -> None:
    """An answer that no waiting mends. When it is about the link, the whole account stops until a person acts."""
    if isinstance(problem, LINK):
        mark_broken(LinkedAccount.objects.get(pk=run.account_id), problem)
        runs.fail(run, owner, problem.advice)
    else:
        runs.fail(run, owner, f"{problem.happened.format(status=problem.status)} {KEPT}")


def _later(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
