"""Taking checkpoints by the clock, and putting copies of them outside the database. Never inside a transaction."""

import logging
import os
import shlex
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from contacts import audit
from contacts.audit import checkpoints, outside, signing
from contacts.audit.checkpoints import Signed
from contacts.models import AuditCheckpoint

logger = logging.getLogger(__name__)

COMMAND_SECONDS = 30
#: After a copy could not be made it is tried again, so much later.
AGAIN = timedelta(minutes=1)
_TROUBLE, _REMEMBERED = "checkpoints-outside", 86_400
#: A command of somebody else's needs none of our secrets.
_OURS = ("CCADMIN_", "CC_", "DATABASE_URL")


@dataclass(frozen=True)
class Places:
    """Where copies go, and whether they arrive. ``trouble`` is a sentence, "" when all is well."""

    folder: Path | None
    command: str
    waiting: int
    trouble: str
    public_key: str
    has_own_key: bool


class NotOutside(Exception):
    """A copy could not be put outside; its text is a sentence for an operator."""


def take_due() -> int:
    """Sign the head of every chain that has entries of more than a day without a checkpoint; says how many."""
    chains = list(checkpoints.due())
    for chain in chains:
        audit.checkpoint(chain)
    return len(chains)


def waiting() -> QuerySet[AuditCheckpoint]:
    """Checkpoints without a copy outside, oldest first; none when there is no place for copies."""
    if not settings.CHECKPOINT_DIR and not settings.CHECKPOINT_COMMAND:
        return AuditCheckpoint.objects.none()
    return AuditCheckpoint.objects.filter(exported_at=None).select_related("chain").order_by("pk")


def due() -> bool:
    """Whether copies are to be made now: after one failed, not for a while."""
    return waiting().exists() and not _failed_since(timezone.now() - AGAIN)


def put_outside() -> int:
    """Make a copy of every checkpoint that has none, in order; says how many. Raises NotOutside at the first failure.

    A copy counts only once it is everywhere it should be; what fails is tried again and may arrive twice.
    """
    done = 0
    for row in waiting():
        signed = Signed.of(row, row.chain.name)
        try:
            outside.append(signed)
            _hand_over(signed)
        except OSError as problem:
            raise _remembered(f"The folder {settings.CHECKPOINT_DIR} takes no copies: {problem.strerror}.") from None
        except NotOutside as problem:
            raise _remembered(str(problem)) from None
        AuditCheckpoint.objects.filter(pk=row.pk).update(exported_at=timezone.now())
        done += 1
    cache.delete(_TROUBLE)
    return done


def places() -> Places:
    """What a page or a command tells about copies and the key."""
    told = cache.get(_TROUBLE)
    number = waiting().count()
    return Places(
        folder=outside.folder(),
        command=shlex.split(settings.CHECKPOINT_COMMAND)[0] if settings.CHECKPOINT_COMMAND else "",
        waiting=number,
        trouble=told[1] if told and number else "",
        public_key=signing.public_key(),
        has_own_key=signing.has_own_key(),
    )


def _hand_over(signed: Signed) -> None:
    """Give the line to the command of CCADMIN_CHECKPOINT_COMMAND on its standard input."""
    if not settings.CHECKPOINT_COMMAND:
        return
    command = shlex.split(settings.CHECKPOINT_COMMAND)
    env = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    try:
        ended = subprocess.run(  # noqa: S603 (whoever sets the environment of this site chooses the command)
            command, input=outside.line_of(signed), capture_output=True, timeout=COMMAND_SECONDS, check=False, env=env
        )
    except subprocess.TimeoutExpired:
        raise NotOutside(f"The command {command[0]} took longer than {COMMAND_SECONDS} seconds.") from None
    except OSError as problem:
        raise NotOutside(f"The command {command[0]} does not start: {problem.strerror}.") from None
    if ended.returncode:
        raise NotOutside(f"The command {command[0]} ended with code {ended.returncode}.")


def _remembered(problem: str) -> NotOutside:
    """Where every process finds it; the pages say it until a copy succeeds."""
    logger.error("Checkpoints of the history stay without a copy outside the database. %s", problem)
    cache.set(_TROUBLE, (timezone.now(), problem), _REMEMBERED)
    return NotOutside(problem)


def _failed_since(moment: datetime) -> bool:
    told = cache.get(_TROUBLE)
    return bool(told and told[0] > moment)
