"""Carrying files on: one walker at a time, by lease; each portion is a transaction, so that a kill loses nothing."""

import logging
import time
from threading import Event

from django.utils import timezone

from contacts import leases, tables
from contacts.connect.credential import CannotOpen
from contacts.models import ContactFile, SyncRun
from contacts.rules.refusal import Refused
from contacts.services.files.forgetting import refuse
from contacts.services.files.judging import KeyIsLost, judge_on
from contacts.services.files.keeping import LostLease, Walk
from contacts.services.files.reading import read_on

logger = logging.getLogger(__name__)

State = ContactFile.State
BROKEN_OFF = "File refused: it broke off on its way here. Bring it again."


def due() -> list[ContactFile]:
    """Files that somebody should carry on now; one that waits for a sync is due when that has ended."""
    free = leases.free(timezone.now())
    files = ContactFile.objects.filter(free, state__in=ContactFile.UNDER_WAY, forgotten_at=None)
    found = list(files.select_related("account").order_by("pk"))
    awaited = {each.settings["after"] for each in found if each.settings.get("after")}
    open_runs = set(SyncRun.objects.filter(pk__in=awaited, finished_at=None).values_list("pk", flat=True))
    return [each for each in found if each.settings.get("after") not in open_runs]


def carry_on(file: ContactFile, *, seconds: float, stop: Event | None = None) -> ContactFile:
    """Read and judge for about so many seconds, or to the end; returns the file as it is then.

    Nothing happens while somebody else carries it on.
    """
    walk = Walk(owner=leases.new_owner(), until=time.monotonic() + seconds, stop=stop or Event())
    if _claimed(file, walk):
        try:
            _walk(file, walk)
        except LostLease:
            logger.info("File %s is carried on by somebody else.", file.pk)
        except tables.TableRefused as refused:
            refuse(file, refused.sentence, owner=walk.owner)
        except CannotOpen:
            refuse(file, KeyIsLost.advice, owner=walk.owner)
        except (Refused, KeyIsLost) as refused:
            refuse(file, refused.advice, owner=walk.owner)
        finally:
            mine = ContactFile.objects.filter(pk=file.pk, lease_owner=walk.owner)
            mine.update(lease_owner="", lease_until=None)
    file.refresh_from_db()
    return file


def _walk(file: ContactFile, walk: Walk) -> None:
    if file.state == State.RECEIVED:
        raise Refused(BROKEN_OFF)
    if file.state == State.READING and not read_on(file, walk):
        return
    if file.state == State.JUDGING:
        judge_on(file, walk)


def _claimed(file: ContactFile, walk: Walk) -> bool:
    now = timezone.now()
    rows = ContactFile.objects.filter(leases.free(now), pk=file.pk, forgotten_at=None)
    taken = rows.filter(state__in=ContactFile.UNDER_WAY)
    if not taken.update(lease_owner=walk.owner, lease_until=now + leases.LEASE):
        return False
    file.refresh_from_db()
    return True
