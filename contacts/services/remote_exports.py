"""Constant Contact's own exports as another source: asked for, followed to their end, and passed on when somebody
clicks. Their file is never stored here.

What they lack, nobody can add: former lists, and whoever Constant Contact counts as deleted.
"""

import logging
import re
import uuid
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contacts import audit
from contacts.api.errors import APIError, NotFound
from contacts.connect import connect
from contacts.connect.credential import CannotOpen
from contacts.connect.marks import Marker, marker_of
from contacts.mirror.erased import standing
from contacts.models import AuditEntry, LinkedAccount, RemoteExport, User
from contacts.rules.refusal import Refused
from contacts.services.exporting import Sending
from contacts.tables import TableRefused
from contacts.tables.passing import batches, guarded

logger = logging.getLogger(__name__)

JSON = dict[str, Any]
Outcome, State = AuditEntry.Outcome, RemoteExport.State
ACTION: Final = "remote_export"
ENDED: Final = {"cancelled", "failed", "timed_out"}
#: Constant Contact shows activities of the last 10 days (CC reference, section 15).
LONGEST: Final = timedelta(days=1)
KEPT_DAYS: Final = 10
_FILE: Final = re.compile(r"/contact_exports/([0-9A-Za-z-]{1,64})$")
USED: Final = "This form was used already. Load the page again."
_NO_KEY: Final = "Who was erased here cannot be told just now, so nothing is passed on. Tell an administrator."


def begin(
    account: LinkedAccount,
    *,
    by: User,
    token: uuid.UUID,
    reason: str,
    status: str = "",
    list_ids: Sequence[str] = (),
    tag_ids: Sequence[str] = (),
    columns: str = "",
) -> RemoteExport:
    """Ask Constant Contact for an export, once; the same ``token`` finds the one it began before.

    Everyone it gives without ``status``, ``list_ids`` or ``tag_ids``; it takes no tags beside one of the others.
    Written down before it is sent. Never raises for what Constant Contact answers: the state and a sentence say it.
    Raises Refused for a form that was used for something else.
    """
    wish = {"status": status, "list_ids": list(list_ids), "tag_ids": list(tag_ids), "columns": columns}
    export, created = RemoteExport.objects.get_or_create(token=token, defaults={"account": account, "by": by, **wish})
    if export.account_id != account.pk:
        raise Refused(USED)
    if not created:
        return export
    with transaction.atomic():
        export.intent = audit.record(
            ACTION, Outcome.INTENDED, by=by, account=account, payload={"note": reason}, detail=_asked(export)
        )
        export.look_at = timezone.now() + timedelta(seconds=settings.STALE_SECONDS)
        export.save(update_fields=["intent", "look_at"])
    return _sent(export, by=by)


def _sent(export: RemoteExport, *, by: User) -> RemoteExport:
    """The one POST. Whether it was heard when no answer came, nobody can ask: it is followed to say so."""
    try:
        answer = connect(export.account, by=by).start_activity("contact_exports", export.body())
    except APIError as problem:
        if problem.may_have_happened:
            return _move(export, State.UNKNOWN, message=problem.happened.format(status=problem.status))
        return _end(
            export,
            State.REJECTED,
            Outcome.REJECTED,
            message=problem.plain,
            said=problem.advice,
            http_status=problem.status,
        )
    soon = timezone.now() + timedelta(seconds=settings.POLL_SECONDS)
    return _move(export, State.RUNNING, remote_id=str(answer["activity_id"])[:64], look_at=soon)


def _asked(export: RemoteExport) -> JSON:
    """What was asked for, as the history keeps it: ids, and words of ours."""
    lists = {"lists": export.list_ids} if export.list_ids else {}
    tags = {"tags": export.tag_ids} if export.tag_ids else {}
    told = {"status": export.status or "any", "columns": export.columns or "every", "remote_export": export.pk}
    return told | lists | tags


def due() -> QuerySet[RemoteExport]:
    """Open exports that should be looked at now."""
    waiting = RemoteExport.objects.filter(state__in=RemoteExport.OPEN, look_at__lte=timezone.now())
    return waiting.order_by("look_at")


def follow_due() -> None:
    """Look at each open export whose time has come."""
    for export in due().select_related("account", "by", "intent")[:100]:
        later = timezone.now() + timedelta(seconds=settings.POLL_SECONDS * 5)
        mine = RemoteExport.objects.filter(pk=export.pk, state=export.state, look_at=export.look_at)
        if mine.update(look_at=later):
            follow(export)


def follow(export: RemoteExport) -> RemoteExport:
    """How far Constant Contact is with it. Nothing is ever sent from here."""
    if not export.remote_id:
        message = "We never heard whether Constant Contact began this. It changes nothing there: ask for it again."
        return _end(export, State.LOST, Outcome.UNKNOWN, message=message)
    try:
        shown = connect(export.account, person=False, by=export.by).activity(export.remote_id)
    except NotFound:
        shown = {}
    except APIError as problem:
        logger.info("Export %s is still open: %s", export.pk, problem)
        return export
    return _judged(export, shown)


def _judged(export: RemoteExport, shown: JSON) -> RemoteExport:
    state = shown.get("state")
    if state == "completed":
        file_id = _file_id(shown)
        if file_id:
            return _end(export, State.READY, Outcome.DONE, file_id=file_id)
        message = "Constant Contact says that it is complete, and gives no file."
        return _end(export, State.FAILED, Outcome.FAILED, message=message)
    if state in ENDED:
        return _end(export, State.FAILED, Outcome.FAILED, message=f"Constant Contact ended it as “{state}”.")
    if timezone.now() - export.asked_at > LONGEST:
        message = "Constant Contact did not finish this within a day. We stopped waiting for it."
        return _end(export, State.LOST, Outcome.UNKNOWN, message=message)
    return export


def _file_id(shown: JSON) -> str:
    """What the link to the result leads to; only its id is used, on the configured host."""
    links = shown.get("_links")
    results = links.get("results") if isinstance(links, dict) else None
    href = results.get("href") if isinstance(results, dict) else None
    found = _FILE.search(href) if isinstance(href, str) else None
    return found[1] if found else ""


def pass_on(export: RemoteExport, *, by: User) -> Sending:
    """The file on its way through us, written down before its first byte and at its end.

    Columns and rows are Constant Contact's; cells are guarded, and rows with an address that was erased here are left
    out. Raises Refused when there is no file to pass on, or its beginning cannot be had.
    """
    if export.state != State.READY:
        raise Refused("There is no file to download.")
    try:
        marker = marker_of(export.account) if export.account.erasure_key else None
    except CannotOpen:
        raise Refused(_NO_KEY) from None
    stack = ExitStack()
    try:
        client = connect(export.account, by=by)
        pieces = stack.enter_context(client.export_file(export.file_id))
    except NotFound:
        raise Refused(_gone(export)) from None
    except APIError as problem:
        raise Refused(problem.advice) from None
    detail = {"what": "remote_export", "format": "csv", "remote_export": export.pk}
    with stack:
        intent = audit.record("export", Outcome.INTENDED, by=by, account=export.account, detail=detail)
        content = _content(stack.pop_all(), pieces, account=export.account, marker=marker)
    sending = Sending(content, intent, by=by)
    try:
        sending.begin()
    except APIError as problem:
        raise Refused(problem.advice) from None
    except TableRefused as problem:
        raise Refused(problem.sentence) from None
    return sending


def _gone(export: RemoteExport) -> str:
    """Say that there is no such file any more, here and from now on beside the export."""
    message = f"Constant Contact does not have this file any more; it is known to keep them about {KEPT_DAYS} days."
    RemoteExport.objects.filter(pk=export.pk, state=State.READY).update(state=State.GONE, message=message)
    return message


def _content(
    stack: ExitStack, pieces: Iterator[bytes], *, account: LinkedAccount, marker: Marker | None
) -> Generator[tuple[int, bytes]]:
    first = True
    with stack:
        for rows in batches(pieces):
            kept = _without_erased(rows, account=account, marker=marker)
            # The header is no contact.
            yield len(kept) - first, guarded(kept, first=first)
            first = False


def _without_erased(rows: Sequence[list[str]], *, account: LinkedAccount, marker: Marker | None) -> Sequence[list[str]]:
    if marker is None:
        return rows
    marks = {marker.of_address(cell.strip()): cell for cells in rows for cell in cells if "@" in cell}
    found = standing(account).filter(mark__in=list(marks)).values_list("mark", flat=True)
    erased = {marks[mark].strip().lower() for mark in found}
    return [cells for cells in rows if not any(cell.strip().lower() in erased for cell in cells)] if erased else rows


def _move(export: RemoteExport, state: RemoteExport.State, **more: object) -> RemoteExport:
    """A step that is not its end; whoever was quicker has decided."""
    RemoteExport.objects.filter(pk=export.pk, state__in=RemoteExport.OPEN).update(state=state, **more)
    export.refresh_from_db()
    return export


def _end(
    export: RemoteExport,
    state: RemoteExport.State,
    outcome: AuditEntry.Outcome,
    *,
    message: str = "",
    said: str = "",
    file_id: str = "",
    http_status: int | None = None,
) -> RemoteExport:
    with transaction.atomic():
        open_still = RemoteExport.objects.filter(pk=export.pk, state__in=RemoteExport.OPEN)
        facts: JSON = {"state": state, "message": message[:500], "file_id": file_id, "ended_at": timezone.now()}
        if open_still.update(**facts):
            audit.record(
                ACTION,
                outcome,
                by=export.by,
                account=export.account,
                begins=export.intent,
                reason="" if state == State.REJECTED else message,
                http_status=http_status,
                detail=_asked(export),
                payload={"message": said} if said else None,
            )
    export.refresh_from_db()
    return export
