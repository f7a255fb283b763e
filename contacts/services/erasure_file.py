"""What survives a restored backup: the marks of the erased in a file outside the database.

One line of JSON for each request, in ``erasures.jsonl`` of CCADMIN_CHECKPOINT_DIR. It holds the marks, the sealed key
that made them, and the contact's id, sealed as well: to whoever lacks the encryption key it says nothing.
"""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from contacts.connect.credential import CannotOpen, opened, sealed
from contacts.models import Erasure

FORMAT: Final = "ccadmin-erasure-v1"
NAME: Final = "erasures.jsonl"
LIFTED: Final = "lifted"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """One request as it stands outside: ``account`` is Constant Contact's id of the account, ``key`` is sealed."""

    account: str
    number: int
    state: str
    key: str
    about: str
    marks: frozenset[str]

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None for what is no such line: a killed process may have left half of one."""
        try:
            held = json.loads(text)
            if held["format"] != FORMAT:
                return None
            marks = frozenset(map(str, held["marks"]))
            return cls(held["account"], int(held["request"]), held["state"], held["key"], held["about"], marks)
        except (ValueError, KeyError, TypeError):
            return None

    def remote_id(self) -> UUID:
        """Constant Contact's id of the contact. Raises CannotOpen."""
        return UUID(opened(self.about)["contact"])


def path() -> Path | None:
    """The file, None when no folder is set."""
    return Path(settings.CHECKPOINT_DIR) / NAME if settings.CHECKPOINT_DIR else None


def put(erasure: Erasure) -> bool:
    """Append a request's line, and see it on the disk. False when that was not possible; the worker tries again."""
    place = path()
    if place is None:
        return False
    try:
        text = json.dumps(_line(erasure), separators=(",", ":"))
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("a", encoding="ascii") as file:
            # What a killed process left of its line must not spoil ours.
            file.write(f"\n{text}\n" if _is_torn(place) else f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
    except (OSError, CannotOpen):
        logger.warning("The marks of erasure %s could not be put outside the database.", erasure.pk)
        return False
    Erasure.objects.filter(pk=erasure.pk).update(exported_at=timezone.now())
    return True


def put_due() -> None:
    """Append what is not outside yet."""
    for erasure in Erasure.objects.filter(exported_at=None).select_related("account").order_by("pk"):
        if not put(erasure):
            return


def lines() -> Iterator[Line]:
    """Every request outside, the last word about each: a line replaces an earlier one with the same marks."""
    place = path()
    if place is None or not place.exists():
        return
    held: dict[tuple[str, frozenset[str]], Line] = {}
    with place.open(encoding="utf-8", errors="replace") as file:
        for line in filter(None, map(Line.read, file)):
            held.pop((line.account, line.marks), None)
            held[line.account, line.marks] = line
    yield from held.values()


def _line(erasure: Erasure) -> dict[str, Any]:
    account = erasure.account
    return {
        "format": FORMAT,
        "account": account.encoded_account_id,
        "request": erasure.pk,
        "state": LIFTED if erasure.state == Erasure.State.LIFTED else "erased",
        "asked_at": erasure.asked_at.isoformat(),
        "key": account.erasure_key,
        "about": sealed({"contact": str(erasure.remote_id)}),
        "marks": list(erasure.marks.order_by("pk").values_list("mark", flat=True)),
    }


def _is_torn(place: Path) -> bool:
    with place.open("rb") as file:
        file.seek(0, os.SEEK_END)
        if not file.tell():
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
